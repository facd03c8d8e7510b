// Command demo runs all of pschook on one machine: an emulated Okta org and the service that it calls. Nothing has to
// be set up. With -check it signs in by itself, prints what the tokens hold, and exits with 0 or 1.
//
// Variables of the service (PSCHOOK_SHADOW, PSCHOOK_AMR_POLICY_FILE, …) may be set to try them; the demo sets those
// that connect the two programs. It calls nobody outside this machine and writes no file.
//
// With -psc DIR, a real Keycloak stands before both and plays the part of Pro Santé Connect. It writes to a temporary
// directory, which is removed when the demo ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"pschook/internal/config"
	"pschook/oktaemu"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], config.Environ(os.Environ()), os.Stdout, os.Stderr)
	stop()
	os.Exit(code) // the only exit in the program
}

// options are the command line.
type options struct {
	check      bool
	persona    string
	oktaSecret string
	addr       string
	oktaAddr   string
	psc        string // directory of a Keycloak; "" for none

	callbacks     []string          // additional redirect URIs of the app in the org
	relyingParty  config.Source     // the client of the service's relying party; nil: the org's
	beforeService func(*pair) error // called when the org already listens and the service does not; may be nil
	reserved      oktaemu.Reserved  // of the org; "": its default
}

// run returns the exit code: 0 for success, 1 when the check fails or the demo
// cannot run, 2 for wrong usage.
func run(ctx context.Context, args []string, env config.Source, stdout, stderr io.Writer) int {
	opts, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	begin := serve
	switch {
	case opts.check && opts.psc != "":
		begin = checkPSC
	case opts.check:
		begin = check
	case opts.psc != "":
		begin = servePSC
	}
	err = begin(ctx, opts, env, stdout, stderr)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "demo:", err) // a failure cannot be reported anywhere else
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (options, error) {
	var opts options
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&opts.check, "check", false, "sign in, print what the tokens hold and a verdict, exit 0 or 1")
	flags.StringVar(&opts.persona, "persona", "okta-verify", "who signs in with -check: "+strings.Join(personaNames(), ", "))
	flags.StringVar(&opts.oktaSecret, "okta-secret", "", "secret that the Okta emulator sends (default: the one the service expects)")
	flags.StringVar(&opts.addr, "addr", "127.0.0.1:8080", "where the service listens; the next free port is taken if this one is not free")
	flags.StringVar(&opts.oktaAddr, "okta-addr", "127.0.0.1:8081", "where the Okta emulator listens, likewise")
	flags.StringVar(&opts.psc, "psc", "", "directory of an unpacked Keycloak 26: it plays Pro Santé Connect before the org (needs Java 17)")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		_, _ = fmt.Fprintf(stderr, "demo: unexpected argument %q (demo -h says what it takes)\n", flags.Arg(0))
		return options{}, errors.New("usage")
	}
	return opts, nil
}

func personaNames() []string {
	var names []string
	for _, p := range oktaemu.Personas() {
		names = append(names, p.Name)
	}
	return names
}
