package server

import (
	"errors"
	"net"
	"net/http"
	"testing"

	"go.opentelemetry.io/otel/metric/noop"
)

// dummy is a connection that notes that it was closed.
type dummy struct {
	net.Conn
	closed bool
}

func (d *dummy) Close() error { d.closed = true; return nil }

// queue is a listener that returns prepared connections.
type queue struct {
	net.Listener
	next []*dummy
}

func (q *queue) Accept() (net.Conn, error) {
	if len(q.next) == 0 {
		return nil, errors.New("no more")
	}
	c := q.next[0]
	q.next = q.next[1:]
	return c, nil
}

// accept takes n connections through a limit.
func accept(t *testing.T, most, n int) (*connLimit, []*dummy, []*limitedConn, *queue) {
	t.Helper()
	q := &queue{}
	l, err := newConnLimit(q, most, noop.Meter{})
	if err != nil {
		t.Fatal(err)
	}
	var raw []*dummy
	var conns []*limitedConn
	for range n {
		raw = append(raw, &dummy{})
		q.next = append(q.next, raw[len(raw)-1])
		conns = append(conns, take(t, l))
	}
	return l, raw, conns, q
}

func take(t *testing.T, l *connLimit) *limitedConn {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return c.(*limitedConn)
}

// closed returns the indexes of the closed connections.
func closed(raw []*dummy) (which []int) {
	for i, c := range raw {
		if c.closed {
			which = append(which, i)
		}
	}
	return which
}

func wantClosed(t *testing.T, raw []*dummy, want ...int) {
	t.Helper()
	got := closed(raw)
	if len(got) != len(want) {
		t.Fatalf("closed %v, want %v", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("closed %v, want %v", got, want)
		}
	}
}

// When there is one too many, the oldest connection without authentication is closed, whatever was
// answered on it. After those, the one whose last authentication is longest ago.
func TestConnLimitClosesStrangersFirst(t *testing.T) {
	t.Parallel()
	l, raw, conns, q := accept(t, 4, 4)
	for _, i := range []int{1, 0, 2} {
		conns[i].begin()
		if i != 2 {
			conns[i].authenticated()
		}
		conns[i].end() // a request alone does not count
	}
	conns[3].begin()
	for i, want := range [][]int{{2}, {2, 4}, {2, 4, 5}} {
		raw = append(raw, &dummy{})
		q.next = raw[len(raw)-1:]
		conns = append(conns, take(t, l))
		wantClosed(t, raw, want...)
		if n := l.len(); n != 4 {
			t.Errorf("round %d: %d open", i, n)
		}
	}
	conns[6].begin()
	raw = append(raw, &dummy{})
	q.next = raw[7:]
	take(t, l)
	wantClosed(t, raw, 1, 2, 4, 5) // no other stranger may be closed, so this closes the caller that has been quiet for longest
	conns[3].end()
	for _, c := range conns {
		_ = c.Close() // some are closed twice
		_ = c.Close()
	}
	if n := l.len(); n != 1 {
		t.Errorf("%d open; want the newest", n)
	}
}

// Connections with running requests stay. If all have one, the new connection is closed.
func TestConnLimitSparesTheBusy(t *testing.T) {
	t.Parallel()
	l, raw, conns, q := accept(t, 2, 2)
	conns[0].begin()
	conns[1].begin()
	conns[1].begin() // HTTP/2
	conns[1].end()
	raw = append(raw, &dummy{})
	q.next = raw[2:]
	take(t, l)
	wantClosed(t, raw, 2)
	if n := l.len(); n != 2 {
		t.Errorf("%d open", n)
	}
}

// A connection that is closed while it is busy is not counted again.
func TestConnLimitForgetsTheClosed(t *testing.T) {
	t.Parallel()
	l, _, conns, _ := accept(t, 2, 1)
	conns[0].begin()
	_ = conns[0].Close()
	conns[0].end()
	if n := l.len(); n != 0 {
		t.Errorf("%d open", n)
	}
}

func TestConnLimitPassesErrorsOn(t *testing.T) {
	t.Parallel()
	l, _, _, _ := accept(t, 1, 0)
	if _, err := l.Accept(); err == nil || err.Error() != "no more" {
		t.Errorf("got %v", err)
	}
}

// The handling also ends when a handler panics.
func TestHandlingEnds(t *testing.T) {
	t.Parallel()
	_, _, conns, _ := accept(t, 1, 1)
	h := countRequests(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if conns[0].handled != 1 {
			t.Error("not noted as handled")
		}
		panic(http.ErrAbortHandler)
	}))
	func() {
		defer func() { _ = recover() }()
		r, err := http.NewRequestWithContext(withConn(t.Context(), conns[0]), http.MethodGet, "/", nil)
		if err != nil {
			t.Fatal(err)
		}
		h.ServeHTTP(nil, r)
	}()
	if conns[0].handled != 0 {
		t.Error("still noted as handled afterwards")
	}
}
