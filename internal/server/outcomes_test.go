package server_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"pschook/hook"
	"pschook/internal/outcomes"
)

// loggingOrg returns an org whose System Log has one full page of 6 MiB. read is closed when the next page
// is requested; the first page has been processed by then.
func loggingOrg(t *testing.T, events ...string) (org *httptest.Server, read chan struct{}) {
	t.Helper()
	long := strings.Repeat("x", 6<<10)
	for n := len(events); n < 1000; n++ {
		events = append(events, fmt.Sprintf(`{"uuid":"other-%d","published":"2999-01-01T00:00:00Z","eventType":"user.session.start","displayMessage":%q}`, n, long))
	}
	read = make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/okta-organization", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"id":"00o1vhQ8wLkZ3n0pQ0g4"}`) })
	mux.HandleFunc("GET /api/v1/logs", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "SSWS 00token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Query().Get("after") == "1" {
			close(read)
			_, _ = fmt.Fprint(w, "[]")
			return
		}
		w.Header().Add("Link", `<https://elsewhere.example/api/v1/logs?after=1>; rel="next"`)
		_, _ = fmt.Fprintf(w, "[%s]", strings.Join(events, ","))
	})
	org = httptest.NewServer(mux)
	t.Cleanup(org.Close)
	return org, read
}

// event returns an event of the System Log, in the transaction of the sample requests.
func event(eventType, result string) string {
	return fmt.Sprintf(`{"uuid":"%[1]s-%[2]s","published":"2999-01-01T00:00:00Z","eventType":%[1]q,"outcome":{"result":%[2]q,"reason":"Claim is reserved"},
		"actor":{"id":"0oa9pscdeleg1Wk2Q0g5","type":"PublicClientApp"},"transaction":{"id":"reqZ001VxT8aQz3"}}`, eventType, result)
}

// totals returns the service's counters by name and label.
func totals(t *testing.T, reader *sdkmetric.ManualReader) map[string]int64 {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	values := make(map[string]int64)
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			sum, ok := m.Data.(metricdata.Sum[int64])
			if !ok {
				continue
			}
			for _, point := range sum.DataPoints {
				values[m.Name+point.Attributes.Encoded(attribute.DefaultEncoder())] = point.Value
			}
		}
	}
	return values
}

// A drop that only Okta's log reports becomes a metric and is joined with its call. An event that
// an event hook pushes counts too, and only once.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	org, read := loggingOrg(t, event("inline_hook.response.processed", "FAILURE"), event("app.oauth2.as.token.grant.id_token", "SUCCESS"),
		event("app.oauth2.as.token.grant.access_token", "SUCCESS"), event("inline_hook.executed", "FAILURE"))
	body, err := os.ReadFile("../../testdata/requests/authorization-code.json")
	if err != nil {
		t.Fatal(err)
	}
	shapesFile := filepath.Join(t.TempDir(), "shapes.jsonl")
	opts := options(load(t, map[string]string{
		"PSCHOOK_OKTA_ORG_URL": org.URL, "PSCHOOK_OKTA_API_TOKEN": "00token", "PSCHOOK_OUTCOMES": "log", "PSCHOOK_SHAPES_FILE": shapesFile,
		"PSCHOOK_OKTA_ISSUERS": "https://hopital.okta.com/oauth2/default",
	}))
	reader := sdkmetric.NewManualReader()
	opts.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	s := runWith(t, opts)
	c, base := client(t), "http://"+s.Addr().String()
	if status, _, text := fetch(t, c, http.MethodPost, base+hook.Path, strings.NewReader(string(body))); status != http.StatusOK {
		t.Fatalf("status %d: %s", status, text)
	}
	delivery := `{"data":{"events":[` + event("inline_hook.executed", "FAILURE") + `,` + event("policy.rule.update", "SUCCESS") + `]}}`
	if status, _, text := fetch(t, c, http.MethodPost, base+outcomes.Path, strings.NewReader(delivery)); status != http.StatusNoContent {
		t.Fatalf("status %d: %s", status, text)
	}
	<-read
	got := totals(t, reader)
	for name, want := range map[string]int64{
		"pschook_okta_outcomes_totalresult=dropped": 1, "pschook_okta_outcomes_totalresult=failed": 1, "pschook_okta_outcomes_totalresult=applied": 0,
		"pschook_okta_asked_total": 1, "pschook_okta_mintings_total": 1, "pschook_okta_joined_total": 1, "pschook_okta_changes_totalobject=rule": 1,
	} {
		if value, there := got[name]; !there || value != want {
			t.Errorf("%s is %d (there: %v), want %d", name, value, there, want)
		}
	}
	if _, _, page := fetch(t, c, http.MethodGet, "http://"+s.AdminAddr().String()+"/admin/", nil); !strings.Contains(page, "Answers dropped") || !strings.Contains(page, "Claim is reserved") || !strings.Contains(strings.ReplaceAll(page, "<wbr>", ""), "policy.rule.update") {
		t.Errorf("the admin page does not show the drop in Okta's words: %s", page)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(shapesFile); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("shapes: %v, %v", info, err)
	}
}

