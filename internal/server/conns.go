package server

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"time"

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

	mu   sync.Mutex
	open list.List // of *limitedConn, the one first on which an answer is longest ago
}

// limitedConn is a connection that the limit counts.
type limitedConn struct {
	net.Conn
	limit            *connLimit
	opened           time.Time
	reading, writing deadline

	// What follows is guarded by limit.mu.
	place   *list.Element // in limit.open; nil after the end
	handled int           // requests that are being handled: several with HTTP/2
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
	c.place = l.open.PushBack(c)
	if l.open.Len() <= l.most {
		return nil
	}
	for e := l.open.Front(); e != nil; e = e.Next() {
		if quiet, _ := e.Value.(*limitedConn); quiet.handled == 0 {
			return quiet
		}
	}
	return c
}

// Close implements [net.Conn].
func (c *limitedConn) Close() error {
	c.limit.mu.Lock()
	if c.place != nil {
		c.limit.open.Remove(c.place)
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
	if c.handled--; c.handled == 0 && c.place != nil {
		c.limit.open.MoveToBack(c.place)
	}
	c.limit.mu.Unlock()
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
