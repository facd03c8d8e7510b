package rp

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestIssuerMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, issuer string
		want            bool
	}{
		{"https://example.okta.com/oauth2/default", "https://example.okta.com/oauth2/default", true},
		{"https://*.okta.com/oauth2/*", "https://example.okta.com/oauth2/aus1", true},
		{"https://*.okta.com/oauth2/*", "https://EXAMPLE.okta.com/oauth2/aus1", true},
		{"https://*.okta.com/oauth2/*", "https://a.b.okta.com/oauth2/aus1", false},
		{"https://*.okta.com/oauth2/*", "https://okta.com/oauth2/aus1", false},
		{"https://*.okta.com/oauth2/*", "https://evil.example/.okta.com/oauth2/aus1", false},
		{"https://*.okta.com/oauth2/*", "https://example.okta.com@evil.example/oauth2/aus1", false},
		{"https://*.okta.com/oauth2/*", "https://example.okta.com:8443/oauth2/aus1", false},
		{"https://*.okta.com/oauth2/*", "http://example.okta.com/oauth2/aus1", false},
		{"https://*.okta.com/oauth2/*", "https://example.okta.com/oauth2/", false},
		{"https://*.okta.com/oauth2/*", "https://example.okta.com/oauth2/..", false},
		{"https://*.okta.com/oauth2/*", "https://example.okta.com/oauth2/a/b", false},
		{"https://*.okta.com/oauth2/*", "https://example.okta.com/oauth2/a?x=y", false},
		{"https://*.okta.com/oauth2/*", "https://example.okta.com/oauth2/a#x", false},
		{"https://*.okta.com/oauth2/*", "https://example.okta.com/oauth2/a%2fb", false},
	}
	for _, tt := range tests {
		if got := issuerMatches(tt.pattern, tt.issuer); got != tt.want {
			t.Errorf("%s for %s: %v, want %v", tt.pattern, tt.issuer, got, tt.want)
		}
	}
}

// Every issuer that the operator allows can be chosen, with all that an authorization request can
// ask for.
func TestAnotherIssuer(t *testing.T) {
	t.Parallel()
	op, other := newTestOP(t), newTestOP(t)
	rp := newTestRP(t, op, func(o *Options) { o.Issuers = []string{other.server.URL} })
	form := url.Values{
		"lang": {"en"}, "issuer": {other.server.URL}, "client_id": {"0oatestclient"}, "scope": {"openid email"}, "acr_values": {"eidas1"}, "prompt": {"login"},
		"max_age": {"60"}, "login_hint": {"x@example.org"}, "more": {"ui_locales=fr\nclaims={}"},
	}
	status, body, _ := rp.get(t, "/rp/ask?"+form.Encode())
	plain := strings.ReplaceAll(body, "<wbr>", "")
	expectPage(t, status, plain, http.StatusOK, "This is what will be asked", other.server.URL+"/authorize", "ui_locales", "openid email", "eidas1", "x@example.org")
	for name, tt := range map[string]struct{ field, value, part string }{
		"not allowed":   {"issuer", "https://evil.example", "is not one of those in PSCHOOK_RP_ISSUERS"},
		"no client":     {"client_id", "", "client_id: missing"},
		"no openid":     {"scope", "email", "lacks openid"},
		"bad profile":   {"profile", "x", "unknown profile"},
		"bad max_age":   {"max_age", "-1", "is no number of seconds"},
		"bad line":      {"more", "x", "is not name=value"},
		"own parameter": {"more", "redirect_uri=https://evil.example", "redirect_uri is set by the tester itself"},
		"session token": {"more", "sessionToken=x", "sessionToken is set by the tester itself"},
		"too long":      {"login_hint", strings.Repeat("x", maxChoiceField+1), "login_hint: more than 500 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := url.Values{}
			for k, v := range form {
				changed[k] = v
			}
			changed.Set(tt.field, tt.value)
			status, body, _ := rp.get(t, "/rp/ask?"+changed.Encode())
			expectPage(t, status, body, http.StatusBadRequest, tt.part)
		})
	}
}

// A host that only matches a pattern must have a public address. A host that the operator named may
// be anywhere.
func TestChosenHostMustBePublic(t *testing.T) {
	t.Parallel()
	op, other := newTestOP(t), newTestOP(t)
	u, err := url.Parse(other.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	rp := newTestRP(t, op, func(o *Options) { o.Issuers = []string{"http://*.0.0.1:" + u.Port()} })
	form := url.Values{"lang": {"en"}, "issuer": {other.server.URL}, "client_id": {"c"}, "scope": {"openid"}}
	status, body, _ := rp.get(t, "/rp/ask?"+form.Encode())
	expectPage(t, status, body, http.StatusBadGateway, "leads to a loopback address, which is not allowed")
}