// Deliveries of another org's event hook do not count. While the org's hosts are not known, none is
// taken for one of another org.
func TestDeliveriesOfAnotherOrg(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source string
		hosts        string // of the org, by its well-known document
		status       int
	}{
		{"no source", ``, `"_links":{"organization":{"href":"ORG"},"alternate":{"href":"https://id.hopital.example"}}`, 204},
		{"a source that is no text", `"source":7,`, `"_links":{"organization":{"href":"ORG"}}`, 204},
		{"own host", `"source":"ORG/api/v1/eventHooks/who1",`, `"_links":{"organization":{"href":"ORG"}}`, 204},
		{"custom domain", `"source":"https://ID.hopital.example/api/v1/eventHooks/who1",`, `"_links":{"organization":{"href":"ORG"},"alternate":{"href":"https://id.hopital.example"}}`, 204},
		{"listed issuer", `"source":"https://hopital.okta.com/api/v1/eventHooks/who1",`, `"_links":{"organization":{"href":"ORG"}}`, 204},
		{"Admin Console", `"source":"https://hopital-admin.okta.com/api/v1/eventHooks/who1",`, `"_links":{"organization":{"href":"ORG"}}`, 204},
		{"another org", `"source":"https://autre.okta.com/api/v1/eventHooks/who1",`, `"_links":{"organization":{"href":"ORG"}}`, 400},
		{"hosts not known", `"source":"https://autre.okta.com/api/v1/eventHooks/who1",`, ``, 204},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var org *httptest.Server
			org = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tt.hosts == "" {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = fmt.Fprintf(w, `{"id":"00o1vhQ8wLkZ3n0pQ0g4",%s}`, strings.ReplaceAll(tt.hosts, "ORG", org.URL))
			}))
			t.Cleanup(org.Close)
			s := runWith(t, options(load(t, map[string]string{
				"PSCHOOK_OUTCOMES": "events", "PSCHOOK_OKTA_ORG_URL": org.URL, "PSCHOOK_OKTA_ISSUERS": "https://hopital.okta.com/oauth2/default", "PSCHOOK_TID_VALUE": "",
				"PSCHOOK_TID_SOURCE": "well-known",
			})))
			for range 10_000 { // until the hosts are known
				if _, _, text := fetch(t, client(t), http.MethodGet, "http://"+s.AdminAddr().String()+"/readyz", nil); text == "ready\n" || tt.hosts == "" {
					break
				}
			}
			delivery := `{` + strings.ReplaceAll(tt.source, "ORG", org.URL) + `"data":{"events":[` + event("inline_hook.executed", "FAILURE") + `]}}`
			if status, _, text := fetch(t, client(t), http.MethodPost, "http://"+s.Addr().String()+outcomes.Path, strings.NewReader(delivery)); status != tt.status || status == 400 && !strings.Contains(text, "another Okta org") {
				t.Errorf("status %d, want %d: %s", status, tt.status, text)
			}
		})
	}
}

// The service starts even if the file of shapes cannot be written.
func TestShapesFileThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"directory": t.TempDir(), "device": "/dev/null", "no such folder": t.TempDir() + "/none/shapes.jsonl"} {
		var log bytes.Buffer
		opts := options(load(t, map[string]string{"PSCHOOK_SHAPES_FILE": path}))
		opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		s := runWith(t, opts)
		if status, _, _ := fetch(t, client(t), http.MethodGet, "http://"+s.Addr().String()+"/healthz", nil); status != http.StatusOK {
			t.Errorf("%s: status %d", name, status)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(log.String(), "PSCHOOK_SHAPES_FILE") {
			t.Errorf("%s: the log does not name the variable: %s", name, log.String())
		}
	}
}

// Without the variable, the path and the metrics do not exist.
func TestOutcomesOff(t *testing.T) {
	t.Parallel()
	opts := options(load(t, nil))
	reader := sdkmetric.NewManualReader()
	opts.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	s := runWith(t, opts)
	if status, _, _ := fetch(t, client(t), http.MethodPost, "http://"+s.Addr().String()+outcomes.Path, strings.NewReader("{}")); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
	for name := range totals(t, reader) {
		if strings.HasPrefix(name, "pschook_okta_") {
			t.Errorf("there is %s", name)
		}
	}
}

