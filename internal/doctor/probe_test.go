package doctor_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/doctor"
	"pschook/verify/report"
)

// probe returns the report on the service of a world.
func probe(t *testing.T, w *world, change func(*doctor.ProbeOptions)) report.Report {
	t.Helper()
	opts := doctor.ProbeOptions{
		URL: w.url, AuthHeader: "Authorization", Credential: hookSecret, Sample: w.sample(t), Expected: w.expected(), Roots: w.roots, Now: time.Now,
	}
	if change != nil {
		change(&opts)
	}
	r, err := doctor.Probe(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestProbeService probes the service itself, without faults and with one change.
func TestProbeService(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		plan   plan
		change func(*doctor.ProbeOptions)
		fails  []string // ids of failed checks
		hint   string   // of the first failed check
	}{
		{name: "good order"},
		{name: "the org id is not known here", change: func(o *doctor.ProbeOptions) {
			o.Expected.AnyTID = true
			o.Expected.AccessToken["tid"], o.Expected.IDToken["tid"] = []byte(`"unknown"`), []byte(`"unknown"`)
		}},
		{name: "a rehearsal", plan: plan{service: environment("PSCHOOK_SHADOW", "true")}, change: func(o *doctor.ProbeOptions) { o.Expected = doctor.Expected{} }},
		{name: "a client that is passed over", plan: plan{service: environment("PSCHOOK_CLIENT_IDS", "0oaOther")}, fails: []string{"probe.answer"}, hint: "event_id pschook-probe-"},
		{name: "another secret", change: func(o *doctor.ProbeOptions) { o.Credential = "a-secret-of-yesterday-0123456789" }, fails: []string{"probe.answer"}, hint: "--secret-file"},
		{name: "another org", change: func(o *doctor.ProbeOptions) {
			o.Sample = []byte(strings.ReplaceAll(string(o.Sample), "http://127.0.0.1", "https://other.okta.com"))
		}, fails: []string{"probe.answer"}, hint: "event_id"},
		{name: "a certificate that ends in ten days", plan: plan{leaf: func(c *x509.Certificate) { c.NotAfter = time.Now().Add(10 * 24 * time.Hour) }}, fails: []string{"tls.certificate"}, hint: "PSCHOOK_TLS_CERT_FILE"},
		{name: "an incomplete chain", plan: plan{leafOnly: true}, fails: []string{"tls.chain"}, hint: "fullchain.pem"},
		{name: "nobody there", change: func(o *doctor.ProbeOptions) { o.URL = &url.URL{Scheme: "https", Host: "127.0.0.1:1"} }, fails: []string{"tls.certificate"}, hint: "firewall"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := probe(t, start(t, tt.plan), tt.change)
			if got := with(r, report.StatusFail); !slices.Equal(got, tt.fails) {
				t.Fatalf("failed: %v, want %v\n%s", got, tt.fails, text(t, r))
			}
			if len(tt.fails) > 0 {
				if c, _ := r.Check(tt.fails[0]); !strings.Contains(c.Hint, tt.hint) {
					t.Errorf("hint %q, want %q", c.Hint, tt.hint)
				}
			}
			if strings.Contains(text(t, r), hookSecret) {
				t.Error("the report holds the secret")
			}
		})
	}
}

