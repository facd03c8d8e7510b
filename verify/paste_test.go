package verify

import (
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"pschook/internal/tokentest"
	"pschook/verify/report"
)

// wrap breaks a text into lines.
func wrap(text, lineBreak string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%64 == 0 {
			b.WriteString(lineBreak)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Tokens are found in every form in which people copy them. The report says what was removed.
func TestPastedForms(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	in := w.input(t)
	id, access := in.IDToken, in.AccessToken
	response, err := json.Marshal(map[string]any{"token_type": "Bearer", "expires_in": 3600, "access_token": access, "scope": "openid", "id_token": id})
	if err != nil {
		t.Fatal(err)
	}
	quotedJSON, err := json.Marshal(string(response))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"id_token": {id}, "access_token": {access}, "state": {"s"}}.Encode()
	tests := []struct{ name, id, access, note string }{
		{"bare", id, access, ""},
		{"blanks and marks around", "\ufeff \u00a0" + id + "\r\n\u200b", "\t" + access + "\n", ""},
		{"quotes", `"` + id + `",`, "'" + access + "'", ""},
		{"typographic quotes", "«\u00a0" + id + "\u00a0»", "“" + access + "”", ""},
		{"Bearer", "Bearer " + id, "bearer  " + access, "The word Bearer"},
		{"DPoP", id, "DPoP " + access, ""},
		{"a header", "Authorization: Bearer " + id, "authorization:bearer " + access, "The word Bearer"},
		{"a header within a command", `curl -H "Authorization: Bearer ` + id + `" https://op.example/userinfo`, access, "The word Bearer"},
		{"a token response", string(response), string(response), "a token response (member id_token)"},
		{"a token response in one place", string(response), "", "a token response (member id_token)"},
		{"a token response over several lines", strings.ReplaceAll(string(response), ",", ",\n  "), "", "a token response"},
		{"a token response whose tokens are broken", wrap(string(response), "\n"), "", "a token response"},
		{"a part of a token response", strings.TrimPrefix(string(response), "{"), "", "names it (id_token)"},
		{"the word Bearer within a token response", strings.ReplaceAll(string(response), access, "Bearer "+access), "", "a token response"},
		{"an assignment", "id_token=" + id, "ACCESS_TOKEN=" + access, "(parameter id_token)"},
		{"an assignment in a shell", "export ID_TOKEN='" + id + "'", `export ACCESS_TOKEN="` + access + `"`, "names it (id_token)"},
		{"a line of JSON", `"id_token": "` + id + `",`, `"access_token" : "` + access + `"`, "names it (id_token)"},
		{"lines with names", "id_token: " + id + "\naccess_token: " + access, "", "names it (id_token)"},
		{"a fragment", "#" + form, "", "(parameter id_token)"},
		{"an address with a fragment", "https://rp.example/cb#" + form, "https://rp.example/cb#" + form, "(parameter id_token)"},
		{"an address with a query", "https://rp.example/cb?" + form, "", "(parameter id_token)"},
		{"a form", form, "", "(parameter id_token)"},
		{"line breaks within", wrap(id, "\n"), wrap(access, "\r\n  "), "Line breaks and blanks within it were left out."},
		{"line breaks as written by programs", wrap(id, `\n`), wrap(access, "\\\n"), "Line breaks and blanks"},
		{"soft breaks within", wrap(id, "\u200b"), access, "Line breaks and blanks"},
		{"percent-encoded", strings.ReplaceAll(id, ".", "%2E"), "%22" + access + "%22", "taken out of the text around it"},
		{"entities of HTML", "&quot;" + id + "&quot;", "<" + access + ">", "taken out of the text around it"},
		{"a sentence", "My ID token is " + id + ", and nothing else.", "(" + access + ").", "taken out of the text around it"},
		{"labels", "Jeton d'identité : " + id, "Access token: " + access, "taken out of the text around it"},
		{"a full stop behind", id + ".", access + ".", "taken out of the text around it"},
		{"XML", "<id_token>" + id + "</id_token>", "<a>" + access + "</a>", "taken out of the text around it"},
		{"a form to send by the browser", `<form><input name="id_token" value="` + id + `"/><input name="access_token" value="` + access + `"/></form>`, "", "taken out of the text around it"},
		{"an address of jwt.io", "https://jwt.io/#debugger-io?token=" + id, access, "taken out of the text around it"},
		{"names in camel case", `{"idToken":"` + id + `","accessToken":"` + access + `"}`, "", "taken out of the text around it"},
		{"deep within objects", `{"a":{"t":` + string(response) + `}}`, "", "It was taken out of"},
		{"a response as a JSON text", string(quotedJSON), "", "It was taken out of"},
		{"a HAR file", `{"log":{"entries":[{"response":{"content":{"text":` + string(quotedJSON) + `}}}]}}`, "", "taken out of the text around it"},
		{"a table", "id_token;access_token\n" + id + ";" + access, "", "It was taken out of"},
		{"what curl shows", "> POST /token HTTP/1.1\n> Authorization: Basic YTpi\n<\n< HTTP/1.1 200 OK\n<\n" + string(response), "", "names it (id_token)"},
		{"a quoted mail", "> " + wrap(id, "\n> "), access, "Line breaks and blanks"},
		{"soft breaks of a mail", wrap(id, "=\r\n"), access, "Line breaks and blanks"},
		{"soft hyphens", wrap(id, "\u00ad"), "„" + access + "“", "Line breaks and blanks"},
		{"the same token twice", id + "\n" + id, access, "taken out of the text around it"},
		{"quotes around a broken Bearer", `"Bearer ` + wrap(id, "\n") + `"`, access, "The word Bearer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := in
			in.Pasted, in.IDToken, in.AccessToken = true, tt.id, tt.access
			r := Run(t.Context(), in)
			parse, _ := r.Check("id.parse")
			if r.Verdict != report.StatusPass || !strings.Contains(parse.Hint, tt.note) || tt.note == "" && parse.Hint != "" {
				for _, c := range r.Checks {
					if c.Status == report.StatusFail {
						t.Errorf("%s: actual %q, hint %q", c.ID, c.Actual, c.Hint)
					}
				}
				t.Errorf("verdict %s, note %q; want pass, %q", r.Verdict, parse.Hint, tt.note)
			}
		})
	}
}

