package oktaemu_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pschook/oktaemu"
)

// TestAuthorizeRefuses changes one parameter of a good request at a time.
func TestAuthorizeRefuses(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	web, _ := newWebApp(t, org, "client_secret_basic", "authorization_code")
	tests := []struct {
		name   string
		change url.Values
		page   string // text of the error page; the client learns nothing
		code   string // OAuth error at the redirect URI
		about  string // part of its description
	}{
		{name: "no_client", change: url.Values{"client_id": {""}}, page: "client_id"},
		{name: "unknown_client", change: url.Values{"client_id": {"0oanobody"}}, page: "client_id"},
		{name: "no_redirect_uri", change: url.Values{"redirect_uri": {""}}, page: "redirect_uri"},
		{name: "redirect_uri_with_more", change: url.Values{"redirect_uri": {redirectURI + "/x"}}, page: "redirect_uri"},
		{name: "redirect_uri_other_case", change: url.Values{"redirect_uri": {strings.ToUpper(redirectURI)}}, page: "redirect_uri"},
		{name: "no_state", change: url.Values{"state": {""}}, code: "invalid_request", about: "'state'"},
		{name: "no_response_type", change: url.Values{"response_type": {""}}, code: "invalid_request", about: "response_type"},
		{name: "unknown_response_type", change: url.Values{"response_type": {"device"}}, code: "unsupported_response_type", about: "not supported"},
		{name: "response_type_not_allowed", change: url.Values{"client_id": {web}, "response_type": {"id_token"}}, code: "unauthorized_client", about: "id_token"},
		{name: "query_with_tokens", change: url.Values{"response_type": {"token"}, "response_mode": {"query"}}, code: "unsupported_response_mode", about: "query"},
		{name: "unknown_response_mode", change: url.Values{"response_mode": {"pigeon"}}, code: "unsupported_response_mode", about: "response mode"},
		{name: "unknown_scope", change: url.Values{"scope": {"openid nonsense"}}, code: "invalid_scope", about: "not configured"},
		{name: "no_scope", change: url.Values{"scope": {""}}, code: "invalid_scope", about: "'scope' must be provided"},
		{name: "id_token_without_openid", change: url.Values{"response_type": {"id_token"}, "scope": {"profile"}}, code: "invalid_scope", about: "openid"},
		{name: "id_token_without_nonce", change: url.Values{"response_type": {"id_token"}, "nonce": {""}}, code: "invalid_request", about: "'nonce'"},
		{name: "no_challenge", change: url.Values{"code_challenge": {""}, "code_challenge_method": {""}}, code: "invalid_request", about: "PKCE code challenge is required"},
		{name: "plain_challenge", change: url.Values{"code_challenge_method": {"plain"}}, code: "invalid_request", about: "S256"},
		{name: "challenge_without_method", change: url.Values{"code_challenge_method": {""}}, code: "invalid_request", about: "S256"},
		{name: "short_challenge", change: url.Values{"code_challenge": {"abc"}}, code: "invalid_request", about: "SHA-256"},
		{name: "twice", change: url.Values{"nonce": {"a", "b"}}, code: "invalid_request", about: "'nonce' is given more than once"},
		{name: "unknown_prompt", change: url.Values{"prompt": {"dance"}}, code: "invalid_request", about: "prompt"},
		{name: "prompt_none_and_more", change: url.Values{"prompt": {"none login"}}, code: "invalid_request", about: "prompt"},
		{name: "prompt_none_signed_out", change: url.Values{"prompt": {"none"}}, code: "login_required", about: "not signed in"},
		{name: "max_age_below_zero", change: url.Values{"max_age": {"-1"}}, code: "invalid_request", about: "max_age"},
		{name: "max_age_fraction", change: url.Values{"max_age": {"1.5"}}, code: "invalid_request", about: "max_age"},
		{name: "select_account", change: url.Values{"prompt": {"select_account"}}, code: "invalid_request", about: "prompt"},
		{name: "response_type_none", change: url.Values{"response_type": {"none"}}, code: "unsupported_response_type", about: "not supported"},
		{name: "signed_response", change: url.Values{"response_mode": {"query.jwt"}}, code: "unsupported_response_mode", about: "response mode"},
		{name: "hybrid_without_nonce", change: url.Values{"response_type": {"code id_token"}, "nonce": {""}}, code: "invalid_request", about: "'nonce'"},
		{name: "method_without_challenge", change: url.Values{"code_challenge": {""}}, code: "invalid_request", about: "PKCE code challenge is required when"},
		{name: "max_age_text", change: url.Values{"max_age": {"soon"}}, code: "invalid_request", about: "max_age"},
		{name: "request_object", change: url.Values{"request": {"e30.e30."}}, code: "request_not_supported", about: "request"},
		{name: "bad_session_token", change: url.Values{"sessionToken": {"x"}, "prompt": {"none"}}, code: "login_required", about: "not signed in"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := newBrowser(t).get(authorizeURL(org, tc.change))
			if tc.page != "" {
				if got.status != http.StatusBadRequest || got.location != nil || !strings.Contains(got.body, strings.ReplaceAll(tc.page, "'", "&#39;")) {
					t.Errorf("status %d, location %v, want an error page with %q: %s", got.status, got.location, tc.page, got.body)
				}
				return
			}
			answer := got.answer(t)
			if answer.Get("error") != tc.code || !strings.Contains(answer.Get("error_description"), tc.about) || answer.Get("code") != "" {
				t.Errorf("answer %v, want %s about %q", answer, tc.code, tc.about)
			}
			if tc.name != "no_state" && answer.Get("state") != "s" {
				t.Errorf("state %q", answer.Get("state"))
			}
		})
	}
}

