package server_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"pschook/hook"
	"pschook/internal/outcomes"
)

// sendEvents sends one request to the path of event hooks and returns status and body.
func sendEvents(t *testing.T, c *http.Client, base, method, body string, header map[string]string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, base+outcomes.Path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// Callers that post events are admitted, refused, counted and logged like callers of the token
// hook.
func TestEventHooks(t *testing.T) {
	t.Parallel()
	okta := map[string]string{"Authorization": secret, "Content-Type": "application/json; charset=UTF-8"}
	with := func(name, value string) map[string]string {
		header := map[string]string{name: value}
		for n, v := range okta {
			if n != name {
				header[n] = v
			}
		}
		return header
	}
	const challenge = "X-Okta-Verification-Challenge"
	delivery := `{"data":{"events":[` + event("inline_hook.executed", "FAILURE") + `]}}`
	tests := []struct {
		name, method, body string
		header             map[string]string
		set                map[string]string
		status             int
		want               string // part of the answer
		outcome            string // the counted outcome; empty: none
	}{
		{name: "challenge", method: "GET", header: map[string]string{challenge: "abc-123"}, status: 200, want: `{"verification":"abc-123"}`},
		{name: "challenge with markup", method: "GET", header: map[string]string{challenge: `"</script>`}, status: 200, want: `"verification":"\"</script>"`},
		{name: "no challenge", method: "GET", status: 400, want: challenge},
		{name: "challenge too long", method: "GET", header: map[string]string{challenge: strings.Repeat("a", 513)}, status: 400, want: challenge},
		{name: "challenge that is not UTF-8", method: "GET", header: map[string]string{challenge: "a\xff"}, status: 400, want: "not UTF-8"},
		{name: "challenge by HEAD", method: "HEAD", header: map[string]string{challenge: "abc"}, status: 405},
		{name: "events", method: "POST", body: delivery, header: okta, status: 204},
		{name: "no secret", method: "POST", body: delivery, header: with("Authorization", ""), status: 401, want: "UNAUTHORIZED", outcome: "unauthorized"},
		{name: "wrong secret", method: "POST", body: delivery, header: with("Authorization", "private-wrong-secret"), status: 401, want: "UNAUTHORIZED", outcome: "unauthorized"},
		{name: "foreign network", method: "POST", body: delivery, header: okta, set: map[string]string{"PSCHOOK_ALLOWED_CIDRS": "192.0.2.0/24"}, status: 403, want: "FOREIGN_ADDRESS", outcome: "forbidden"},
		{name: "allowed network", method: "POST", body: delivery, header: okta, set: map[string]string{"PSCHOOK_ALLOWED_CIDRS": "127.0.0.0/8"}, status: 204},
		{name: "wrong type", method: "POST", body: delivery, header: with("Content-Type", "text/plain"), status: 415, want: "UNSUPPORTED_MEDIA_TYPE", outcome: "malformed"},
		{name: "too big", method: "POST", body: strings.Repeat(" ", outcomes.MaxDelivery+1), header: okta, status: 413, want: "larger than 1024 KiB", outcome: "too_large"},
		{name: "not JSON", method: "POST", body: "{", header: okta, status: 400, want: "data.events is wanted", outcome: "malformed"},
		{name: "nothing", method: "POST", header: okta, status: 400, want: "data.events is wanted", outcome: "malformed"},
		{name: "no events", method: "POST", body: "{}", header: okta, status: 400, want: "data.events is wanted", outcome: "malformed"},
		{name: "deep", method: "POST", body: `{"data":{"events":[` + strings.Repeat("[", 100_000), header: okta, status: 400, want: "data.events is wanted", outcome: "malformed"},
		{name: "events twice", method: "POST", body: `{"data":{"events":[],"events":[]}}`, header: okta, status: 400, want: "data.events is wanted", outcome: "malformed"},
		{name: "a thousand events", method: "POST", body: `{"data":{"events":[` + strings.Repeat(event("user.session.start", "SUCCESS")+",", 999) + event("inline_hook.executed", "FAILURE") + `]}}`, header: okta, status: 204},
		{name: "wrong method", method: "PUT", body: delivery, header: okta, status: 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set := map[string]string{"PSCHOOK_OUTCOMES": "events"}
			for name, value := range tt.set {
				set[name] = value
			}
			var log everything
			opts := options(load(t, set))
			reader := sdkmetric.NewManualReader()
			opts.MeterProvider, opts.Logger = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)), slog.New(slog.NewJSONHandler(&log, nil))
			s := runWith(t, opts)
			status, text := sendEvents(t, client(t), "http://"+s.Addr().String(), tt.method, tt.body, tt.header)
			if status != tt.status || !strings.Contains(text, tt.want) {
				t.Errorf("status %d, want %d; answer %q, want part %q", status, tt.status, text, tt.want)
			}
			got := totals(t, reader)
			for _, outcome := range []string{"unauthorized", "forbidden", "malformed", "too_large", "error"} {
				if want := map[bool]int64{true: 1}[outcome == tt.outcome]; got["pschook_hook_requests_totaloutcome="+outcome] != want {
					t.Errorf("%s: %d, want %d", outcome, got["pschook_hook_requests_totaloutcome="+outcome], want)
				}
			}
			if want := map[bool]int64{true: 1}[tt.status == 204]; got["pschook_okta_outcomes_totalresult=failed"] != want {
				t.Errorf("events counted: %d, want %d", got["pschook_okta_outcomes_totalresult=failed"], want)
			}
			lines := strings.Count(log.String(), `"path":"`+outcomes.Path+`"`)
			if want := map[bool]int{true: 1}[tt.outcome != ""]; lines != want {
				t.Errorf("%d log lines, want %d: %s", lines, want, log.String())
			}
			if strings.Contains(log.String(), "private-wrong-secret") {
				t.Error("the log tells the secret that was sent")
			}
		})
	}
}

