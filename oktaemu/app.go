package oktaemu

import (
	"encoding/json"
	"fmt"
	"slices"
)

// The ways a client authenticates at the token endpoint (OpenID Connect Core 1.0, section 9).
const (
	authNone       = "none"
	authBasic      = "client_secret_basic"
	authPost       = "client_secret_post"
	authPrivateKey = "private_key_jwt"
)

// app is an OpenID Connect application. doc is the object as the Management API
// shows it, with every member that a client sent; client is what the
// authorization servers need of it. Both are replaced together, by newApp.
type app struct {
	doc    map[string]any
	client client

	users  []string // assigned user ids
	groups []string // assigned group ids
	grants []grant  // Okta API scopes granted to a service app
}

// client is an OAuth client as the protocol sees it.
type client struct {
	id           string
	secret       string
	name         string
	active       bool
	appType      string // browser, native, web, service
	authMethod   string
	pkceRequired bool

	GrantTypes     []string        `json:"grant_types"`
	ResponseTypes  []string        `json:"response_types"`
	RedirectURIs   []string        `json:"redirect_uris"`
	PostLogoutURIs []string        `json:"post_logout_redirect_uris"`
	JWKS           json.RawMessage `json:"jwks"`
	Refresh        refreshSetting  `json:"refresh_token"`
}

type refreshSetting struct {
	Rotation string `json:"rotation_type"` // ROTATE, STATIC
	Leeway   int    `json:"leeway"`        // seconds in which a used refresh token still works
}

// public reports whether the client has no way to keep a secret (RFC 6749, section 2.1).
func (c client) public() bool { return c.authMethod == authNone }

func (c client) allowsGrant(grant string) bool { return slices.Contains(c.GrantTypes, grant) }

// newApp reads the client out of an app document.
func newApp(doc map[string]any) (app, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return app{}, fmt.Errorf("app document: %w", err)
	}
	var view struct {
		Label       string `json:"label"`
		Status      string `json:"status"`
		Credentials struct {
			OAuthClient struct {
				ID         string `json:"client_id"`
				Secret     string `json:"client_secret"`
				AuthMethod string `json:"token_endpoint_auth_method"`
				PKCE       bool   `json:"pkce_required"`
			} `json:"oauthClient"`
		} `json:"credentials"`
		Settings struct {
			OAuthClient struct {
				client
				AppType string `json:"application_type"`
			} `json:"oauthClient"`
		} `json:"settings"`
	}
	if err := json.Unmarshal(text, &view); err != nil {
		return app{}, fmt.Errorf("app document: %w", err)
	}
	c := view.Settings.OAuthClient.client
	oauth := view.Credentials.OAuthClient
	c.id, c.secret, c.authMethod, c.pkceRequired = oauth.ID, oauth.Secret, oauth.AuthMethod, oauth.PKCE
	c.name, c.active, c.appType = view.Label, view.Status == "ACTIVE", view.Settings.OAuthClient.AppType
	return app{doc: doc, client: c}, nil
}

// assignedTo reports whether the app is assigned to the user or one of the groups.
func (a app) assignedTo(userID string, groupIDs []string) bool {
	return slices.Contains(a.users, userID) ||
		slices.ContainsFunc(a.groups, func(id string) bool { return slices.Contains(groupIDs, id) })
}

// defaultAppDoc is the app that every org starts with: a single-page application
// (public client, code with PKCE, rotating refresh tokens), assigned to Everyone.
func defaultAppDoc(clientID string, redirectURIs, postLogoutURIs []string, created stamp) map[string]any {
	return map[string]any{
		"id": clientID, "name": "oidc_client", "label": "Pro Santé Connect", "status": "ACTIVE", "signOnMode": "OPENID_CONNECT",
		"created": created, "lastUpdated": created, "features": []string{},
		"accessibility": map[string]any{"selfService": false, "errorRedirectUrl": nil, "loginRedirectUrl": nil},
		"credentials": map[string]any{
			"oauthClient": map[string]any{
				"client_id": clientID, "token_endpoint_auth_method": authNone, "autoKeyRotation": true, "pkce_required": true,
			},
		},
		"settings": map[string]any{
			"oauthClient": map[string]any{
				"application_type": "browser",
				"grant_types":      []string{"authorization_code", "implicit", "refresh_token"},
				"response_types":   []string{"code", "id_token", "token"},
				"redirect_uris":    redirectURIs, "post_logout_redirect_uris": postLogoutURIs,
				"consent_method": "TRUSTED", "issuer_mode": "ORG_URL",
				"refresh_token": map[string]any{"rotation_type": "ROTATE", "leeway": 0},
			},
		},
	}
}
