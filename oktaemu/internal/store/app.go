package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"pschook/oktaemu/internal/wire"
)

// The ways a client authenticates at the token endpoint (OpenID Connect Core 1.0, section 9).
const (
	AuthNone       = "none"
	AuthBasic      = "client_secret_basic"
	AuthPost       = "client_secret_post"
	AuthPrivateKey = "private_key_jwt"
	AuthSecretJWT  = "client_secret_jwt"
)

// App is an OpenID Connect application. Doc is the object as the Management API
// shows it, with every member that a client sent; Client is what the
// authorization servers need of it. Both are replaced together, by [NewApp].
type App struct {
	Doc    map[string]any
	Client Client

	Secrets      []ClientSecret // the one in Doc first
	Keys         []AppKey       // with certificates, made by the org
	Users        []Assignment
	Groups       []Assignment
	Grants       []Grant // Okta API scopes granted to a service app
	AccessPolicy string  // id of its authentication policy
	GroupsClaim  map[string]any
}

// ID is the app's id.
func (a App) ID() string {
	id, _ := a.Doc["id"].(string)
	return id
}

// Client is an OAuth client as the protocol sees it.
type Client struct {
	ID           string `json:"-"`
	Secret       string `json:"-"`
	otherSecret  string // active beside it
	Name         string `json:"-"`
	Active       bool   `json:"-"`
	appType      string // browser, native, web, service
	catalogue    bool   // of an app from Okta's catalogue, which knows its redirect URIs
	AuthMethod   string `json:"-"`
	PKCERequired bool   `json:"-"`

	GrantTypes     []string        `json:"grant_types"`
	ResponseTypes  []string        `json:"response_types"`
	RedirectURIs   []string        `json:"redirect_uris"`
	PostLogoutURIs []string        `json:"post_logout_redirect_uris"`
	JWKS           json.RawMessage `json:"jwks"`
	JWKSURI        string          `json:"jwks_uri"` // kept and shown; the emulator fetches none
	Refresh        refreshSetting  `json:"refresh_token"`
	DPoP           bool            `json:"dpop_bound_access_tokens"`
}

type refreshSetting struct {
	Rotation string `json:"rotation_type"` // ROTATE, STATIC
	Leeway   int    `json:"leeway"`        // seconds in which a used refresh token still works
}

// Public reports whether the client has no way to keep a secret (RFC 6749, section 2.1).
func (c Client) Public() bool { return c.AuthMethod == AuthNone }

// Rotates reports whether each use of a refresh token replaces it.
func (c Client) Rotates() bool { return c.Refresh.Rotation == "ROTATE" }

// AllowsGrant reports whether the client is registered for the grant type.
func (c Client) AllowsGrant(grant string) bool { return slices.Contains(c.GrantTypes, grant) }

// NewApp reads the client out of an app document.
func NewApp(doc map[string]any) (App, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return App{}, fmt.Errorf("app document: %w", err)
	}
	var view struct {
		Name        string `json:"name"`
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
				Client
				AppType string `json:"application_type"`
			} `json:"oauthClient"`
		} `json:"settings"`
	}
	if err := json.Unmarshal(text, &view); err != nil {
		return App{}, fmt.Errorf("app document: %w", err)
	}
	c := view.Settings.OAuthClient.Client
	oauth := view.Credentials.OAuthClient
	c.JWKS = activeKeys(c.JWKS)
	c.ID, c.Secret, c.AuthMethod, c.PKCERequired = oauth.ID, oauth.Secret, oauth.AuthMethod, oauth.PKCE
	c.catalogue = view.Name != OIDCName
	c.Name, c.Active, c.appType = view.Label, view.Status == "ACTIVE", view.Settings.OAuthClient.AppType
	return App{Doc: doc, Client: c}, nil
}

// AssignedTo reports whether the app is assigned to the user or one of the groups.
func (a App) AssignedTo(userID string, groupIDs []string) bool {
	return AssignmentIndex(a.Users, userID) >= 0 ||
		slices.ContainsFunc(a.Groups, func(g Assignment) bool { return slices.Contains(groupIDs, g.ID) })
}

// OIDCName is the name of the apps that an administrator makes for an OAuth client. Apps
// of other names are from Okta's catalogue: their client is not shown.
const OIDCName = "oidc_client"

