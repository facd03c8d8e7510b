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

// Bounds on one connection. Okta gives up after 3 s, so nobody who is slower than
// these is Okta.
const (
	readHeaderTimeout = 3 * time.Second
	readTimeout       = 5 * time.Second
	writeTimeout      = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
	// maxStreams is per HTTP/2 connection: an org has at most 75 transactions under way at a time, hook calls among them.
	maxStreams = 100
)

// Options are the parts a [Server] is given. All are required but those that say otherwise.
type Options struct {
	Config         *config.Config
	Warnings       []config.Warning // that loading it gave; may be empty
	Logger         *slog.Logger
	MeterProvider  metric.MeterProvider
	TracerProvider trace.TracerProvider
	Metrics        http.Handler                  // answers /metrics on the admin listener; nil: no such path
	Propagator     propagation.TextMapPropagator // reads the trace that a caller names; nil: none is read
	Version        string                        // of the program, for the admin page and debugContext; may be empty
	Now            func() time.Time
	Listener       net.Listener     // the main listener; nil: one on Config.ListenAddr
	Home           http.Handler     // answers / on the main listener; nil: no such path
	Reload         <-chan os.Signal // each reads the files of secrets and TLS again; nil: only their changes do

	preview bool // nothing is kept for the service
}

// Server is the service. Get one from [New], then call [Server.Run] once.
type Server struct {
	opts      Options
	lookup    *orglookup.Lookup
	decisions *hook.Decisions
	rp        *rp.RP // nil when it is not enabled
	main      listening
	limit     *connLimit // the main listener's connections
	admin     *listening // nil when Config.AdminAddr is empty
	stopping  atomic.Bool
	tolerated tolerated

	outcomes  *outcomes.Ledger // nil when they are off
	logReader *outcomes.Reader // nil when the log is not read

	hook           *hook.Handler // what follows is for the admin page
	secrets        liveSecrets   // nil: callers use OAuth only
	fingerprintKey []byte        // drawn at each start
	rules          []commands.Rule
	started        time.Time

	files      []*watched
	background []func(context.Context) error // run while the service does
	identity   atomic.Pointer[identity]      // nil for plain http
}

// listening is an HTTP server and where it listens.
type listening struct {
	server   *http.Server
	listener net.Listener
}

// New builds the service and opens its listeners, so that a port that is taken is
// reported at once. It reads the files the configuration names and calls nobody.
// The error names the part that could not be built, or the address that could not be
// listened on; a listener that was opened is then closed again.
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

// mainServer is what answers Okta: nobody else's slowness or number may hold it up.
func (s *Server) mainServer(h http.Handler, identity *tls.Config) *http.Server {
	server := s.httpServer(handling(s.retiring(h)))
	server.ConnContext = withConn
	server.TLSConfig = identity
	server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: maxStreams}
	return server
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.opts.Logger.Handler(), slog.LevelDebug), // broken connections, not ours to mend
	}
}

// Addr is where the main listener listens.
func (s *Server) Addr() net.Addr { return s.main.listener.Addr() }

// AdminAddr is where the admin listener listens; nil when there is none.
func (s *Server) AdminAddr() net.Addr {
	if s.admin == nil {
		return nil
	}
	return s.admin.listener.Addr()
}

// Run serves until ctx ends, then stops: not ready any more, but answering for
// Config.DrainDelay; then no new connections, those that are open read on, and the calls
// under way answered, all within Config.ShutdownTimeout. It returns nil after a clean stop.
// Otherwise the error says which listener failed, or what was not done in time. Call it once.
func (s *Server) Run(ctx context.Context) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	ended := s.startBackground(background)

	// The listeners are open since New. Serving, net/http gives every server a TLSConfig.
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
			s.settle(deadline())
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

// startBackground starts what runs beside the listeners until ctx ends. The function
// that it returns waits for the end of all and returns their errors.
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

// serve returns when the server is shut down, or an error when it cannot go on.
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

// drain tells load balancers that the service is going away and gives them time to
// notice: until they do, calls come in and are answered. The connections that are
// used meanwhile are retired after their answer, so that none is closed under a call
// that is just being sent.
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

// settle takes no new connections any more, and waits until those that there are have been closed: each is retired
// after its next answer. One that is idle may be just the one on which a proxy sends its next call; to close it now
// would lose that call. It ends in time for the calls under way to be answered before the deadline.
// Without a drain there is nobody to wait for.
func (s *Server) settle(deadline time.Time) {
	if s.opts.Config.DrainDelay == 0 {
		return
	}
	_ = s.main.listener.Close() // shutdown closes it again
	last := deadline.Add(-min(s.opts.Config.Hook.Timeout+time.Second, s.opts.Config.ShutdownTimeout/2))
	ticker := time.NewTicker(settleCheck)
	defer ticker.Stop()
	for s.limit.open() > 0 && time.Now().Before(last) {
		<-ticker.C
	}
}

// settleCheck is how often settle looks whether all connections are closed.
const settleCheck = 20 * time.Millisecond

// retiring asks callers, while the service is stopping, to use another connection
// from now on (RFC 9112, section 9.6; with HTTP/2, net/http sends GOAWAY for it).
func (s *Server) retiring(next http.Handler) http.Handler {
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

// shutdown drains the main listener first, so that the admin listener says "not
// ready" meanwhile. Everything is closed even when one part fails.
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
