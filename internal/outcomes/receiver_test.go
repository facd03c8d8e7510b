package outcomes

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReceiver(t *testing.T) {
	t.Parallel()
	delivery := `{"eventType":"com.okta.event_hook","data":{"events":[` + logged(1, "inline_hook.executed", "FAILURE", "timeout") + `,7,` + logged(2, "policy.rule.update", "SUCCESS", "") + `]}}`
	counted := Counts{Rules: 1, Results: map[Result]uint64{ResultFailed: 1}}
	tests := []struct {
		name, method, secret, challenge, body string
		status                                int
		want                                  string // in the answer
		counts                                Counts
	}{
		{"verification", "GET", "", "abc-123", "", 200, `{"verification":"abc-123"}`, Counts{}},
		{"verification without a challenge", "GET", "s", "", "", 400, challengeHeader, Counts{}},
		{"a challenge too long", "GET", "s", strings.Repeat("a", maxChallenge+1), "", 400, challengeHeader, Counts{}},
		{"a challenge with markup", "GET", "s", `"</script>`, "", 200, `"verification":"\"</script>"`, Counts{}},
		{"events", "POST", "s", "", delivery, 204, "", counted},
		{"no secret", "POST", "", "", delivery, 401, "secret", Counts{}},
		{"wrong secret", "POST", "x", "", delivery, 401, "secret", Counts{}},
		{"no events", "POST", "s", "", `{}`, 204, "", Counts{}},
		{"not JSON", "POST", "s", "", `{`, 400, "data.events", Counts{}},
		{"too long", "POST", "s", "", strings.Repeat(" ", maxDeliveryBytes+1), 413, "1 MiB", Counts{}},
		{"wrong method", "PUT", "s", "", delivery, 405, "not allowed", Counts{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := NewLedger(Options{Now: publishedAt})
			server := httptest.NewServer(&Receiver{Ledger: l, IsOkta: func(r *http.Request) bool { return r.Header.Get("Authorization") == "s" }})
			defer server.Close()
			for range 2 { // Okta delivers at least once
				req, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+Path, strings.NewReader(tt.body))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", tt.secret)
				if tt.challenge != "" {
					req.Header.Set(challengeHeader, tt.challenge)
				}
				resp, err := server.Client().Do(req)
				if err != nil {
					t.Fatal(err)
				}
				var text strings.Builder
				_ = resp.Write(&text)
				resp.Body.Close()
				if resp.StatusCode != tt.status || !strings.Contains(text.String(), tt.want) {
					t.Errorf("status %d, want %d; answer %q", resp.StatusCode, tt.status, text.String())
				}
			}
			sameCounts(t, l.Counts(), tt.counts)
		})
	}
}
