package server

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/metric"
)

// connLimit is a listener that holds no more than a number of connections. A new one
// is always let in; for one too many, the connection goes on which nothing has been
// answered for longest. So somebody who opens thousands and dribbles into them
// pushes out his own, while a caller who sends his request at once gets his answer:
// a queue, as the usual limit of accepted connections makes, would hold him up until
// Okta has given up. Connections on which a request is being handled are never
// closed. It is safe for concurrent use.
type connLimit struct {
	net.Listener
	most    int
	dropped metric.Int64Counter

	mu    sync.Mutex
	open  int
	quiet list.List // of *limitedConn on which nothing is being handled, the longest first
}

// limitedConn is a connection that the limit counts.
type limitedConn struct {
	net.Conn
	limit *connLimit

	// What follows is guarded by limit.mu.
	place   *list.Element // in limit.quiet; nil while requests are handled and after the end
	handled int           // requests that are being handled: several with HTTP/2
	closed  bool
}

func newConnLimit(inner net.Listener, most int, meter metric.Meter) (*connLimit, error) {
	dropped, err := meter.Int64Counter("pschook_connections_dropped_total",
		metric.WithDescription("Connections closed to make room for new ones: somebody opens them and sends nothing, or very slowly."))
	if err != nil {
		return nil, err
	}
	dropped.Add(context.Background(), 0) // so that the first one is seen as an increase
	return &connLimit{Listener: inner, most: most, dropped: dropped}, nil
}

// Accept implements [net.Listener].
func (l *connLimit) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &limitedConn{Conn: conn, limit: l}
	if victim := l.add(c); victim != nil {
		l.dropped.Add(context.Background(), 1)
		_ = victim.Close() // it is being got rid of
	}
	return c, nil
}

// add counts c and returns a connection to close if there is one too many: c itself
// when requests are handled on all others.
func (l *connLimit) add(c *limitedConn) *limitedConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	var victim *limitedConn
	if l.open++; l.open > l.most {
		victim = c
		if front := l.quiet.Front(); front != nil {
			victim, _ = front.Value.(*limitedConn)
		}
	}
	c.place = l.quiet.PushBack(c)
	return victim
}

// Close implements [net.Conn].
func (c *limitedConn) Close() error {
	l := c.limit
	l.mu.Lock()
	if !c.closed {
		c.closed = true
		l.open--
		c.leave()
	}
	l.mu.Unlock()
	return c.Conn.Close()
}

// begin and end frame the handling of a request.
func (c *limitedConn) begin() {
	c.limit.mu.Lock()
	defer c.limit.mu.Unlock()
	c.handled++
	c.leave()
}

func (c *limitedConn) end() {
	c.limit.mu.Lock()
	defer c.limit.mu.Unlock()
	if c.handled--; c.handled == 0 && !c.closed {
		c.place = c.limit.quiet.PushBack(c)
	}
}

// leave takes c out of the quiet ones. limit.mu is held.
func (c *limitedConn) leave() {
	if c.place != nil {
		c.limit.quiet.Remove(c.place)
		c.place = nil
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