// TestProbeStranger probes services that are not ours or have faults.
func TestProbeStranger(t *testing.T) {
	t.Parallel()
	refuse := func(w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) }
	good := `{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/oid","value":"00uPschookProbe00000"}]}]}`
	reply := func(status int, contentType, body string) func(http.ResponseWriter, bool) {
		return func(w http.ResponseWriter, known bool) {
			if !known {
				refuse(w)
				return
			}
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	with200 := func(body string) func(http.ResponseWriter, bool) { return reply(200, "application/json", body) }
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter, known bool)
		fails  []string
		actual string // of the first failed check
	}{
		{"good", with200(good), nil, ""},
		{"answers everybody", func(w http.ResponseWriter, _ bool) { with200(good)(w, true) }, []string{"probe.wrong_credential", "probe.no_credential"}, "status 200"},
		{"refuses by 403", func(w http.ResponseWriter, known bool) {
			if !known {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			with200(good)(w, known)
		}, []string{"probe.wrong_credential", "probe.no_credential"}, "status 403"},
		{"a redirect", reply(302, "text/html", "moved"), []string{"probe.answer"}, "status 302"},
		{"an error object", reply(503, "application/json", `{"error":{"errorSummary":"stopping"}}`), []string{"probe.answer"}, "status 503: stopping"},
		{"a page", reply(200, "text/html", good), []string{"probe.answer"}, `content type "text/html"`},
		{"no JSON", with200("<html>"), []string{"probe.answer"}, "not the JSON of a hook's answer"},
		{"a denial", with200(`{"error":{"errorSummary":"no org id"}}`), []string{"probe.answer"}, "a refusal of the token: no org id"},
		{"an unknown command", with200(strings.Replace(good, "access", "refresh", 1)), []string{"probe.answer"}, `commands[0]: type "com.okta.refresh.patch" is unknown or there twice`},
		{"an op that may not apply", with200(strings.Replace(good, `"add"`, `"replace"`, 1)), []string{"probe.answer"}, `op "replace"`},
		{"another value", with200(strings.Replace(good, "00uPschook", "00uSomebody", 1)), []string{"probe.answer"}, `access token: oid = "00uSomebodyProbe00000"`},
		{"nothing", with200(`{"commands":[]}`), []string{"probe.answer"}, "access token: oid is missing"},
		{"no content", reply(204, "application/json", ""), []string{"probe.answer"}, "access token: oid is missing"},
		{"too large", with200(`{"debugContext":"` + strings.Repeat("x", 260_000) + `"}`), []string{"probe.answer"}, "Okta takes less than 256000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tt.answer(w, r.Header.Get("X-Secret") == hookSecret)
			}))
			t.Cleanup(s.Close)
			u, err := url.Parse(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			r, err := doctor.Probe(t.Context(), doctor.ProbeOptions{
				URL: u, AuthHeader: "X-Secret", Credential: hookSecret, Sample: []byte("{}"), Now: time.Now,
				Expected: doctor.Expected{AccessToken: map[string]jsontext.Value{"oid": []byte(`"00uPschookProbe00000"`)}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := with(r, report.StatusFail); !slices.Equal(got, tt.fails) {
				t.Fatalf("failed: %v, want %v\n%s", got, tt.fails, text(t, r))
			}
			if len(tt.fails) > 0 {
				if c, _ := r.Check(tt.fails[0]); !strings.Contains(c.Actual, tt.actual) {
					t.Errorf("found %q, want %q", c.Actual, tt.actual)
				}
			}
		})
	}
}

// TestProbeTLSVersion checks that a server below TLS 1.2 fails, because Okta does not connect to
// it.
func TestProbeTLSVersion(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	s.StartTLS()
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	r, err := doctor.Probe(t.Context(), doctor.ProbeOptions{URL: u, AuthHeader: "X-Secret", Credential: hookSecret, Sample: []byte("{}"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if got := with(r, report.StatusFail); !slices.Equal(got, []string{"tls.certificate"}) {
		t.Errorf("failed: %v\n%s", got, text(t, r))
	}
}

// TestProbeNeedsItsOptions checks that a probe needs a credential.
func TestProbeNeedsItsOptions(t *testing.T) {
	t.Parallel()
	u := &url.URL{Scheme: "https", Host: "pschook.example"}
	if _, err := doctor.Probe(t.Context(), doctor.ProbeOptions{URL: u, AuthHeader: "X", Sample: []byte("{}"), Now: time.Now}); err == nil {
		t.Error("no error")
	}
}
