package orglookup

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	okta := now.Add(-time.Hour) // Okta's clock
	epoch := func(at time.Time) string { b, _ := json.Marshal(at.Unix()); return string(b) }
	tests := []struct {
		name   string
		header map[string]string
		want   time.Duration
	}{
		{"nothing", nil, 0},
		{"reset_by_oktas_clock", map[string]string{"Date": okta.Format(http.TimeFormat), "X-Rate-Limit-Reset": epoch(okta.Add(30 * time.Second))}, 31 * time.Second},
		{"reset_without_date", map[string]string{"X-Rate-Limit-Reset": epoch(now.Add(30 * time.Second))}, 31 * time.Second},
		{"reset_past", map[string]string{"X-Rate-Limit-Reset": epoch(now.Add(-time.Hour))}, 0},
		{"reset_far", map[string]string{"X-Rate-Limit-Reset": epoch(now.Add(24 * time.Hour))}, 5 * time.Minute},
		{"reset_beyond_time", map[string]string{"X-Rate-Limit-Reset": "9223372036854775807"}, 0},
		{"reset_text", map[string]string{"X-Rate-Limit-Reset": "soon"}, 0},
		{"seconds", map[string]string{"Retry-After": "12"}, 12 * time.Second},
		{"seconds_negative", map[string]string{"Retry-After": "-12"}, 0},
		{"seconds_huge", map[string]string{"Retry-After": "2147483647"}, 5 * time.Minute},
		{"seconds_overflow", map[string]string{"Retry-After": "99999999999999999999"}, 0},
		{"date", map[string]string{"Date": okta.Format(http.TimeFormat), "Retry-After": okta.Add(20 * time.Second).Format(http.TimeFormat)}, 20 * time.Second},
		{"later_of_two", map[string]string{"Retry-After": "50", "X-Rate-Limit-Reset": epoch(now.Add(10 * time.Second))}, 50 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			for name, value := range tt.header {
				header.Set(name, value)
			}
			if got := retryAfter(header, now); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestBackoffStaysInBounds(t *testing.T) {
	t.Parallel()
	for _, limit := range []time.Duration{0, time.Second, maxBackoff, time.Hour} {
		for failures := 1; failures < 200; failures++ {
			for _, jitter := range []float64{0, 0.25, 0.999999} {
				got := backoff(failures, limit, jitter)
				if got < minBackoff/2 || got > max(limit, minBackoff) {
					t.Fatalf("backoff(%d, %v, %v) is %v", failures, limit, jitter, got)
				}
			}
		}
	}
}

func TestTransportIgnoresProxies(t *testing.T) {
	t.Parallel()
	if NewTransport().Proxy != nil {
		t.Error("the environment decides the proxy")
	}
}

// The edge sends nothing to a host other than the org's.
func TestEdgeKeepsToTheOrg(t *testing.T) {
	t.Parallel()
	org := &url.URL{Scheme: "https", Host: "acme.okta.com:8443"}
	for _, other := range []string{"https://acme.okta.com/", "http://acme.okta.com:8443/", "https://evil.example:8443/"} {
		e, err := newEdge(SourceManagement, org, refuseAll{t}, nil)
		if err != nil {
			t.Fatal(err)
		}
		e.authorize = func(*http.Request) error {
			t.Error("a credential was made ready")
			return nil
		}
		_, err = e.client().Get(other)
		if err == nil || !strings.Contains(err.Error(), `is not a call to "acme.okta.com:8443"`) {
			t.Errorf("%s: error %v", other, err)
		}
	}
}

type refuseAll struct{ t *testing.T }

func (r refuseAll) RoundTrip(req *http.Request) (*http.Response, error) {
	r.t.Errorf("a call went out to %s", req.URL)
	return nil, http.ErrServerClosed
}

// A device in the place of the file is not replaced by a file.
func TestSaveCacheLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/org.json"
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := saveCache(dir, cacheSeeds(t)[0]); !errors.Is(err, errNotRegular) {
		t.Errorf("saved to a directory: %v", err)
	}
}

func TestSaveCacheIsNeverSeenHalfDone(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/org.json"
	entries := cacheSeeds(t)
	if err := saveCache(file, entries[0]); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		defer close(done)
		for i := range 100 {
			if err := saveCache(file, entries[i%len(entries)]); err != nil {
				done <- err
				return
			}
		}
	}()
	for reads := 0; ; reads++ {
		if _, err := loadCache(file, entries[0].OrgURL); err != nil {
			t.Errorf("read %d: %v", reads, err)
			break
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
	<-done
}

// cacheSeeds returns entries of different lengths for one org.
func cacheSeeds(t testing.TB) []cacheEntry {
	t.Helper()
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	entries := []cacheEntry{
		{1, "https://acme.okta.com", "00oAbCdEfGhIjKlMn123", nil, SourceManagement, at},
		{1, "https://acme.okta.com", "00oAbCdEfGhIjKlMn123", []string{}, SourceWellKnown, at},
		{1, "https://acme.okta.com", "00oAbCdEfGhIjKlMn123", slices.Repeat([]string{"[::1]:8081"}, maxCacheHosts), SourceManagement, at},
		{1, "https://acme.okta.com", "OKTA_CHU", []string{"127.0.0.1:80", "127.0.0.1:443", "id.example"}, SourceStatic, at},
	}
	if len(entries) == 0 {
		t.Fatal("no seed")
	}
	return entries
}

func FuzzParseCache(f *testing.F) {
	for _, entry := range cacheSeeds(f) {
		text, err := json.Marshal(entry, json.FormatNilSliceAsNull(true))
		if err != nil {
			f.Fatal(err)
		}
		if _, err := parseCache(text, entry.OrgURL); err != nil {
			f.Fatalf("seed %s: %v", text, err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		const org = "https://acme.okta.com"
		entry, err := parseCache(text, org)
		if err != nil {
			return
		}
		if entry.OrgURL != org || entry.FetchedAt.IsZero() || checkAgreedID(entry.ID) != nil {
			t.Errorf("taken: %+v", entry)
		}
		// An accepted entry is written in a form that is accepted again.
		again, err := json.Marshal(entry, json.FormatNilSliceAsNull(true))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseCache(again, org); err != nil {
			t.Errorf("%s: %v", again, err)
		}
	})
}

func TestCanonicalOrgURL(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, wantErr string }{
		{in: "https://acme.okta.com", want: "https://acme.okta.com"},
		{in: "HTTPS://Acme.Okta.com.:443/", want: "https://acme.okta.com"},
		{in: "https://id.example:8443", want: "https://id.example:8443"},
		{in: "http://localhost:8081", want: "http://localhost:8081"},
		{in: "http://127.0.0.1:80", want: "http://127.0.0.1"},
		{in: "http://[::1]:8081", want: "http://[::1]:8081"},
		{in: "http://acme.okta.com", wantErr: `loopback hosts only, not for "acme.okta.com"`},
		{in: "http://127.0.0.1.example", wantErr: "loopback hosts only"},
		{in: "ftp://acme.okta.com", wantErr: "neither https nor http"},
		{in: "acme.okta.com", wantErr: "has no host"},
		{in: "", wantErr: "has no host"},
		{in: "https://u:geheim@acme.okta.com", wantErr: `the org URL of "acme.okta.com" holds a user name`},
		{in: "https://acme.okta.com/oauth2/default", wantErr: "more than scheme and host"},
		{in: "https://acme.okta.com?a=b", wantErr: "more than scheme and host"},
		{in: "https://acme.okta.com#top", wantErr: "more than scheme and host"},
		{in: "https://acme-admin.okta.com", wantErr: `the org URL is "https://acme.okta.com"`},
		{in: "https://acme-admin.oktapreview.com", wantErr: `the org URL is "https://acme.oktapreview.com"`},
		{in: "https://hôpital.example", wantErr: "not a host name in ASCII"},
	}
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			t.Parallel()
			given, err := url.Parse(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			u, err := canonicalOrgURL(given)
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) || strings.Contains(err.Error(), "geh") {
					t.Errorf("error %v, want %q", err, tt.wantErr)
				}
				return
			}
			if err != nil || u.String() != tt.want {
				t.Errorf("got %v, %v, want %s", u, err, tt.want)
			}
		})
	}
}
