package main

import (
	"context"
	"fmt"
	"io"
	"net/url"

	"pschook/internal/config"
	"pschook/oktaemu"
)

// serve runs the demo until ctx ends.
func serve(ctx context.Context, opts options, env config.Source, stdout, stderr io.Writer) error {
	p, err := start(context.WithoutCancel(ctx), opts, env, stderr)
	if err != nil {
		return err
	}
	p.explain(stdout, opts)
	<-ctx.Done()
	err = p.stop()
	if err == nil {
		_, err = fmt.Fprintln(stdout, "\nStopped.")
	}
	return err
}

// explain prints what runs where and what to do next.
func (p *pair) explain(stdout io.Writer, opts options) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(stdout, format+"\n", args...) } // a closed stdout is no reason to stop
	for _, moved := range []struct{ wanted, got string }{{opts.addr, p.url}, {opts.oktaAddr, p.org.URL()}} {
		if u, err := url.Parse(moved.got); err == nil && u.Host != moved.wanted {
			say("%s is taken, so %s is used.", moved.wanted, u.Host)
		}
	}
	say("Okta emulator  %s   (Management API token: %s)", p.org.URL(), p.org.APIToken())
	say("pschook        %s   (the emulator calls %s/hooks/okta/token)", p.url, p.url)
	say("")
	say("Open %s/ and sign in as one of these, password %q:", p.url, oktaemu.PersonaPassword)
	for _, who := range oktaemu.Personas() {
		say("  %-32s %s", who.Login, who.Method)
	}
	say("")
	say("What Okta asked and was answered: %s/_emu/hook-calls", p.org.URL())
	say("Ctrl-C stops both.")
}
