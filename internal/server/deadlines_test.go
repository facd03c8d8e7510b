package server

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/metric/noop"
)

// told is a connection that notes the deadlines that it is given.
type told struct {
	net.Conn
	reading, writing []time.Time
}

func (c *told) SetReadDeadline(t time.Time) error  { c.reading = append(c.reading, t); return nil }
func (c *told) SetWriteDeadline(t time.Time) error { c.writing = append(c.writing, t); return nil }

// connOf returns a connection of a connLimit, and the deadlines that it was given.
func connOf(t *testing.T, opened time.Time) (*connLimit, *limitedConn, *told) {
	t.Helper()
	l, err := newConnLimit(nil, 2, noop.Meter{})
	if err != nil {
		t.Fatal(err)
	}
	inner := &told{}
	c := &limitedConn{Conn: inner, limit: l, opened: opened}
	l.add(c)
	return l, c, inner
}

// TestDeadline does with a connection what net/http and the hook do.
func TestDeadline(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return opened.Add(time.Duration(seconds) * time.Second) }
	never, longAgo := time.Time{}, time.Unix(1, 0)
	type step struct {
		set     *time.Time // a deadline to set, or
		enforce *time.Time // the time at which to enforce
	}
	set := func(t time.Time) step { return step{set: &t} }
	enforce := func(t time.Time) step { return step{enforce: &t} }
	tests := []struct {
		name  string
		steps []step
		want  []time.Time
	}{
		{name: "none", steps: []step{enforce(at(1000))}},
		{name: "not_yet", steps: []step{set(at(3)), enforce(at(2))}},
		{name: "over", steps: []step{set(at(3)), enforce(at(3))}, want: []time.Time{longAgo}},
		{name: "told_once", steps: []step{set(at(3)), enforce(at(4)), enforce(at(5))}, want: []time.Time{longAgo}},
		{name: "moved", steps: []step{set(at(3)), set(at(9)), enforce(at(4))}},
		{name: "moved_and_over", steps: []step{set(at(9)), set(at(3)), enforce(at(4))}, want: []time.Time{longAgo}},
		{name: "lifted", steps: []step{set(at(3)), set(never), enforce(at(4))}},
		{name: "lifted_too_late", steps: []step{set(at(3)), enforce(at(4)), set(never), enforce(at(5))}, want: []time.Time{longAgo, never}},
		{name: "moved_too_late", steps: []step{set(at(3)), enforce(at(4)), set(at(9)), enforce(at(8)), enforce(at(9))}, want: []time.Time{longAgo, never, longAgo}},
		{name: "broken_off", steps: []step{set(at(3)), set(longAgo)}, want: []time.Time{longAgo}},
		{name: "broken_off_and_lifted", steps: []step{set(longAgo), enforce(at(1)), set(never), set(at(9)), enforce(at(8))}, want: []time.Time{longAgo, never}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l, c, inner := connOf(t, opened)
			for _, s := range tt.steps {
				if s.enforce != nil {
					l.enforce(*s.enforce)
					continue
				}
				if err := c.SetDeadline(*s.set); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tt.want, inner.reading); diff != "" {
				t.Errorf("reading (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, inner.writing); diff != "" {
				t.Errorf("writing (-want +got):\n%s", diff)
			}
		})
	}
}

// Reading and writing have separate deadlines.
func TestDeadlinesAreApart(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	l, c, inner := connOf(t, opened)
	if err := errors.Join(c.SetReadDeadline(opened.Add(time.Second)), c.SetWriteDeadline(opened.Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	l.enforce(opened.Add(time.Second))
	if len(inner.reading) != 1 || len(inner.writing) != 0 {
		t.Errorf("told of reading %v, of writing %v; want reading alone", inner.reading, inner.writing)
	}
}

// TestDeadlineWakesReader checks that a waiting reader is woken.
func TestDeadlineWakesReader(t *testing.T) {
	t.Parallel()
	inner, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := newConnLimit(inner, 2, noop.Meter{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, wake := range map[string]func(){
		"over":       func() { l.enforce(time.Now().Add(time.Hour)) },
		"broken off": func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) },
	} {
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			_, err := conn.Read(make([]byte, 1))
			ended <- err
		}()
		wake()
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("got %v", err)
		}
	}
	// After the deadline is moved, the connection works as before.
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}
