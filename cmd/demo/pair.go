package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"strconv"
	"syscall"
	"time"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"pschook/commands"
	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/server"
	"pschook/oktaemu"
)

// portsTried is how many ports are tried, from the wanted one upwards.
const portsTried = 20

// pair is an Okta org with the service that it calls.
type pair struct {
	org     *oktaemu.Org
	service *server.Server
	builder *commands.Builder // makes the service's decisions
	url     string            // of the service
	ended   chan error
	cancel  context.CancelFunc
}

// start runs both until stop is called. If a port in opts is in use, it takes the next free one.
func start(ctx context.Context, opts options, env config.Source, stderr io.Writer) (*pair, error) {
	listener, err := listen(ctx, opts.addr)
	if err != nil {
		return nil, err
	}
	p := &pair{url: "http://" + listener.Addr().String(), ended: make(chan error, 1)}
	secret := env["PSCHOOK_HOOK_SECRETS"]
	if secret == "" {
		secret = rand.Text()
	}
	if p.org, err = startOrg(opts, p.url, secret); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if opts.beforeService != nil {
		if err := opts.beforeService(p); err != nil {
			return nil, errors.Join(err, listener.Close(), p.org.Close())
		}
	}
	if err := p.startService(ctx, listener, environment(opts, env, p, secret), stderr); err != nil {
		return nil, errors.Join(err, listener.Close(), p.org.Close())
	}
	return p, nil
}

// environment returns env with the variables that connect the two programs.
func environment(opts options, env config.Source, p *pair, secret string) config.Source {
	out := maps.Clone(env)
	if out == nil {
		out = config.Source{}
	}
	maps.Copy(out, config.Source{
		"PSCHOOK_OKTA_ORG_URL": p.org.URL(), "PSCHOOK_OKTA_API_TOKEN": p.org.APIToken(),
		"PSCHOOK_HOOK_SECRETS": secret, "PSCHOOK_ADMIN_ADDR": "127.0.0.1:0", "PSCHOOK_DRAIN_DELAY": "0s",
		"PSCHOOK_RP_ENABLED": "true", "PSCHOOK_RP_REDIRECT_URL": p.url + "/rp/callback",
	})
	if opts.relyingParty == nil {
		opts.relyingParty = config.Source{"PSCHOOK_RP_ISSUER": p.org.Issuer(), "PSCHOOK_RP_CLIENT_ID": p.org.ClientID()}
	}
	maps.Copy(out, opts.relyingParty)
	return out
}

func (p *pair) startService(ctx context.Context, listener net.Listener, env config.Source, stderr io.Writer) error {
	c, warnings, err := config.Load(ctx, env, server.Checks()...)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		_, _ = fmt.Fprintln(stderr, "demo: warning:", w)
	}
	if p.builder, err = server.NewBuilder(c); err != nil {
		return err
	}
	p.service, err = server.New(ctx, server.Options{
		Config: c, Version: "demo", Listener: listener, Now: time.Now, Home: &home{p},
		Logger:        slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		MeterProvider: metricnoop.NewMeterProvider(), TracerProvider: tracenoop.NewTracerProvider(),
	})
	if err != nil {
		return err
	}
	ctx, p.cancel = context.WithCancel(ctx)
	go func() { p.ended <- p.service.Run(ctx) }()
	return nil
}

// stop ends both and returns the errors of their runs.
func (p *pair) stop() error {
	p.cancel()
	return errors.Join(<-p.ended, p.org.Close())
}

// startOrg starts the emulator on the first free port, beginning with the wanted one.
func startOrg(opts options, serviceURL, secret string) (*oktaemu.Org, error) {
	if opts.oktaSecret != "" {
		secret = opts.oktaSecret
	}
	var org *oktaemu.Org
	err := eachAddr(opts.oktaAddr, func(addr string) error {
		var err error
		org, err = oktaemu.New(oktaemu.Options{
			Addr: addr, SignInByHint: true, Reserved: opts.reserved, Hook: oktaemu.Hook{URL: serviceURL + hook.Path, Secret: secret},
			RedirectURIs: append([]string{serviceURL + "/rp/callback"}, opts.callbacks...),
		})
		return err
	})
	return org, err
}

func listen(ctx context.Context, wanted string) (net.Listener, error) {
	var l net.Listener
	err := eachAddr(wanted, func(addr string) error {
		var err error
		l, err = new(net.ListenConfig).Listen(ctx, "tcp", addr)
		return err
	})
	return l, err
}

// eachAddr calls open with wanted, and then with the following ports as long as the port is in use.
func eachAddr(wanted string, open func(addr string) error) error {
	host, text, err := net.SplitHostPort(wanted)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("address %q: %q is no port number", wanted, text)
	}
	for i := range portsTried {
		err = open(net.JoinHostPort(host, strconv.Itoa(port+i)))
		if !errors.Is(err, syscall.EADDRINUSE) {
			return err
		}
	}
	return fmt.Errorf("no free port from %s on: %w", wanted, err)
}
