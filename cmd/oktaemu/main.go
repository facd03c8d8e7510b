// Command oktaemu runs an Okta org on this machine, for trying out and testing software that works with Okta. The
// package pschook/oktaemu says what it does.
//
// It listens, prints one JSON object on a line of stdout ("url", "org_id", "issuer", "client_id", "api_token"), and
// serves until SIGINT or SIGTERM.
//
// With "check --hook-url URL" it serves nothing. It posts a call for every kind of minting to a token inline hook, and
// says which answers Okta would drop, and why.
//
// It accepts well-known passwords, and keeps nothing when it ends. It is for tests, never for the accounts of real
// people.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"pschook/oktaemu"
)

// shutdownTimeout is how long running requests may take to end.
const shutdownTimeout = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := realMain(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code) // the only exit of the program
}

// realMain returns the exit code: 0, 1 for a failure or for a hook whose answers Okta
// would drop, 2 for wrong usage.
func realMain(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	do := run
	if len(args) > 0 && args[0] == "check" {
		do, args = check, args[1:]
	}
	err := do(ctx, args, stdout, stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errDropped):
		return 1 // the report says why
	case errors.As(err, new(usageError)):
		_, _ = fmt.Fprintf(stderr, "oktaemu: %v (see oktaemu --help)\n", err)
		return 2
	default:
		_, _ = fmt.Fprintf(stderr, "oktaemu: %v\n", err)
		return 1
	}
}

// usageError is a fault of the command line.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// announcement is the line on stdout.
type announcement struct {
	URL      string `json:"url"`
	OrgID    string `json:"org_id"`
	Issuer   string `json:"issuer"`
	ClientID string `json:"client_id"`
	APIToken string `json:"api_token"`
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	opts, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	opts.Logger = slog.New(slog.NewTextHandler(stderr, nil))
	org, err := oktaemu.New(opts)
	if err != nil {
		return fmt.Errorf("cannot start: %w", err)
	}
	line := announcement{URL: org.URL(), OrgID: org.OrgID(), Issuer: org.Issuer(), ClientID: org.ClientID(), APIToken: org.APIToken()}
	if err := json.NewEncoder(stdout).Encode(line); err != nil { //nolint:gosec // the token is to be shown: it opens this emulator only
		return errors.Join(fmt.Errorf("cannot write to stdout: %w", err), org.Close())
	}
	<-ctx.Done()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return org.Shutdown(stopping)
}

// parseFlags reads the command line.
func parseFlags(args []string, stderr io.Writer) (oktaemu.Options, error) {
	opts := oktaemu.Options{}
	flags := flag.NewFlagSet("oktaemu", flag.ContinueOnError)
	flags.StringVar(&opts.Addr, "addr", "127.0.0.1:8081", "listen `address`")
	flags.StringVar(&opts.OrgID, "org-id", "", "`id` of the org; default that of the seed, else "+oktaemu.DefaultOrgID())
	flags.StringVar(&opts.APIToken, "api-token", oktaemu.DefaultAPIToken, "SSWS `token` of the Management API")
	hookFlags(flags, &opts, "a token inline hook, linked to the default rule")
	flags.StringVar(&opts.ClientID, "client-id", "", "`id` of the public client that exists from the start, without apps in a seed; default "+oktaemu.DefaultClientID)
	seed := flags.String("seed", "", "YAML `file` that the org is made of; GET /_emu/seed writes one")
	flags.Func("redirect-uri", "redirect `URI` of that client; may be given more than once", func(uri string) error {
		opts.RedirectURIs = append(opts.RedirectURIs, uri)
		return nil
	})
	flags.BoolVar(&opts.StrictClientAuth, "strict-client-auth", false, "refuse a client that sends its secret in another way than it is registered with; Okta does not")
	flags.Func("features", fmt.Sprintf("what the org has in addition to the usual, a comma-separated `list` of %v", oktaemu.Features()), func(list string) error {
		opts.Features = []oktaemu.Feature{}
		for name := range strings.SplitSeq(list, ",") {
			if name != "" {
				opts.Features = append(opts.Features, oktaemu.Feature(strings.TrimSpace(name)))
			}
		}
		return nil
	})
	flags.StringVar(&opts.CustomDomain, "custom-domain", "", "second `host` of the org, such as localhost or id.hopital.example; with the port of the first, if it names none")
	flags.StringVar(&opts.PublicURL, "public-url", "", "`origin` under which clients reach the org, if not the listen address")
	if err := parse(flags, args, stderr); err != nil || *seed == "" {
		return opts, err
	}
	text, err := os.ReadFile(*seed)
	if err == nil {
		opts.Seed, err = oktaemu.ParseSeed(*seed, text)
	}
	if err != nil {
		return opts, fmt.Errorf("cannot read the seed:\n%w", err)
	}
	return opts, nil
}

// hookFlags adds the flags about the hook. what describes the hook.
func hookFlags(flags *flag.FlagSet, opts *oktaemu.Options, what string) {
	flags.StringVar(&opts.Hook.URL, "hook-url", "", "`URL` of "+what+"; https, or http on loopback")
	flags.StringVar(&opts.Hook.Header, "hook-header", oktaemu.DefaultHookHeader, "`name` of the header that carries the hook's secret")
	flags.StringVar(&opts.Hook.Secret, "hook-secret", "", "`value` of that header, sent as it is")
	flags.Func("reserved", "`table` of reserved claims: developer (the default), support or none", func(table string) error {
		opts.Reserved = oktaemu.Reserved(table)
		return nil
	})
}

// parse reads the command line into flags. Its error is a usageError, or flag.ErrHelp after the help was written.
func parse(flags *flag.FlagSet, args []string, stderr io.Writer) error {
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stderr)
		flags.Usage()
		_, _ = fmt.Fprintln(stderr, "oktaemu serves an Okta org; oktaemu check says which answers of a hook Okta would drop (oktaemu check --help).")
		return err
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err != nil {
		return usageError{err}
	}
	return nil
}
