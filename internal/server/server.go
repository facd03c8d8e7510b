package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"pschook/hook"
	"pschook/internal/config"
	"pschook/orglookup"
	"pschook/verify"
)

// Bounds on one connection. Okta gives up after 3 s, so nobody who is slower than
// these is Okta.
const (
	readHeaderTimeout = 3 * time.Second
	readTimeout       = 5 * time.Second
	writeTimeout      = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
)

// Options are the parts a [Server] is given. All are required but those that say otherwise.
type Options struct {
	Config         *config.Config
	Logger         *slog.Logger
	MeterProvider  metric.MeterProvider
	TracerProvider trace.TracerProvider
	Metrics        http.Handler // answers /metrics on the admin listener; nil: no such path
	Now            func() time.Time
	Listener       net.Listener // the main listener; nil: one on Config.ListenAddr
	Home           http.Handler // answers / on the main listener; nil: no such path
}

// Server is the service. Get one from [New], then call [Server.Run] once.
type Server struct {
	opts      Options
	lookup    *orglookup.Lookup
	decisions *hook.Decisions
	rp        *verify.RP // nil when it is not enabled
	main      listening
	admin     *listening // nil when Config.AdminAddr is empty
	stopping  atomic.Bool
}

// listening is an HTTP server and where it listens.
type listening struct {
	server   *http.Server
	listener net.Listener
}

// New builds the service and opens its listeners, so that a port that is taken is
// reported at once. It reads the files the configuration names and calls nobody.
func New(ctx context.Context, opts Options) (*Server, error) {
	builder, err := NewBuilder(opts.Config)
	if err != nil {
		return nil, err
	}
	lookup, err := newLookup(opts.Config, opts)
	if err != nil {
		return nil, fmt.Errorf("org lookup: %w", err)
	}
	s := &Server{opts: opts, lookup: lookup, decisions: hook.NewDecisions(opts.Now)}
	h, err := newHook(opts, builder, lookup, s.decisions)
	if err != nil {
		return nil, fmt.Errorf("hook: %w", err)
	}
	if opts.Config.RP.Enabled {
		if s.rp, err = s.newRP(builder); err != nil {
			return nil, fmt.Errorf("relying party: %w", err)
		}
	}
	if err := s.listen(ctx, s.routes(h)); err != nil {
		return nil, err
	}
	return s, nil
}

// listen opens both listeners, or none.
func (s *Server) listen(ctx context.Context, handler *echo.Echo) error {
	listener := s.opts.Listener
	if listener == nil {
		var err error
		if listener, err = new(net.ListenConfig).Listen(ctx, "tcp", s.opts.Config.ListenAddr); err != nil {
			return fmt.Errorf("%sLISTEN_ADDR: %w", config.Prefix, err)
		}
	}
	s.main = listening{s.httpServer(handler), listener}
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

// Run serves until ctx ends, then stops: not ready any more, no new connections,
// the calls under way answered within Config.ShutdownTimeout. It returns nil after
// a clean stop.
func (s *Server) Run(ctx context.Context) error {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	refreshed := make(chan error, 1)
	go func() { refreshed <- s.lookup.Run(background) }()

	served := make(chan error, 2)
	for _, l := range s.listenings() {
		go func() { served <- l.server.Serve(l.listener) }()
	}
	s.opts.Logger.InfoContext(ctx, "listening", "addr", s.Addr().String(), "admin_addr", addrText(s.AdminAddr()))

	var failed error
	select {
	case <-ctx.Done():
	case failed = <-served:
	}
	err := s.shutdown(context.WithoutCancel(ctx))
	cancel()
	if s.rp != nil {
		s.rp.Close()
	}
	return errors.Join(failed, err, <-refreshed)
}

func (s *Server) listenings() []listening {
	if s.admin == nil {
		return []listening{s.main}
	}
	return []listening{s.main, *s.admin}
}

// shutdown drains the main listener first, so that the admin listener says "not
// ready" meanwhile. Everything is closed even when one part fails.
func (s *Server) shutdown(ctx context.Context) error {
	s.stopping.Store(true)
	s.opts.Logger.InfoContext(ctx, "stopping", "timeout", s.opts.Config.ShutdownTimeout.String())
	ctx, cancel := context.WithTimeout(ctx, s.opts.Config.ShutdownTimeout)
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
