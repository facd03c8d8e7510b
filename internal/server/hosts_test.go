package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pschook/hook"
	"pschook/internal/server"
)

// customDomain is where tokens of the org in these tests may come from, beside its own host.
const customDomain = "http://localhost:9"

const oktaID = "00o1vhQ8wLkZ3n0pQ0g4"

// okta serves the well-known document of an org with a custom domain, after a while or
// not at all.
func okta(t *testing.T, after time.Duration, status int) string {
	t.Helper()
	var own string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(after):
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"id":%q,"pipeline":"idx","_links":{"organization":{"href":%q},"alternate":{"href":%q}}}`, oktaID, own, customDomain)
	}))
	t.Cleanup(s.Close)
	own = s.URL
	return own
}

// samples are the calls that the golden answers are made of, as an org at this URL makes them.
func samples(t *testing.T, org string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../testdata/requests/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	all := make(map[string]string, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = strings.ReplaceAll(string(text), "https://hopital.okta.com", org)
	}
	return all
}

// answers are status and body of the service's answers to these calls, made at a time.
func answers(t *testing.T, url string, calls map[string]string) map[string]string {
	t.Helper()
	c := client(t)
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := make(map[string]string, len(calls))
	for name, body := range calls {
		wg.Go(func() {
			status, _, text := fetch(t, c, http.MethodPost, url+hook.Path, strings.NewReader(body))
			mu.Lock()
			defer mu.Unlock()
			got[name] = fmt.Sprintf("%d %s", status, text)
		})
	}
	wg.Wait()
	return got
}

// An org is answered alike on all its hosts, whatever is known of it and however late;
// and a preview is what the service answers.
func TestSameAnswersOnEveryHost(t *testing.T) {
	t.Parallel()
	static := map[string]string{}
	lookup := map[string]string{"PSCHOOK_TID_SOURCE": "well-known", "PSCHOOK_TID_VALUE": ""}
	tests := []struct {
		name   string
		set    map[string]string
		after  time.Duration
		status int
		want   string // part of the answer to a sign-in
	}{
		{"at once", lookup, 0, 200, "/claims/tid"},
		{"slow", lookup, 300 * time.Millisecond, 200, "/claims/tid"},
		{"failing", lookup, 0, 500, `{"error":{"errorSummary":"Connexion impossible`},
		{"too slow", lookup, time.Hour, 200, `{"error":{"errorSummary":"Connexion impossible`},
		{"failing, omit", with(lookup, "PSCHOOK_ON_FAILURE", "omit"), 0, 500, `"path":"/claims/oid"`},
		{"fixed id", static, 0, 200, "/claims/tid"},
		{"fixed id, slow", static, 300 * time.Millisecond, 200, "/claims/tid"},
		{"clients listed", with(lookup, "PSCHOOK_CLIENT_IDS", "0oaOther"), 0, 500, "204 "},
		{"rehearsal", with(lookup, "PSCHOOK_SHADOW", "true"), 0, 200, "204 "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			org := okta(t, tt.after, tt.status)
			set := with(tt.set, "PSCHOOK_OKTA_ORG_URL", org)
			if tt.want[0] == '{' || tt.status == 500 {
				set["PSCHOOK_HOOK_TIMEOUT"] = "200ms"
			}
			url := "http://" + run(t, set).Addr().String()
			custom := answers(t, url, samples(t, customDomain)) // first: while the hosts are still asked for
			own := answers(t, url, samples(t, org))
			for name, want := range own {
				if name == "authorization-code.json" && !strings.Contains(want, tt.want) {
					t.Errorf("%s: %s, want %q", name, want, tt.want)
				}
				if custom[name] != want {
					t.Errorf("%s: on the custom domain %s\non the org's own host %s", name, custom[name], want)
				}
			}
			if tt.name != "rehearsal" { // a preview shows what a rehearsal hides
				wantPreviews(t, set, samples(t, org), own)
				wantPreviews(t, set, samples(t, customDomain), custom)
			}
		})
	}
}

// wantPreviews compares previews with what the service answered.
func wantPreviews(t *testing.T, set, calls, want map[string]string) {
	t.Helper()
	h, err := server.NewPreview(load(t, set), "", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for name, body := range calls {
		wg.Go(func() {
			p, err := h.Preview(t.Context(), []byte(body))
			if got := fmt.Sprintf("%d %s", p.Status, p.Body); err != nil || got != want[name] {
				t.Errorf("%s: preview %s (%v)\nthe service answers %s", name, got, err, want[name])
			}
		})
	}
	wg.Wait()
}

func with(set map[string]string, pairs ...string) map[string]string {
	out := make(map[string]string, len(set)+len(pairs)/2)
	for name, value := range set {
		out[name] = value
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// An org whose id is fixed and whose hosts cannot be read says so: its own host is
// answered as ever, a custom domain by the failure policy; and preview agrees.
func TestFixedIDWithoutHosts(t *testing.T) {
	t.Parallel()
	org := okta(t, 0, 500)
	set := with(nil, "PSCHOOK_OKTA_ORG_URL", org, "PSCHOOK_HOOK_TIMEOUT", "200ms")
	r := run(t, set)
	url := "http://" + r.Addr().String()
	own, custom := answers(t, url, samples(t, org)), answers(t, url, samples(t, customDomain))
	if got := own["authorization-code.json"]; !strings.Contains(got, "/claims/tid") {
		t.Errorf("own host: %s", got)
	}
	if got := custom["authorization-code.json"]; !strings.HasPrefix(got, `200 {"error":{"errorSummary":"Connexion impossible`) {
		t.Errorf("custom domain: %s", got)
	}
	wantPreviews(t, set, samples(t, org), own)
	wantPreviews(t, set, samples(t, customDomain), custom)
	if status, _, text := fetch(t, client(t), http.MethodGet, url+"/readyz", nil); status != 200 || !strings.HasPrefix(text, "ready\nthe hosts of the org are not known yet") {
		t.Errorf("readyz: %d %s", status, text)
	}
	if _, _, page := fetch(t, client(t), http.MethodGet, "http://"+r.AdminAddr().String()+"/admin/", nil); !strings.Contains(page, "not known") {
		t.Errorf("admin page: %s", page)
	}
}

// Hosts of the cache file are known at once, and a preview uses them, too, without
// changing the file.
func TestHostsFromTheCacheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "org.json")
	org := okta(t, 0, 200)
	set := with(nil, "PSCHOOK_OKTA_ORG_URL", org, "PSCHOOK_TID_SOURCE", "well-known", "PSCHOOK_TID_VALUE", "", "PSCHOOK_ORG_CACHE_FILE", file)
	first := run(t, set)
	answers(t, "http://"+first.Addr().String(), samples(t, customDomain))
	waitUntil(t, func() bool { _, err := os.Stat(file); return err == nil })
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dead := strings.ReplaceAll(string(text), org, "http://127.0.0.1:1") // where nobody answers
	if err := os.WriteFile(file, []byte(dead), 0o600); err != nil {
		t.Fatal(err)
	}
	set["PSCHOOK_OKTA_ORG_URL"] = "http://127.0.0.1:1"
	custom := answers(t, "http://"+run(t, set).Addr().String(), samples(t, customDomain))
	if got := custom["authorization-code.json"]; !strings.Contains(got, "/claims/tid") {
		t.Errorf("after a restart without Okta: %s", got)
	}
	wantPreviews(t, set, samples(t, customDomain), custom)
	if now, err := os.ReadFile(file); err != nil || string(now) != dead {
		t.Errorf("the preview changed the file: %s, %v", now, err)
	}
}
