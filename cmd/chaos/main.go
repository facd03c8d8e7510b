// Command chaos breaks what the service depends on, and attacks it, while it is under
// load, and says in one table whether it held what it promises. It starts the
// program pschook as processes of their own, beside Okta orgs made by the emulator;
// everything happens on loopback, bounded in time and count. It exits 0 when every row
// held, 1 when one did not, 2 for wrong usage.
//
// It needs Linux (memory is read from /proc) and, unless -program names a built
// pschook, the go command.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"pschook/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], config.Environ(os.Environ()), os.Stdout, os.Stderr)
	stop()
	os.Exit(code) // the only exit in the program
}

// options are the command line.
type options struct {
	short   bool
	only    *regexp.Regexp
	program string
}

// mostTime bounds the whole run; it takes about 8 minutes, -short about 80 seconds.
const mostTime = 20 * time.Minute

func run(ctx context.Context, args []string, env config.Source, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == roleCacheWriter {
		return report(writeCache(ctx, args[1:]), stderr)
	}
	if len(args) > 0 && args[0] == roleServe {
		return report(serveWithDNS(ctx, args[1:], env, stderr), stderr)
	}
	opts, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	ctx, cancel := context.WithTimeout(ctx, mostTime)
	defer cancel()
	return report(chaos(ctx, opts, env, stdout), stderr)
}

func report(err error, stderr io.Writer) int {
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "chaos:", err) // nowhere else to say it
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&opts.short, "short", false, "the same rows in little time, with less load; for build servers")
	only := flags.String("run", "", "only the rows whose name this regular expression matches")
	flags.StringVar(&opts.program, "program", "", "the pschook to start (default: built from this module, as it is shipped)")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
		_, _ = fmt.Fprintln(stderr, "chaos:", err)
	}
	if err != nil {
		return options{}, err
	}
	if opts.only, err = regexp.Compile(*only); err != nil {
		_, _ = fmt.Fprintln(stderr, "chaos: -run:", err)
	}
	return opts, err
}
