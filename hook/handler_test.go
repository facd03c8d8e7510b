package hook_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"pschook/commands"
	"pschook/hook"
)

// edit returns the good authorization-code call with one thing replaced.
func edit(t *testing.T, old, replacement string) string {
	t.Helper()
	text := sample(t, "authorization-code")
	if !strings.Contains(text, old) {
		t.Fatalf("the sample does not contain %q", old)
	}
	return strings.Replace(text, old, replacement, 1)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const good = `{"commands":[{"type":"com.okta.identity.patch"`
	big := strings.Repeat("x", 256<<10)
	tests := []struct {
		name    string
		change  func(*hook.Options)
		call    call
		status  int
		outcome string
		body    []string // parts of the body, in order; none: it must be empty
		header  map[string]string
	}{
		{name: "commands", status: 200, outcome: "commands", body: []string{good, `"/claims/oid","value":"` + userID + `"`}, header: map[string]string{"Content-Type": "application/json"}},
		{name: "media type with charset", call: call{header: map[string]string{"Content-Type": "application/json; charset=UTF-8"}}, status: 200, outcome: "commands", body: []string{good}},
		{name: "GET", call: call{method: "GET"}, status: 405, outcome: "malformed", body: []string{`"errorSummary":"this is a token inline hook: it takes POST"`, `"domain":"external-service"`}, header: map[string]string{"Allow": "POST"}},
		{name: "PUT", call: call{method: "PUT"}, status: 405, outcome: "malformed", body: []string{"METHOD_NOT_ALLOWED"}},
		{name: "too large, announced", call: call{body: big + "x"}, status: 413, outcome: "too_large", body: []string{"larger than 256 KiB", "TOO_LARGE"}},
		{name: "too large, chunked", call: call{chunks: strings.NewReader(big + "x")}, status: 413, outcome: "too_large", body: []string{"TOO_LARGE"}},
		{name: "too large wins over wrong credential", call: call{body: big + "x", header: map[string]string{"Authorization": "no"}}, status: 413, outcome: "too_large", body: []string{"TOO_LARGE"}},
		{name: "form", call: call{header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, status: 415, outcome: "malformed", body: []string{"application/json", "UNSUPPORTED_MEDIA_TYPE", `"locationType":"header","location":"Content-Type"`}},
		{name: "other charset", call: call{header: map[string]string{"Content-Type": "application/json; charset=latin1"}}, status: 415, outcome: "malformed", body: []string{"UNSUPPORTED_MEDIA_TYPE"}},
		{name: "no media type", call: call{header: map[string]string{"Content-Type": ""}}, status: 415, outcome: "malformed", body: []string{"UNSUPPORTED_MEDIA_TYPE"}},
		{name: "media type wins over credential", call: call{header: map[string]string{"Content-Type": "text/plain", "Authorization": "no"}}, status: 415, outcome: "malformed", body: []string{"UNSUPPORTED_MEDIA_TYPE"}},
		{name: "no credential", call: call{header: map[string]string{"Authorization": ""}}, status: 401, outcome: "unauthorized", body: []string{"the credential is missing", `"location":"Authorization"`}, header: map[string]string{"WWW-Authenticate": `Bearer realm="pschook"`}},
		{name: "wrong credential", call: call{header: map[string]string{"Authorization": secret + "x"}}, status: 401, outcome: "unauthorized", body: []string{"the credential is wrong"}},
		{name: "wrong credential wins over a bad body", call: call{body: "{", header: map[string]string{"Authorization": "no"}}, status: 401, outcome: "unauthorized", body: []string{"UNAUTHORIZED"}},
		{name: "empty body", call: call{body: " "}, status: 400, outcome: "malformed", body: []string{"NOT_JSON"}},
		{name: "not JSON", call: call{body: "{"}, status: 400, outcome: "malformed", body: []string{"the body is not valid JSON, at byte 1", "NOT_JSON"}},
		{name: "JSON array", call: call{body: "[]"}, status: 400, outcome: "malformed", body: []string{"wrong JSON type, want an object"}},
		{name: "two values", call: call{body: "{} {}"}, status: 400, outcome: "malformed", body: []string{"NOT_JSON"}},
		{name: "invalid UTF-8", call: call{body: "{\"x\":\"\xff\"}"}, status: 400, outcome: "malformed", body: []string{"NOT_JSON"}},
		{name: "duplicate member", call: call{body: edit(t, `"sub": "`+userID, `"sub": "00uATTACKER", "sub": "`+userID)}, status: 400, outcome: "malformed", body: []string{"a member stands twice", "DUPLICATE_MEMBER", `"location":"data.identity.claims.sub"`}},
		{name: "duplicate unknown member", call: call{body: edit(t, `"name": "Camille Durand"`, `"x":{"y":1,"y":2},"name":"Camille Durand"`)}, status: 400, outcome: "malformed", body: []string{"DUPLICATE_MEMBER", `"location":"data.identity.claims"`}},
		{name: "nested too deep", call: call{body: strings.Repeat(`{"a":[`, 20000)}, status: 400, outcome: "malformed", body: []string{"nested deeper than 128 levels", "TOO_DEEP"}},
		{name: "wrong event type", call: call{body: edit(t, "com.okta.oauth2.tokens.transform", "com.okta.saml.tokens.transform")}, status: 400, outcome: "malformed", body: []string{"eventType: want com.okta.oauth2.tokens.transform", "WRONG_EVENT_TYPE"}},
		{name: "no event type", call: call{body: `{"data":{}}`}, status: 400, outcome: "malformed", body: []string{"WRONG_EVENT_TYPE"}},
		{name: "no data", call: call{body: `{"eventType":"com.okta.oauth2.tokens.transform"}`}, status: 400, outcome: "malformed", body: []string{"data: the member is missing", "MISSING"}},
		{name: "data is null", call: call{body: `{"eventType":"com.okta.oauth2.tokens.transform","data":null}`}, status: 400, outcome: "malformed", body: []string{"MISSING"}},
		{name: "sub is a number", call: call{body: edit(t, `"sub": "`+userID+`"`, `"sub": 7`)}, status: 400, outcome: "malformed", body: []string{"data.identity.claims.sub: wrong JSON type, want a string", "WRONG_TYPE"}},
		{name: "amr is a word", call: call{body: edit(t, `"amr": [
          "pwd",
          "mfa",
          "okta_verify",
          "swk"
        ]`, `"amr": "pwd"`)}, status: 400, outcome: "malformed", body: []string{"data.identity.claims.amr: wrong JSON type, want an array of strings"}},
		{name: "amr value too long", call: call{body: edit(t, `"okta_verify"`, `"`+strings.Repeat("v", 257)+`"`)}, status: 400, outcome: "malformed", body: []string{"data.identity.claims.amr[2]: longer than 64", "TOO_LONG"}},
		{name: "too many amr values", call: call{body: edit(t, `"okta_verify"`, `"v"`+strings.Repeat(`,"v"`, 64))}, status: 400, outcome: "malformed", body: []string{"data.identity.claims.amr: longer than 64", "TOO_LONG"}},
		{name: "tokens of two users", call: call{body: edit(t, `"uid": "`+userID, `"uid": "00uSOMEONEELSE`)}, status: 400, outcome: "malformed", body: []string{"data.identity.claims.sub: contradicts data.access.claims.uid", "CONTRADICTION"}},
		{name: "issuer of another org", call: call{body: edit(t, `"uri": "https://hopital.okta.com/`, `"uri": "https://attaquant.okta.com/`)}, status: 403, outcome: "forbidden", body: []string{"the issuer \\\"https://attaquant.okta.com/oauth2/default\\\" does not belong", `"location":"data.context.protocol.issuer.uri"`}},
		{name: "issuer that is no URL", call: call{body: edit(t, `"uri": "https://hopital.okta.com/oauth2/default"`, `"uri": "hopital.okta.com"`)}, status: 403, outcome: "forbidden", body: []string{"FOREIGN_ISSUER"}},
		{name: "no issuer, source instead", call: call{body: edit(t, `"uri"`, `"urn"`)}, status: 200, outcome: "commands", body: []string{good}},
		{name: "no issuer at all", call: call{body: `{"eventType":"com.okta.oauth2.tokens.transform","data":{"access":{"claims":{"uid":"` + userID + `"}}}}`}, status: 403, outcome: "forbidden", body: []string{"FOREIGN_ISSUER"}},
		{name: "custom domain of the org", change: func(o *hook.Options) { o.Lookup = known(orgID, "login.hopital.example") },
			call: call{body: edit(t, `"uri": "https://hopital.okta.com/`, `"uri": "https://LOGIN.hopital.example:443/`)}, status: 200, outcome: "commands", body: []string{good}},
		{name: "listed issuer", change: func(o *hook.Options) {
			o.Issuers = []*url.URL{parseURL(t, "https://idp.example/oauth2/psc")}
		},
			call: call{body: edit(t, `"uri": "https://hopital.okta.com/oauth2/default`, `"uri": "https://idp.example/oauth2/psc`)}, status: 200, outcome: "commands", body: []string{good}},
		{name: "neighbour of a listed issuer", change: func(o *hook.Options) {
			o.Issuers = []*url.URL{parseURL(t, "https://idp.example/oauth2/psc")}
		},
			call: call{body: edit(t, `"uri": "https://hopital.okta.com/oauth2/default`, `"uri": "https://idp.example/oauth2/psc2`)}, status: 403, outcome: "forbidden", body: []string{"FOREIGN_ISSUER"}},
		{name: "client selected", change: func(o *hook.Options) { o.ClientIDs = []string{"other", "0oa9pscdeleg1Wk2Q0g5"} }, status: 200, outcome: "commands", body: []string{good}},
		{name: "client not selected", change: func(o *hook.Options) { o.ClientIDs = []string{"other"} }, status: 204, outcome: "empty"},
		{name: "client credentials", call: call{body: sample(t, "client-credentials")}, status: 204, outcome: "empty"},
		{name: "nothing placed", change: func(o *hook.Options) {
			o.Builder = builder(t, commands.Options{AccessTokenClaims: []commands.Claim{}, IDTokenClaims: []commands.Claim{}})
		}, status: 204, outcome: "empty"},
		{name: "shadow", change: func(o *hook.Options) { o.Shadow = true }, status: 204, outcome: "commands"},
		{name: "shadow of a denial", change: func(o *hook.Options) { outOfTime(o); o.Shadow = true }, status: 204, outcome: "denied"},
		{name: "no org id", change: outOfTime, status: 200, outcome: "denied", body: []string{`{"error":{"errorSummary":"Connexion impossible`, "Please try again", "(ref. evt001k2Jb7QwO5mGmmsDs)"}},
		{name: "no org id needed", change: func(o *hook.Options) { o.Lookup = unknown{} }, call: call{body: sample(t, "client-credentials")}, status: 204, outcome: "empty"},
		{name: "amr refused", change: func(o *hook.Options) {
			o.Builder = builder(t, commands.Options{Policy: denyAll(t)})
		}, status: 200, outcome: "denied", body: []string{`{"error":{"errorSummary":"Connexion non admise`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, tt.change)
			if tt.call.body == "" {
				tt.call.body = sample(t, "authorization-code")
			}
			got := s.do(t, tt.call)
			if got.status != tt.status {
				t.Fatalf("status %d, want %d: %s", got.status, tt.status, got.body)
			}
			checkParts(t, got.body, tt.body)
			for name, want := range tt.header {
				if v := got.header.Get(name); v != want {
					t.Errorf("%s: %q, want %q", name, v, want)
				}
			}
			if n := s.count(t, "pschook_hook_requests_total", tt.outcome); n != 1 {
				t.Errorf("outcome %q was counted %d times, want once", tt.outcome, n)
			}
			checkLog(t, s, tt.outcome)
		})
	}
}

