package oktaemu_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"pschook/oktaemu"
)

func signIn(t *testing.T, org *oktaemu.Org, s oktaemu.SignIn) oktaemu.Tokens {
	t.Helper()
	tokens, err := org.SignIn(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// refusal returns the OAuth error that a sign-in ends with.
func refusal(t *testing.T, org *oktaemu.Org, s oktaemu.SignIn) oktaemu.OAuthError {
	t.Helper()
	_, err := org.SignIn(t.Context(), s)
	var fault *oktaemu.OAuthError
	if !errors.As(err, &fault) {
		t.Fatalf("error %v, want an OAuthError", err)
	}
	return *fault
}

// testVerifier is the PKCE verifier behind authorizeURL's challenge.
const testVerifier = "abcdefghijklmnopqrstuvwxyz0123456789-abcdefghij"

// authorizeURL is a good authorization request with change laid over it; an empty
// value leaves the parameter out.
func authorizeURL(org *oktaemu.Org, change url.Values) string {
	query := url.Values{
		"client_id": {org.ClientID()}, "redirect_uri": {redirectURI}, "response_type": {"code"}, "scope": {"openid profile email"},
		"state": {"s"}, "nonce": {"n"}, "code_challenge": {oauth2.S256ChallengeFromVerifier(testVerifier)}, "code_challenge_method": {"S256"},
	}
	maps.Copy(query, change)
	for name, values := range query {
		if len(values) == 1 && values[0] == "" {
			delete(query, name)
		}
	}
	return org.Issuer() + "/v1/authorize?" + query.Encode()
}

// redeemForm is the token request that fits authorizeURL.
func redeemForm(org *oktaemu.Org, code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {org.ClientID()}, "redirect_uri": {redirectURI}, "code": {code}, "code_verifier": {testVerifier},
	}
}

// postToken posts form to the token endpoint of "default", and returns the answer.
func postToken(t *testing.T, org *oktaemu.Org, form url.Values, want int, headers ...string) map[string]any {
	t.Helper()
	return postForm(t, org.Issuer()+"/v1/token", form, want, headers...)
}

func postForm(t *testing.T, target string, form url.Values, want int, headers ...string) map[string]any {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := plainClient(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != want {
		t.Fatalf("%s: status %d, want %d: %s", target, response.StatusCode, want, text)
	}
	answer := map[string]any{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	return answer
}

// newWebApp makes a confidential client that everybody may use.
func newWebApp(t *testing.T, org *oktaemu.Org, authMethod string, grants ...string) (id, secret string) {
	t.Helper()
	var app struct {
		ID          string
		Credentials struct {
			OAuthClient struct {
				Secret string `json:"client_secret"`
			} `json:"oauthClient"`
		}
	}
	appType := "web"
	if authMethod == "none" { // Okta has no web app without a secret
		appType = "native"
	}
	api(t, org, "POST", "/api/v1/apps", map[string]any{
		"label": "web", "name": "oidc_client", "signOnMode": "OPENID_CONNECT",
		"credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": authMethod}},
		"settings": map[string]any{"oauthClient": map[string]any{
			"application_type": appType, "grant_types": grants, "response_types": []string{"code", "token"}, "redirect_uris": []string{redirectURI},
		}},
	}, http.StatusOK, &app)
	api(t, org, "PUT", "/api/v1/apps/"+app.ID+"/groups/00gemueveryone000000", nil, http.StatusOK, nil)
	return app.ID, app.Credentials.OAuthClient.Secret
}

func addScope(t *testing.T, org *oktaemu.Org, name string) {
	t.Helper()
	api(t, org, "POST", "/api/v1/authorizationServers/default/scopes", map[string]any{"name": name}, http.StatusCreated, nil)
}
