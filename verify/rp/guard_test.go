package rp

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"golang.org/x/crypto/bcrypt"

	"pschook/internal/attempts"
	"pschook/internal/tokentest"
)

func htpasswd(t *testing.T, name, password string) []byte {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(name + ":" + string(hash) + "\n")
}

// ask sends a name and a password, from an address as a proxy would name it.
func (rp *testRP) ask(ctx context.Context, from, name, password string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rp.server.URL+"/rp/style.css", nil)
	if err != nil {
		return nil, err
	}
	req.SetBasicAuth(name, password)
	req.Header.Set("X-Test-From", from)
	resp, err := rp.server.Client().Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	return resp, err
}

func (rp *testRP) expect(t *testing.T, from, name, password string, status int) *http.Response {
	t.Helper()
	resp, err := rp.ask(t.Context(), from, name, password)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Errorf("%s with %q from %s: status %d, want %d", name, password, from, resp.StatusCode, status)
	}
	return resp
}

// newGuardedRP admits the user claire, and counts attempts.
func newGuardedRP(t *testing.T) (*testRP, *sdkmetric.ManualReader) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	rp := newTestRP(t, newTestOP(t), func(o *Options) {
		o.BasicAuth = htpasswd(t, "claire", "open sesame")
		o.ClientAddr = func(r *http.Request) netip.Addr { return netip.MustParseAddr(r.Header.Get("X-Test-From")) }
		o.Meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	})
	rp.guard.held = time.Millisecond
	return rp, reader
}

func counted(t *testing.T, reader *sdkmetric.ManualReader, result string) int64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok || m.Name != "pschook_rp_auth_total" {
				continue
			}
			for _, p := range sum.DataPoints {
				if v, _ := p.Attributes.Value("result"); v.AsString() == result {
					return p.Value
				}
			}
		}
	}
	t.Fatalf("no count of %q", result)
	return 0
}

// One address is limited, others are not, and a right password is accepted from every address.
func TestWrongPasswordsAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	rp, reader := newGuardedRP(t)
	limited := 0
	for range 30 {
		resp, err := rp.ask(t.Context(), "203.0.113.1", "claire", "guess")
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == http.StatusTooManyRequests && resp.Header.Get("Retry-After") != "" {
			limited++
		} else if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	if limited != 10 {
		t.Errorf("%d of 30 were limited, want 10", limited)
	}
	rp.expect(t, "203.0.113.2", "claire", "guess", http.StatusUnauthorized)
	rp.expect(t, "203.0.113.1", "claire", "open sesame", http.StatusOK)
	rp.expect(t, "203.0.113.1", "claire", "guess", http.StatusTooManyRequests)
	rp.expect(t, "203.0.113.2", "paul", "open sesame", http.StatusUnauthorized)
	for result, want := range map[string]int64{"accepted": 1, "wrong": 22, "limited": 11} {
		if got := counted(t, reader, result); got != want {
			t.Errorf("%s: counted %d, want %d", result, got, want)
		}
	}
	log := rp.logged.String()
	for _, part := range []string{"wrong name or password for the tester", "203.0.113.1", "not_logged_before"} {
		if !strings.Contains(log, part) {
			t.Errorf("the log lacks %q:\n%s", part, log)
		}
	}
	for _, never := range []string{"claire", "paul", "guess", "sesame"} {
		if strings.Contains(log, never) {
			t.Errorf("the log holds %q", never)
		}
	}
}

