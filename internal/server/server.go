package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"pschook/commands"
	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/outcomes"
	"pschook/orglookup"
	"pschook/verify/rp"
)

// Limits on one connection. Okta gives up after 3 s, so a slower client is not Okta.
const (
	readHeaderTimeout = 3 * time.Second
	readTimeout       = 5 * time.Second
	writeTimeout      = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
	// maxStreams is per HTTP/2 connection. An org has at most 75 transactions at one time,
	// including those of hook calls.
	maxStreams = 100
)

// Options are the parts of a [Server]. A field is required unless its comment says otherwise.
type Options struct {
	Config         *config.Config
	Warnings       []config.Warning // warnings of loading Config; may be empty
	Logger         *slog.Logger
	MeterProvider  metric.MeterProvider
	TracerProvider trace.TracerProvider
	Metrics        http.Handler                  // handles /metrics on the admin listener; nil: no such path
	Propagator     propagation.TextMapPropagator // reads the trace that a caller names; nil: traces of callers are ignored
	Version        string                        // version of the program, for the admin page and debugContext; may be empty
	Now            func() time.Time
	Listener       net.Listener     // the main listener; nil: one on Config.ListenAddr
	Home           http.Handler     // handles / on the main listener; nil: no such path
	Reload         <-chan os.Signal // each value makes the service read the files of secrets and TLS again; nil: it reads them only when they change

	preview bool // write no file for the service
}

// Server is the service. Get one from [New], then call [Server.Run] once.
type Server struct {
	opts      Options
	lookup    *orglookup.Lookup
	decisions *hook.Decisions
	rp        *rp.RP // nil when it is off
	main      listening
	limit     *connLimit // connections of the main listener
	admin     *listening // nil when Config.AdminAddr is empty
	stopping  atomic.Bool
	tolerated tolerated

	outcomes  *outcomes.Ledger // nil when they are off
	logReader *outcomes.Reader // nil when the System Log is not read

	hook           *hook.Handler // the following fields are for the admin page
	secrets        liveSecrets   // nil: callers use only OAuth
	fingerprintKey []byte        // random, new at each start
	rules          []commands.Rule
	started        time.Time

	files      []*watched
	background []func(context.Context) error // functions that run as long as the service
	identity   atomic.Pointer[identity]      // nil for plain http
}

// listening is an HTTP server with its listener.
type listening struct {
	server   *http.Server
	listener net.Listener
}

// New builds the service and opens its listeners, so that a port that is in use is reported at
// once. It reads the files that the configuration names and sends no request. The error names the
// part that could not be built, or the address on which it could not listen. After an error no
// listener is open.
func New(ctx context.Context, opts Options) (*Server, error) {
	builder, err := NewBuilder(opts.Config)
	if err != nil {
		return nil, err
	}
	lookup, err := newLookup(opts.Config, opts)
	if err != nil {
		return nil, fmt.Errorf("org lookup: %w", err)
	}
	s := &Server{opts: opts, lookup: lookup, decisions: hook.NewDecisions(opts.Now), rules: builder.Policy().Rules(), started: opts.Now(), fingerprintKey: []byte(rand.Text())}
	s.tolerated.set(opts.Warnings)
	if err := s.tolerated.observe(meter(opts.MeterProvider)); err != nil {
		return nil, err
	}
	if s.hook, err = s.newHook(builder); err != nil {
		return nil, fmt.Errorf("hook: %w", err)
	}
	if opts.Config.RP.Enabled {
		if s.rp, err = s.newRP(builder); err != nil {
			return nil, fmt.Errorf("relying party: %w", err)
		}
	}
	if err := s.listen(ctx, s.routes(s.hook)); err != nil {
		return nil, err
	}
	return s, nil
}

// listen opens both listeners, or none.
func (s *Server) listen(ctx context.Context, handler http.Handler) error {
	identity, err := s.newTLS()
	if err != nil {
		return err
	}
	listener := s.opts.Listener
	if listener == nil {
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", s.opts.Config.ListenAddr); err != nil {
			return fmt.Errorf("%sLISTEN_ADDR: %w", config.Prefix, err)
		}
	}
	limit, err := newConnLimit(listener, s.connections(ctx), meter(s.opts.MeterProvider))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.limit = limit
	s.background = append(s.background, limit.run)
	s.main = listening{s.mainServer(handler, identity), limit}
	if s.opts.Config.AdminAddr == "" {
		return nil
	}
	admin, err := new(net.ListenConfig).Listen(ctx, "tcp", s.opts.Config.AdminAddr)
	if err != nil {
		return errors.Join(fmt.Errorf("%sADMIN_ADDR: %w", config.Prefix, err), listener.Close())
	}
	s.admin = &listening{s.httpServer(s.adminRoutes()), admin}
	return nil
}

// mainServer returns the server that answers Okta. Slow or numerous other clients must not delay
// it.
func (s *Server) mainServer(h http.Handler, identity *tls.Config) *http.Server {
	server := s.httpServer(countRequests(s.closeWhenStopping(h)))
	server.ConnContext = withConn
	server.TLSConfig = identity
	server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: maxStreams}
	return server
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelDebug), // about broken connections, which we cannot repair
	}
}

