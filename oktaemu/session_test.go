package oktaemu_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pschook/oktaemu"
)

// request sends one request without a body, with the browser's cookies.
func (b browser) request(method, target string) page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, target, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(request)
}

// sessionToken is what primary authentication gives the persona "cpx".
func sessionToken(t *testing.T, org *oktaemu.Org) string {
	t.Helper()
	var answer struct{ SessionToken string }
	api(t, org, "POST", "/api/v1/authn", map[string]string{"username": "cpx@hopital.example", "password": oktaemu.PersonaPassword}, http.StatusOK, &answer)
	return answer.SessionToken
}

// TestCurrentSession goes through the life of a browser's session by the Sessions API.
func TestCurrentSession(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	org := newOrg(t, oktaemu.Options{Now: clock.Now})
	surfer := newBrowser(t)
	mine := org.URL() + "/api/v1/sessions/me"
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		if got := surfer.request(method, mine); got.status != http.StatusNotFound || !strings.Contains(got.body, "E0000007") {
			t.Errorf("%s without a session: status %d: %s", method, got.status, got.body)
		}
	}
	surfer.signIn(authorizeURL(org, nil), url.Values{"persona": {"cpx"}})
	var shown struct {
		Login, Status, ExpiresAt string
		AMR                      []string
		Links                    map[string]struct{ Href string } `json:"_links"`
	}
	read := func(method, target string) {
		t.Helper()
		got := surfer.request(method, target)
		if err := json.Unmarshal([]byte(got.body), &shown); err != nil || got.status != http.StatusOK {
			t.Fatalf("%s %s: status %d: %s", method, target, got.status, got.body)
		}
	}
	read(http.MethodGet, mine)
	if shown.Login != "cpx@hopital.example" || shown.Status != "ACTIVE" || shown.ExpiresAt != "2026-03-01T10:00:00.000Z" || shown.AMR[0] != "SMART_CARD" {
		t.Errorf("session %+v", shown)
	}
	clock.Advance(time.Hour)
	read(http.MethodPost, shown.Links["refresh"].Href)
	if shown.ExpiresAt != "2026-03-01T11:00:00.000Z" {
		t.Errorf("refreshed session ends at %s", shown.ExpiresAt)
	}
	if me := surfer.get(shown.Links["user"].Href); me.status != http.StatusOK || !strings.Contains(me.body, `"login":"cpx@hopital.example"`) {
		t.Errorf("own user: status %d: %s", me.status, me.body)
	}
	if other := surfer.get(org.URL() + "/api/v1/users/" + oktaemu.Personas()[0].UserID); other.status != http.StatusUnauthorized {
		t.Errorf("another user by cookie: status %d", other.status)
	}
	if got := surfer.request(http.MethodDelete, mine); got.status != http.StatusNoContent {
		t.Errorf("closing: status %d: %s", got.status, got.body)
	}
	if got := surfer.get(mine); got.status != http.StatusNotFound {
		t.Errorf("a closed session: status %d", got.status)
	}
}

// TestSessionsByID: an administrator's program opens, reads, refreshes and ends sessions.
func TestSessionsByID(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	org := newOrg(t, oktaemu.Options{Now: clock.Now})
	token := map[string]any{"sessionToken": sessionToken(t, org)}
	var opened struct{ ID, Login, ExpiresAt string }
	api(t, org, "POST", "/api/v1/sessions", token, http.StatusOK, &opened)
	api(t, org, "POST", "/api/v1/sessions", token, http.StatusUnauthorized, nil) // it served
	self := "/api/v1/sessions/" + opened.ID
	clock.Advance(time.Hour)
	api(t, org, "POST", self+"/lifecycle/refresh", nil, http.StatusOK, nil)
	if api(t, org, "GET", self, nil, http.StatusOK, &opened); opened.ExpiresAt != "2026-03-01T11:00:00.000Z" || opened.Login == "" {
		t.Errorf("session %+v", opened)
	}
	api(t, org, "DELETE", self, nil, http.StatusNoContent, nil)
	api(t, org, "GET", self, nil, http.StatusNotFound, nil)
}

