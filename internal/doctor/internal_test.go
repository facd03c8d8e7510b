package doctor

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/oktaread"
	"pschook/verify/report"
	"pschook/verify/words"
)

// answers returns the service's answers in its golden files.
func answers(tb testing.TB) [][]byte {
	tb.Helper()
	files, err := filepath.Glob("../../testdata/answers/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no golden answers: %v", err)
	}
	var texts [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		texts = append(texts, text)
	}
	return texts
}

// FuzzParseAnswer checks that an accepted answer has only claims with valid values in known tokens,
// and that differences finds none exactly when the same answer is expected.
func FuzzParseAnswer(f *testing.F) {
	for _, text := range answers(f) {
		f.Add(text)
	}
	f.Add([]byte(`{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"00o"}]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, fault := parseAnswer(answer{status: http.StatusOK, contentType: "application/json", body: body})
		if (got == nil) == (fault == words.Text{}) {
			t.Fatalf("%v and the fault %q", got, fault.In(words.English))
		}
		e := Expected{IDToken: got[patchIdentity], AccessToken: got[patchAccess]}
		id, access := e.IDToken["tid"], e.AccessToken["tid"]
		if wrong := e.differences(got); len(wrong) > 0 && (id == nil || access == nil || sameJSON(id, access)) {
			t.Errorf("differs from itself: %v", wrong)
		}
		for kind, claims := range got {
			if kind != patchIdentity && kind != patchAccess {
				t.Errorf("token %q", kind)
			}
			for name, value := range claims {
				if name == "" || !value.IsValid() {
					t.Errorf("claim %q = %s", name, value)
				}
			}
		}
	})
}

// TestDifferences changes one claim at a time.
func TestDifferences(t *testing.T) {
	t.Parallel()
	value := func(text string) jsontext.Value { return jsontext.Value(text) }
	good := func() patches {
		return patches{patchIdentity: {"tid": value(`"a"`)}, patchAccess: {"tid": value(`"a"`), "amr": value(`["pwd", "mfa"]`)}}
	}
	want := Expected{IDToken: map[string]jsontext.Value{"tid": value(`"a"`)}, AccessToken: map[string]jsontext.Value{"tid": value(`"a"`), "amr": value(`["pwd","mfa"]`)}}
	tests := []struct {
		name   string
		change func(patches)
		any    bool
		want   string
	}{
		{"as expected", func(patches) {}, false, ""},
		{"missing", func(p patches) { delete(p, patchIdentity) }, false, "ID token: tid is missing"},
		{"too many", func(p patches) { p[patchIdentity]["oid"] = value(`"u"`) }, false, "ID token: oid is not configured"},
		{"another value", func(p patches) { p[patchAccess]["amr"] = value(`["pwd"]`) }, false, `access token: amr = ["pwd"]`},
		{"any tid", func(p patches) { p[patchIdentity]["tid"], p[patchAccess]["tid"] = value(`"b"`), value(`"b"`) }, true, ""},
		{"any tid, two of them", func(p patches) { p[patchIdentity]["tid"] = value(`"b"`) }, true, "tid differs between the tokens"},
		{"any tid, empty", func(p patches) { p[patchIdentity]["tid"], p[patchAccess]["tid"] = value(`""`), value(`""`) }, true, "access token: tid is not a text; ID token: tid is not a text"},
		{"any tid, a number", func(p patches) { p[patchIdentity]["tid"], p[patchAccess]["tid"] = value(`1`), value(`1`) }, true, "access token: tid is not a text; ID token: tid is not a text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, e := good(), want
			tt.change(got)
			e.AnyTID = tt.any
			if text := words.Join("; ", " ; ", e.differences(got)...).In(words.English); text != tt.want {
				t.Errorf("%q, want %q", text, tt.want)
			}
		})
	}
}

// TestSkew moves one clock.
func TestSkew(t *testing.T) {
	t.Parallel()
	date := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name          string
		before, after time.Duration // relative to date
		want          time.Duration
		status        report.Status
	}{
		{"same", 0, 100 * time.Millisecond, 0, report.StatusPass},
		{"the date is cut to seconds", 900 * time.Millisecond, 950 * time.Millisecond, 0, report.StatusPass},
		{"a slow answer", -5 * time.Second, 5 * time.Second, 0, report.StatusPass},
		{"a minute ahead", time.Minute, time.Minute, time.Minute, report.StatusPass},
		{"over a minute ahead", 61 * time.Second, 62 * time.Second, 61 * time.Second, report.StatusFail},
		{"behind", -2 * time.Hour, -2 * time.Hour, -2 * time.Hour, report.StatusFail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := moment{date.Format(http.TimeFormat), date.Add(tt.before), date.Add(tt.after)}
			if got, ok := m.skew(); got != tt.want || !ok {
				t.Errorf("%v, want %v", got, tt.want)
			}
			if f := checkClock(m, "Okta"); f.Status != tt.status {
				t.Errorf("%s, want %s", f.Status, tt.status)
			}
		})
	}
	if f := checkClock(moment{date: "yesterday"}, "Okta"); f.Status != report.StatusSkip {
		t.Errorf("no date: %s", f.Status)
	}
}

// TestCheckTime checks times of answers at the limits.
func TestCheckTime(t *testing.T) {
	t.Parallel()
	for took, want := range map[time.Duration]report.Status{
		999 * time.Millisecond: report.StatusPass, time.Second: report.StatusWarn, 2999 * time.Millisecond: report.StatusWarn, 3 * time.Second: report.StatusFail,
	} {
		if f := checkTime(answer{took: took}); f.Status != want {
			t.Errorf("%v: %s, want %s", took, f.Status, want)
		}
	}
}

// TestDiffering checks the named differences of registered URLs.
func TestDiffering(t *testing.T) {
	t.Parallel()
	ours, err := url.Parse("https://pschook.hôpital.example/hooks/okta/token")
	if err != nil {
		t.Fatal(err)
	}
	for registered, want := range map[string]string{
		"https://pschook.xn--hpital-ixa.example/hooks/okta/token":  "the host in another spelling",
		"https://pschook.hôpital.example./hooks/okta/token":        "a dot at the end of the host",
		"https://www.pschook.hôpital.example/hooks/okta/token":     "a host that only looks alike",
		"https://pshcook.hôpital.example/":                         "a host that only looks alike",
		"https://pschook.hôpital.example:443/hooks/okta/token/":    "a slash too many or too few at the end of the path",
		"https://pschook.hôpital.example:8443/hooks/okta/token":    "another port, 8443 instead of 443",
		"http://pschook.hôpital.example/hooks/okta/token":          "http instead of https",
		"https://PSCHOOK.hôpital.example/hooks/okta/token\n":       "a blank before or after it",
		"https://pschook.hôpital.example/hooks/okta/token%20":      "another path",
		"https://pschook.hôpital.example/":                         "another path",
		"https://pschook.hôpital.example/hooks/okta/token?x=1":     "another query",
		"https://test.hopital-voisin.example.org/hooks/okta/token": "the service's path, on another host",
		"https://hopital.workflows.okta.com/api/flo/1/invoke":      "",
		"hooks/okta/token": "",
		"https://pschook.h\x00pital.example/hooks/okta/token": "",
	} {
		if m, near := differing(registered, ours); m.why.In(words.English) != want || near != (want != "") {
			t.Errorf("%s: %q, want %q", registered, m.why.In(words.English), want)
		}
	}
	if got := oktaread.ShownURL("https://me:secret@flow.example/invoke?clientToken=secret"); got != "https://me:xxxxx@flow.example/invoke?…" {
		t.Errorf("shown as %s", got)
	}
}