// A text that is no token is called what it is, and never an encrypted token.
func TestPastedInstead(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	in := w.input(t)
	id, access := in.IDToken, in.AccessToken
	tests := []struct{ name, id, actual, hint string }{
		{"nothing", " ", "no token", "scope openid"},
		{"quotes alone", `""`, "no token", "scope openid"},
		{"a response without it", `{"access_token":"` + access + `","token_type":"Bearer"}`, "a token response without this token", "scope openid"},
		{"an address without it", "https://rp.example/cb#access_token=" + access, "a token response without this token", "scope openid"},
		{"an error", `{"error":"invalid_grant","error_description":"The code is used."}`, `an error of the provider, not a token: "invalid_grant" "The code is used."`, "Fix what it names"},
		{"an address with an error", "https://rp.example/cb?error=access_denied&state=x", "an error of the provider, not a token: access_denied", "Fix what it names"},
		{"an address with a code", "https://rp.example/cb?code=abc&state=x", "an address with an authorization code", "exchanged for tokens"},
		{"claims", `{"iss":"https://op.example","sub":"x"}`, "decoded claims", "no signature"},
		{"a key set", `{"keys":[]}`, "a key set", "begins with eyJ"},
		{"another object", `{"a":1,"b":2}`, "a JSON object without a token; its members: a, b", "eyJ"},
		{"client credentials", "Authorization: Basic YTpi", "(Basic)", "changing the secret"},
		{"shortened", id[:60] + "…" + id[len(id)-20:], "a token that was shortened", "cut it short"},
		{"shortened by dots", id[:60] + "...", "a token that was shortened", "cut it short"},
		{"a SAML response", `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>`, "a SAML message", "OpenID Connect application"},
		{"a SAML response in base64", "PHNhbWxwOlJlc3BvbnNlPjwvc2FtbHA6UmVzcG9uc2U+", "a SAML message", "OpenID Connect application"},
		{"a SAML form", "SAMLResponse=PHNhbWxwOlJlc3BvbnNlPg%3D%3D&RelayState=x", "a SAML message", "OpenID Connect application"},
		{"a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "PEM", "eyJ"},
		{"a variable", "$ID_TOKEN", "a placeholder", "did not"},
		{"a template", "{{id_token}}", "a placeholder", "did not"},
		{"a mark in a manual", "<id_token>", "a placeholder", "did not"},
		{"undefined", "undefined", "a placeholder", "did not"},
		{"an object as a text", "[object Object]", "a placeholder", "did not"},
		{"the scheme alone", "Bearer", "a placeholder", "did not"},
		{"the name of a file", "tokens/id.jwt", "the name of a file", "--id-token"},
		{"a key of the org's management", "Authorization: SSWS 00abcdef", "an Okta API token", "revoking"},
		{"a refused request", `Bearer error="invalid_token"`, `an error of the provider, not a token: error="invalid_token"`, "Fix what it names"},
		{"an error of Okta", `{"errorCode":"E0000011","errorSummary":"Invalid token provided"}`, `"E0000011" "Invalid token provided"`, "Fix what it names"},
		{"a token request", "grant_type=authorization_code&code=abc", "a request to the token endpoint", "answer to this request"},
		{"a token request with an assertion", "client_assertion=" + access + "&code=abc", "a request to the token endpoint", "answer to this request"},
		{"provider metadata", `{"issuer":"https://op.example","jwks_uri":"https://op.example/keys"}`, "provider metadata", "--metadata"},
		{"an introspection", `{"active":true,"sub":"x"}`, "the answer of an introspection", "the token itself"},
		{"a decoded header", `{"alg":"RS256","kid":"k1"}`, "the decoded header", "no signature"},
		{"one key", `{"kty":"RSA","n":"AQAB"}`, "a key set", "eyJ"},
		{"an answer cut off", `{"access_token":"` + access[:80], "JSON that cannot be read", "from { to }"},
		{"an HTTP answer", "HTTP/1.1 401 Unauthorized\r\nDate: x\r\n\r\n", "an HTTP answer without a token", "Mend that"},
		{"a token cut off", id[:40], "not three parts", "eyJ"},
		{"five parts of a signed token", id + ".a.b", "not three parts", "eyJ"},
		{"four parts", id + ".abc", "not three parts", "eyJ"},
		{"hidden by stars", id[:60] + "****", "a token that was shortened", "cut it short"},
		{"redacted", "[REDACTED]", "a token that was shortened", "cut it short"},
		{"claims left out", id[:strings.IndexByte(id, '.')] + ".." + id[strings.LastIndexByte(id, '.')+1:], "the claims, is empty", "Logs"},
		{"both behind one another", id + "\n" + access, "several tokens", "one token in each place"},
		{"the other token", access, "an access token", "This token belongs in the other place"},
		{"opaque", "kZ3vZ2xl", "an opaque token", "copy the value of id_token"},
		{"HTML", "<html>a.b.c.d</html>", "a page of HTML", "not what the browser shows"},
		{"encrypted indeed", "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d", "an encrypted token", "Turn off ID token encryption"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := in
			in.Pasted, in.IDToken = true, tt.id
			c, _ := Run(t.Context(), in).Check("id.parse")
			if c.Status != report.StatusFail || !strings.Contains(c.Actual, tt.actual) || !strings.Contains(c.Hint, tt.hint) {
				t.Errorf("%s, actual %q, hint %q; want fail, %q, %q", c.Status, c.Actual, c.Hint, tt.actual, tt.hint)
			}
			if tt.name != "encrypted indeed" && strings.Contains(c.Actual, "encrypted") {
				t.Errorf("actual %q", c.Actual)
			}
		})
	}
}

