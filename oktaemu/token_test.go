package oktaemu_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"pschook/oktaemu"
)

// newCode signs "cpx" in and returns an authorization code.
func newCode(t *testing.T, org *oktaemu.Org, change url.Values) string {
	t.Helper()
	return newBrowser(t).signIn(authorizeURL(org, change), url.Values{"persona": {"cpx"}}).answer(t).Get("code")
}

func TestCodeRefuses(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{RedirectURIs: []string{redirectURI, "http://localhost:8080/other"}})
	tests := []struct {
		name, change, value string
		status              int
		code, about         string
	}{
		{"no_grant", "grant_type", "", 400, "invalid_request", "grant_type"},
		{"unknown_grant", "grant_type", "magic", 400, "unsupported_grant_type", "not supported"},
		{"grant_not_allowed", "grant_type", "password", 400, "unauthorized_client", "authorization_code, implicit, refresh_token"},
		{"unknown_code", "code", "x", 400, "invalid_grant", "invalid or has expired"},
		{"other_redirect_uri", "redirect_uri", "http://localhost:8080/other", 400, "invalid_grant", "redirect_uri"},
		{"no_code", "code", "", 400, "invalid_request", "'code' parameter is required"},
		{"no_redirect_uri", "redirect_uri", "", 400, "invalid_request", "'redirect_uri' parameter is required"},
		{"no_verifier", "code_verifier", "", 400, "invalid_request", "PKCE code verifier is required by the application."},
		{"wrong_verifier", "code_verifier", testVerifier + "x", 400, "invalid_grant", "PKCE verification failed"},
		{"unknown_client", "client_id", "0oanobody", 401, "invalid_client", "client_id"},
		{"secret_of_public_client", "client_secret", "x", 401, "invalid_client", "registered for \"none\""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			form := redeemForm(org, newCode(t, org, nil))
			form.Set(tc.change, tc.value)
			if tc.value == "" {
				form.Del(tc.change)
			}
			answer := postToken(t, org, form, tc.status)
			about, _ := answer["error_description"].(string)
			if answer["error"] != tc.code || !strings.Contains(about, tc.about) {
				t.Errorf("answer %v, want %s about %q", answer, tc.code, tc.about)
			}
		})
	}
}

// TestCodeOnce: a code that comes again is refused, and its tokens are revoked.
func TestCodeOnce(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	form := redeemForm(org, newCode(t, org, url.Values{"scope": {"openid offline_access"}}))
	answer := postToken(t, org, form, http.StatusOK)
	access, _ := answer["access_token"].(string)
	refresh, _ := answer["refresh_token"].(string)
	userinfo(t, org, access, http.StatusOK)
	if again := postToken(t, org, form, http.StatusBadRequest); again["error"] != "invalid_grant" {
		t.Errorf("second use: %v", again)
	}
	userinfo(t, org, access, http.StatusUnauthorized)
	postToken(t, org, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {org.ClientID()}}, http.StatusBadRequest)
}

func userinfo(t *testing.T, org *oktaemu.Org, token string, want int) map[string]any {
	t.Helper()
	var claims map[string]any
	var into any
	if want == http.StatusOK {
		into = &claims
	}
	header := call(t, org, "GET", "/oauth2/default/v1/userinfo", "Bearer "+token, nil, want, into)
	if challenge := header.Get("WWW-Authenticate"); want == http.StatusUnauthorized && !strings.Contains(challenge, "invalid_token") {
		t.Errorf("WWW-Authenticate %q", challenge)
	}
	return claims
}

func TestCodeExpires(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	org := newOrg(t, oktaemu.Options{Now: clock.Now})
	form := redeemForm(org, newCode(t, org, nil))
	clock.Advance(5 * time.Minute)
	if answer := postToken(t, org, form, http.StatusBadRequest); answer["error"] != "invalid_grant" {
		t.Errorf("answer %v", answer)
	}
}