// TestResponseTypes goes through the combinations, and where the answer travels.
func TestResponseTypes(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for kind, want := range map[string][]string{
		"code":                {"code"},
		"id_token":            {"id_token"},
		"token":               {"access_token"},
		"id_token token":      {"access_token", "id_token"},
		"code id_token":       {"code", "id_token"},
		"code token":          {"access_token", "code"},
		"code id_token token": {"access_token", "code", "id_token"},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			got := newBrowser(t).signIn(authorizeURL(org, url.Values{"response_type": {kind}}), url.Values{"persona": {"cpx"}})
			if inQuery := got.location.RawQuery != ""; inQuery != (kind == "code") {
				t.Errorf("location %v", got.location)
			}
			answer := got.answer(t)
			for _, name := range []string{"access_token", "code", "id_token"} {
				if there := answer.Get(name) != ""; there != slices.Contains(want, name) {
					t.Errorf("%s: %v", name, answer)
				}
			}
			if answer.Get("id_token") == "" {
				return
			}
			claims := claimsOf(t, org, answer.Get("id_token"))
			for claim, beside := range map[string]string{"at_hash": "access_token", "c_hash": "code"} {
				if there := claims[claim] != nil; there != (answer.Get(beside) != "") {
					t.Errorf("%s is %v beside %v", claim, claims[claim], answer)
				}
			}
			if full := claims["given_name"] != nil; full != (kind == "id_token") {
				t.Errorf("given_name in the ID token: %v; only an ID token alone has all claims", full)
			}
		})
	}
}

// TestFormPost: the page that sends itself, without inline script.
func TestFormPost(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	surfer := newBrowser(t)
	got := surfer.signIn(authorizeURL(org, url.Values{"response_mode": {"form_post"}, "state": {`"><script>`}}), url.Values{"persona": {"cpx"}})
	if got.status != http.StatusOK || !strings.Contains(got.body, `action="`+redirectURI+`"`) || !strings.Contains(got.body, `name="code"`) {
		t.Errorf("status %d: %s", got.status, got.body)
	}
	if strings.Contains(got.body, `"><script>`) || !strings.Contains(got.header.Get("Content-Security-Policy"), "script-src 'self'") {
		t.Errorf("page is open to script: %v %s", got.header, got.body)
	}
	if script := surfer.get(org.URL() + "/assets/form-post.js"); !strings.Contains(script.body, "submit()") {
		t.Errorf("script %q", script.body)
	}
}

// TestRedirectURIThatRuns: neither the options nor the Management API take one, so that no form is ever sent there.
func TestRedirectURIThatRuns(t *testing.T) {
	t.Parallel()
	const uri, want = "javascript:alert(1)", "has a scheme that browsers run"
	if _, err := oktaemu.New(oktaemu.Options{RedirectURIs: []string{uri}}); err == nil || !strings.Contains(err.Error(), `RedirectURIs: "`+uri+`" `+want) {
		t.Errorf("options: %v", err)
	}
	var refusal struct {
		Causes []struct{ ErrorSummary string } `json:"errorCauses"`
	}
	api(t, newOrg(t, oktaemu.Options{}), "POST", "/api/v1/apps", map[string]any{
		"label": "web", "name": "oidc_client", "signOnMode": "OPENID_CONNECT",
		"credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": "client_secret_basic"}},
		"settings": map[string]any{"oauthClient": map[string]any{
			"application_type": "web", "grant_types": []string{"authorization_code"}, "response_types": []string{"code"}, "redirect_uris": []string{uri},
		}},
	}, http.StatusBadRequest, &refusal)
	if len(refusal.Causes) != 1 || refusal.Causes[0].ErrorSummary != "redirect_uris: '"+uri+"' "+want {
		t.Errorf("Management API: %+v", refusal)
	}
}

// TestHookDeniesImplicit: the error object reaches the redirect URI, and no code is left behind.
func TestHookDeniesImplicit(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hookThatAnswers(t, 200, `{"error":{"errorSummary":"refusé"}}`).URL}})
	answer := newBrowser(t).signIn(authorizeURL(org, url.Values{"response_type": {"code id_token"}}), url.Values{"persona": {"cpx"}}).answer(t)
	if answer.Get("error") != "server_error" || answer.Get("error_description") != "refusé" || answer.Get("code") != "" {
		t.Errorf("answer %v", answer)
	}
}

