package load_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"pschook/cmd/bench/internal/load"
	"pschook/cmd/bench/internal/payload"
	"pschook/internal/trial"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "secret-of-the-load-test"

// service answers correctly, and notes what it was sent.
type service struct {
	t      *testing.T
	answer []byte
	before func(n int) // called with the number of the call, from 1, before it is answered; may be nil
	spoil  func(n int, w http.ResponseWriter) bool

	mu          sync.Mutex
	calls       int
	jtis        map[string]bool
	connections map[string]bool
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	var call struct{ EventID string }
	if err := json.Unmarshal(body, &call); err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	s.calls++
	n := s.calls
	s.jtis[call.EventID] = true
	s.connections[r.RemoteAddr] = true
	s.mu.Unlock()
	if r.Method != http.MethodPost || r.URL.Path != "/hook" || r.Header.Get("Authorization") != secret || r.Header.Get("Content-Type") != "application/json" {
		s.t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	if s.before != nil {
		s.before(n)
	}
	if s.spoil != nil && s.spoil(n, w) {
		return
	}
	_, _ = w.Write(s.answer)
}

// start serves s and returns where it is.
func start(t *testing.T, s *service, tls bool) load.Target {
	t.Helper()
	var err error
	if s.answer == nil {
		if s.answer, err = payload.Answer(); err != nil {
			t.Fatal(err)
		}
	}
	call, err := payload.Sized(1 << 10)
	if err != nil {
		t.Fatal(err)
	}
	s.t, s.jtis, s.connections = t, map[string]bool{}, map[string]bool{}
	server := httptest.NewUnstartedServer(s)
	target := load.Target{Path: "/hook", Secret: secret, Call: call}
	if tls {
		server.StartTLS()
		target.TLS = server.Client().Transport.(*http.Transport).TLSClientConfig
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	target.Addr = server.Listener.Addr().String()
	return target
}

func learn(t *testing.T, target load.Target) load.Answer {
	t.Helper()
	want, err := load.Learn(t.Context(), target, false)
	if err != nil {
		t.Fatal(err)
	}
	return want
}

// TestClosed holds that every call is a new one, over as many connections as were asked for.
func TestClosed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		tls  bool
	}{
		{name: "http"},
		{name: "https", tls: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &service{}
			target := start(t, s, tt.tls)
			got, err := load.Closed(t.Context(), load.Options{
				Target: target, Want: learn(t, target), Connections: 4, Duration: time.Minute, Count: 40, FirstSerial: 1000,
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Requests != 40 || len(got.Latencies) != 40 || got.Throughput() <= 0 {
				t.Errorf("%d requests, %d latencies, %v/s, want 40", got.Requests, len(got.Latencies), got.Throughput())
			}
			if s.calls != 41 || len(s.jtis) != 41 || !s.jtis["bench.0000000000001040"] {
				t.Errorf("%d calls with %d different ids, want 41, up to serial number 1040", s.calls, len(s.jtis))
			}
			if len(s.connections) != 1+4 { // Learn's is one
				t.Errorf("%d connections, want 5", len(s.connections))
			}
		})
	}
}

// TestWrongAnswers holds that no loop accepts a wrong answer as a right one.
func TestWrongAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(w http.ResponseWriter)
		want  string
	}{
		{name: "status", spoil: func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) }, want: "status 401"},
		{name: "empty", spoil: func(w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) }, want: "status 204"},
		{name: "shorter", spoil: func(w http.ResponseWriter) { _, _ = io.WriteString(w, "{}") }, want: `"{}" instead of "{\"commands\"`},
		{name: "same_length", spoil: func(w http.ResponseWriter) {
			right, _ := payload.Answer()
			_, _ = w.Write(bytes.ReplaceAll(right, []byte("swk"), []byte("hwk")))
		}, want: "status 200"},
		{name: "chunked", spoil: func(w http.ResponseWriter) { w.(http.Flusher).Flush() }, want: "Content-Length from 0"},
		{name: "cut_off", spoil: func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, want: "EOF"},
	}
	loops := map[string]func(context.Context, load.Options) (load.Result, error){
		"closed": load.Closed,
		"open": func(ctx context.Context, opts load.Options) (load.Result, error) {
			return load.Open(ctx, opts, 1000, trial.WallClock{})
		},
	}
	for _, tt := range tests {
		for name, loop := range loops {
			t.Run(name+"_"+tt.name, func(t *testing.T) {
				t.Parallel()
				target := start(t, &service{spoil: func(n int, w http.ResponseWriter) bool {
					if n == 11 {
						tt.spoil(w)
					}
					return n == 11
				}}, false)
				_, err := loop(t.Context(), load.Options{Target: target, Want: learn(t, target), Connections: 1, Duration: 100 * time.Second})
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want %q", err, tt.want)
				}
			})
		}
	}
}