func TestAccessTokenExpires(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	org := newOrg(t, oktaemu.Options{Now: clock.Now})
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	clock.Advance(59 * time.Minute)
	if info := userinfo(t, org, tokens.AccessToken, http.StatusOK); info["given_name"] != "Antoine" || info["sub"] != oktaemu.Personas()[4].UserID {
		t.Errorf("userinfo %v", info)
	}
	clock.Advance(time.Minute)
	userinfo(t, org, tokens.AccessToken, http.StatusUnauthorized)
}

// TestRefreshRotation: each refresh gives a new token; an old one that comes back
// ends the whole family.
func TestRefreshRotation(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	first := signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"openid", "email", "offline_access"}})
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.RefreshToken}, "client_id": {org.ClientID()}, "scope": {"openid"}}
	second := postToken(t, org, form, http.StatusOK)
	next, _ := second["refresh_token"].(string)
	if next == first.RefreshToken || second["scope"] != "openid" || second["id_token"] == nil {
		t.Errorf("second answer %v", second)
	}
	form.Set("scope", "openid profile")
	form.Set("refresh_token", next)
	if wider := postToken(t, org, form, http.StatusBadRequest); wider["error"] != "invalid_scope" {
		t.Errorf("a wider scope: %v", wider)
	}
	form.Del("scope")
	form.Set("refresh_token", first.RefreshToken)
	if reused := postToken(t, org, form, http.StatusBadRequest); reused["error"] != "invalid_grant" {
		t.Errorf("reuse: %v", reused)
	}
	form.Set("refresh_token", next)
	postToken(t, org, form, http.StatusBadRequest)
	access, _ := second["access_token"].(string)
	userinfo(t, org, access, http.StatusUnauthorized)
}

// TestRefreshDenied: a hook that refuses a refresh leaves the token as it was.
func TestRefreshDenied(t *testing.T) {
	t.Parallel()
	answers := make(chan string, 3)
	hook := hookServer(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, <-answers) })
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}})
	answers <- `{}`
	answers <- `{"error":{"errorSummary":"plus tard"}}`
	answers <- `{}`
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"openid", "offline_access"}})
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.RefreshToken}, "client_id": {org.ClientID()}}
	if denied := postToken(t, org, form, http.StatusBadRequest); denied["error"] != "server_error" || denied["error_description"] != "plus tard" {
		t.Errorf("answer %v", denied)
	}
	postToken(t, org, form, http.StatusOK)
}

// TestCodeTwiceDuringHook: the code comes again while the first request waits for
// the hook; then neither gets tokens.
func TestCodeTwiceDuringHook(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	hook := hookServer(t, func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		w.WriteHeader(http.StatusNoContent)
	})
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}})
	form := redeemForm(org, newCode(t, org, nil))
	first := make(chan error, 1)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, org.Issuer()+"/v1/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := plainClient(t)
	go func() {
		response, err := client.Do(request)
		if err == nil {
			err = response.Body.Close()
			if response.StatusCode != http.StatusBadRequest {
				err = fmt.Errorf("the first request: status %d", response.StatusCode)
			}
		}
		first <- err
	}()
	<-entered
	postToken(t, org, form, http.StatusBadRequest)
	close(leave)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

// TestRefreshWindow: the rule's window ends a token that is not used.
func TestRefreshWindow(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	org := newOrg(t, oktaemu.Options{Now: clock.Now})
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"openid", "offline_access"}})
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.RefreshToken}, "client_id": {org.ClientID()}}
	clock.Advance(7*24*time.Hour - time.Second)
	form.Set("refresh_token", postToken(t, org, form, http.StatusOK)["refresh_token"].(string))
	clock.Advance(7*24*time.Hour - time.Second)
	form.Set("refresh_token", postToken(t, org, form, http.StatusOK)["refresh_token"].(string))
	clock.Advance(7 * 24 * time.Hour)
	postToken(t, org, form, http.StatusBadRequest)
}

