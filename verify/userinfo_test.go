package verify

import (
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"pschook/internal/tokentest"
	"pschook/verify/report"
)

// Userinfo may be a JWT that the provider signed (application/jwt), as at PSC.
func TestSignedUserInfo(t *testing.T) {
	t.Parallel()
	keys := tokentest.MakeKeys()
	tests := []struct {
		name   string
		change func(*tokentest.Token)
		paste  func(string) string
		status report.Status
		actual string // or the hint of one that passes
	}{
		{"good", func(*tokentest.Token) {}, nil, report.StatusPass, "its signature holds"},
		{"as a JSON text", func(*tokentest.Token) {}, func(s string) string { return `"` + s + `"` }, report.StatusPass, "its signature holds"},
		{"wrapped", func(*tokentest.Token) {}, func(s string) string { return wrap(s, "\n") }, report.StatusPass, "its signature holds"},
		{"without iss and aud", func(s *tokentest.Token) { delete(s.Claims, "iss"); delete(s.Claims, "aud") }, nil, report.StatusPass, "its signature holds"},
		{"by another key", func(s *tokentest.Token) { s.Key = keys.OtherRSA }, nil, report.StatusFail, `signature of userinfo: does not fit key "k1"`},
		{"by a key that is not published", func(s *tokentest.Token) { s.Kid, s.Key = "k9", keys.OtherRSA }, nil, report.StatusFail, `signature of userinfo: key "k9" is not published`},
		{"of another alg than the key", func(s *tokentest.Token) { s.Alg = jose.RS512 }, nil, report.StatusFail, "signature of userinfo: the token says RS512"},
		{"unsigned", func(s *tokentest.Token) { s.Alg, s.Key = "none", nil }, nil, report.StatusFail, `"none"`},
		{"of another issuer", func(s *tokentest.Token) { s.Claims["iss"] = "https://evil.example" }, nil, report.StatusFail, "iss of userinfo"},
		{"for another client", func(s *tokentest.Token) { s.Claims["aud"] = "other" }, nil, report.StatusFail, "aud of userinfo"},
		{"of somebody else", func(s *tokentest.Token) { s.Claims["sub"] = "00uother" }, nil, report.StatusFail, "00uother"},
		{"cut", func(*tokentest.Token) {}, func(s string) string { return s[:strings.LastIndexByte(s, '.')] }, report.StatusFail, "not three parts"},
		{"encrypted", func(*tokentest.Token) {}, func(string) string { return "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d" }, report.StatusFail, "an encrypted token"},
		{"expired", func(s *tokentest.Token) { s.Claims["exp"] = tokentest.Now().Add(-time.Hour).Unix() }, nil, report.StatusFail, "exp of userinfo"},
		{"issuer with a slash", func(s *tokentest.Token) { s.Claims["iss"] = tokentest.Issuer + "/" }, nil, report.StatusFail, "Only a slash"},
		{"an ID token", func(s *tokentest.Token) { s.Claims["jti"] = "ID.1" }, nil, report.StatusFail, "not the answer of the userinfo endpoint"},
		{"an access token", func(s *tokentest.Token) { s.Header = map[string]any{"typ": "at+jwt"} }, nil, report.StatusFail, "not the answer of the userinfo endpoint"},
		{"copied with its headers", func(*tokentest.Token) {}, func(s string) string { return "HTTP/1.1 200 OK\r\nContent-Type: application/jwt\r\n\r\n" + s }, report.StatusPass, "its signature holds"},
		{"of HTML", func(*tokentest.Token) {}, func(string) string { return "<html><body>Sign in</body></html>" }, report.StatusFail, "a page of HTML"},
		{"a list", func(*tokentest.Token) {}, func(string) string { return "[]" }, report.StatusFail, "not a JSON object"},
		{"empty", func(*tokentest.Token) {}, func(string) string { return " " }, report.StatusFail, "no token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := goodWorld(t, "psc-op")
			signed := tokentest.Token{Alg: jose.RS256, Kid: "k1", Key: keys.RSA, Claims: w.UserInfo}
			signed.Claims["iss"], signed.Claims["aud"] = tokentest.Issuer, []string{tokentest.Client}
			tt.change(&signed)
			text := signed.Sign(t)
			if tt.paste != nil {
				text = tt.paste(text)
			}
			w.in.Pasted, w.in.UserInfo = true, []byte(text)
			r := Run(t.Context(), w.input(t))
			c, _ := r.Check("userinfo.sub")
			if said := c.Actual + c.Hint; c.Status != tt.status || !strings.Contains(said, tt.actual) {
				t.Errorf("%s, %q; want %s, %q", c.Status, said, tt.status, tt.actual)
			}
			if name, _ := r.Check("claim.given_name"); tt.status == report.StatusPass && (name.Status != report.StatusPass || r.UserInfo == nil || r.UserInfo.Header == nil) {
				t.Errorf("claim.given_name %s, userinfo %v", name.Status, r.UserInfo)
			}
		})
	}
}

// The report shows the userinfo. The header of a plain answer is null.
func TestUserInfoInReport(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc-op")
	out, err := Run(t.Context(), w.input(t)).JSON()
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		UserInfo struct {
			Header any            `json:"header"`
			Claims map[string]any `json:"claims"`
		} `json:"userinfo"`
	}
	if err := json.Unmarshal(out, &found); err != nil || found.UserInfo.Header != nil || found.UserInfo.Claims["family_name"] != "Martin" {
		t.Errorf("userinfo %+v, %v", found.UserInfo, err)
	}
}