// TestLearn holds that the first answer is judged by its meaning.
func TestLearn(t *testing.T) {
	t.Parallel()
	right, err := payload.Answer()
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, right, "", " "); err != nil {
		t.Fatal(err)
	}
	target := start(t, &service{answer: indented.Bytes()}, false)
	want := learn(t, target)
	if diff := cmp.Diff(indented.String(), string(want.Body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if want.Bytes <= len(want.Body)+50 {
		t.Errorf("%d bytes on the wire for a body of %d", want.Bytes, len(want.Body))
	}
	target = start(t, &service{answer: []byte(`{"commands":[]}`)}, false)
	var wrong *load.WrongError
	if _, err := load.Learn(t.Context(), target, false); !errors.As(err, &wrong) || wrong.Status != http.StatusOK {
		t.Errorf("no commands: %v", err)
	}
}

// clock moves only when it is slept on or pushed.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) SleepUntil(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}

func (c *clock) push(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// TestOpenChargesAStall holds the correction of coordinated omission: at 1,000 calls a second over one
// connection, a stall of 5 ms at one call costs the calls that were due meanwhile what they waited.
func TestOpenChargesAStall(t *testing.T) {
	t.Parallel()
	fake := &clock{now: time.Unix(1_000_000, 0)}
	target := start(t, &service{before: func(n int) {
		if n == 1+3 { // the first was Learn's
			fake.push(5 * time.Millisecond)
		}
	}}, false)
	got, err := load.Open(t.Context(), load.Options{Target: target, Want: learn(t, target), Connections: 1, Duration: 10 * time.Millisecond}, 1000, fake)
	if err != nil {
		t.Fatal(err)
	}
	ms := func(ns ...int) (out []time.Duration) {
		for _, n := range ns {
			out = append(out, time.Duration(n)*time.Millisecond)
		}
		return out
	}
	// Due at 0, 1, …, 9 ms. The call due at 2 is answered at 7, and so are those due at 3 to 7.
	if diff := cmp.Diff(ms(0, 0, 0, 0, 0, 1, 2, 3, 4, 5), got.Latencies); diff != "" {
		t.Errorf("latencies (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(ms(0, 0, 0, 0, 0, 0, 1, 2, 3, 4), got.Lag); diff != "" {
		t.Errorf("lag (-want +got):\n%s", diff)
	}
	if got.Requests != 10 || got.Elapsed != 9*time.Millisecond {
		t.Errorf("%d requests in %v, want 10 in 9ms", got.Requests, got.Elapsed)
	}
}

func TestOpenHTTPS(t *testing.T) {
	t.Parallel()
	s := &service{}
	target := start(t, s, true)
	fake := &clock{now: time.Unix(1_000_000, 0)}
	got, err := load.Open(t.Context(), load.Options{Target: target, Want: learn(t, target), Connections: 8, Duration: 50 * time.Millisecond}, 1000, fake)
	if err != nil || got.Requests != 50 || len(s.jtis) != 50 { // Learn's serial number is one of them
		t.Errorf("%d requests, %d different: %v", got.Requests, len(s.jtis), err)
	}
}

func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	target := start(t, &service{}, false)
	good := load.Options{Target: target, Want: learn(t, target), Connections: 1, Duration: time.Second}
	none, forever, broken, each := good, good, good, good
	each.NewEach = true
	none.Connections = 0
	forever.Duration = 0
	broken.Secret = "a\r\nb"
	for want, opts := range map[string]load.Options{"0 connections": none, "for 0s": forever, "line break": broken, "left to wrk": each} {
		if _, err := load.Closed(t.Context(), opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := load.Open(t.Context(), good, 0, trial.WallClock{}); err == nil || !strings.Contains(err.Error(), "rate of at least 1") {
		t.Errorf("no rate: %v", err)
	}
}
