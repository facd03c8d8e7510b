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

// connLimit is a listener with a limited number of connections. It always accepts a new connection.
// If there is then one too many, it closes another: the oldest connection on which nobody has
// authenticated. Only if there is none, it closes the one whose last authentication is longest ago.
// So a caller who opens thousands of connections only loses his own, whatever he is answered, and a
// caller who sends his request at once gets an answer. The usual limit makes callers wait in a
// queue, until Okta has given up. A connection with a running request is never closed. connLimit is
// safe for concurrent use.
type connLimit struct {
	net.Listener
	most    int
	dropped metric.Int64Counter
	close   func() error // closes Listener, the first time

	mu        sync.Mutex
	strangers list.List // *limitedConn on which nobody has authenticated, oldest first
	callers   list.List // *limitedConn on which somebody has authenticated, the longest ago first
}

// limitedConn is one of the connections of a connLimit.
type limitedConn struct {
	net.Conn
	limit            *connLimit
	opened           time.Time
	reading, writing deadline

	// limit.mu guards the following fields.
	in      *list.List    // one of the two lists of limit
	place   *list.Element // its element of that list; nil after the end
	handled int           // number of running requests; HTTP/2 may have several
}

func newConnLimit(inner net.Listener, most int, meter metric.Meter) (*connLimit, error) {
	dropped, err := meter.Int64Counter("pschook_connections_dropped_total",
		metric.WithDescription("Connections closed to make room for new ones: somebody opens them and sends nothing, or very slowly."))
	if err != nil {
		return nil, err
	}
	dropped.Add(context.Background(), 0) // start with 0, so that the first one is an increase
	l := &connLimit{Listener: inner, most: most, dropped: dropped}
	l.close = sync.OnceValue(func() error { return l.Listener.Close() })
	return l, nil
}

// Close implements [net.Listener]. Later calls do nothing and return the same error.
func (l *connLimit) Close() error { return l.close() }

// otherFiles is how many files and connections the service needs in addition to the connections of
// its main listener: for the admin listener, Okta, collectors, files that it reads, and the
// standard files.
const otherFiles = 64

// connections returns how many connections the main listener may have: the configured number, or
// what the limit on open files allows. At that limit nobody could connect any more.
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
		_ = victim.Close() // we close it because of the limit
	}
	return c, nil
}

// add adds c and returns a connection to close if there is one too many. That is c itself when all
// others have running requests.
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

// open returns the number of open connections.
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

// begin and end are called before and after the handling of a request.
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

// authenticated notes that somebody has just authenticated on the connection.
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

// countRequests calls begin and end of the connection for each request.
func countRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(*limitedConn); ok {
			c.begin()
			defer c.end()
		}
		next.ServeHTTP(w, r)
	})
}

// connAuthenticator authenticates callers, and notes on which connections somebody has
// authenticated.
type connAuthenticator struct{ hook.Authenticator }

// Authenticate implements [hook.Authenticator].
func (o connAuthenticator) Authenticate(r *http.Request) error {
	err := o.Authenticator.Authenticate(r)
	if c, ok := r.Context().Value(connKey{}).(*limitedConn); ok && err == nil {
		c.authenticated()
	}
	return err
}