// TestClientAuthentication: each method works for the client registered for it,
// and for no other.
func TestClientAuthentication(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	addScope(t, org, "psc.read")
	basicID, basicSecret := newWebApp(t, org, "client_secret_basic", "client_credentials")
	postID, postSecret := newWebApp(t, org, "client_secret_post", "client_credentials")
	basic := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	tests := []struct {
		name, header string
		form         url.Values
		status       int
		code         string
	}{
		{"basic", basic(basicID, basicSecret), nil, 200, ""},
		{"basic_wrong", basic(basicID, "x"), nil, 401, "invalid_client"},
		{"basic_by_post", "", url.Values{"client_id": {basicID}, "client_secret": {basicSecret}}, 200, ""},
		{"post_by_basic", basic(postID, postSecret), nil, 200, ""},
		{"post_by_basic_wrong", basic(postID, "x"), nil, 401, "invalid_client"},
		{"basic_without_secret", basic(basicID, ""), nil, 401, "invalid_client"},
		{"basic_unreadable", "Basic !", nil, 401, "invalid_client"},
		{"post", "", url.Values{"client_id": {postID}, "client_secret": {postSecret}}, 200, ""},
		{"post_wrong", "", url.Values{"client_id": {postID}, "client_secret": {"x"}}, 401, "invalid_client"},
		{"post_without_secret", "", url.Values{"client_id": {postID}}, 401, "invalid_client"},
		{"both", basic(basicID, basicSecret), url.Values{"client_id": {basicID}, "client_secret": {basicSecret}}, 401, "invalid_request"},
		{"two_clients", basic(basicID, basicSecret), url.Values{"client_id": {postID}}, 400, "invalid_request"},
		{"user_scope", basic(basicID, basicSecret), url.Values{"scope": {"openid"}}, 400, "invalid_scope"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			form := url.Values{"grant_type": {"client_credentials"}, "scope": {"psc.read"}}
			maps.Copy(form, tc.form)
			var headers []string
			if tc.header != "" {
				headers = []string{"Authorization", tc.header}
			}
			answer := postToken(t, org, form, tc.status, headers...)
			if tc.code != "" && answer["error"] != tc.code || tc.code == "" && answer["access_token"] == nil {
				t.Errorf("answer %v, want %q", answer, tc.code)
			}
			if answer["id_token"] != nil || answer["refresh_token"] != nil {
				t.Errorf("client credentials gave more than an access token: %v", answer)
			}
		})
	}
}

// TestPrivateKeyJWT changes one claim of a good assertion at a time.
func TestPrivateKeyJWT(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	org := newOrg(t, oktaemu.Options{})
	addScope(t, org, "psc.read")
	id := newServiceApp(t, org, key)
	tests := []struct {
		name   string
		change map[string]any
		key    *rsa.PrivateKey
		want   string // part of the error; empty: tokens
	}{
		{name: "good"},
		{name: "issuer_as_audience", change: map[string]any{"aud": org.Issuer()}},
		{name: "other_key", key: other, want: "no key of the client"},
		{name: "other_audience", change: map[string]any{"aud": "https://other.example"}, want: "aud"},
		{name: "expired", change: map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}, want: "expired"},
		{name: "too_long", change: map[string]any{"exp": time.Now().Add(2 * time.Hour).Unix()}, want: "one hour"},
		{name: "no_exp", change: map[string]any{"exp": nil}, want: "expired or has no exp"},
		{name: "issued_later", change: map[string]any{"iat": time.Now().Add(time.Hour).Unix()}, want: "iat"},
		{name: "other_issuer", change: map[string]any{"iss": "x"}, want: "iss and sub"},
		{name: "reused", change: map[string]any{"jti": "once"}, want: "used before"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			claims := map[string]any{
				"iss": id, "sub": id, "aud": org.Issuer() + "/v1/token", "iat": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix(),
			}
			maps.Copy(claims, tc.change)
			signing := tc.key
			if signing == nil {
				signing = key
			}
			form := url.Values{
				"grant_type": {"client_credentials"}, "scope": {"psc.read"}, "client_assertion": {assertion(t, signing, claims)},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			}
			if tc.name == "reused" {
				postToken(t, org, form, http.StatusOK)
			}
			if tc.want == "" {
				postToken(t, org, form, http.StatusOK)
				return
			}
			answer := postToken(t, org, form, http.StatusUnauthorized)
			about, _ := answer["error_description"].(string)
			if answer["error"] != "invalid_client" || !strings.Contains(about, tc.want) {
				t.Errorf("answer %v, want one about %q", answer, tc.want)
			}
		})
	}
}