// Bursts of deliveries and of guessed secrets do not affect hook calls. Guesses share the hook's
// limit, and the right secret is never limited.
func TestBurstOfEvents(t *testing.T) {
	t.Parallel()
	opts := options(load(t, map[string]string{"PSCHOOK_OUTCOMES": "events"}))
	reader := sdkmetric.NewManualReader()
	opts.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	s := runWith(t, opts)
	c, base := client(t), "http://"+s.Addr().String()
	const senders, each = 8, 25
	statuses := make(chan int, senders*each*2)
	var wait sync.WaitGroup
	for sender := range senders {
		wait.Go(func() {
			for n := range each {
				id := fmt.Sprintf(`"uuid":"%d-%d"`, sender, n)
				delivery := bytes.ReplaceAll([]byte(event("inline_hook.executed", "FAILURE")), []byte(`"uuid":"inline_hook.executed-FAILURE"`), []byte(id))
				for range 2 { // Okta delivers at least once
					status, _ := sendEvents(t, c, base, http.MethodPost, `{"data":{"events":[`+string(delivery)+`]}}`, map[string]string{"Authorization": secret, "Content-Type": "application/json"})
					if status != http.StatusNoContent {
						t.Errorf("delivery: status %d", status)
					}
				}
				status, _ := sendEvents(t, c, base, http.MethodPost, "{}", map[string]string{"Authorization": "guess", "Content-Type": "application/json"})
				statuses <- status
			}
		})
	}
	wait.Wait()
	close(statuses)
	seen := make(map[int]int)
	for status := range statuses {
		seen[status]++
	}
	if seen[http.StatusUnauthorized]+seen[http.StatusTooManyRequests] != senders*each || seen[http.StatusTooManyRequests] == 0 {
		t.Errorf("guesses were answered with %v", seen)
	}
	got := totals(t, reader)
	if got["pschook_okta_outcomes_totalresult=failed"] != senders*each || got["pschook_hook_requests_totaloutcome=unauthorized"] != senders*each {
		t.Errorf("counted %d events and %d guesses, want %d of each", got["pschook_okta_outcomes_totalresult=failed"], got["pschook_hook_requests_totaloutcome=unauthorized"], senders*each)
	}
	if status, _, text := fetch(t, c, http.MethodPost, base+hook.Path, strings.NewReader(call)); status != http.StatusOK {
		t.Errorf("the hook answers %d after it: %s", status, text)
	}
}
