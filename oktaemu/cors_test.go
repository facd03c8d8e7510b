package oktaemu_test

import (
	"net/http"
	"net/url"
	"strings"
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
		"/api/v1/authn/recovery/password": withCookies, "/api/v1/authn/cancel": withCookies, "/api/v1/users/me/factors": withCookies, // played or not
		"/oauth2/v1/interact": withCookies, "/idp/idx/introspect": withCookies,
		"/oauth2/v1/logout": nothing, "/oauth2/v1/clients/x/roles": nothing, "/api/v1/users/mere": nothing, "/api/v1/authnx": nothing,
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

// TestTrustedOrigin: an origin that is no app's is allowed by an active entry of scope CORS, and by no other.
func TestTrustedOrigin(t *testing.T) {
	t.Parallel()
	const portal = "https://portal.example"
	org := newOrg(t, oktaemu.Options{})
	allowed := func() bool {
		t.Helper()
		return preflight(t, org.URL()+"/api/v1/authn", portal).Get("Access-Control-Allow-Credentials") == "true"
	}
	entry := func(scopes ...string) map[string]any {
		list := []map[string]any{}
		for _, scope := range scopes {
			list = append(list, map[string]any{"type": scope})
		}
		return map[string]any{"name": "portal", "origin": portal, "scopes": list}
	}
	var made struct {
		ID     string
		Status string
		Scopes []struct{ Type string }
	}
	api(t, org, "POST", "/api/v1/trustedOrigins", entry("REDIRECT"), 200, &made)
	self := "/api/v1/trustedOrigins/" + made.ID
	if made.Status != "ACTIVE" || len(made.Scopes) != 1 || allowed() {
		t.Errorf("for redirects only: %+v, allowed %t", made, allowed())
	}
	api(t, org, "PUT", self, entry("CORS", "REDIRECT"), 200, nil)
	if !allowed() {
		t.Error("not allowed with CORS")
	}
	api(t, org, "POST", self+"/lifecycle/deactivate", nil, 200, nil)
	if allowed() {
		t.Error("allowed while it is inactive")
	}
	api(t, org, "POST", self+"/lifecycle/activate", nil, 200, nil)
	var list []struct{ Origin string }
	api(t, org, "GET", "/api/v1/trustedOrigins?filter="+url.QueryEscape(`status eq "ACTIVE"`), nil, 200, &list)
	if len(list) != 1 || list[0].Origin != portal {
		t.Errorf("list %+v", list)
	}
	for about, body := range map[string]map[string]any{
		"already exists": entry("CORS"), "scheme, host and port": {"name": "x", "origin": portal + "/path", "scopes": []any{map[string]any{"type": "CORS"}}},
		"not one of CORS": {"name": "x", "origin": portal, "scopes": []any{map[string]any{"type": "CROS"}}}, "at least one": {"name": "x", "origin": portal},
	} {
		var fault oktaError
		api(t, org, "POST", "/api/v1/trustedOrigins", body, 400, &fault)
		if !strings.Contains(fault.ErrorCauses[0].ErrorSummary, about) {
			t.Errorf("%+v, want one about %q", fault, about)
		}
	}
	api(t, org, "DELETE", self, nil, 204, nil)
	if api(t, org, "GET", self, nil, 404, nil); allowed() {
		t.Error("allowed after it was deleted")
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
	request.Header.Set("Access-Control-Request-Headers", "content-type,x-okta-user-agent-extended,dpop")
	response, err := plainClient(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if allowed := response.Header.Get("Access-Control-Allow-Origin") != ""; allowed != (response.StatusCode == http.StatusNoContent) {
		t.Errorf("%s from %s: status %d, allowed: %t", target, origin, response.StatusCode, allowed)
	}
	if allowed := response.Header; allowed.Get("Access-Control-Allow-Origin") != "" && allowed.Get("Access-Control-Allow-Headers") != request.Header.Get("Access-Control-Request-Headers") {
		t.Errorf("%s from %s: headers allowed: %q", target, origin, allowed.Get("Access-Control-Allow-Headers"))
	}
	return response.Header
}
