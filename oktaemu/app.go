package oktaemu

import (
	"encoding/json"
	"fmt"
	"maps"
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

	users        []assignment
	groups       []assignment
	grants       []grant // Okta API scopes granted to a service app
	accessPolicy string  // id of its authentication policy
	groupsClaim  map[string]any
}

func (a app) id() string {
	id, _ := a.doc["id"].(string)
	return id
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

// rotates reports whether each use of a refresh token replaces it.
func (c client) rotates() bool { return c.Refresh.Rotation == "ROTATE" }

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
	return assignmentIndex(a.users, userID) >= 0 ||
		slices.ContainsFunc(a.groups, func(g assignment) bool { return slices.Contains(groupIDs, g.ID) })
}

// firstApp is the app that every org starts with: a single-page application
// (public client, code with PKCE, rotating refresh tokens), assigned to Everyone.
func firstApp(opts Options, created stamp) (app, error) {
	doc := completeApp(map[string]any{
		"label": "Pro Santé Connect", "signOnMode": "OPENID_CONNECT",
		"credentials": map[string]any{"oauthClient": map[string]any{"client_id": opts.ClientID}},
		"settings": map[string]any{"oauthClient": map[string]any{
			"application_type": "browser",
			"grant_types":      []string{"authorization_code", "implicit", "refresh_token"},
			"response_types":   []string{"code", "id_token", "token"},
			"redirect_uris":    opts.RedirectURIs, "post_logout_redirect_uris": opts.PostLogoutRedirectURIs,
			"refresh_token": map[string]any{"rotation_type": "ROTATE", "leeway": 0},
		}},
	}, nil)
	maps.Copy(doc, map[string]any{"id": opts.ClientID, "status": "ACTIVE", "created": created, "lastUpdated": created})
	first, err := newApp(doc)
	if err != nil {
		return app{}, err
	}
	first.accessPolicy = defaultAccessPolicyID()
	first.groups = []assignment{{ID: everyoneID(), LastUpdated: created}}
	return first, nil
}
