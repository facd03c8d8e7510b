// Command pschook answers an Okta org's token inline hook, so that Pro Santé Connect accepts the tokens, and
// helps to set that up and to check it. It is configured by environment variables: see pschook config.
//
//	serve     answer Okta
//	preview   say what would be answered to a call
//	verify    check tokens, or sign in and check them
//	doctor    compare a live org with the configuration
//	register  make the org right, and take it back
//	probe     call the hook as Okta does
//	config    print, check or begin a configuration
//	version   print the version
//
// Only register apply and undo change anything in an org; nothing keeps nothing about people. Exit codes and flags: pschook COMMAND --help. What the
// commands rest on stands in the packages: hook, commands, orglookup and verify name Okta's pages, RFCs and PSC's facts.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/coreos/go-systemd/v22/daemon"

	"pschook/internal/config"
	"pschook/internal/telemetry"
)

func main() {
	var hangups <-chan os.Signal
	if len(os.Args) > 1 && os.Args[1] == serveName {
		hangups = serviceSignals()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], config.Environ(os.Environ()), streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, manager: notifySystemd, reload: hangups, strays: telemetry.TakeStrayLines,
	})
	stop()
	os.Exit(code) // the only exit in the program
}

// serviceSignals keeps two signals from ending the service. SIGHUP only tells it to read its files again, from the
// start on. SIGPIPE would end a Go program that writes to a standard output or error that nobody reads any more
// (package os/signal). Other commands end then, as a pipeline expects.
func serviceSignals() (hangups <-chan os.Signal) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	signal.Ignore(syscall.SIGPIPE)
	return c
}

// notifySystemd sends a state, such as daemon.SdNotifyReady, to systemd, if systemd started this process with
// NOTIFY_SOCKET (sd_notify(3)). Otherwise it does nothing. The error says that systemd could not be reached.
func notifySystemd(state string) error {
	_, err := daemon.SdNotify(false, state)
	return err
}