// Forty senders of wrong passwords, from one address or from many, do not lock out the right one.
func TestRightPasswordBesideGuesses(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]func(i int) string{
		"the same address":       func(int) string { return "203.0.113.1" },
		"addresses of their own": func(i int) string { return netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}).String() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rp, reader := newGuardedRP(t)
			rp.guard.held = 100 * time.Millisecond
			ctx, stop := context.WithCancel(t.Context())
			var senders sync.WaitGroup
			var sent atomic.Int64
			enough := make(chan struct{})
			for i := range 40 {
				senders.Go(func() {
					for ctx.Err() == nil {
						if _, err := rp.ask(ctx, from(i), "claire", "guess"); err == nil && sent.Add(1) == 200 {
							close(enough)
						}
					}
				})
			}
			<-enough
			rp.expect(t, "203.0.113.1", "claire", "open sesame", http.StatusOK)
			rp.expect(t, "203.0.113.1", "claire", "open sesame", http.StatusOK)
			stop()
			senders.Wait()
			if counted(t, reader, "accepted") != 2 {
				t.Error("the right password was not counted")
			}
		})
	}
}

// A password that was right once needs no bcrypt until the file changes.
func TestRightPasswordIsRemembered(t *testing.T) {
	t.Parallel()
	rp, _ := newGuardedRP(t)
	rp.expect(t, "203.0.113.1", "claire", "open sesame", http.StatusOK)
	for range maxCompares { // no comparison runs any more
		rp.guard.guesses.compares++
	}
	rp.expect(t, "203.0.113.1", "claire", "open sesame", http.StatusOK)
	rp.expect(t, "203.0.113.1", "claire", "another", http.StatusUnauthorized)
	rp.guard.guesses.compares = 0
	if err := rp.ReplaceUsers(htpasswd(t, "claire", "changed")); err != nil {
		t.Fatal(err)
	}
	rp.expect(t, "203.0.113.1", "claire", "open sesame", http.StatusUnauthorized)
	rp.expect(t, "203.0.113.1", "claire", "changed", http.StatusOK)
	if err := rp.ReplaceUsers([]byte("nonsense")); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a broken file: %v", err)
	}
	rp.expect(t, "203.0.113.1", "claire", "changed", http.StatusOK)
}

// bcrypt uses the first 72 bytes; so does the memory of right passwords.
func TestLongPasswords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 72)
	u, err := parseUsers(htpasswd(t, "claire", long))
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{long + "a", long, long + "b"} {
		if got, known := u.recall("claire", password); known && got != u.compare("claire", password) {
			t.Errorf("%d bytes: remembered %t, compared otherwise", len(password), got)
		}
		if !u.compare("claire", password) {
			t.Errorf("%d bytes are refused", len(password))
		}
	}
}

// The address with the fewest failures gets the next turn, and its newest request first. Suspects
// never get the last place.
func TestGuessesOrder(t *testing.T) {
	t.Parallel()
	now := tokentest.Now()
	failed := attempts.NewFailed(func() time.Time { return now })
	fresh, once, bad := netip.MustParseAddr("203.0.113.1"), netip.MustParseAddr("203.0.113.2"), netip.MustParseAddr("203.0.113.3")
	failed.Note(once)
	for range 100 {
		failed.Note(bad)
	}
	g := newGuesses(failed)
	names := make(map[*guess]string)
	var running []*guess
	settle := func() (started string) { // returns which requests have got a turn since
		for mine, name := range names {
			select {
			case <-mine.turn:
				started += name
				running = append(running, mine)
				delete(names, mine)
			default:
			}
		}
		return started
	}
	join := func(name string, addr netip.Addr, started string) {
		t.Helper()
		names[g.join(addr)] = name
		if got := settle(); got != started {
			t.Errorf("%s came: %q started, want %q", name, got, started)
		}
	}
	join("suspect", bad, "suspect")
	join("second suspect", bad, "")
	join("first", fresh, "first") // gets the place that suspects never get
	join("one failure", once, "")
	join("older", fresh, "")
	join("newer", fresh, "")
	for _, want := range []string{"newer", "older", "one failure", ""} {
		last := running[len(running)-1]
		running = running[:len(running)-1]
		g.end(last)
		if got := settle(); got != want {
			t.Errorf("%q started, want %q", got, want)
		}
	}
	g.end(running[0])
	if got := settle(); got != "second suspect" {
		t.Errorf("%q started, want the second suspect", got)
	}
}