// What only the System Log tells is not shown as none where nobody reads it.
func TestAdminPageWithoutTheLog(t *testing.T) {
	t.Parallel()
	opts := options(load(t, map[string]string{"PSCHOOK_OUTCOMES": "events"}))
	reader := sdkmetric.NewManualReader()
	opts.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	s := runWith(t, opts)
	c := client(t)
	delivery := `{"data":{"events":[` + event("inline_hook.executed", "FAILURE") + `,` + event("policy.lifecycle.deactivate", "SUCCESS") + `]}}`
	if status, _, text := fetch(t, c, http.MethodPost, "http://"+s.Addr().String()+outcomes.Path, strings.NewReader(delivery)); status != http.StatusNoContent {
		t.Fatalf("status %d: %s", status, text)
	}
	_, _, page := fetch(t, c, http.MethodGet, "http://"+s.AdminAddr().String()+"/admin/", nil)
	_, card, _ := strings.Cut(page, "What Okta did")
	card, _, _ = strings.Cut(card, "</section>")
	text := strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(strings.ReplaceAll(card, "<wbr>", ""), " ")), " ")
	got := totals(t, reader)
	for name, there := range map[string]bool{
		"pschook_okta_outcomes_totalresult=failed": true, "pschook_okta_outcomes_totalresult=dropped": false, "pschook_okta_outcomes_totalresult=applied": false,
		"pschook_okta_mintings_total": false, "pschook_okta_joined_total": false, "pschook_okta_changes_totalobject=rule": true, "pschook_okta_unreadable_total": true,
	} {
		if _, is := got[name]; is != there {
			t.Errorf("%s is published: %v, want %v", name, is, there)
		}
	}
	for _, want := range []string{"Answers dropped —", "Calls failed 1", "Mintings —", "policy.lifecycle.deactivate is the hook still on its rule?"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q: %s", want, text)
		}
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

// What a log that is not read would tell is not shown as good, and neither is what could not be read of it.
func TestAdminPageWithAnUnreadLog(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		status     int
		state      string
		want, not  []string
	}{
		{"no right", `{"errorCode":"E0000006"}`, http.StatusForbidden, "Ready, but not all that Okta did is known: see what Okta did", []string{"System Log not read yet what Okta does now is not known", "Answers dropped —", "Calls failed —", "Mintings —"}, []string{"could not be read"}},
		{"nothing in it", `[]`, http.StatusOK, "Ready: the hook answers with claims", []string{"System Log read until", "Answers dropped 0", "Mintings 0"}, []string{"not known", "could not be read"}},
		{"unreadable events", `[{"uuid":7}]`, http.StatusOK, "Ready, but not all that Okta did is known: see what Okta did", []string{"System Log read until", "Answers dropped 0", "Events that could not be read 1 they may tell of failures"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			read := make(chan struct{}, 100)
			org := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/api/v1/logs" {
					_, _ = fmt.Fprint(w, `{"id":"00o1vhQ8wLkZ3n0pQ0g4"}`)
					return
				}
				w.WriteHeader(tt.status)
				_, _ = fmt.Fprint(w, tt.body)
				read <- struct{}{}
			}))
			t.Cleanup(org.Close)
			s := runWith(t, options(load(t, map[string]string{
				"PSCHOOK_OKTA_ORG_URL": org.URL, "PSCHOOK_OKTA_API_TOKEN": "00token", "PSCHOOK_OUTCOMES": "log", "PSCHOOK_OUTCOMES_INTERVAL": "10s",
			})))
			<-read
			var state, text string
			waitUntil(t, func() bool { // the answer was taken in
				_, _, page := fetch(t, client(t), http.MethodGet, "http://"+s.AdminAddr().String()+"/admin/", nil)
				state = regexp.MustCompile(`<h1>(.*?)</h1>`).FindStringSubmatch(page)[1]
				_, card, _ := strings.Cut(page, "What Okta did")
				card, _, _ = strings.Cut(card, "</section>")
				text = strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(strings.ReplaceAll(card, "<wbr>", ""), " ")), " ")
				return state == tt.state && strings.Contains(text, tt.want[0])
			})
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("the card lacks %q: %s", want, text)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(text, not) {
					t.Errorf("the card says %q: %s", not, text)
				}
			}
		})
	}
}

// A rule that was changed since the last call may have lost the hook: nothing is said to be well before the next call.
func TestAdminPageAfterAChange(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("../../testdata/requests/authorization-code.json")
	if err != nil {
		t.Fatal(err)
	}
	s := runWith(t, options(load(t, map[string]string{"PSCHOOK_OUTCOMES": "events", "PSCHOOK_OKTA_ISSUERS": "https://hopital.okta.com/oauth2/default"})))
	c := client(t)
	state := func() string {
		_, _, page := fetch(t, c, http.MethodGet, "http://"+s.AdminAddr().String()+"/admin/", nil)
		return regexp.MustCompile(`<h1>(.*?)</h1>`).FindStringSubmatch(page)[1]
	}
	if got := state(); got != "Ready: the hook answers with claims" {
		t.Errorf("at first: %s", got)
	}
	change := strings.Replace(event("policy.rule.update", "SUCCESS"), "2999", "2001", 1) // long before the call
	if status, _, text := fetch(t, c, http.MethodPost, "http://"+s.Addr().String()+outcomes.Path, strings.NewReader(`{"data":{"events":[`+change+`]}}`)); status != http.StatusNoContent {
		t.Fatalf("status %d: %s", status, text)
	}
	if got := state(); got != "Ready, but nothing shows that Okta still calls: see what Okta did" {
		t.Errorf("after a change: %s", got)
	}
	fetch(t, c, http.MethodPost, "http://"+s.Addr().String()+hook.Path, bytes.NewReader(body))
	if got := state(); got != "Ready: the hook answers with claims" {
		t.Errorf("after a call: %s", got)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