// CompleteApp lays in over what Okta fills in, and keeps client id and secret of before.
func CompleteApp(in, before map[string]any) map[string]any {
	if in["signOnMode"] != OIDCMode {
		return completePlain(in)
	}
	settings := Object(Object(in["settings"])["oauthClient"])
	appType, _ := settings["application_type"].(string)
	authMethod := AuthBasic
	if appType == "browser" || appType == "native" {
		authMethod = AuthNone
	}
	doc := merge(appDefaults(appType, authMethod), in)
	name, _ := doc["name"].(string)
	doc["name"] = strings.ToLower(name)
	Object(doc["visibility"])["appLinks"] = map[string]any{strings.ToLower(name) + "_link": true}
	completeTemplate(doc)
	completeClient(doc, before)
	oauth := Object(Object(doc["credentials"])["oauthClient"])
	old := Object(Object(before["credentials"])["oauthClient"])
	if before != nil {
		oauth["client_id"] = old["client_id"]
	}
	method, _ := oauth["token_endpoint_auth_method"].(string)
	switch secret, _ := oauth["client_secret"].(string); {
	case method != AuthBasic && method != AuthPost && method != AuthSecretJWT:
		delete(oauth, "client_secret")
	case secret == "" && old["client_secret"] != nil:
		oauth["client_secret"] = old["client_secret"]
	case secret == "":
		oauth["client_secret"] = wire.RandomWord(40)
	}
	return doc
}

// OIDCMode is how people sign in to an app that is an OAuth client.
const OIDCMode = "OPENID_CONNECT"

// PlainModes are ways to sign in to an app that is none, of which nothing but the app itself is kept.
func PlainModes() []string {
	return []string{"AUTO_LOGIN", "BASIC_AUTH", "BOOKMARK", "BROWSER_PLUGIN", "SECURE_PASSWORD_STORE"}
}

// IsClient reports whether the app is an OAuth client.
func (a App) IsClient() bool { return a.Doc["signOnMode"] == OIDCMode }

