package oktaemu_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu"
)

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// atOrg is an authorization request to the org authorization server.
func atOrg(org *oktaemu.Org, change url.Values) string {
	return strings.Replace(authorizeURL(org, change), org.Issuer()+"/v1/", org.URL()+"/oauth2/v1/", 1)
}

// TestOrgServer signs in at the org authorization server: as at a custom one, but no hook is called.
func TestOrgServer(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hookThatAnswers(t, http.StatusOK, `{}`).URL}})
	scopes := url.Values{"scope": {"openid profile groups offline_access"}}
	code := newBrowser(t).signIn(atOrg(org, scopes), url.Values{"persona": {"cpx"}}).answer(t).Get("code")
	tokens := postForm(t, org.URL()+"/oauth2/v1/token", redeemForm(org, code), http.StatusOK)
	id, access := verified(t, org.URL()+"/oauth2/v1/keys", tokens["id_token"].(string)), verified(t, org.URL()+"/oauth2/v1/keys", tokens["access_token"].(string))
	if id["iss"] != org.URL() || access["iss"] != org.URL() || access["aud"] != org.URL() || access["sub"] != "cpx@hopital.example" {
		t.Errorf("ID token %v, access token %v", id, access)
	}
	client := url.Values{"client_id": {org.ClientID()}, "token": {tokens["access_token"].(string)}}
	if got := postForm(t, org.URL()+"/oauth2/v1/introspect", client, http.StatusOK); got["active"] != true {
		t.Errorf("introspection %v", got)
	}
	if got := postForm(t, org.Issuer()+"/v1/introspect", client, http.StatusOK); got["active"] != false {
		t.Errorf("a custom server knows the org's token: %v", got)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {org.ClientID()}, "refresh_token": {tokens["refresh_token"].(string)}}
	postForm(t, org.Issuer()+"/v1/token", refresh, http.StatusBadRequest)
	postForm(t, org.URL()+"/oauth2/v1/token", refresh, http.StatusOK)
	if calls := org.HookCalls(); len(calls) != 0 {
		t.Errorf("%d hook calls, want none", len(calls))
	}
	if granted := org.LogEvents("app.oauth2.token.grant.access_token"); len(granted) != 2 {
		t.Errorf("%d entries of the System Log, want 2", len(granted))
	}
	var me map[string]any
	call(t, org, "GET", "/oauth2/v1/userinfo", "Bearer "+tokens["access_token"].(string), nil, http.StatusOK, &me)
	if me["sub"] != id["sub"] || me["given_name"] == nil {
		t.Errorf("userinfo %v", me)
	}
	call(t, org, "GET", "/oauth2/default/v1/userinfo", "Bearer "+tokens["access_token"].(string), nil, http.StatusUnauthorized, nil)
	out := url.Values{"id_token_hint": {tokens["id_token"].(string)}, "post_logout_redirect_uri": {"http://localhost:8080/"}}
	if got := newBrowser(t).get(org.URL() + "/oauth2/v1/logout?" + out.Encode()); got.status != http.StatusFound || got.location.String() != "http://localhost:8080/" {
		t.Errorf("signed out with status %d at %v", got.status, got.location)
	}
	if got := newBrowser(t).get(org.Issuer() + "/v1/logout?" + out.Encode()); got.status != http.StatusBadRequest {
		t.Errorf("a custom server takes the org's hint: status %d", got.status)
	}
	call(t, org, "GET", "/api/v1/users", "Bearer "+tokens["access_token"].(string), nil, http.StatusForbidden, nil)
	var servers []map[string]any
	api(t, org, "GET", "/api/v1/authorizationServers", nil, http.StatusOK, &servers)
	if len(servers) != 1 {
		t.Errorf("%d servers are listed, want the custom one only", len(servers))
	}
}