// Tokens from a provider are taken exactly as they are.
func TestReceivedTokensAreNotUnwrapped(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	for name, change := range map[string]func(string) string{
		"Bearer": func(s string) string { return "Bearer " + s }, "quotes": func(s string) string { return `"` + s + `"` }, "line breaks": func(s string) string { return wrap(s, "\n") },
	} {
		in := w.input(t)
		in.IDToken = change(in.IDToken)
		if c, _ := Run(t.Context(), in).Check("id.parse"); c.Status != report.StatusFail {
			t.Errorf("%s: %s, want fail", name, c.Status)
		}
	}
}

// The kind of a JWT follows from what providers write into every token of a kind, never from a
// claim that an administrator may add to any token.
func TestKindOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header map[string]any
		claims map[string]any // added to an ID token of Okta
		want   kind
	}{
		{"Okta's ID token", nil, nil, kindID},
		{"a custom cid", nil, map[string]any{"cid": "0oa"}, kindID},
		{"a custom scp", nil, map[string]any{"scp": []string{"x"}}, kindID},
		{"custom cid, uid and scp", nil, map[string]any{"cid": "0oa", "uid": "00u", "scp": "x"}, kindID},
		{"without jti", nil, map[string]any{"jti": nil}, kindID},
		{"without jti and nonce", nil, map[string]any{"jti": nil, "nonce": nil}, kindUnknown},
		{"an ID token of Keycloak", nil, map[string]any{"jti": "4f", "typ": "ID"}, kindID},
		{"Okta's access token", nil, map[string]any{"jti": "AT.1", "aud": "api://default", "scp": []string{"openid"}, "cid": "0oa", "nonce": nil}, kindAccess},
		{"an access token whose audience is the client", nil, map[string]any{"jti": "AT.1", "scp": []string{"openid"}}, kindAccess},
		{"of Okta's org server", map[string]any{"typ": "application/okta-internal-at+jwt"}, map[string]any{"jti": "x"}, kindAccess},
		{"by RFC 9068", map[string]any{"typ": "AT+JWT"}, map[string]any{"jti": "x"}, kindAccess},
		{"an access token of Keycloak", nil, map[string]any{"jti": "x", "typ": "Bearer", "scope": "openid"}, kindAccess},
		{"an access token of others", nil, map[string]any{"jti": "x", "aud": "api", "scope": "openid", "nonce": nil}, kindAccess},
		{"a refresh token of Keycloak", nil, map[string]any{"jti": "4f", "typ": "Refresh"}, kindRefresh},
		{"an offline token of Keycloak", nil, map[string]any{"jti": "4f", "typ": "Offline"}, kindRefresh},
		{"a logout token", map[string]any{"typ": "logout+jwt"}, nil, kindLogout},
		{"both at once", nil, map[string]any{"jti": "AT.1", "at_hash": "x"}, kindUnknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := goodWorld(t, "psc")
			w.ID.Header = tt.header
			for name, value := range tt.claims {
				w.ID.Claims[name] = value
			}
			parsed, err := parseToken(w.ID.Sign(t))
			if err != nil {
				t.Fatal(err)
			}
			if got := kindOf(parsed, tokentest.Client); got != tt.want {
				t.Errorf("kind %d, want %d", got, tt.want)
			}
		})
	}
}

// A custom cid in the ID token does no harm.
func TestCustomCIDInIDToken(t *testing.T) {
	t.Parallel()
	w := goodWorld(t, "psc")
	w.ID.Claims["cid"] = "0oacustom"
	if r := Run(t.Context(), w.input(t)); r.Verdict != report.StatusPass {
		t.Errorf("verdict %s, want pass: %+v", r.Verdict, r.Checks[0])
	}
}

// For every text, unwrapping ends without a panic, and its result is no longer than the text.
func FuzzUnwrap(f *testing.F) {
	for _, seed := range []string{`{"id_token":"a.b.c"}`, "Bearer a.b.c", "https://x/#id_token=a.b.c&code=d", "id_token: 'a.b.c'", `"a\nb"`, "«x»"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := unwrap(text, memberID)
		if (p.err != nil && p.token != "") || len(p.token) > 3*len(text) {
			t.Errorf("%q gives %q, %v", text, p.token, p.err)
		}
	})
}
