package oktaemu

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"pschook/oktaemu/internal/authserver"
	"pschook/oktaemu/internal/edge"
	"pschook/oktaemu/internal/hookcall"
	"pschook/oktaemu/internal/management"
	"pschook/oktaemu/internal/seed"
	"pschook/oktaemu/internal/store"
)

// Org is an emulated Okta org, an [http.Handler]. It is safe for concurrent use.
type Org struct {
	opts    Options
	store   *store.Store
	hooks   *hookcall.Caller
	edge    *edge.Edge
	handler http.Handler
	self    *http.Transport // for SignIn

	server *http.Server // nil with NoListener
	served chan struct{}
}

// New checks opts, listens and serves until [Org.Close]. With Addr [NoListener] it does not listen.
// It calls no other host until a token is minted; then it calls the hook. The error says which
// option is wrong, or is that of listening.
func New(opts Options) (*Org, error) {
	opts.Hook.Header = cmp.Or(opts.Hook.Header, DefaultHookHeader)
	opts, filling, err := opts.seeded()
	if err != nil {
		return nil, fmt.Errorf("oktaemu: %w", err)
	}
	opts = opts.withDefaults()
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("oktaemu: %w", err)
	}
	if opts.Addr == NoListener {
		return newOrg(opts, filling)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("oktaemu: %w", err)
	}
	if opts.PublicURL == "" {
		opts.PublicURL = opts.scheme() + "://" + listener.Addr().String()
	}
	o, err := newOrg(opts, filling)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	o.serve(listener)
	return o, nil
}

// newOrg builds the org without its listener, and fills it.
func newOrg(opts Options, filling *seed.Seed) (*Org, error) {
	reserved, err := opts.reserved()
	if err = errors.Join(err, opts.customDomainFault()); err != nil { // now that the org's own host is known
		return nil, fmt.Errorf("oktaemu: %w", err)
	}
	st := store.New(store.Setup{URL: opts.PublicURL, CustomURL: opts.customURL(), OrgID: opts.OrgID, Now: opts.Now, Features: opts.Features})
	hooks := hookcall.New(st, hookcall.Options{
		Timeout: opts.HookTimeout, Concurrency: opts.HookConcurrency, RootCAs: opts.HookRootCAs, Reserved: reserved,
		LogSuccess: opts.HookDebugging, Logger: opts.Logger,
	})
	o := &Org{opts: opts, store: st, hooks: hooks, edge: edge.New(st, opts.Logger, opts.RateLimit), self: selfTransport(opts.TLSConfig)}
	mux := http.NewServeMux()
	authserver.New(st, hooks, opts.Logger, authserver.Options{StrictClientAuth: opts.StrictClientAuth, SignInByHint: opts.SignInByHint}).Routes(mux)
	management.New(st, hooks, opts.APIToken, reserved).Routes(mux)
	o.controlRoutes(mux)
	o.handler = o.edge.Middleware(mux)
	if err := filling.Fill(st, o.ask(mux)); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	o.opts = opts.withPublicClientOf(filling)
	return o, nil
}

// serve answers on listener until Close.
func (o *Org) serve(listener net.Listener) {
	o.server = &http.Server{
		Handler: o, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(o.opts.Logger.Handler(), slog.LevelDebug),
	}
	o.self.DialContext = ownHosts(listener.Addr())
	if o.opts.TLSConfig != nil {
		listener = o.edge.Listener(listener, o.opts.TLSConfig)
	}
	o.served = make(chan struct{})
	go func() {
		defer close(o.served)
		if err := o.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			o.opts.Logger.Error("emulator stopped serving", "err", err)
		}
	}()
}

// ServeHTTP answers as the org does.
func (o *Org) ServeHTTP(w http.ResponseWriter, r *http.Request) { o.handler.ServeHTTP(w, r) }

// URL returns the org's origin, without a slash at the end.
func (o *Org) URL() string { return o.store.URL() }

// CustomURL returns the origin of the custom domain, without a slash at the end; "" without one.
func (o *Org) CustomURL() string { return o.opts.customURL() }

// Issuer returns the issuer of the authorization server "default".
func (o *Org) Issuer() string { return o.store.Issuer(store.DefaultServer) }

// ClientID returns the client that exists from the start.
func (o *Org) ClientID() string { return o.opts.ClientID }

// OrgID returns the id that the org's documents show.
func (o *Org) OrgID() string { return o.opts.OrgID }

// APIToken returns the SSWS token of the Management API.
func (o *Org) APIToken() string { return o.opts.APIToken }

// Close stops the listener and closes open connections, even hanging ones. Further calls do
// nothing. The error is that of closing the listener.
func (o *Org) Close() error {
	o.edge.Release()
	var err error
	if o.server != nil {
		err = o.server.Close()
		<-o.served
	}
	o.hooks.Close()
	o.self.CloseIdleConnections()
	return err
}

// Shutdown stops the listener and waits for running requests until ctx ends. After that the org is
// closed. The error is that of ctx if it ended first, or that of closing the listener.
func (o *Org) Shutdown(ctx context.Context) error {
	o.edge.Release()
	var err error
	if o.server != nil {
		err = o.server.Shutdown(ctx)
	}
	return errors.Join(err, o.Close())
}

// HookCall records one call of an inline hook and its result: times, ids, both bodies, Outcome (one
// of the Hook… constants) and Reason. It holds no header, so no secret.
type HookCall = store.HookCall

// The outcomes of a hook call.
const (
	HookApplied   = store.HookApplied   // every command was applied
	HookEmpty     = store.HookEmpty     // 204, or 200 without commands: the tokens are as they were
	HookDropped   = store.HookDropped   // a command could not apply, so none was: the tokens are as they were
	HookDenied    = store.HookDenied    // the service answered an error object: no token was minted
	HookPreviewed = store.HookPreviewed // a call by the Management API's execute: no token is minted
	HookFailed    = store.HookFailed    // no readable answer in time: the tokens are as they were
)

// TokenHookType is the inline hook type of a token hook, and the eventType of its calls.
const TokenHookType = store.TokenHookType

// HookCalls returns the last hook calls, oldest first.
func (o *Org) HookCalls() (calls []HookCall) {
	o.store.Do(func(st *store.State) { calls = slices.Clone(st.HookCalls.List()) })
	return calls
}

// LogEvent is a short form of an entry of the System Log.
type LogEvent struct {
	At        time.Time
	EventType string // such as "inline_hook.executed"
	Result    string // SUCCESS, FAILURE
	Reason    string
}

// LogEvents returns the System Log's entries of that event type, oldest first; all
// entries for "".
func (o *Org) LogEvents(eventType string) (list []LogEvent) {
	o.store.Do(func(st *store.State) {
		for _, e := range st.Events() {
			if eventType == "" || e.EventType == eventType {
				list = append(list, LogEvent{At: time.Time(e.Published), EventType: e.EventType, Result: e.Outcome.Result, Reason: e.Outcome.Reason})
			}
		}
	})
	return list
}

// Persona is a health professional who signs in by one method, always with success:
// Login, the Method in words (English and French), and the AMR that Okta then puts
// into the ID token.
type Persona = store.Persona

// PersonaPassword is the password of every persona.
const PersonaPassword = store.PersonaPassword
