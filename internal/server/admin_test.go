package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pschook/hook"
)

// fingerprints returns the fingerprints of the current secrets on the page.
func fingerprints(t *testing.T, page string) []string {
	t.Helper()
	facts := regexp.MustCompile(`<dt>(?:Live secrets, by fingerprint|Secrets valides, par empreinte)</dt><dd class="many">(.*?)</dd>`).FindStringSubmatch(page)
	if facts == nil {
		t.Fatalf("no fingerprints in %s", page)
	}
	shown := regexp.MustCompile(`\b[0-9a-f]{8}\b`).FindAllString(facts[1], -1)
	for _, known := range []string{secret, "the-former-secret-0123456789", "the-next-secret-0123456789"} {
		sum := sha256.Sum256([]byte(known))
		if slices.Contains(shown, hex.EncodeToString(sum[:])[:8]) {
			t.Error("a fingerprint is not keyed: whoever reads the page can try out secrets")
		}
	}
	return shown
}

// The page shows what an administrator needs first, in the requested language, and no secret.
func TestAdminPage(t *testing.T) {
	t.Parallel()
	secrets := filepath.Join(t.TempDir(), "secrets")
	writeFile(t, secrets, []byte(secret+"\nthe-former-secret-0123456789\n"))
	opts := options(load(t, map[string]string{"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_SECRETS_FILE": secrets, "PSCHOOK_ALLOWED_CIDRS": "127.0.0.0/8"}))
	opts.Version = "v1.2.3"
	r := runWith(t, opts)
	main, admin := "http://"+r.Addr().String(), "http://"+r.AdminAddr().String()
	for range 2 {
		fetch(t, client(t), "POST", main+hook.Path, strings.NewReader(call))
	}
	fetch(t, client(t), "POST", main+hook.Path, strings.NewReader("{"))
	for _, tt := range []struct {
		query string
		parts []string
	}{
		{"?lang=en", []string{`<html lang="en">`, "Ready: the hook answers with claims", "Live secrets, by fingerprint", "claims were sent"}},
		{"?lang=fr", []string{`<html lang="fr">`, "Prêt\u00a0: le hook répond avec les claims", "Secrets valides, par empreinte", "claims envoyés"}},
		{"", []string{`<html lang="en">`}},
	} {
		status, header, body := fetch(t, client(t), "GET", admin+"/admin/"+tt.query, nil)
		body = strings.ReplaceAll(body, "<wbr>", "")
		if status != 200 || header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'self'; script-src 'self';") ||
			header.Get("Cache-Control") != "no-store" || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", tt.query, status, header)
		}
		always := []string{
			"v1.2.3", "http://127.0.0.1:1", "00o1vhQ8wLkZ3n0pQ0g4", "static", "127.0.0.0/8", "élevé)", "substantiel)",
		}
		for _, part := range append(always, tt.parts...) {
			if !strings.Contains(body, part) {
				t.Errorf("%s lacks %q:\n%s", tt.query, part, body)
			}
		}
		for outcome, count := range map[string]string{"commands": "2", "malformed": "1", "error": "0"} {
			if !regexp.MustCompile(`<code>` + outcome + `</code></th><td class="number">` + count + `</td>`).MatchString(body) {
				t.Errorf("%s: not %s calls with outcome %s", tt.query, count, outcome)
			}
		}
		if shown := fingerprints(t, body); len(shown) != 2 || shown[0] == shown[1] {
			t.Errorf("fingerprints %v of two secrets", shown)
		}
		if strings.Contains(body, secret) || strings.Contains(body, "former-secret") {
			t.Error("a secret is shown")
		}
		for _, asset := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(asset[1], "/") && asset[1] != "#main" && asset[1] != "data:," {
				t.Errorf("the page refers to %q", asset[1])
			}
		}
		if strings.Contains(body, "<script>") || strings.Contains(body, "<form") || strings.Contains(body, "style=") || strings.Contains(body, "<no value>") {
			t.Errorf("script, form, inline style or a word that is missing:\n%s", body)
		}
	}
	writeFile(t, secrets, []byte("the-next-secret-0123456789\n"))
	r.reload <- nil
	r.reload <- nil // received only after the first reload has ended
	if _, _, body := fetch(t, client(t), "GET", admin+"/admin/", nil); len(fingerprints(t, body)) != 1 {
		t.Errorf("not the secrets that are live now:\n%s", body)
	}
	if status, header, css := fetch(t, client(t), "GET", admin+"/admin/style.css", nil); status != 200 || header.Get("Content-Type") != "text/css; charset=utf-8" || strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Errorf("stylesheet: %d %v", status, header)
	}
	if status, _, page := fetch(t, client(t), "GET", admin+"/", nil); status != 200 || !strings.Contains(page, "pschook: state") {
		t.Errorf("/ leads to no page: status %d", status)
	}
	if status, _, _ := fetch(t, client(t), "POST", admin+"/admin/", strings.NewReader("")); status != 405 {
		t.Errorf("POST: %d", status)
	}
	for _, path := range []string{"/admin/", "/admin/style.css"} {
		if status, _, _ := fetch(t, client(t), "GET", main+path, nil); status != 404 {
			t.Errorf("main listener: %s answers %d", path, status)
		}
	}
}

func TestAdminPageTellsTrouble(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  map[string]string
		want []string
	}{
		{"no org id", map[string]string{"PSCHOOK_TID_SOURCE": "well-known", "PSCHOOK_TID_VALUE": ""}, []string{`class="verdict bad"`, "Not ready: the id of the org is not known yet", "not known"}},
		{"rehearsal", map[string]string{"PSCHOOK_SHADOW": "true"}, []string{`class="verdict warn"`, "Rehearsal:"}},
		{"OAuth only", map[string]string{
			"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_OAUTH_ISSUER": "http://127.0.0.1:1", "PSCHOOK_HOOK_OAUTH_AUDIENCE": "a", "PSCHOOK_HOOK_OAUTH_CLIENT_IDS": "0oa",
		}, []string{`class="verdict good"`, "<dt>Live secrets, by fingerprint</dt><dd class=\"many\">—</dd>", `<dt>OAuth 2.0</dt><dd class="many"><bdi>http://127.0.0.1:1</bdi>`}},
		{"text that is no text", map[string]string{"PSCHOOK_CLIENT_IDS": "<b>0oa</b>"}, []string{"&lt;b&gt;0oa&lt;/b&gt;"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, body := fetch(t, client(t), "GET", "http://"+run(t, tt.set).AdminAddr().String()+"/admin/?lang=en", nil)
			body = strings.ReplaceAll(body, "<wbr>", "")
			for _, part := range tt.want {
				if !strings.Contains(body, part) {
					t.Errorf("lacks %q:\n%s", part, body)
				}
			}
		})
	}
}