// TestSessions: single sign-on, prompt=login, max_age, expiry.
func TestSessions(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	org := newOrg(t, oktaemu.Options{Now: clock.Now})
	surfer := newBrowser(t)
	surfer.signIn(authorizeURL(org, nil), url.Values{"persona": {"cpx"}})
	asks := func(change url.Values) bool {
		t.Helper()
		got := surfer.get(authorizeURL(org, change))
		if got.location == nil && got.status != http.StatusOK {
			t.Fatalf("status %d: %s", got.status, got.body)
		}
		return got.location == nil
	}
	clock.Advance(10 * time.Minute)
	if asks(nil) || asks(url.Values{"max_age": {"601"}}) || asks(url.Values{"max_age": {"9223372036854775807"}}) || asks(url.Values{"prompt": {"none"}}) {
		t.Error("asks again although the session is good")
	}
	if !asks(url.Values{"prompt": {"login"}}) || !asks(url.Values{"max_age": {"599"}}) {
		t.Error("does not ask again although the request says so")
	}
	clock.Advance(2 * time.Hour)
	if !asks(nil) {
		t.Error("the session has no end")
	}
}

func TestSignInPage(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	surfer := newBrowser(t)
	shown := surfer.get(authorizeURL(org, url.Values{"login_hint": {"totp@hopital.example"}}))
	shown.body = strings.ReplaceAll(shown.body, "<wbr>", "") // where a line may end
	for _, p := range oktaemu.Personas() {
		if !strings.Contains(shown.body, p.Login) {
			t.Errorf("%s is not on the page", p.Login)
		}
	}
	if strings.Index(shown.body, "totp@") > strings.Index(shown.body, "password@") {
		t.Error("the hinted person is not at the top")
	}
	if csp := shown.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("CSP %q", csp)
	}
	wrong := surfer.signIn(authorizeURL(org, nil), url.Values{"username": {"cpx@hopital.example"}, "password": {"nonsense"}})
	if wrong.status != http.StatusUnauthorized || !strings.Contains(wrong.body, `role="alert"`) {
		t.Errorf("wrong password: status %d", wrong.status)
	}
	right := surfer.signIn(authorizeURL(org, nil), url.Values{"username": {"CPX@hopital.example"}, "password": {"demo"}})
	if right.answer(t).Get("code") == "" {
		t.Errorf("right password: %v", right.location)
	}
	if got := surfer.post(org.URL()+"/signin/nonsense", url.Values{"persona": {"cpx"}}); got.status != http.StatusBadRequest {
		t.Errorf("unknown page: status %d", got.status)
	}
}

// TestACRValues: a request can demand two factors; the token says what was reached.
func TestACRValues(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	demand := authorizeURL(org, url.Values{"acr_values": {"urn:okta:loa:2fa:any"}})
	surfer := newBrowser(t)
	if got := surfer.signIn(demand, url.Values{"persona": {"password"}}); got.status != http.StatusUnauthorized {
		t.Errorf("one factor: status %d", got.status)
	}
	code := surfer.signIn(demand, url.Values{"persona": {"cpx"}}).answer(t).Get("code")
	answer := postToken(t, org, redeemForm(org, code), http.StatusOK)
	raw, _ := answer["id_token"].(string)
	if acr := claimsOf(t, org, raw)["acr"]; acr != "urn:okta:loa:2fa:any" {
		t.Errorf("acr %v", acr)
	}
	unknown := authorizeURL(org, url.Values{"acr_values": {"eidas1"}})
	if got := newBrowser(t).signIn(unknown, url.Values{"persona": {"password"}}).answer(t); got.Get("code") == "" {
		t.Errorf("an unknown level is not voluntary: %v", got)
	}
}

// With SignInByHint one click on a link of the client's is enough; whoever is not hinted at, or must not be asked, gets what Okta gives.
func TestSignInByHint(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{SignInByHint: true})
	for name, tt := range map[string]struct {
		query url.Values
		code  bool
	}{
		"hinted":            {url.Values{"login_hint": {"cpx@hopital.example"}}, true},
		"hinted anew":       {url.Values{"login_hint": {"cpx@hopital.example"}, "prompt": {"login"}}, true},
		"nobody":            {url.Values{"login_hint": {"nobody@hopital.example"}}, false},
		"no hint":           {nil, false},
		"must not be asked": {url.Values{"login_hint": {"cpx@hopital.example"}, "prompt": {"none"}}, false},
	} {
		shown := newBrowser(t).get(authorizeURL(org, tt.query))
		if got := shown.location != nil && shown.location.Query().Get("code") != ""; got != tt.code {
			t.Errorf("%s: code %v, want %v: status %d at %v", name, got, tt.code, shown.status, shown.location)
		}
	}
	if shown := newBrowser(t).get(authorizeURL(newOrg(t, oktaemu.Options{}), url.Values{"login_hint": {"cpx@hopital.example"}})); shown.location != nil {
		t.Error("without it a hint signs in")
	}
}