func denyAll(t *testing.T) *commands.Policy {
	t.Helper()
	p, _, err := commands.ParsePolicy("test", []byte("unmatched: deny"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func checkParts(t *testing.T, body string, parts []string) {
	t.Helper()
	if len(parts) == 0 && body != "" {
		t.Errorf("body %q, want none", body)
	}
	rest := body
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Fatalf("body lacks %q (in order): %s", part, body)
		}
		rest = after
	}
	if body != "" && !json.Valid([]byte(body)) {
		t.Errorf("not JSON: %s", body)
	}
}

// checkLog checks that one line was written and that it holds no name and no secret.
func checkLog(t *testing.T, s *service, outcome string) {
	t.Helper()
	text := s.log.String()
	if strings.Count(text, "\n") != 1 || !strings.Contains(text, `"outcome":"`+outcome+`"`) {
		t.Errorf("want one log line with outcome %q, got: %s", outcome, text)
	}
	for _, private := range []string{secret, userID, "camille", "Camille", "Durand", "192.0.2.17", "golden", "00uATTACKER", "00uSOMEONEELSE"} {
		if strings.Contains(text, private) {
			t.Errorf("the log holds %q: %s", private, text)
		}
	}
}

// Okta sends the secret as the administrator typed it, scheme included or not.
func TestSecretAsOktaSendsIt(t *testing.T) {
	t.Parallel()
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("okta:"+secret))
	tests := []struct {
		name, header string
		live         []string
		send         map[string]string
		want         int
	}{
		{"bare", "Authorization", []string{secret}, map[string]string{"Authorization": secret}, 200},
		{"basic", "Authorization", []string{basic}, map[string]string{"Authorization": basic}, 200},
		{"bearer", "Authorization", []string{"Bearer " + secret}, map[string]string{"Authorization": "Bearer " + secret}, 200},
		{"another header", "X-Hook-Secret", []string{secret}, map[string]string{"Authorization": "", "X-Hook-Secret": secret}, 200},
		{"another header, lower case", "x-hook-secret", []string{secret}, map[string]string{"Authorization": "", "X-Hook-Secret": secret}, 200},
		{"first of two live ones", "Authorization", []string{secret, "the-next-secret-0123456789"}, map[string]string{"Authorization": secret}, 200},
		{"second of two live ones", "Authorization", []string{"the-former-secret-0123456789", secret}, map[string]string{"Authorization": secret}, 200},
		{"scheme missing", "Authorization", []string{"Bearer " + secret}, map[string]string{"Authorization": secret}, 401},
		{"scheme too many", "Authorization", []string{secret}, map[string]string{"Authorization": "Bearer " + secret}, 401},
		{"in the wrong header", "X-Hook-Secret", []string{secret}, map[string]string{"Authorization": secret}, 401},
		{"a prefix", "Authorization", []string{secret}, map[string]string{"Authorization": secret[:len(secret)-1]}, 401},
		{"both live ones at once", "Authorization", []string{secret, "another-secret-0123456789"}, map[string]string{"Authorization": secret + ",another-secret-0123456789"}, 401},
		{"empty", "Authorization", []string{secret}, map[string]string{"Authorization": " "}, 401},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, func(o *hook.Options) {
				auth, err := hook.NewHeaderSecrets(tt.header, tt.live)
				if err != nil {
					t.Fatal(err)
				}
				o.Authenticate = auth
			})
			if got := s.do(t, call{header: tt.send, body: sample(t, "authorization-code")}); got.status != tt.want {
				t.Errorf("status %d, want %d: %s", got.status, tt.want, got.body)
			}
		})
	}
}

