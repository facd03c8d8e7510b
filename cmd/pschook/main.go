// Command pschook answers an Okta org's token inline hook, so that Pro Santé Connect accepts the tokens, and
// helps to set that up and to check it. It is configured by environment variables: see pschook config.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"pschook/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], config.Environ(os.Environ()), streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code) // the only exit in the program
}
