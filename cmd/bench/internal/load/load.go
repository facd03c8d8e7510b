// Package load sends hook calls to a target and checks every answer.
//
// [Closed] keeps a number of connections busy: each sends its next call when it has
// the answer to the last. It tells what a target can do at most. [Open] sends at a
// fixed rate whatever the target does, and counts each answer's time from when its
// call was due, not from when it could be sent: a target that stalls is charged for
// all calls that were due meanwhile ("coordinated omission" is thus corrected).
//
// Calls are bytes made beforehand, in which only serial numbers change, so that the
// generator costs little beside the target.
package load

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"pschook/cmd/bench/internal/payload"
)

// patience is how long the last answers may take once a run is over.
const patience = 30 * time.Second

// Target is where calls go.
type Target struct {
	Addr   string      // host:port
	TLS    *tls.Config // nil: plain http
	Path   string
	Secret string // value of the Authorization header
	Call   payload.Call
}

// Options say how to load a target. All but Count are required.
type Options struct {
	Target
	Want        Answer // from [Learn]
	Connections int
	NewEach     bool // a new connection for each call; only wrk makes it
	Duration    time.Duration
	Count       int    // Closed only: end after so many calls, whatever the Duration; 0: no such end
	FirstSerial uint64 // serial number before the first, so that two runs share none
}

// Answer is the right answer of one target.
type Answer struct {
	Body  []byte
	Bytes int // on the wire, with status line and header
}

// Result is what came of a run.
type Result struct {
	Requests  int             // answered as they should be
	Elapsed   time.Duration   // from the first call to the last answer
	Latencies []time.Duration // ascending, one for each answer
	Lag       []time.Duration // Open only: ascending; how late each call left, be it that no connection was free or that the generator was slow
}

// Throughput is in answers a second.
func (r Result) Throughput() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Elapsed.Seconds()
}

// WrongError is an answer that is not the right one.
type WrongError struct {
	Status int
	Detail string
}

// Error says status and difference.
func (e *WrongError) Error() string {
	return fmt.Sprintf("wrong answer: status %d: %s", e.Status, e.Detail)
}

// Wire is the call as it goes over the connection.
func (t Target) Wire(newEach bool) (wire []byte, serials []int) {
	connection := "keep-alive"
	if newEach {
		connection = "close"
	}
	var b bytes.Buffer
	_, _ = fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/json\r\nAccept: application/json\r\nConnection: %s\r\nContent-Length: %d\r\n\r\n",
		t.Path, t.Addr, t.Secret, connection, len(t.Call.Body)) // a Buffer takes everything
	head := b.Len()
	b.Write(t.Call.Body)
	for _, at := range t.Call.Serials() {
		serials = append(serials, head+at)
	}
	return b.Bytes(), serials
}

// Learn sends one call, holds the answer to what is right, and returns it for
// comparison with those that follow.
func Learn(ctx context.Context, t Target, newEach bool) (Answer, error) {
	c, err := newConn(Options{Target: t, NewEach: newEach}, new(atomic.Uint64))
	if err != nil {
		return Answer{}, err
	}
	if err := c.dial(ctx); err != nil {
		return Answer{}, err
	}
	defer c.close()
	if err := c.net.SetDeadline(time.Now().Add(patience)); err != nil {
		return Answer{}, err
	}
	if err := c.send(); err != nil {
		return Answer{}, err
	}
	got, err := readAnswer(c.r, nil)
	if err != nil {
		return Answer{}, err
	}
	if got.status != http.StatusOK {
		return Answer{}, &WrongError{Status: got.status, Detail: fmt.Sprintf("%.200q", got.body)}
	}
	if err := payload.Check(got.body); err != nil {
		return Answer{}, &WrongError{Status: got.status, Detail: err.Error()}
	}
	return Answer{Body: got.body, Bytes: got.bytes}, nil
}

// Closed keeps opts.Connections busy until the time or the count is up. Any answer
// that is not the right one ends the run with an error: fast refusals are no throughput.
func Closed(ctx context.Context, opts Options) (Result, error) {
	serial := new(atomic.Uint64)
	serial.Store(opts.FirstSerial)
	conns, err := dialAll(ctx, opts, serial)
	if err != nil {
		return Result{}, err
	}
	var left atomic.Int64
	left.Store(int64(opts.Count))
	begin := time.Now()
	end := begin.Add(opts.Duration)
	next := func() bool {
		return (opts.Count == 0 || left.Add(-1) >= 0) && time.Now().Before(end) && ctx.Err() == nil
	}
	done := make(chan error, len(conns))
	for _, c := range conns {
		go func() { done <- c.repeat(next) }()
	}
	for range conns {
		err = cmp.Or(err, <-done) // the first says enough: a target that fails, fails all
	}
	result := Result{Elapsed: time.Since(begin)}
	for _, c := range conns {
		c.close()
		result.Latencies = append(result.Latencies, c.latencies...)
	}
	slices.Sort(result.Latencies)
	result.Requests = len(result.Latencies)
	return result, err
}

// repeat sends calls and reads answers one after the other while next says so.
func (c *conn) repeat(next func() bool) error {
	for next() {
		begin := time.Now()
		if err := c.net.SetDeadline(begin.Add(patience)); err != nil {
			return err
		}
		if err := c.send(); err != nil {
			return err
		}
		if err := c.receive(); err != nil {
			return err
		}
		c.latencies = append(c.latencies, time.Since(begin))
	}
	return nil
}

// dialAll opens the connections of a run, or none.
func dialAll(ctx context.Context, opts Options, serial *atomic.Uint64) ([]*conn, error) {
	if opts.NewEach {
		return nil, errors.New("load: a new connection for each call is left to wrk")
	}
	if opts.Connections < 1 || opts.Duration <= 0 {
		return nil, fmt.Errorf("load: %d connections for %v: want at least one, for some time", opts.Connections, opts.Duration)
	}
	conns := make([]*conn, opts.Connections)
	for i := range conns {
		c, err := newConn(opts, serial)
		if err == nil {
			err = c.dial(ctx)
		}
		if err != nil {
			for _, open := range conns[:i] {
				open.close()
			}
			return nil, err
		}
		conns[i] = c
	}
	return conns, nil
}

func dial(ctx context.Context, t Target) (net.Conn, error) {
	dialer := net.Dialer{Timeout: patience}
	if t.TLS != nil {
		return (&tls.Dialer{NetDialer: &dialer, Config: t.TLS}).DialContext(ctx, "tcp", t.Addr)
	}
	return dialer.DialContext(ctx, "tcp", t.Addr)
}