// TestClientSecretJWT: the secret signs the assertion, either of two; it is not taken as such, and no key counts.
func TestClientSecretJWT(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	addScope(t, org, "care")
	id, secret := newWebApp(t, org, "client_secret_jwt", "client_credentials")
	var second struct {
		Secret string `json:"client_secret"`
	}
	api(t, org, "POST", "/api/v1/apps/"+id+"/credentials/secrets", nil, http.StatusCreated, &second)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]any{"iss": id, "sub": id, "aud": org.Issuer() + "/v1/token", "exp": time.Now().Add(5 * time.Minute).Unix()}
	form := func(signed string) url.Values {
		return url.Values{
			"grant_type": {"client_credentials"}, "scope": {"care"}, "client_assertion": {signed},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		}
	}
	bySecret := func(secret string) url.Values {
		return form(signedBy(t, jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret)}, claims))
	}
	postToken(t, org, bySecret(secret), http.StatusOK)
	postToken(t, org, bySecret(second.Secret), http.StatusOK)
	for about, bad := range map[string]url.Values{
		"no secret of the client verifies it": bySecret(strings.Repeat("x", 40)),
		"used \"private_key_jwt\"":            form(assertion(t, key, claims)),
		"used \"client_secret_post\"":         {"grant_type": {"client_credentials"}, "scope": {"care"}, "client_id": {id}, "client_secret": {secret}},
	} {
		answer := postToken(t, org, bad, http.StatusUnauthorized)
		if got, _ := answer["error_description"].(string); answer["error"] != "invalid_client" || !strings.Contains(got, about) {
			t.Errorf("answer %v, want one about %q", answer, about)
		}
	}
}

func assertion(t *testing.T, key *rsa.PrivateKey, claims map[string]any) string {
	t.Helper()
	return signedBy(t, jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, claims)
}

func signedBy(t *testing.T, key jose.SigningKey, claims map[string]any) string {
	t.Helper()
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestIntrospectAndRevokeByMethod: clients prove themselves there as at the token endpoint, each in its own way.
func TestIntrospectAndRevokeByMethod(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	org := newOrg(t, oktaemu.Options{})
	addScope(t, org, "care")
	const kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	for _, method := range []string{"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			var id, secret string
			if method == "private_key_jwt" {
				id = newServiceApp(t, org, key)
			} else {
				id, secret = newWebApp(t, org, method, "client_credentials")
			}
			ask := func(endpoint string, form url.Values, want int) map[string]any {
				t.Helper()
				claims := map[string]any{"iss": id, "sub": id, "aud": org.Issuer() + "/v1/" + endpoint, "exp": time.Now().Add(time.Minute).Unix()}
				var headers []string
				switch method {
				case "client_secret_basic":
					headers = []string{"Authorization", "Basic " + base64Of(id+":"+secret)}
				case "client_secret_post":
					form.Set("client_id", id)
					form.Set("client_secret", secret)
				case "client_secret_jwt":
					form.Set("client_assertion_type", kind)
					form.Set("client_assertion", signedBy(t, jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret)}, claims))
				case "private_key_jwt":
					form.Set("client_assertion_type", kind)
					form.Set("client_assertion", assertion(t, key, claims))
				}
				return postForm(t, org.Issuer()+"/v1/"+endpoint, form, want, headers...)
			}
			token, _ := ask("token", url.Values{"grant_type": {"client_credentials"}, "scope": {"care"}}, 200)["access_token"].(string)
			about := func() url.Values { return url.Values{"token": {token}, "token_type_hint": {"access_token"}} }
			if got := ask("introspect", about(), 200); got["active"] != true || got["scope"] != "care" {
				t.Errorf("introspected %v", got)
			}
			for _, endpoint := range []string{"introspect", "revoke"} {
				unproved := about()
				unproved.Set("client_id", id)
				if got := postForm(t, org.Issuer()+"/v1/"+endpoint, unproved, 401); got["error"] != "invalid_client" {
					t.Errorf("%s without proof: %v", endpoint, got)
				}
			}
			ask("revoke", about(), 200)
			if got := ask("introspect", about(), 200); got["active"] != false {
				t.Errorf("introspected after it was revoked: %v", got)
			}
		})
	}
}