// completePlain lays in over what Okta fills in for an app that is no OAuth client.
func completePlain(in map[string]any) map[string]any {
	under := appDefaults("", "")
	delete(Object(under["credentials"]), "oauthClient")
	delete(Object(under["settings"]), "oauthClient")
	doc := merge(under, in)
	completeTemplate(doc)
	credentials := Object(doc["credentials"])
	if credentials["scheme"] != "SHARED_USERNAME_AND_PASSWORD" { // the user name is that of all its users
		delete(credentials, "userName")
	}
	if _, given := credentials["password"]; given { // Okta never shows it
		credentials["password"] = map[string]any{}
	}
	if _, named := in["name"].(string); !named { // of an app that the administrator made
		label, _ := in["label"].(string)
		doc["name"] = "org_" + strings.ToLower(strings.Join(strings.FieldsFunc(label, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "")) + "_1"
	}
	name, _ := doc["name"].(string)
	Object(doc["visibility"])["appLinks"] = map[string]any{strings.ToLower(name) + "_link": true}
	return doc
}

// refreshDefaults is how a client's refresh tokens behave, unless it is set: those of apps in a browser rotate (Okta
// developer docs, guides/refresh-tokens).
func refreshDefaults(appType string, rotation any) map[string]any {
	if rotation == "ROTATE" || rotation == nil && appType == "browser" {
		return map[string]any{"rotation_type": "ROTATE", "leeway": 30}
	}
	return map[string]any{"rotation_type": "STATIC", "leeway": 0}
}

// completeClient fills in what an OAuth client has only if something else is there. A key that was there before keeps its id.
func completeClient(doc, before map[string]any) {
	client := Object(Object(doc["settings"])["oauthClient"])
	if _, there := client["frontchannel_logout_uri"]; there && client["frontchannel_logout_session_required"] == nil {
		client["frontchannel_logout_session_required"] = false
	}
	if grants, _ := client["grant_types"].([]any); slices.Contains(grants, any("refresh_token")) {
		appType, _ := client["application_type"].(string)
		given := Object(client["refresh_token"])
		client["refresh_token"] = merge(refreshDefaults(appType, given["rotation_type"]), given)
	}
	ids := keyIDs(before)
	keys, _ := Object(client["jwks"])["keys"].([]any)
	for _, key := range keys {
		key := Object(key)
		if id, there := ids[key["kid"]]; there && key["id"] == nil {
			key["id"] = id
		}
		for name, value := range map[string]any{"id": wire.NewID("pks"), "status": "ACTIVE", "use": nil} {
			if _, there := key[name]; !there {
				key[name] = value
			}
		}
		if _, there := key["crv"]; !there && key["kty"] == "EC" {
			key["crv"] = nil
		}
	}
}

// keyIDs returns the ids of a client's keys by their kid.
func keyIDs(doc map[string]any) map[any]any {
	ids := map[any]any{}
	keys, _ := Object(Object(Object(doc["settings"])["oauthClient"])["jwks"])["keys"].([]any)
	for _, key := range keys {
		if kid, named := Object(key)["kid"].(string); named {
			ids[kid] = Object(key)["id"]
		}
	}
	return ids
}

// appDefaults is what Okta fills in.
func appDefaults(appType, authMethod string) map[string]any {
	return map[string]any{
		"name": OIDCName, "features": []any{},
		"accessibility": map[string]any{"selfService": false, "errorRedirectUrl": nil, "loginRedirectUrl": nil},
		"visibility":    map[string]any{"autoLaunch": false, "autoSubmitToolbar": false, "hide": map[string]any{"iOS": true, "web": true}},
		"credentials": map[string]any{
			"userNameTemplate": map[string]any{"template": "${source.login}", "type": "BUILT_IN"},
			"oauthClient": map[string]any{
				"autoKeyRotation": true, "token_endpoint_auth_method": authMethod,
				"pkce_required": appType == "browser" || appType == "native",
			},
		},
		"settings": map[string]any{
			"app": map[string]any{}, "notes": map[string]any{"admin": nil, "enduser": nil}, "implicitAssignment": false,
			"manualProvisioning": false, "emOptInStatus": "NONE",
			"notifications": map[string]any{"vpn": map[string]any{"network": map[string]any{"connection": "DISABLED"}, "message": nil, "helpUrl": nil}},
			"oauthClient": map[string]any{
				"client_uri": nil, "logo_uri": nil, "redirect_uris": []any{}, "response_types": []any{"code"}, "grant_types": []any{"authorization_code"},
				"application_type": "web", "consent_method": "TRUSTED", "issuer_mode": "ORG_URL", "wildcard_redirect": "DISABLED",
				"dpop_bound_access_tokens": false, "idp_initiated_login": map[string]any{"mode": "DISABLED", "default_scope": []any{}},
			},
		},
	}
}

// completeTemplate says whether a user name of the administrator's own making is pushed to the app.
func completeTemplate(doc map[string]any) {
	template := Object(Object(doc["credentials"])["userNameTemplate"])
	if _, given := template["pushStatus"]; !given && template["type"] == "CUSTOM" {
		template["pushStatus"] = "DONT_PUSH"
	}
}

// merge lays over over under; objects are merged member by member. Neither argument is changed.
func merge(under, over map[string]any) map[string]any {
	out := maps.Clone(under)
	for name, value := range over {
		if inner, isObject := value.(map[string]any); isObject {
			value = merge(Object(out[name]), inner)
		}
		out[name] = value
	}
	return out
}

// Faults lists what is wrong with a client.
func (c Client) Faults() []string {
	var causes []string
	add := func(format string, args ...any) { causes = append(causes, fmt.Sprintf(format, args...)) }
	if !slices.Contains([]string{"browser", "native", "web", "service"}, c.appType) {
		add("application_type: must be browser, native, web or service")
	}
	if !slices.Contains([]string{AuthNone, AuthBasic, AuthPost, AuthPrivateKey, AuthSecretJWT}, c.AuthMethod) {
		add("token_endpoint_auth_method: the emulator does not know '%s'", c.AuthMethod)
	}
	switch {
	case c.AuthMethod == AuthNone && !c.PKCERequired:
		add("pkce_required: ''pkce_required'' must be set to true when ''token_endpoint_auth_method'' is ''none''") // Okta doubles the quotes
	case c.AuthMethod == AuthNone && (c.appType == "web" || c.appType == "service"):
		add("token_endpoint_auth_method: 'token_endpoint_auth_method' is invalid. Valid values: [%s]", strings.Join([]string{AuthBasic, AuthPost, AuthSecretJWT, AuthPrivateKey}, ", "))
	}
	if c.AuthMethod == AuthPrivateKey && len(c.JWKS) == 0 && c.JWKSURI == "" {
		add("jwks: private_key_jwt needs the client's public keys")
	}
	for _, grant := range c.GrantTypes {
		if grant != "refresh_token" && !slices.Contains(StorableGrantTypes(), grant) {
			add("grant_types: '%s' is not a grant type", grant)
		}
	}
	redirects := slices.Contains(c.GrantTypes, "authorization_code") || slices.Contains(c.GrantTypes, "implicit")
	if redirects && len(c.RedirectURIs) == 0 && !c.catalogue {
		add("redirect_uris: 'redirect_uris' must have minimum 1 item for the grant types given")
	}
	for _, uri := range append(slices.Clone(c.RedirectURIs), c.PostLogoutURIs...) {
		if fault := RedirectURIFault(uri); fault != "" {
			add("redirect_uris: '%s' %s", uri, fault)
		}
	}
	if rotation := c.Refresh.Rotation; rotation != "" && rotation != "ROTATE" && rotation != "STATIC" || c.Refresh.Leeway < 0 || c.Refresh.Leeway > 60 {
		add("refresh_token: rotation_type must be ROTATE or STATIC, leeway 0 to 60 seconds")
	}
	return causes
}

// Assignment gives a user or a group an app.
type Assignment struct {
	ID          string
	Priority    *int   // groups only
	UserName    string // users only, in the app; empty: the login
	Profile     map[string]any
	Created     wire.Stamp
	LastUpdated wire.Stamp
	Group       string // users only: the id of the group through which the app is assigned; never kept
}

// UsersOf returns how a is assigned to users: the direct assignments, then those through its groups, each user once.
func (s *State) UsersOf(a App) []Assignment {
	list := slices.Clone(a.Users)
	seen := map[string]bool{}
	for _, direct := range list {
		seen[direct.ID] = true
	}
	for _, given := range a.Groups {
		for _, u := range s.Users.List() {
			if s.Holds(given.ID, u) && !seen[u.ID] {
				seen[u.ID] = true
				list = append(list, Assignment{ID: u.ID, Profile: given.Profile, Created: given.LastUpdated, LastUpdated: given.LastUpdated, Group: given.ID})
			}
		}
	}
	return list
}

// AssignmentIndex finds the assignment of a user or a group; -1 where there is none.
func AssignmentIndex(list []Assignment, id string) int {
	return slices.IndexFunc(list, func(a Assignment) bool { return a.ID == id })
}

// DefaultAccessPolicyID is the org's one authentication policy, of which an app
// always has one (Okta Identity Engine).
func DefaultAccessPolicyID() string { return "rst" + wire.FixedID(wire.IDPolicy, "emuaccess")[3:] }

// RedirectURIFault says what keeps uri from being a redirect URI, "" when nothing does. It is absolute and without
// fragment (RFC 6749, section 3.1.2), and may have an app's own scheme (RFC 8252, section 7.1), but none whose
// address is itself a program or page: forms and links to it would run in the org's name.
func RedirectURIFault(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil, !u.IsAbs(), u.Fragment != "":
		return "is not an absolute URI without fragment"
	case slices.Contains([]string{"javascript", "vbscript", "data", "blob"}, u.Scheme): // Parse makes it lower case
		return "has a scheme that browsers run"
	}
	return ""
}

// OriginOf returns the origin of an address of the web as browsers write it (RFC 6454, section 6.2); "" for another kind
// of address.
func OriginOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		return "https://" + strings.TrimSuffix(host, ":443")
	}
	return "http://" + strings.TrimSuffix(host, ":80")
}

// Grant is an Okta API scope that a service app was granted.
type Grant struct {
	ID, Status           string
	Created, LastUpdated wire.Stamp
	Issuer, ClientID     string
	ScopeID              string
	Source               string // ADMIN
}

// Object returns value as a JSON object; empty when it is none.
func Object(value any) map[string]any {
	m, _ := value.(map[string]any)
	if m == nil {
		m = map[string]any{}
	}
	return m
}

// SignOnRuleID is the only rule of that policy.
func SignOnRuleID() string { return "rul" + wire.FixedID(wire.IDRule, "emuaccess")[3:] }