func TestNewHeaderSecretsRefuses(t *testing.T) {
	t.Parallel()
	for want, args := range map[string]struct {
		header  string
		secrets []string
	}{
		"no header name":  {"", []string{secret}},
		"no secret":       {"Authorization", nil},
		"an empty secret": {"Authorization", []string{secret, ""}},
	} {
		if _, err := hook.NewHeaderSecrets(args.header, args.secrets); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	if _, err := hook.New(hook.Options{}); err == nil || !strings.HasPrefix(err.Error(), "hook: required options are missing: Builder, Lookup, Authenticate, OrgURL, Logger,") {
		t.Errorf("got %v", err)
	}
}

// The memory of answers matches a received token with the call that should have patched it.
func TestDecisionsAreRemembered(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.do(t, call{body: sample(t, "authorization-code")})
	for _, jti := range []string{"ID.golden001", "AT.golden001"} {
		got, ok := s.decisions.Find(jti)
		if !ok {
			t.Fatalf("%s is not remembered", jti)
		}
		if strings.Join(got.IDTokenClaims, " ") != "tid" || strings.Join(got.AccessTokenClaims, " ") != "oid tid amr" || got.Outcome != "commands" {
			t.Errorf("%s: %+v", jti, got)
		}
	}
	if _, ok := s.decisions.Find("AT.other"); ok {
		t.Error("a token nobody asked about is remembered")
	}
}

func TestShadowIsRememberedAsNothingSent(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *hook.Options) { o.Shadow = true })
	s.do(t, call{body: sample(t, "authorization-code")})
	got, ok := s.decisions.Find("AT.golden001")
	if !ok || got.Outcome != "shadow" || got.AccessTokenClaims != nil || got.IDTokenClaims != nil {
		t.Errorf("got %+v, %v", got, ok)
	}
}

