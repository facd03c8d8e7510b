package oktaemu_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pschook/oktaemu"
)

// TestChallenges: who comes without a good access token is told so in the header WWW-Authenticate (RFC 6750, section 3, with
// what a real org's userinfo endpoint and Management API were seen to say).
func TestChallenges(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	addScope(t, org, "psc.read")
	id, secret := newWebApp(t, org, "client_secret_post", "client_credentials")
	other := postToken(t, org, url.Values{"grant_type": {"client_credentials"}, "scope": {"psc.read"}, "client_id": {id}, "client_secret": {secret}}, 200)
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"openid", "email"}})
	plain := signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"psc.read"}})
	head := `Bearer authorization_uri="` + org.URL() + `/oauth2/v1/authorize", realm="` + org.URL() + `", scope="`
	const userinfo = "/oauth2/default/v1/userinfo"
	for name, tc := range map[string]struct {
		path, authorization string
		status              int
		want                string
	}{
		"none":         {userinfo, "", 401, head + `openid"`},
		"basic":        {userinfo, "Basic eDp5", 401, head + `openid"`},
		"in the query": {userinfo + "?access_token=x", "", 400, head + `openid", error="invalid_request", error_description="The access token cannot be presented in a query string.", resource="` + userinfo + `"`},
		"garbage":      {userinfo, "Bearer x", 401, head + `openid", error="invalid_token", error_description="The access token is invalid", resource="` + userinfo + `"`},
		"ID token":     {userinfo, "Bearer " + tokens.IDToken, 401, head + `openid", error="invalid_token", error_description="The access token is invalid", resource="` + userinfo + `"`},
		"no user":      {userinfo, "Bearer " + other["access_token"].(string), 401, head + `openid", error="invalid_token", error_description="The access token is invalid", resource="` + userinfo + `"`},
		"no openid":    {userinfo, "Bearer " + plain.AccessToken, 403, head + `openid", error="insufficient_scope", error_description="The access token must provide the scope 'openid'.", resource="` + userinfo + `"`},
		"good":         {userinfo, "Bearer " + tokens.AccessToken, 200, ""},
		"API, garbage": {"/api/v1/users", "Bearer x", 401, head + `okta.users.read", error="invalid_token", error_description="The access token is invalid", resource="/api/v1/users"`},
		"API, another server's": {"/api/v1/groups", "Bearer " + tokens.AccessToken, 401,
			head + `okta.groups.read", error="invalid_token", error_description="The access token is invalid", resource="/api/v1/groups"`},
		"API, SSWS": {"/api/v1/users", "SSWS x", 401, ""},
	} {
		got := ask(org, "GET", tc.path, "", "Authorization", tc.authorization)
		if got.Code != tc.status || got.Header().Get("WWW-Authenticate") != tc.want {
			t.Errorf("%s: %d %s\nwant %d %s", name, got.Code, got.Header().Get("WWW-Authenticate"), tc.status, tc.want)
		}
	}
}

// TestOfflineAccessWithoutCode: Okta ignores the scope where no code is asked for.
func TestOfflineAccessWithoutCode(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	got := newBrowser(t).signIn(authorizeURL(org, url.Values{"response_type": {"token"}, "scope": {"openid offline_access"}}), url.Values{"persona": {"cpx"}})
	if answer := got.answer(t); answer.Get("scope") != "openid" || answer.Get("access_token") == "" {
		t.Errorf("answer %v", answer)
	}
}

// TestAuthorizeByPost: the parameters are those of the body alone.
func TestAuthorizeByPost(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	whole, err := url.Parse(authorizeURL(org, nil))
	if err != nil {
		t.Fatal(err)
	}
	endpoint := org.Issuer() + "/v1/authorize"
	if got := newBrowser(t).post(endpoint, whole.Query()); got.status != http.StatusOK || !strings.Contains(got.body, "Sign in") {
		t.Errorf("in the body: %d %s", got.status, got.body)
	}
	if got := newBrowser(t).post(whole.String(), url.Values{}); got.status != http.StatusBadRequest || !strings.Contains(got.body, "client_id") {
		t.Errorf("in the query: %d %s", got.status, got.body)
	}
}

