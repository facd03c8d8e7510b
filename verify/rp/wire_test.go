package rp

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pschook/verify"
)

// The report shows each request of the sign-in, beside the checks that depend on it, and no secret.
func TestWireIsShown(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	const secret = "a client secret"
	rp := newTestRP(t, op, func(o *Options) { o.Client.ClientSecret = secret })
	status, body, _ := rp.get(t, "/rp/login?lang=en")
	plain := strings.ReplaceAll(body, "<wbr>", "")
	expectPage(t, status, plain, http.StatusOK,
		`id="wire-discovery-1"`, `id="wire-authorize-2"`, `id="wire-callback-3"`, `id="wire-token-4"`, `id="wire-keys-5"`, `id="wire-userinfo-6"`,
		"code_challenge_method", "S256", "grant_type", "authorization_code", "Basic •••", "Bearer eyJ", "token_endpoint",
		`href="#wire-keys-5"`, `href="#check-id.signature"`)
	form := op.tokenRequests[0].PostForm
	for _, never := range []string{secret, url.QueryEscape(secret), form.Get("code_verifier"), form.Get("code")} {
		if never == "" || strings.Contains(plain, never) {
			t.Errorf("the page holds %q", never)
		}
	}
	if holdsToken(plain) {
		t.Error("the page holds a raw token")
	}
	// The second sign-in uses the metadata and keys of the first, and says so.
	_, body, _ = rp.get(t, "/rp/login?lang=en")
	if n := strings.Count(body, "asked earlier; the answer still holds"); n != 2 {
		t.Errorf("%d exchanges of the former sign-in, want metadata and keys", n)
	}
}

// A failed sign-in shows its requests too.
func TestWireOfFailedSignIn(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	op.token = func(w http.ResponseWriter, _ *http.Request) bool {
		op.refuse(w, map[string]any{"error": "invalid_grant", "error_description": "PKCE", "refresh_token": "hush-hush-hush"})
		return true
	}
	status, body, _ := newTestRP(t, op, nil).get(t, "/rp/login?lang=en")
	expectPage(t, status, strings.ReplaceAll(body, "<wbr>", ""), http.StatusBadGateway, "invalid_grant", `id="wire-token-4"`, "&#34;refresh_token&#34;: &#34;••• (14)&#34;")
	if strings.Contains(body, "hush") {
		t.Error("a refresh token is shown")
	}
}

func TestShownValue(t *testing.T) {
	t.Parallel()
	const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
	tests := []struct{ name, value, want string }{
		{"state", "abc", "abc"},
		{"client_secret", "hush", "••• (4)"},
		{"Client_Secret", "hush", "••• (4)"},
		{"my_password", "hush", "••• (4)"},
		{"refresh_token", jwt, "••• (49)"},
		{"sessionToken", "20111", "••• (5)"},
		{"code", "short", "••• (5)"},
		{"code", strings.Repeat("c", 40), "cccccccc… (40)"},
		{"id_token", jwt, "eyJhbGci… (49)"},
		{"anything", "say " + jwt, "say eyJh… (53)"},
		{"n", strings.Repeat("n", 342), strings.Repeat("n", 40) + "… (342)"},
		{"state", "a\u202eb", `a\u202eb`},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		if got := shownValue(tt.name, tt.value); got != tt.want {
			t.Errorf("%s: %q shows as %q, want %q", tt.name, tt.value, got, tt.want)
		}
	}
	for body, want := range map[string]string{
		`{"access_token":"hush","n":[1,{"client_secret":"x"}]}`: `"access_token": "••• (4)"|"client_secret": "••• (1)"`,
		"<html>  bad gateway":                 "text/html, <html> bad gateway",
		`{"broken":`:                          `text/html, {"broken":`,
		`["x"]` + jwt:                         "text/html, [\"x\"]eyJ… (54)",
		`"` + strings.Repeat("é", 9000) + `"`: "… (9000)",
	} {
		got := shownBody("text/html; charset=utf-8", []byte(body))
		for part := range strings.SplitSeq(want, "|") {
			if !strings.Contains(got, part) {
				t.Errorf("%.60q shows as %.200q, want %q", body, got, part)
			}
		}
	}
}

// FuzzShownBody: for every answer of a provider, no more than the limit is shown, and never a JWT.
func FuzzShownBody(f *testing.F) {
	for _, seed := range []string{`{"id_token":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"}`, `[[[["x"]]]]`, "<html>", `{"a":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.x"`} {
		f.Add([]byte(seed))
	}
	token := regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.`)
	f.Fuzz(func(t *testing.T, body []byte) {
		if providerLimits().Check(body) != nil {
			return
		}
		got := shownBody("text/plain", body)
		if len([]rune(got)) > maxShownBody || token.MatchString(got) {
			t.Errorf("%q shows as %q", body, got)
		}
	})
}

// Each step names checks that exist in some profile.
func TestStepsMatterToChecks(t *testing.T) {
	t.Parallel()
	var ids []string
	for _, name := range []string{"psc", "psc-op", "rofim", "chg-meridian"} {
		ids = append(ids, profileIDs(t, name)...)
	}
	for _, s := range steps() {
		for _, m := range matter(s) {
			if !slices.ContainsFunc(ids, func(id string) bool { return id == m || strings.HasPrefix(id, m+".") }) {
				t.Errorf("%s matters to %q, which no profile checks", s, m)
			}
		}
	}
}

func profileIDs(t *testing.T, name string) []string {
	t.Helper()
	p, err := verify.ProfileNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	return p.CheckIDs()
}