func TestAnotherUsersSessionIsCounted(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.do(t, call{body: sample(t, "refresh-session-of-another-user")})
	if n := s.count(t, "pschook_context_user_differs_total", ""); n != 1 {
		t.Errorf("counted %d times, want once", n)
	}
	if text := s.log.String(); !strings.Contains(text, `"context_user_differs":true`) || strings.Contains(text, "00u9otherPerson") {
		t.Errorf("log: %s", text)
	}
}

// When the org id is not known in time, the log says why. The timeout ends a waiting call.
func TestOrgLookupFailureIsLogged(t *testing.T) {
	t.Parallel()
	s := start(t, outOfTime)
	s.do(t, call{body: sample(t, "authorization-code")})
	if text := s.log.String(); !strings.Contains(text, `"org_lookup":"okta did not answer"`) || !strings.Contains(text, `"reason":"no_org_id"`) {
		t.Errorf("log: %s", text)
	}
}

// A denial becomes an error_description, which RFC 6749, section 4.1.2.1 limits.
func TestDenialFitsAnOAuthErrorDescription(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*hook.Options){
		"no org id": outOfTime,
		"amr":       func(o *hook.Options) { o.Builder = builder(t, commands.Options{Policy: denyAll(t)}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := start(t, change).do(t, call{body: edit(t, `"evt001k2Jb7QwO5mGmmsDs"`, `"<script>\\"`)})
			var answer struct {
				Error struct{ ErrorSummary string }
			}
			if err := json.Unmarshal([]byte(got.body), &answer); err != nil || answer.Error.ErrorSummary == "" {
				t.Fatalf("%v: %s", err, got.body)
			}
			for _, c := range answer.Error.ErrorSummary {
				if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
					t.Errorf("%q is not allowed in error_description: %s", c, answer.Error.ErrorSummary)
				}
			}
			if strings.Contains(got.body, "ref.") || strings.Contains(got.body, "script") {
				t.Errorf("an event id that is none is echoed: %s", got.body)
			}
		})
	}
}

