// Command bench measures how fast the service is, beside a bare Echo handler
// and the same hook in Express 4, all on this machine, in turn, on
// the same port and core. It prints tables in Markdown, and says which of the
// project's targets are met. It is a measurement, not a test: see the flags.
//
// Run it from the project's directory, on a machine that does nothing else: make bench.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"pschook/cmd/bench/internal/bare"
	"pschook/cmd/bench/internal/target"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv("PATH"), os.Stdout, os.Stderr)
	stop()
	os.Exit(code) // the only exit in the program
}

// The parts of a run.
const (
	partComparison = "comparison"
	partGrowth     = "growth"
	partFootprint  = "footprint"

	partInstructions = "instructions"
)

// options are the command line.
type options struct {
	short, write bool
	parts        []string
	targets      []target.Key
	rounds       int  // 0: as planned
	serve        bool // be the bare server instead
	bare         bare.Options
	answerFile   string
}

// run returns the exit code: 0 for a measurement, 1 when it failed, 2 for wrong usage.
func run(ctx context.Context, args []string, searchPath string, stdout, stderr io.Writer) int {
	opts, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if opts.serve {
		err = serveBare(ctx, opts)
	} else {
		err = measure(ctx, opts, searchPath, stdout, stderr)
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "bench:", err) // nowhere else to say it
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	var opts options
	var parts, targets string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&opts.short, "short", false, "a first impression in three minutes instead of 17: less exact")
	flags.BoolVar(&opts.write, "write", false, "write docs/benchmarks.md too")
	flags.StringVar(&parts, "parts", strings.Join(allParts(), ","), "what to measure")
	flags.StringVar(&targets, "targets", joinKeys(target.Keys()), "what to compare: a bare Echo, b pschook, c the same with tracing, d Express 4")
	flags.IntVar(&opts.rounds, "rounds", 0, "rounds of the comparison (default 5, with -short 2)")
	flags.BoolVar(&opts.serve, "serve", false, "be the bare Echo server instead; the flags below are for it")
	flags.StringVar(&opts.bare.Addr, "addr", "127.0.0.1:0", "where it listens")
	flags.StringVar(&opts.bare.Path, "path", "/", "its path")
	flags.StringVar(&opts.answerFile, "answer", "", "file with its answer")
	flags.StringVar(&opts.bare.CertFile, "cert", "", "file with its certificate (PEM); plain http without")
	flags.StringVar(&opts.bare.KeyFile, "key", "", "file with its private key (PEM)")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	opts.parts = strings.Split(parts, ",")
	for _, k := range strings.Split(targets, ",") {
		opts.targets = append(opts.targets, target.Key(k))
	}
	if err := opts.check(flags.Args()); err != nil {
		_, _ = fmt.Fprintln(stderr, "bench:", err, "(bench -h says what it takes)")
		return options{}, err
	}
	return opts, nil
}

func (opts options) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	for _, p := range opts.parts {
		if !slices.Contains(allParts(), p) {
			return fmt.Errorf("-parts: got %q, wanted some of %s", p, strings.Join(allParts(), ","))
		}
	}
	for _, k := range opts.targets {
		if !slices.Contains(target.Keys(), k) {
			return fmt.Errorf("-targets: got %q, wanted some of %s", k, joinKeys(target.Keys()))
		}
	}
	if opts.rounds < 0 {
		return fmt.Errorf("-rounds: got %d, wanted 1 or more", opts.rounds)
	}
	return nil
}

func allParts() []string {
	return []string{partInstructions, partComparison, partGrowth, partFootprint}
}

func joinKeys(keys []target.Key) string {
	var names []string
	for _, k := range keys {
		names = append(names, string(k))
	}
	return strings.Join(names, ",")
}

func serveBare(ctx context.Context, opts options) error {
	var err error
	if opts.bare.Answer, err = os.ReadFile(opts.answerFile); err != nil {
		return err
	}
	return bare.Serve(ctx, opts.bare)
}