// TestPasswordGrant: only the password counts, whatever the persona's method is.
func TestPasswordGrant(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	id, secret := newWebApp(t, org, "client_secret_post", "password")
	form := url.Values{
		"grant_type": {"password"}, "scope": {"openid"}, "client_id": {id}, "client_secret": {secret},
		"username": {"cpx@hopital.example"}, "password": {"demo"},
	}
	raw, _ := postToken(t, org, form, http.StatusOK)["id_token"].(string)
	if amr := claimsOf(t, org, raw)["amr"].([]any); len(amr) != 1 || amr[0] != "pwd" {
		t.Errorf("amr %v, want only pwd", amr)
	}
	form.Set("password", "wrong")
	if answer := postToken(t, org, form, http.StatusBadRequest); answer["error"] != "invalid_grant" {
		t.Errorf("answer %v", answer)
	}
}

func TestIntrospectAndRevoke(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"openid", "offline_access"}})
	active := func(token string) any {
		t.Helper()
		return postForm(t, org.Issuer()+"/v1/introspect", url.Values{"token": {token}, "client_id": {org.ClientID()}}, http.StatusOK)["active"]
	}
	for name, token := range map[string]string{"access": tokens.AccessToken, "ID": tokens.IDToken, "refresh": tokens.RefreshToken} {
		if active(token) != true {
			t.Errorf("the %s token is not active", name)
		}
	}
	if active("nonsense") != false || active(tokens.AccessToken+"x") != false {
		t.Error("nonsense is active")
	}
	id, secret := newWebApp(t, org, "client_secret_post", "password")
	stranger := url.Values{"token": {tokens.AccessToken}, "client_id": {id}, "client_secret": {secret}}
	if got := postForm(t, org.Issuer()+"/v1/introspect", stranger, http.StatusOK); got["active"] != false {
		t.Errorf("another client's token is shown: %v", got)
	}
	postForm(t, org.Issuer()+"/v1/revoke", stranger, http.StatusOK)
	if active(tokens.AccessToken) != true {
		t.Error("another client revoked the token")
	}
	userinfo(t, org, tokens.IDToken, http.StatusUnauthorized)
	postForm(t, org.Issuer()+"/v1/revoke", url.Values{"token": {tokens.AccessToken}, "client_id": {org.ClientID()}}, http.StatusOK)
	if active(tokens.AccessToken) != false || active(tokens.RefreshToken) != true {
		t.Error("revoking the access token: it must end, the refresh token must not")
	}
	postForm(t, org.Issuer()+"/v1/revoke", url.Values{"token": {tokens.RefreshToken}, "client_id": {org.ClientID()}}, http.StatusOK)
	if active(tokens.RefreshToken) != false {
		t.Error("the revoked refresh token is active")
	}
	postForm(t, org.Issuer()+"/v1/revoke", url.Values{"token": {"nonsense"}, "client_id": {org.ClientID()}}, http.StatusOK)
}

// TestLogoutRefuses: the hint must be ours, and the target registered.
func TestLogoutRefuses(t *testing.T) {
	t.Parallel()
	org, other := newOrg(t, oktaemu.Options{}), newOrg(t, oktaemu.Options{})
	ours, theirs := signIn(t, org, oktaemu.SignIn{Login: "cpx"}), signIn(t, other, oktaemu.SignIn{Login: "cpx"})
	for name, query := range map[string]url.Values{
		"no_hint":      {},
		"foreign_hint": {"id_token_hint": {theirs.IDToken}},
		"access_token": {"id_token_hint": {ours.AccessToken}},
		"target":       {"id_token_hint": {ours.IDToken}, "post_logout_redirect_uri": {"https://evil.example/"}},
	} {
		if got := newBrowser(t).get(org.Issuer() + "/v1/logout?" + query.Encode()); got.status != http.StatusBadRequest || got.location != nil {
			t.Errorf("%s: status %d, location %v", name, got.status, got.location)
		}
	}
}