// Any sign of an earlier grant makes a call a renewal: in any spelling, of any type, one level up
// too. The session is then no evidence and names no user.
func TestRenewalIsRecognised(t *testing.T) {
	t.Parallel()
	const at = `"protocol": {`
	spellings := []string{"originalGrant", "OriginalGrant", "originalgrant", "original_grant", "ORIGINAL-GRANT", "grant", "grantType", "refreshToken", "renewal", "original_request", "\\u006friginalGrant", "оriginalGrant"}
	values := []string{`{"refresh_token":{"jti":"x"}}`, "null", "true", `"x"`, "[]", "1.5"}
	places := map[string]string{
		"protocol": `"protocol": {%s,`, "context": `%s,"protocol": {`, "request": `"protocol": {"unread":1,`,
	}
	s := start(t, nil)
	for _, name := range spellings {
		for _, value := range values {
			member := `"` + name + `":` + value
			for place, format := range places {
				body := strings.Replace(sample(t, "authorization-code-access-only"), at, strings.Replace(format, "%s", member, 1), 1)
				if place == "request" {
					body = strings.Replace(body, `"scope": "`, member+`,"scope": "`, 1)
				}
				got := s.do(t, call{body: body})
				if got.status != 200 || strings.Contains(got.body, "/claims/amr") || !strings.Contains(got.body, "/claims/oid") {
					t.Fatalf("%s in %s: %d %s", member, place, got.status, got.body)
				}
				got = s.do(t, call{body: strings.Replace(body, `"uid": "`+userID+`"`, `"uid": null`, 1)})
				if got.status != 200 || !strings.Contains(got.body, `{"error":{"errorSummary":"Connexion impossible`) {
					t.Fatalf("%s in %s, nobody named: %d %s", member, place, got.status, got.body)
				}
			}
			for _, body := range []string{edit(t, `"data": {`, `"data": {`+member+`,`), edit(t, `"source":`, member+`,"source":`)} {
				r, err := hook.Decode([]byte(body))
				if err != nil || !r.Renewal {
					t.Errorf("%s above the context: %v, %v", member, r, err)
				}
			}
		}
	}
}

