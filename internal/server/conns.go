package server

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/metric"

	"pschook/hook"
)

// connLimit is a listener that holds no more than a number of connections. A new one
// is always let in; for one too many, another goes: the oldest of those on which nobody
// has authenticated, and only if there is none, the one on which somebody did so longest
// ago. So somebody who opens thousands pushes out his own, whatever is answered to him,
// while a caller who sends his request at once gets his answer: a queue, as the usual
// limit of accepted connections makes, would hold him up until Okta has given up.
// Connections on which a request is being handled are never closed. It is safe for
// concurrent use.
type connLimit struct {
	net.Listener
	most    int
	dropped metric.Int64Counter
	close   func() error // of Listener, the first time

	mu        sync.Mutex
	strangers list.List // of *limitedConn on which nobody has authenticated, the oldest first
	callers   list.List // of *limitedConn on which somebody has, the one first where that is longest ago
}

// limitedConn is a connection that the limit counts.
type limitedConn struct {
	net.Conn
	limit            *connLimit
	opened           time.Time
	reading, writing deadline

	// What follows is guarded by limit.mu.
	in      *list.List    // of the two lists of limit
	place   *list.Element // in that list; nil after the end
	handled int           // requests that are being handled: several with HTTP/2
}

func newConnLimit(inner net.Listener, most int, meter metric.Meter) (*connLimit, error) {
	dropped, err := meter.Int64Counter("pschook_connections_dropped_total",
		metric.WithDescription("Connections closed to make room for new ones: somebody opens them and sends nothing, or very slowly."))
	if err != nil {
		return nil, err
	}
	dropped.Add(context.Background(), 0) // so that the first one is seen as an increase
	l := &connLimit{Listener: inner, most: most, dropped: dropped}
	l.close = sync.OnceValue(func() error { return l.Listener.Close() })
	return l, nil
}

// Close implements [net.Listener]. Further calls do nothing and return the same.
func (l *connLimit) Close() error { return l.close() }

// otherFiles is how many files and connections the service needs beside those to its main listener: the admin
// listener's, those to Okta and to collectors, files that are read, standard ones.
const otherFiles = 64

// connections is how many connections the main listener may hold: as many as are configured, or what the limit on open
// files leaves. At the limit nobody at all could connect any more.
func (s *Server) connections(ctx context.Context) int {
	want := s.opts.Config.MaxConnections
	have, err := openFiles(uint64(want) + otherFiles) //nolint:gosec // config has it above 0
	if err != nil {
		s.opts.Logger.WarnContext(ctx, "the limit on open files cannot be read", "err", err)
		return want
	}
	left := have - min(otherFiles, have/2)
	if left >= uint64(want) { //nolint:gosec // likewise
		return want
	}
	s.opts.Logger.WarnContext(ctx, "fewer connections than configured: the limit on open files is low; raise it (LimitNOFILE= of systemd, ulimit -n)",
		"limit", have, "connections", left, "configured", want)
	return int(left) //nolint:gosec // less than want
}

// Accept implements [net.Listener].
func (l *connLimit) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &limitedConn{Conn: conn, limit: l, opened: time.Now()}
	if victim := l.add(c); victim != nil {
		l.dropped.Add(context.Background(), 1)
		_ = victim.Close() // it is being got rid of
	}
	return c, nil
}

// add takes c in and returns a connection to close if there is one too many: c itself
// when requests are handled on all others.
func (l *connLimit) add(c *limitedConn) *limitedConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.in, c.place = &l.strangers, l.strangers.PushBack(c)
	if l.len() <= l.most {
		return nil
	}
	for _, all := range []*list.List{&l.strangers, &l.callers} {
		for e := all.Front(); e != nil; e = e.Next() {
			if other, _ := e.Value.(*limitedConn); other.handled == 0 && other != c {
				return other
			}
		}
	}
	return c
}

func (l *connLimit) len() int { return l.strangers.Len() + l.callers.Len() }

// open is how many connections there are.
func (l *connLimit) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.len()
}

// Close implements [net.Conn].
func (c *limitedConn) Close() error {
	c.limit.mu.Lock()
	if c.place != nil {
		c.in.Remove(c.place)
		c.place = nil
	}
	c.limit.mu.Unlock()
	return c.Conn.Close()
}

// begin and end frame the handling of a request.
func (c *limitedConn) begin() {
	c.limit.mu.Lock()
	c.handled++
	c.limit.mu.Unlock()
}

func (c *limitedConn) end() {
	c.limit.mu.Lock()
	c.handled--
	c.limit.mu.Unlock()
}

// authenticated notes that somebody has authenticated on the connection just now.
func (c *limitedConn) authenticated() {
	l := c.limit
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case c.place == nil:
	case c.in == &l.callers:
		l.callers.MoveToBack(c.place)
	default:
		l.strangers.Remove(c.place)
		c.in, c.place = &l.callers, l.callers.PushBack(c)
	}
}

type connKey struct{}

// withConn is the ConnContext of a server whose listener is a connLimit.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // *tls.Conn
		conn = t.NetConn()
	}
	return context.WithValue(ctx, connKey{}, conn)
}

// handling tells the connection of each request that it is being handled.
func handling(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*limitedConn); ok {
			c.begin()
			defer c.end()
		}
		next.ServeHTTP(w, r)
	})
}

// outranking gives connections on which somebody authenticates their rank.
type outranking struct{ hook.Authenticator }

// Authenticate implements [hook.Authenticator].
func (o outranking) Authenticate(r *http.Request) error {
	err := o.Authenticator.Authenticate(r)
	if c, ok := r.Context().Value(connKey{}).(*limitedConn); ok && err == nil {
		c.authenticated()
	}
	return err
}