// TestOtherGrantTypes: those of Okta that the emulator does not play are refused as Okta does, for clients that may not use them.
func TestOtherGrantTypes(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	const exchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	for grant, want := range map[string]string{exchange: "unauthorized_client", "urn:openid:params:grant-type:ciba": "unauthorized_client", "nonsense": "unsupported_grant_type"} {
		if got := postToken(t, org, url.Values{"grant_type": {grant}, "client_id": {org.ClientID()}}, 400); got["error"] != want {
			t.Errorf("%s: %v, want %s", grant, got, want)
		}
	}
	id, secret := newWebApp(t, org, "client_secret_post", "client_credentials", exchange)
	got := postToken(t, org, url.Values{"grant_type": {exchange}, "client_id": {id}, "client_secret": {secret}}, 400)
	if description, _ := got["error_description"].(string); got["error"] != "unsupported_grant_type" || !strings.Contains(description, "emulator does not play") {
		t.Errorf("%v, want one that says that it is the emulator", got)
	}
}

// TestLogoutWithoutRedirect: the browser goes to the org's own page, and only its own session ends.
func TestLogoutWithoutRedirect(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	b := newBrowser(t)
	code := b.signIn(authorizeURL(org, nil), url.Values{"persona": {"cpx"}}).answer(t).Get("code")
	tokens := postToken(t, org, redeemForm(org, code), 200)
	target := org.Issuer() + "/v1/logout?" + url.Values{"id_token_hint": {tokens["id_token"].(string)}}.Encode()
	none := authorizeURL(org, url.Values{"prompt": {"none"}})
	if got := newBrowser(t).get(target); got.status != http.StatusFound || got.location.String() != org.URL()+"/" {
		t.Errorf("another browser: %d %v", got.status, got.location)
	}
	if got := b.get(none).answer(t); got.Get("code") == "" {
		t.Errorf("%v: another browser's logout ended the session", got)
	}
	if got := b.get(target); got.status != http.StatusFound || got.location.String() != org.URL()+"/" {
		t.Errorf("%d %v", got.status, got.location)
	}
	if got := b.get(none).answer(t); got.Get("error") != "login_required" {
		t.Errorf("%v after the logout", got)
	}
}

// TestDiscoveryForClient: a client that the org does not know is refused.
func TestDiscoveryForClient(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for query, want := range map[string]int{"": 200, "?client_id=" + org.ClientID(): 200, "?client_id=nobody": 400} {
		for _, path := range []string{"/oauth2/default/.well-known/openid-configuration", "/oauth2/default/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"} {
			if got := ask(org, "GET", path+query, ""); got.Code != want {
				t.Errorf("%s: %d, want %d", path+query, got.Code, want)
			}
		}
	}
}

// TestPagesOfRefusals: a page that carries an error to the client does not say that somebody is signed in.
func TestPagesOfRefusals(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for _, mode := range []string{"form_post", "okta_post_message"} {
		got := newBrowser(t).get(authorizeURL(org, url.Values{"response_mode": {mode}, "prompt": {"none"}}))
		if !strings.Contains(got.body, "login_required") || strings.Contains(got.body, "signed in ·") || !strings.Contains(got.body, "<h1>Error</h1>") {
			t.Errorf("%s: %s", mode, got.body)
		}
	}
}

// TestEndlessRefreshToken: one without end has no exp, after a refresh either.
func TestEndlessRefreshToken(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	org := newOrg(t, oktaemu.Options{Now: clock.Now})
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"openid", "offline_access"}})
	for range 2 {
		got := postForm(t, org.Issuer()+"/v1/introspect", url.Values{"token": {tokens.RefreshToken}, "client_id": {org.ClientID()}}, 200)
		if got["active"] != true || got["exp"] != nil {
			t.Errorf("%v, want one without exp", got)
		}
		clock.Advance(time.Hour)
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.RefreshToken}, "client_id": {org.ClientID()}}
		tokens.RefreshToken = postToken(t, org, form, 200)["refresh_token"].(string)
	}
}

// TestBoundTokens: a client whose tokens are to be bound to a key gets none that are not.
func TestBoundTokens(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	addScope(t, org, "psc.read")
	id, secret := newWebApp(t, org, "client_secret_post", "client_credentials")
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"psc.read"}, "client_id": {id}, "client_secret": {secret}}
	postToken(t, org, form, 200)
	var app map[string]any
	api(t, org, "GET", "/api/v1/apps/"+id, nil, 200, &app)
	app["settings"].(map[string]any)["oauthClient"].(map[string]any)["dpop_bound_access_tokens"] = true
	api(t, org, "PUT", "/api/v1/apps/"+id, app, 200, nil)
	if got := postToken(t, org, form, 400); got["error"] != "invalid_dpop_proof" {
		t.Errorf("without a proof: %v", got)
	}
	if got := postToken(t, org, form, 501, "DPoP", "x"); got["error_description"] != "The emulator does not play DPoP." {
		t.Errorf("with a proof: %v", got)
	}
}