// TestSessionCookieRedirect: a session token serves once, and leads to pages of the org's apps only.
func TestSessionCookieRedirect(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	token := sessionToken(t, org)
	surfer := newBrowser(t)
	open := func(token, target string) page {
		t.Helper()
		return surfer.get(org.URL() + "/login/sessionCookieRedirect?" + url.Values{"token": {token}, "redirectUrl": {target}}.Encode())
	}
	for _, target := range []string{"https://evil.example/", "javascript:alert(1)", "//evil.example", "", "http://localhost:8080.evil.example/"} {
		if got := open(token, target); got.status != http.StatusBadRequest || got.location != nil {
			t.Errorf("to %q: status %d, location %v", target, got.status, got.location)
		}
	}
	if got := open(token, redirectURI); got.status != http.StatusFound || got.location.String() != redirectURI {
		t.Errorf("status %d, location %v: %s", got.status, got.location, got.body)
	}
	if got := surfer.get(org.URL() + "/api/v1/sessions/me"); got.status != http.StatusOK {
		t.Errorf("no session: status %d", got.status)
	}
	if got := open(token, redirectURI); got.status != http.StatusForbidden {
		t.Errorf("a token used twice: status %d", got.status)
	}
}

// TestPostMessage: the page hands its answer to the app's origin, and only that may frame it.
func TestPostMessage(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{RedirectURIs: []string{redirectURI, "com.example.app:/callback"}})
	mode := url.Values{"response_mode": {"okta_post_message"}, "prompt": {"none"}, "state": {`"><script>`}}
	got := newBrowser(t).get(authorizeURL(org, mode))
	for _, part := range []string{`data-origin="http://localhost:8080"`, `value="login_required"`, `name="state"`, `src="/assets/post-message.js"`} {
		if !strings.Contains(got.body, part) {
			t.Errorf("the page lacks %s: %s", part, got.body)
		}
	}
	policy := got.header.Get("Content-Security-Policy")
	if strings.Contains(got.body, `"><script>`) || !strings.Contains(policy, "frame-ancestors http://localhost:8080") || !strings.Contains(policy, "script-src 'self'") {
		t.Errorf("status %d, policy %q: %s", got.status, policy, got.body)
	}
	if script := newBrowser(t).get(org.URL() + "/assets/post-message.js"); !strings.Contains(script.body, "postMessage(") {
		t.Errorf("script %q", script.body)
	}
	mode.Set("redirect_uri", "com.example.app:/callback")
	if answer := newBrowser(t).get(authorizeURL(org, mode)).answer(t); answer.Get("error") != "unsupported_response_mode" {
		t.Errorf("an app without an origin: %v", answer)
	}
}

// TestClientOfTheHeader: Okta's libraries name a public client in the header, with or without a colon, or in the query.
func TestClientOfTheHeader(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hookThatAnswers(t, http.StatusOK, `{"commands":[{"type":"com.okta.access.patch","value":[
		{"op":"add","path":"/claims/tid","value":"tenant"},{"op":"add","path":"/claims/oid","value":"object"}]}]}`).URL}})
	token := signIn(t, org, oktaemu.SignIn{Login: "cpx"}).AccessToken
	tests := []struct {
		name, query, header string
		status              int
	}{
		{"no_colon", "", "Basic " + base64Of(org.ClientID()), http.StatusOK},
		{"colon", "", "Basic " + base64Of(org.ClientID()+":"), http.StatusOK},
		{"query", "?client_id=" + org.ClientID(), "", http.StatusOK},
		{"unknown", "?client_id=0oanobody", "", http.StatusUnauthorized},
		{"nobody", "", "", http.StatusUnauthorized},
		{"secret_of_public_client", "", "Basic " + base64Of(org.ClientID()+":x"), http.StatusUnauthorized},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := postForm(t, org.Issuer()+"/v1/introspect"+tc.query, url.Values{"token": {token}}, tc.status, "Authorization", tc.header)
			if tc.status != http.StatusOK {
				if got["error"] != "invalid_client" || tc.name == "nobody" && got["error_description"] != "No client credentials found." {
					t.Errorf("answer %v", got)
				}
				return
			}
			for name, want := range map[string]any{
				"active": true, "tid": "tenant", "oid": "object", "cid": org.ClientID(), "client_id": org.ClientID(),
				"uid": oktaemu.Personas()[4].UserID, "token_type": "Bearer", "scope": "openid profile email", "username": "cpx@hopital.example",
			} {
				if got[name] != want {
					t.Errorf("%s is %v, want %v", name, got[name], want)
				}
			}
		})
	}
}

// TestStrictClientAuth: on demand, a client sends its secret as it is registered.
func TestStrictClientAuth(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{StrictClientAuth: true})
	addScope(t, org, "psc.read")
	id, secret := newWebApp(t, org, "client_secret_basic", "client_credentials")
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"psc.read"}}
	postToken(t, org, form, http.StatusOK, "Authorization", "Basic "+base64Of(id+":"+secret))
	form.Set("client_id", id)
	form.Set("client_secret", secret)
	if got := postToken(t, org, form, http.StatusUnauthorized); got["error"] != "invalid_client" || !strings.Contains(got["error_description"].(string), `registered for "client_secret_basic"`) {
		t.Errorf("answer %v", got)
	}
}
