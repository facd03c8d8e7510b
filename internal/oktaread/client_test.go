package oktaread_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pschook/internal/oktaread"
)

// client returns a client of a server that answers with handle. It notes its waits and does not
// really wait.
func client(t *testing.T, handle http.HandlerFunc) (oktaread.Client, *[]time.Duration) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	var waits []time.Duration
	return oktaread.Client{OrgURL: u, HTTP: server.Client(), Now: time.Now, Wait: func(_ context.Context, d time.Duration) error {
		waits = append(waits, d)
		return nil
	}}, &waits
}

// TestRateLimit checks that the client waits after 429 by Okta's clock, whatever our clock says,
// and not for ever.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	oktaNow := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC) // years ahead of our clock
	tests := []struct {
		name   string
		resets []time.Duration // one for each answer 429, after Okta's now; then 200
		waits  []time.Duration
		status int // status of the error; 0: none
	}{
		{"none", nil, nil, 0},
		{"once", []time.Duration{40 * time.Second}, []time.Duration{41 * time.Second}, 0},
		{"three times", []time.Duration{10 * time.Second, 60 * time.Second, 0}, []time.Duration{11 * time.Second, 61 * time.Second, time.Second}, 0},
		{"four times", []time.Duration{0, 0, 0, 0}, []time.Duration{time.Second, time.Second, time.Second}, 429},
		{"in the past", []time.Duration{-time.Hour}, []time.Duration{time.Second}, 0},
		{"too far", []time.Duration{time.Hour}, nil, 429},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			c, waits := client(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", oktaNow.Format(http.TimeFormat))
				if asked++; asked <= len(tt.resets) {
					w.Header().Set("X-Rate-Limit-Reset", fmt.Sprint(oktaNow.Add(tt.resets[asked-1]).Unix()))
					w.WriteHeader(http.StatusTooManyRequests)
					_, _ = fmt.Fprint(w, `{"errorCode":"E0000047","errorSummary":"too many requests"}`)
					return
				}
				_, _ = fmt.Fprint(w, `{"id":"00o1"}`)
			})
			_, err := oktaread.Get[oktaread.Org](t.Context(), c, oktaread.PathOrg, oktaread.ScopeOrg)
			if fmt.Sprint(*waits) != fmt.Sprint(tt.waits) {
				t.Errorf("waited %v, want %v", *waits, tt.waits)
			}
			if oktaread.Limited(err) != (tt.status == 429) || tt.status == 0 && err != nil {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestWaitEndsWithContext checks that the default Wait ends with the context.
func TestWaitEndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		cancel()
	})
	c.Wait = nil
	if _, err := c.Call(ctx, oktaread.Request{Path: oktaread.PathOrg}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestErrors breaks an answer in one way at a time.
func TestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answer  http.HandlerFunc
		want    string
		unclear bool // Okta may have carried it out
	}{
		{"refused", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprint(w, `{"errorCode":"E0000006","errorSummary":"no","errorCauses":[{"errorSummary":"because"}]}`)
		}, "GET /api/v1/org: status 403 E0000006 no; because", false},
		{"not JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "<html>") }, "GET /api/v1/org: status 200 the answer is not what was asked for", false},
		{"down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "GET /api/v1/org: status 502", true},
		{"cut", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = fmt.Fprint(w, `{"id"`)
		}, "GET /api/v1/org: status 200 the answer broke off", true},
		{"no answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "GET /api/v1/org: EOF", true},
		{"a long story", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"errorCode":"E0000001","errorSummary":%q}`, strings.Repeat("é", 1000))
		}, "é…", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _ := client(t, tt.answer)
			_, err := oktaread.Get[oktaread.Org](t.Context(), c, oktaread.PathOrg+"?x=1", oktaread.ScopeOrg)
			e, ok := errors.AsType[*oktaread.Error](err)
			if !ok || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 1000 || e.Unclear() != tt.unclear || e.Scope != oktaread.ScopeOrg {
				t.Errorf("error %v (%+v), want %q", err, e, tt.want)
			}
		})
	}
}
