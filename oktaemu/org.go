package oktaemu

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Org is a running emulator. It is safe for concurrent use.
type Org struct {
	opts     Options
	url      string
	reserved reservedTable
	created  stamp

	server    *http.Server
	served    chan struct{}
	hooks     *http.Client
	self      *http.Transport // for SignIn
	hookSlots chan struct{}   // one for each hook call under way
	faults    *faults
	limits    *rateLimits
	orgKeys   keyring // of the org authorization server
	handlers  http.Handler

	mu    sync.Mutex
	state *state
}

// New checks opts, listens and serves until [Org.Close]. It calls no other host;
// a hook is called when a token is minted.
// The error says which option is wrong, or is that of listening.
func New(opts Options) (*Org, error) {
	opts = opts.withDefaults()
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("oktaemu: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("oktaemu: %w", err)
	}
	if opts.PublicURL == "" {
		opts.PublicURL = opts.scheme() + "://" + listener.Addr().String()
	}
	o, err := newOrg(opts)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	o.server = &http.Server{Handler: o.handlers, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, ErrorLog: slog.NewLogLogger(opts.Logger.Handler(), slog.LevelDebug)}
	if opts.TLSConfig != nil {
		listener = tlsSwitch{listener, opts.TLSConfig, o.faults}
	}
	go func() {
		defer close(o.served)
		if err := o.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			opts.Logger.Error("emulator stopped serving", "err", err)
		}
	}()
	return o, nil
}

// newOrg builds the org without its listener.
func newOrg(opts Options) (*Org, error) {
	reserved, err := opts.reserved()
	if err != nil {
		return nil, fmt.Errorf("oktaemu: %w", err)
	}
	o := &Org{
		opts: opts, url: opts.PublicURL, reserved: reserved, created: stamp(opts.Now()),
		served: make(chan struct{}), hooks: hookClient(opts), self: selfTransport(opts.TLSConfig), hookSlots: make(chan struct{}, opts.HookConcurrency),
		faults: newFaults(opts.Now), limits: newRateLimits(opts.RateLimit, opts.Now), orgKeys: keyring{now: opts.Now}, state: newState(opts),
	}
	first, err := firstApp(opts, o.created)
	if err != nil {
		return nil, fmt.Errorf("oktaemu: %w", err)
	}
	o.state.apps.put(opts.ClientID, first)
	o.handlers = o.middleware(o.routes())
	return o, nil
}

// hookClient is what calls hooks: it follows no redirect and keeps its own
// connections, so that closing one org does not touch another.
func hookClient(opts Options) *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment, // which leaves loopback alone
		TLSClientConfig:     &tls.Config{RootCAs: opts.HookRootCAs, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 100,
		IdleConnTimeout:     30 * time.Second,
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// URL returns the org's origin, without a slash at the end.
func (o *Org) URL() string { return o.url }

// Issuer returns the issuer of the authorization server "default".
func (o *Org) Issuer() string { return o.issuer(defaultAS) }

// ClientID returns the client that exists from the start.
func (o *Org) ClientID() string { return o.opts.ClientID }

// OrgID returns the id that the org's documents show.
func (o *Org) OrgID() string { return o.opts.OrgID }

// APIToken returns the SSWS token of the Management API.
func (o *Org) APIToken() string { return o.opts.APIToken }

// Close stops the listener and cuts open connections, hung ones included.
// Later calls do nothing more. The error is that of closing the listener.
func (o *Org) Close() error {
	o.faults.release()
	err := o.server.Close()
	<-o.served
	o.hooks.CloseIdleConnections()
	o.self.CloseIdleConnections()
	return err
}

// Shutdown stops the listener and lets running requests end until ctx is over.
// Then it is as closed. The error is that of ctx when it ended first, or that of
// closing the listener.
func (o *Org) Shutdown(ctx context.Context) error {
	o.faults.release()
	err := o.server.Shutdown(ctx)
	return errors.Join(err, o.Close())
}

func (o *Org) issuer(asID string) string { return o.url + "/oauth2/" + asID }

func (o *Org) now() time.Time { return o.opts.Now() }

// secure reports whether cookies can be marked Secure.
func (o *Org) secure() bool { return strings.HasPrefix(o.url, "https://") }