// TestPushedRequest sends the request ahead, and the browser with its name only (RFC 9126).
func TestPushedRequest(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	org := newOrg(t, oktaemu.Options{Now: clock.Now})
	web, secret := newWebApp(t, org, "client_secret_basic", "authorization_code")
	whole, err := url.Parse(authorizeURL(org, url.Values{"client_id": {""}, "code_challenge": {""}, "code_challenge_method": {""}}))
	if err != nil {
		t.Fatal(err)
	}
	credential := []string{"Authorization", "Basic " + base64Of(web+":"+secret)}
	pushed := postForm(t, org.Issuer()+"/v1/par", whole.Query(), http.StatusCreated, credential...)
	uri, _ := pushed["request_uri"].(string)
	if pushed["expires_in"] != 300.0 || !strings.HasPrefix(uri, "urn:okta:") {
		t.Fatalf("answer %v", pushed)
	}
	named := func(server, client string) string {
		return server + "/authorize?" + url.Values{"client_id": {client}, "request_uri": {uri}}.Encode()
	}
	for name, target := range map[string]string{"other client": named(org.Issuer()+"/v1", org.ClientID()), "other server": named(org.URL()+"/oauth2/v1", web)} {
		if got := newBrowser(t).get(target); got.status != http.StatusBadRequest || got.location != nil || !strings.Contains(got.body, "request_uri") {
			t.Errorf("%s: status %d, location %v: %s", name, got.status, got.location, got.body)
		}
	}
	answer := newBrowser(t).signIn(named(org.Issuer()+"/v1", web), url.Values{"persona": {"cpx"}}).answer(t)
	if answer.Get("code") == "" || answer.Get("state") != "s" {
		t.Errorf("answer %v", answer)
	}
	clock.Advance(5 * time.Minute)
	if got := newBrowser(t).get(named(org.Issuer()+"/v1", web)); got.status != http.StatusBadRequest {
		t.Errorf("an old request: status %d", got.status)
	}
	for name, tc := range map[string]struct {
		change url.Values
		status int
		code   string
	}{
		"redirect_uri": {url.Values{"redirect_uri": {"https://evil.example/"}}, http.StatusBadRequest, "invalid_request"},
		"scope":        {url.Values{"scope": {"nonsense"}}, http.StatusBadRequest, "invalid_scope"},
		"request_uri":  {url.Values{"request_uri": {uri}}, http.StatusBadRequest, "invalid_request"},
		"mode":         {url.Values{"response_mode": {"pigeon"}}, http.StatusBadRequest, "unsupported_response_mode"},
	} {
		form := whole.Query()
		for parameter, values := range tc.change {
			form[parameter] = values
		}
		if got := postForm(t, org.Issuer()+"/v1/par", form, tc.status, credential...); got["error"] != tc.code {
			t.Errorf("%s: answer %v, want %s", name, got, tc.code)
		}
	}
	postForm(t, org.Issuer()+"/v1/par", whole.Query(), http.StatusUnauthorized)
}

// newDevice makes a public client for devices, and its rule where the server is "default".
func newDevice(t *testing.T, org *oktaemu.Org) string {
	t.Helper()
	id, _ := newWebApp(t, org, "none", "urn:ietf:params:oauth:grant-type:device_code", "refresh_token")
	const rule = "/api/v1/authorizationServers/default/policies/00pemudefault0000000/rules/0premudefault0000000"
	var doc map[string]any
	api(t, org, "GET", rule, nil, http.StatusOK, &doc)
	grants := doc["conditions"].(map[string]any)["grantTypes"].(map[string]any)
	grants["include"] = append(grants["include"].([]any), "urn:ietf:params:oauth:grant-type:device_code")
	api(t, org, "PUT", rule, doc, http.StatusOK, nil)
	return id
}