// The other members that Okta documents do not make a call a renewal.
func TestNoRenewal(t *testing.T) {
	t.Parallel()
	for _, k := range kinds() {
		r, err := hook.Decode([]byte(sample(t, k.file)))
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.HasPrefix(k.file, "refresh-"); r.Renewal != want || r.Data.RefreshToken != want {
			t.Errorf("%s: renewal %v, refresh token %v, want %v", k.file, r.Renewal, r.Data.RefreshToken, want)
		}
	}
}

// Only the tokens' user becomes oid, whoever sits at the browser.
func TestAnotherPersonNeverBecomesOID(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, uid := range []string{``, `"uid": null,`, `"uid": "",`} {
		body := strings.Replace(sample(t, "refresh-session-of-another-user"), `"uid": "`+userID+`",`, uid, 1)
		if got := s.do(t, call{body: body}); got.status != 200 || !strings.Contains(got.body, `{"error":`) || strings.Contains(got.body, "00u9") {
			t.Errorf("%q: %d %s", uid, got.status, got.body)
		}
	}
}

// A session is no evidence if it had expired at the time of the call, or if its end is not known.
func TestExpiredSessionIsNoEvidence(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, event, expires string // members as they stand in the call
		want                 bool
	}{
		{"as Okta writes them", `"eventTime": "2026-03-02T08:15:30.000Z"`, `"expiresAt": "2026-03-02T10:15:11.000Z"`, true},
		{"no fractions", `"eventTime": "2026-03-02T08:15:30Z"`, `"expiresAt": "2026-03-02T10:15:11Z"`, true},
		{"offset", `"eventTime": "2026-03-02T08:15:30Z"`, `"expiresAt": "2026-03-02T09:15:31+01:00"`, true},
		{"expired", `"eventTime": "2026-03-02T08:15:30.000Z"`, `"expiresAt": "2026-03-02T08:15:29.999Z"`, false},
		{"expiring now", `"eventTime": "2026-03-02T08:15:30.000Z"`, `"expiresAt": "2026-03-02T08:15:30Z"`, false},
		{"expired, by its offset", `"eventTime": "2026-03-02T08:15:30Z"`, `"expiresAt": "2026-03-02T09:15:30+01:00"`, false},
		{"end not told", `"eventTime": "2026-03-02T08:15:30Z"`, `"x": ""`, false},
		{"end null", `"eventTime": "2026-03-02T08:15:30Z"`, `"expiresAt": null`, false},
		{"end empty", `"eventTime": "2026-03-02T08:15:30Z"`, `"expiresAt": ""`, false},
		{"end a number", `"eventTime": "2026-03-02T08:15:30Z"`, `"expiresAt": 1772446511`, false},
		{"end a day", `"eventTime": "2026-03-02T08:15:30Z"`, `"expiresAt": "2026-03-03"`, false},
		{"end in another spelling", `"eventTime": "2026-03-02T08:15:30Z"`, `"expires_at": "2026-03-02T10:15:11Z"`, false},
		{"time of the call not told", `"x": ""`, `"expiresAt": "2026-03-02T10:15:11.000Z"`, false},
		{"time of the call a number", `"eventTime": 1772439330`, `"expiresAt": "2026-03-02T10:15:11.000Z"`, false},
	}
	s := start(t, nil)
	for _, tt := range tests {
		body := sample(t, "authorization-code-access-only")
		body = strings.Replace(body, `"eventTime": "2026-03-02T08:15:30.000Z"`, tt.event, 1)
		body = strings.Replace(body, `"expiresAt": "2026-03-02T10:15:11.000Z"`, tt.expires, 1)
		got := s.do(t, call{body: body})
		if got.status != 200 || strings.Contains(got.body, "/claims/amr") != tt.want {
			t.Errorf("%s: %d %s", tt.name, got.status, got.body)
		}
	}
}
