package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pschook/hook"
)

// replayingOrg returns an org whose System Log has this many pages of a thousand events. done is
// closed when all have been read.
func replayingOrg(b *testing.B, pages int) (org *httptest.Server, done chan struct{}) {
	b.Helper()
	texts := make([]string, pages)
	for p := range texts {
		var page strings.Builder
		for n := range 1000 {
			kind := []string{"app.oauth2.as.token.grant.id_token", "app.oauth2.as.token.grant.access_token", "inline_hook.response.processed"}[n%3]
			_, _ = fmt.Fprintf(&page, `,{"uuid":"%d-%d","published":"2999-01-01T00:00:00Z","eventType":%q,"outcome":{"result":"SUCCESS"},"actor":{"id":"0oaclient","type":"PublicClientApp","alternateId":"x","displayName":"x"},"client":{"id":"0oaclient","ipAddress":"192.0.2.7"},"target":[{"id":"00u","type":"User"}],"transaction":{"id":"tx-%[1]d-%[4]d"},"debugContext":{"debugData":{"requestId":"tx-%[1]d-%[4]d","authorizationServer":"aus1"}}}`, p, n, kind, n/3)
		}
		texts[p] = "[" + page.String()[1:] + "]"
	}
	done = make(chan struct{})
	var once sync.Once
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/okta-organization", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"id":"00o1vhQ8wLkZ3n0pQ0g4"}`) })
	mux.HandleFunc("GET /api/v1/logs", func(w http.ResponseWriter, r *http.Request) {
		page := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("after"), &page)
		if page >= pages {
			once.Do(func() { close(done) })
			_, _ = fmt.Fprint(w, "[]")
			return
		}
		w.Header().Add("Link", fmt.Sprintf(`<https://elsewhere.example/api/v1/logs?after=%d>; rel="next"`, page+1))
		_, _ = fmt.Fprint(w, texts[page])
	})
	org = httptest.NewServer(mux)
	b.Cleanup(org.Close)
	return org, done
}

// BenchmarkHookBesideEvents measures hook calls one after the other, alone and while 100,000 events
// of the System Log are read. On a quiet machine: go test ./internal/server -run '^$' -bench
// HookBesideEvents -benchtime 1x -count 5
func BenchmarkHookBesideEvents(b *testing.B) {
	const atLeast = 5000 // number of calls
	body, err := os.ReadFile("../../testdata/requests/authorization-code.json")
	if err != nil {
		b.Fatal(err)
	}
	for name, pages := range map[string]int{"alone": 0, "beside 100,000 events": 100} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				org, done := replayingOrg(b, pages)
				set := map[string]string{"PSCHOOK_OKTA_ORG_URL": org.URL, "PSCHOOK_OKTA_API_TOKEN": "00token", "PSCHOOK_OUTCOMES": "log", "PSCHOOK_OKTA_ISSUERS": "https://hopital.okta.com/oauth2/default"}
				if pages == 0 {
					set["PSCHOOK_OUTCOMES"] = "events"
					close(done)
				}
				s := runWith(b, options(load(b, set)))
				c := &http.Client{Transport: &http.Transport{}}
				began := time.Now()
				took, beside := []time.Duration(nil), 0
				for reading := true; len(took) < atLeast || reading; {
					select {
					case <-done:
						reading = false
					default:
						beside++
					}
					start := time.Now()
					req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://"+s.Addr().String()+hook.Path, strings.NewReader(string(body)))
					if err != nil {
						b.Fatal(err)
					}
					req.Header.Set("Authorization", secret)
					req.Header.Set("Content-Type", "application/json")
					res, err := c.Do(req)
					if err != nil || res.StatusCode != http.StatusOK {
						b.Fatalf("%v %v", res, err)
					}
					_ = res.Body.Close()
					if took = append(took, time.Since(start)); pages > 0 && !reading {
						break
					}
				}
				c.CloseIdleConnections()
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
				b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
				b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
				b.ReportMetric(float64(beside), "calls-beside")
				b.ReportMetric(time.Since(began).Seconds(), "s")
			}
		})
	}
}