// TestDevice lets a device wait for its user (RFC 8628): the hook sees the user, and no session.
func TestDevice(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	org := newOrg(t, oktaemu.Options{Now: clock.Now, Hook: oktaemu.Hook{URL: hookThatAnswers(t, http.StatusOK, `{}`).URL}})
	device := newDevice(t, org)
	form := url.Values{"client_id": {device}, "scope": {"openid profile"}}
	ask := func(code any, status int) map[string]any {
		t.Helper()
		return postToken(t, org, url.Values{
			"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {device}, "device_code": {code.(string)},
		}, status)
	}
	given := postForm(t, org.Issuer()+"/v1/device/authorize", form, http.StatusOK)
	userCode := given["user_code"].(string)
	want := map[string]any{
		"device_code": given["device_code"], "user_code": userCode, "expires_in": 600.0, "interval": 5.0, "verification_uri": org.URL() + "/activate",
		"verification_uri_complete": org.URL() + "/activate?user_code=" + userCode,
	}
	if diff := cmp.Diff(want, given); diff != "" || len(userCode) != 8 {
		t.Errorf("device authorization (-want +got):\n%s", diff)
	}
	for _, wanted := range []string{"authorization_pending", "slow_down"} {
		if got := ask(given["device_code"], http.StatusBadRequest); got["error"] != wanted {
			t.Errorf("answer %v, want %s", got, wanted)
		}
	}
	surfer := newBrowser(t)
	if shown := surfer.get(given["verification_uri_complete"].(string)); !strings.Contains(shown.body, `value="`+userCode+`"`) {
		t.Errorf("the page does not hold the code: %s", shown.body)
	}
	if got := surfer.post(org.URL()+"/activate", url.Values{"user_code": {"WRONGONE"}}); got.status != http.StatusBadRequest || !strings.Contains(got.body, "unknown or too old") {
		t.Errorf("a wrong code: status %d: %s", got.status, got.body)
	}
	shown := surfer.post(org.URL()+"/activate", url.Values{"user_code": {strings.ToLower(userCode[:4]) + "-" + userCode[4:]}})
	done := surfer.post(org.URL()+formAction(t, shown), url.Values{"persona": {"cpx"}})
	if done.status != http.StatusOK || !strings.Contains(done.body, "Device activated") {
		t.Fatalf("status %d: %s", done.status, done.body)
	}
	tokens := ask(given["device_code"], http.StatusOK)
	if id := claimsOf(t, org, tokens["id_token"].(string)); id["sub"] != oktaemu.Personas()[4].UserID || id["amr"] == nil {
		t.Errorf("ID token %v", id)
	}
	if got := ask(given["device_code"], http.StatusBadRequest); got["error"] != "invalid_grant" {
		t.Errorf("a device code used twice: %v", got)
	}
	calls := org.HookCalls()
	if len(calls) != 1 || strings.Contains(string(calls[0].Request), `"session"`) || !strings.Contains(string(calls[0].Request), `"user":{`) {
		t.Errorf("hook calls %+v", calls)
	}
	second := postForm(t, org.Issuer()+"/v1/device/authorize", form, http.StatusOK)
	if got := surfer.post(org.URL()+"/activate", url.Values{"user_code": {second["user_code"].(string)}}); !strings.Contains(got.body, "Device activated") {
		t.Errorf("with a session: status %d: %s", got.status, got.body)
	}
	third := postForm(t, org.Issuer()+"/v1/device/authorize", form, http.StatusOK)
	clock.Advance(10 * time.Minute)
	if got := ask(third["device_code"], http.StatusBadRequest); got["error"] != "expired_token" {
		t.Errorf("answer %v, want expired_token", got)
	}
}

// TestDeviceRefused: the grant is for clients that have it, and for servers whose rules name it.
func TestDeviceRefused(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	if got := postForm(t, org.Issuer()+"/v1/device/authorize", url.Values{"client_id": {org.ClientID()}, "scope": {"openid"}}, http.StatusBadRequest); got["error"] != "unauthorized_client" {
		t.Errorf("answer %v", got)
	}
	id, _ := newWebApp(t, org, "none", "urn:ietf:params:oauth:grant-type:device_code")
	for scope, want := range map[string]string{"nonsense": "invalid_scope", "": "invalid_scope"} {
		if got := postForm(t, org.Issuer()+"/v1/device/authorize", url.Values{"client_id": {id}, "scope": {scope}}, http.StatusBadRequest); got["error"] != want {
			t.Errorf("scope %q: answer %v", scope, got)
		}
	}
	given := postForm(t, org.Issuer()+"/v1/device/authorize", url.Values{"client_id": {id}, "scope": {"openid"}}, http.StatusOK)
	surfer := newBrowser(t)
	shown := surfer.post(org.URL()+"/activate", url.Values{"user_code": {given["user_code"].(string)}})
	surfer.post(org.URL()+formAction(t, shown), url.Values{"persona": {"cpx"}})
	got := postToken(t, org, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {id}, "device_code": {given["device_code"].(string)},
	}, http.StatusBadRequest)
	if got["error"] != "access_denied" {
		t.Errorf("without a rule: answer %v", got)
	}
}
