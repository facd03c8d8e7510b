// Package oktaapp registers web applications with an emulated org, for the clients of internal/interop. It is for tests
// only.
package oktaapp

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
)

// Org is where the application is registered: what package oktaemu says of itself.
type Org interface {
	URL() string
	APIToken() string
}

// App is an application to register.
type App struct {
	AuthMethod        string // how it says that it authenticates: client_secret_basic, client_secret_post, none
	RedirectURI       string
	LogoutRedirectURI string   // "" for none
	GrantTypes        []string // default authorization_code and refresh_token
}

// Register registers the application with Okta's Management API, for everybody in the org. It returns the client's id
// and, unless AuthMethod is none, its secret.
func (a App) Register(t *testing.T, org Org) (id, secret string) {
	t.Helper()
	var made struct {
		ID          string `json:"id"`
		Credentials struct {
			OAuthClient struct {
				Secret string `json:"client_secret"`
			} `json:"oauthClient"`
		} `json:"credentials"`
	}
	if a.GrantTypes == nil {
		a.GrantTypes = []string{"authorization_code", "refresh_token"}
	}
	appType := "web"
	if a.AuthMethod == "none" { // a web application has a way to authenticate
		appType = "native"
	}
	client := map[string]any{
		"application_type": appType, "grant_types": a.GrantTypes, "response_types": []string{"code"},
		"redirect_uris": []string{a.RedirectURI},
	}
	if a.LogoutRedirectURI != "" {
		client["post_logout_redirect_uris"] = []string{a.LogoutRedirectURI}
	}
	call(t, org, http.MethodPost, "/api/v1/apps", map[string]any{
		"name": "oidc_client", "label": "web application", "signOnMode": "OPENID_CONNECT",
		"credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": a.AuthMethod}},
		"settings":    map[string]any{"oauthClient": client},
	}, &made)
	var groups []struct {
		ID string `json:"id"`
	}
	call(t, org, http.MethodGet, "/api/v1/groups?q=Everyone", nil, &groups)
	if len(groups) != 1 {
		t.Fatalf("%d groups are called Everyone", len(groups))
	}
	call(t, org, http.MethodPut, "/api/v1/apps/"+made.ID+"/groups/"+groups[0].ID, map[string]any{}, new(any))
	return made.ID, made.Credentials.OAuthClient.Secret
}

// call makes one call of the Management API and decodes the answer.
func call(t *testing.T, org Org, method, path string, body, into any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, org.URL()+path, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "SSWS "+org.APIToken())
	request.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: status %d", method, path, response.StatusCode)
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}