// Addr returns the address of the main listener.
func (s *Server) Addr() net.Addr { return s.main.listener.Addr() }

// AdminAddr returns the address of the admin listener; nil when there is none.
func (s *Server) AdminAddr() net.Addr {
	if s.admin == nil {
		return nil
	}
	return s.admin.listener.Addr()
}

// Run serves until ctx ends, then stops in two steps. For Config.DrainDelay it still answers, but
// is no longer ready. Then it accepts no new connections, reads on on the open ones, and answers
// the running calls, all within Config.ShutdownTimeout. It returns nil after a clean stop.
// Otherwise the error says which listener failed, or what was not done in time. Call it once.
func (s *Server) Run(ctx context.Context) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	ended := s.startBackground(background)

	// New has opened the listeners. This line comes before serving, because net/http then sets
	// every server's TLSConfig.
	s.opts.Logger.InfoContext(ctx, "listening", "addr", s.Addr().String(), "admin_addr", addrText(s.AdminAddr()), "tls", s.main.server.TLSConfig != nil)
	served := make(chan error, 2)
	for _, l := range s.listenings() {
		go func() { served <- l.serve() }()
	}
	var failed error
	deadline := sync.OnceValue(func() time.Time { return time.Now().Add(s.opts.Config.ShutdownTimeout) })
	select {
	case <-ctx.Done():
		if failed = s.drain(context.WithoutCancel(ctx), served); failed == nil {
			s.waitForClose(deadline())
		}
	case failed = <-served:
	}
	err := s.shutdown(context.WithoutCancel(ctx), deadline())
	cancel()
	if s.rp != nil {
		s.rp.Close()
	}
	return errors.Join(failed, err, ended())
}

// startBackground starts the background functions, which run until ctx ends. The returned function
// waits for all of them and returns their errors.
func (s *Server) startBackground(ctx context.Context) (ended func() error) {
	runs := append([]func(context.Context) error{s.lookup.Run}, s.background...)
	if len(s.files) > 0 {
		w := &watcher{logger: s.opts.Logger, now: s.opts.Now, files: s.files}
		runs = append(runs, func(ctx context.Context) error {
			w.run(ctx, watchEvery, s.opts.Reload)
			return nil
		})
	}
	results := make(chan error, len(runs))
	for _, run := range runs {
		go func() { results <- run(ctx) }()
	}
	return func() error {
		errs := make([]error, len(runs))
		for i := range errs {
			errs[i] = <-results
		}
		return errors.Join(errs...)
	}
}

// serve returns nil when the server is shut down, or an error when it cannot continue.
func (l listening) serve() error {
	var err error
	if l.server.TLSConfig == nil {
		err = l.server.Serve(l.listener)
	} else {
		err = l.server.ServeTLS(l.listener, "", "")
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// drain tells load balancers that the service is stopping, and gives them time to notice. Meanwhile
// calls still come in and are answered. A connection that is used in that time is closed after its
// answer, so that no connection is closed while a call is being sent.
func (s *Server) drain(ctx context.Context, served <-chan error) error {
	s.stopping.Store(true)
	s.opts.Logger.InfoContext(ctx, "draining", "delay", s.opts.Config.DrainDelay.String())
	timer := time.NewTimer(s.opts.Config.DrainDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case err := <-served:
		return err
	}
}

// waitForClose accepts no more connections and waits until the open ones are closed. Each is closed
// after its next answer. It does not close an idle connection at once, because a proxy may just be
// sending a call on it, and the call would be lost. It ends early enough to answer the running
// calls before the deadline. Without a drain, no proxy was told, so it does not wait.
func (s *Server) waitForClose(deadline time.Time) {
	if s.opts.Config.DrainDelay == 0 {
		return
	}
	_ = s.main.listener.Close() // shutdown closes it again
	last := deadline.Add(-min(s.opts.Config.Hook.Timeout+time.Second, s.opts.Config.ShutdownTimeout/2))
	ticker := time.NewTicker(closeCheck)
	defer ticker.Stop()
	for s.limit.open() > 0 && time.Now().Before(last) {
		<-ticker.C
	}
}

// closeCheck is how often waitForClose checks whether all connections are closed.
const closeCheck = 20 * time.Millisecond

// closeWhenStopping asks callers, while the service is stopping, to use another connection from now
// on (RFC 9112, section 9.6; for HTTP/2, net/http sends GOAWAY).
func (s *Server) closeWhenStopping(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) listenings() []listening {
	if s.admin == nil {
		return []listening{s.main}
	}
	return []listening{s.main, *s.admin}
}

// shutdown stops the main listener first, so that the admin listener says "not ready" meanwhile. It
// closes everything, even if one part fails.
func (s *Server) shutdown(ctx context.Context, deadline time.Time) error {
	s.stopping.Store(true)
	s.opts.Logger.InfoContext(ctx, "stopping", "timeout", s.opts.Config.ShutdownTimeout.String())
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	var errs []error
	for _, l := range s.listenings() {
		if err := l.server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stopping: calls under way were cut off: %w", err), l.server.Close())
		}
	}
	return errors.Join(errs...)
}

func addrText(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}
