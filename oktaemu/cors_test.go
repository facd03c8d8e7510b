package oktaemu_test

import (
	"net/http"
	"testing"

	"pschook/oktaemu"
)

// TestCORS: documents and keys may be read from everywhere; what belongs to the org's people only by pages of an app, with
// cookies; the Management API by none.
func TestCORS(t *testing.T) {
	t.Parallel()
	const app, other, stranger = "http://localhost:8080", "https://app.example", "https://spa.example"
	org := newOrg(t, oktaemu.Options{RedirectURIs: []string{redirectURI, "com.example.app:/callback", "https://App.example:443/callback"}})
	const nothing, document, withCookies = "", "document", "with cookies"
	for path, kind := range map[string]string{
		"/oauth2/default/v1/keys": document, "/oauth2/default/.well-known/openid-configuration": document, "/oauth2/v1/keys": document,
		"/.well-known/openid-configuration": document, "/.well-known/okta-organization": document,
		"/oauth2/default/v1/token": withCookies, "/oauth2/default/v1/userinfo": withCookies, "/oauth2/default/v1/introspect": withCookies,
		"/oauth2/v1/revoke": withCookies, "/oauth2/default/v1/par": withCookies, "/oauth2/v1/device/authorize": withCookies, "/api/v1/authn": withCookies, "/api/v1/sessions/me": withCookies,
		"/api/v1/sessions/me/lifecycle/refresh": withCookies, "/api/v1/users/me": withCookies,
		"/api/v1/org": nothing, "/api/v1/users": nothing, "/oauth2/default/v1/authorize": nothing, "/activate": nothing,
	} {
		for _, origin := range []string{app, other, stranger, "https://app.example:8443", "http://app.example", "null", "com.example.app://"} {
			want := [2]string{}
			switch {
			case kind == document:
				want = [2]string{origin, ""}
			case kind == withCookies && (origin == app || origin == other):
				want = [2]string{origin, "true"}
			}
			got := preflight(t, org.URL()+path, origin)
			if allowed := [2]string{got.Get("Access-Control-Allow-Origin"), got.Get("Access-Control-Allow-Credentials")}; allowed != want {
				t.Errorf("%s from %s: allowed %q, want %q", path, origin, allowed, want)
			}
		}
	}
}

// preflight asks as a browser does, and returns the headers of the answer.
func preflight(t *testing.T, target, origin string) http.Header {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", origin)
	request.Header.Set("Access-Control-Request-Method", "POST")
	response, err := plainClient(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if allowed := response.Header.Get("Access-Control-Allow-Origin") != ""; allowed != (response.StatusCode == http.StatusNoContent) {
		t.Errorf("%s from %s: status %d, allowed: %t", target, origin, response.StatusCode, allowed)
	}
	return response.Header
}
