package hook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pschook/hook"
	"pschook/orglookup"
)

// clock is moved by hand.
type clock struct{ ns atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ns.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) Now() time.Time          { return time.Unix(0, c.ns.Load()) }
func (c *clock) Advance(d time.Duration) { c.ns.Add(int64(d)) }

// from lets callers state their address, for tests only.
func from(o *hook.Options) {
	o.ClientAddr = func(r *http.Request) netip.Addr {
		addr, _ := netip.ParseAddr(r.Header.Get("X-Test-From"))
		return addr
	}
}

const wrong = "a-wrong-secret-0123456789"

// wrongFrom is a call with a wrong secret from an address.
func wrongFrom(addr string) call {
	return call{body: "{}", header: map[string]string{"Authorization": wrong, "X-Test-From": addr}}
}

// Failed attempts are limited by address. A right secret still passes, even from the same address.
func TestFailedAttemptsAreLimited(t *testing.T) {
	t.Parallel()
	at := newClock()
	s := start(t, func(o *hook.Options) { o.Now = at.Now; from(o) })
	for i := range 20 {
		if got := s.do(t, wrongFrom("192.0.2.1")); got.status != 401 {
			t.Fatalf("attempt %d: %d", i+1, got.status)
		}
	}
	got := s.do(t, wrongFrom("192.0.2.1"))
	if got.status != 429 || got.header.Get("Retry-After") != "3" {
		t.Errorf("attempt 21: %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	checkParts(t, got.body, []string{`"errorSummary":"the credential is missing or wrong, once too often`, "TOO_MANY_FAILURES", `"location":"Authorization"`})
	if got := s.do(t, call{body: sample(t, "authorization-code"), header: map[string]string{"X-Test-From": "192.0.2.1"}}); got.status != 200 {
		t.Errorf("right secret at the same address: %d %s", got.status, got.body)
	}
	if got := s.do(t, wrongFrom("192.0.2.2")); got.status != 401 {
		t.Errorf("another address: %d", got.status)
	}
	at.Advance(2900 * time.Millisecond)
	if got := s.do(t, wrongFrom("192.0.2.1")); got.status != 429 || got.header.Get("Retry-After") != "1" {
		t.Errorf("too early: %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	at.Advance(100 * time.Millisecond)
	for _, want := range []int{401, 429} {
		if got := s.do(t, wrongFrom("192.0.2.1")); got.status != want {
			t.Errorf("after 3 s: %d, want %d", got.status, want)
		}
	}
	if n := s.count(t, "pschook_hook_requests_total", "unauthorized"); n != 25 {
		t.Errorf("%d counted as unauthorized, want 25: limited ones too", n)
	}
}

// A customer has a whole /64 of IPv6 addresses, which counts as one.
func TestFailedAttemptsOfAnIPv6Site(t *testing.T) {
	t.Parallel()
	at := newClock()
	s := start(t, func(o *hook.Options) { o.Now = at.Now; from(o) })
	for i := range 20 {
		s.do(t, wrongFrom(fmt.Sprintf("2001:db8:1:2::%x", i)))
	}
	if got := s.do(t, wrongFrom("2001:db8:1:2:ffff::1")); got.status != 429 {
		t.Errorf("same /64: %d", got.status)
	}
	if got := s.do(t, wrongFrom("2001:db8:1:3::1")); got.status != 401 {
		t.Errorf("next /64: %d", got.status)
	}
}

// Failed attempts do not flood the log. A later line says how many were left out.
func TestFailedAttemptsDoNotFloodTheLog(t *testing.T) {
	t.Parallel()
	at := newClock()
	s := start(t, func(o *hook.Options) { o.Now = at.Now; from(o) })
	for i := range 200 {
		s.do(t, wrongFrom(fmt.Sprintf("198.51.100.%d", i)))
	}
	if n := strings.Count(s.log.String(), "\n"); n != 20 {
		t.Errorf("%d lines for 200 attempts at a time, want 20", n)
	}
	s.log.Reset()
	at.Advance(time.Second)
	s.do(t, wrongFrom("192.0.2.1"))
	if text := s.log.String(); !strings.Contains(text, `"client_addr":"192.0.2.1","not_logged_before":180`) {
		t.Errorf("log: %s", text)
	}
	s.log.Reset()
	if got := s.do(t, call{body: sample(t, "authorization-code")}); got.status != 200 || strings.Count(s.log.String(), "\n") != 1 {
		t.Errorf("a good call: %d, log %s", got.status, s.log.String())
	}
}

// The check of networks comes after the credential and before the body.
func TestNetworksAllowed(t *testing.T) {
	t.Parallel()
	allowed := func(o *hook.Options) {
		o.Networks = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
		from(o)
	}
	tests := []struct {
		name, addr, secret, body string
		status                   int
		outcome, part            string
	}{
		{"inside", "192.0.2.7", secret, "", 200, "commands", "commands"},
		{"inside, IPv6", "2001:db8::7", secret, "", 200, "commands", "commands"},
		{"outside", "192.0.3.7", secret, "", 403, "forbidden", "FOREIGN_ADDRESS"},
		{"not known", "", secret, "", 403, "forbidden", "calls from this address are not allowed"},
		{"outside with a wrong secret", "192.0.3.7", wrong, "", 401, "unauthorized", "UNAUTHORIZED"},
		{"outside with a bad body", "192.0.3.7", secret, "{", 403, "forbidden", "FOREIGN_ADDRESS"},
		{"inside with a bad body", "192.0.2.7", secret, "{", 400, "malformed", "NOT_JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, allowed)
			if tt.body == "" {
				tt.body = sample(t, "authorization-code")
			}
			got := s.do(t, call{body: tt.body, header: map[string]string{"Authorization": tt.secret, "X-Test-From": tt.addr}})
			if got.status != tt.status || !strings.Contains(got.body, tt.part) || s.count(t, "pschook_hook_requests_total", tt.outcome) != 1 {
				t.Errorf("%d %s", got.status, got.body)
			}
			if shown := strings.Contains(s.log.String(), `"client_addr":"`+tt.addr+`"`); shown != (tt.status == 401 || tt.status == 403 && tt.addr != "") {
				t.Errorf("log: %s", s.log.String())
			}
		})
	}
}

// Without ClientAddr, the address is that of the connection's peer.
func TestNetworksOfThePeer(t *testing.T) {
	t.Parallel()
	for network, want := range map[string]int{"127.0.0.0/8": 200, "10.0.0.0/8": 403} {
		s := start(t, func(o *hook.Options) { o.Networks = []netip.Prefix{netip.MustParsePrefix(network)} })
		if got := s.do(t, call{body: sample(t, "authorization-code")}); got.status != want {
			t.Errorf("%s: %d, want %d", network, got.status, want)
		}
	}
}

// waiting is an org lookup that holds calls until it is released.
type waiting struct{ entered, release chan struct{} }

func (w waiting) Org(context.Context) (orglookup.Org, error) {
	w.entered <- struct{}{}
	<-w.release
	return orglookup.Org{ID: orgID}, nil
}
func (waiting) Hosts(context.Context) ([]string, error) {
	return nil, errors.New("not asked in these tests")
}
func (waiting) Renew(context.Context) ([]string, error) { return nil, nil }
func (waiting) Known() (orglookup.Org, bool)            { return orglookup.Org{}, false }

// A call above the limit gets 503 at once. The other calls go on, and later calls are accepted
// again. Calls without a credential do not count.
func TestConcurrencyIsBounded(t *testing.T) {
	t.Parallel()
	w := waiting{make(chan struct{}), make(chan struct{})}
	s := start(t, func(o *hook.Options) { o.Lookup, o.MaxConcurrent = w, 2 })
	good := call{body: sample(t, "authorization-code")}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if got := s.do(t, good); got.status != 200 {
				t.Errorf("a call in time: %d %s", got.status, got.body)
			}
		})
	}
	<-w.entered
	<-w.entered
	got := s.do(t, good)
	if got.status != 503 || got.header.Get("Retry-After") != "1" {
		t.Errorf("one too many: %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	checkParts(t, got.body, []string{`"errorSummary":"too many calls at a time"`, `"reason":"BUSY"`})
	if got := s.do(t, wrongFrom("")); got.status != 401 {
		t.Errorf("wrong secret meanwhile: %d", got.status)
	}
	close(w.release)
	wg.Wait()
	go func() { <-w.entered }()
	if got := s.do(t, good); got.status != 200 {
		t.Errorf("afterwards: %d %s", got.status, got.body)
	}
	if n := s.count(t, "pschook_hook_requests_total", "error"); n != 1 {
		t.Errorf("%d counted as errors, want 1", n)
	}
}

// panicking is an org lookup that panics.
type panicking struct{}

func (panicking) Org(context.Context) (orglookup.Org, error) { panic("of " + userID) }
func (panicking) Hosts(context.Context) ([]string, error) {
	return nil, errors.New("not asked in these tests")
}
func (panicking) Renew(context.Context) ([]string, error) { return nil, nil }
func (panicking) Known() (orglookup.Org, bool)            { return orglookup.Org{}, false }

// A panic is answered with 500, counted, and logged without its text. The process goes on, and the
// call no longer counts as running.
func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *hook.Options) { o.Lookup, o.MaxConcurrent = panicking{}, 1 })
	for range 3 {
		got := s.do(t, call{body: sample(t, "authorization-code")})
		if got.status != 500 {
			t.Fatalf("status %d: %s", got.status, got.body)
		}
		checkParts(t, got.body, []string{`"errorSummary":"internal fault"`, `"reason":"INTERNAL"`})
	}
	if n := s.count(t, "pschook_hook_requests_total", "error"); n != 3 {
		t.Errorf("%d counted, want 3", n)
	}
	if text := s.log.String(); !strings.Contains(text, `"msg":"panic"`) || !strings.Contains(text, "guard_test.go") || strings.Contains(text, userID) {
		t.Errorf("log: %s", text)
	}
	if got := s.do(t, call{body: sample(t, "client-credentials")}); got.status != 204 {
		t.Errorf("a call that needs no org id: %d", got.status)
	}
}

// broken is an authenticator that cannot judge.
type broken struct{}

func (broken) Authenticate(*http.Request) error {
	return &hook.UnavailableError{Err: errors.New("no keys")}
}

// A credential that cannot be judged is our fault, not the caller's, and does not count as a failed
// attempt.
func TestCannotAuthenticate(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *hook.Options) { o.Authenticate = broken{} })
	for range 30 {
		got := s.do(t, call{body: sample(t, "authorization-code")})
		if got.status != 503 {
			t.Fatalf("status %d", got.status)
		}
		checkParts(t, got.body, []string{"the credential cannot be checked now", "CANNOT_AUTHENTICATE"})
	}
	if n := s.count(t, "pschook_hook_requests_total", "error"); n != 30 {
		t.Errorf("%d counted as errors, want 30", n)
	}
	if !strings.Contains(s.log.String(), `"cause":"the credential cannot be checked now: no keys"`) {
		t.Errorf("log: %s", s.log.String())
	}
}

// A body that arrives slowly is cut off after the time that a whole call may take.
func TestSlowBodyIsCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *hook.Options) { o.Timeout = 50 * time.Millisecond })
	body, end := io.Pipe()
	defer func() { _ = end.Close() }()
	go func() { _, _ = io.WriteString(end, "{") }()
	begin := time.Now()
	got := s.do(t, call{chunks: body})
	if took := time.Since(begin); got.status != 400 || took < 50*time.Millisecond {
		t.Errorf("status %d after %v: %s", got.status, took, got.body)
	}
	checkParts(t, got.body, []string{"the body ended early", "INCOMPLETE"})
}

// remaining is an org lookup that notes how much time it is given.
type remaining struct{ left chan time.Duration }

func (r remaining) Org(ctx context.Context) (orglookup.Org, error) {
	deadline, _ := ctx.Deadline()
	r.left <- time.Until(deadline)
	return orglookup.Org{}, errors.New("okta did not answer")
}
func (remaining) Hosts(context.Context) ([]string, error) {
	return nil, errors.New("not asked in these tests")
}
func (remaining) Renew(context.Context) ([]string, error) { return nil, nil }
func (remaining) Known() (orglookup.Org, bool)            { return orglookup.Org{}, false }

// slow is an authenticator that takes 1.5 s by the test's clock.
type slow struct{ at *clock }

func (s slow) Authenticate(*http.Request) error {
	s.at.Advance(1500 * time.Millisecond)
	return nil
}

// outOfTime leaves no time for the org lookup: authentication uses it all, by the test's clock. The
// bound on reading the body stays long.
func outOfTime(o *hook.Options) {
	at := newClock()
	o.Lookup, o.Now, o.Timeout, o.Authenticate = unknown{}, at.Now, 1500*time.Millisecond, slow{at}
}

// Earlier steps leave less time for the org lookup, because all steps share one bound.
func TestTimeoutBoundsTheWholeCall(t *testing.T) {
	t.Parallel()
	at, lookup := newClock(), remaining{make(chan time.Duration, 1)}
	s := start(t, func(o *hook.Options) {
		o.Lookup, o.Now, o.Timeout, o.Authenticate = lookup, at.Now, 2*time.Second, slow{at}
	})
	got := s.do(t, call{body: sample(t, "authorization-code")})
	checkParts(t, got.body, []string{"Connexion impossible"})
	if left := <-lookup.left; left > 500*time.Millisecond {
		t.Errorf("the lookup was given %v, want the rest of 2 s", left)
	}
}
