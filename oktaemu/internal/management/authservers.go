package management

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// keyPeriod is how often Okta rotates keys by itself (Okta developer docs,
// guides/key-rotation: four times a year). The emulator shows the date, and
// rotates only when it is told to.
const keyPeriod = 90 * 24 * time.Hour

func (api *API) authServerRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/authorizationServers", "okta.authorizationServers.read", "okta.authorizationServers.manage"
	api.handle(mux, "GET "+base, read, (*call).listAuthServers)
	api.handle(mux, "POST "+base, manage, logged("oauth2.as.created", "as", (*call).createAuthServer))
	api.handle(mux, "GET "+base+"/{as}", read, (*call).readAuthServer)
	api.handle(mux, "PUT "+base+"/{as}", manage, logged("oauth2.as.updated", "as", (*call).replaceAuthServer))
	api.handle(mux, "DELETE "+base+"/{as}", manage, logged("oauth2.as.deleted", "as", (*call).deleteAuthServer))
	api.handle(mux, "POST "+base+"/{as}/lifecycle/activate", manage, logged("oauth2.as.activated", "as", setAuthServerStatus("ACTIVE")))
	api.handle(mux, "POST "+base+"/{as}/lifecycle/deactivate", manage, logged("oauth2.as.deactivated", "as", setAuthServerStatus("INACTIVE")))
	api.handle(mux, "GET "+base+"/{as}/credentials/keys", read, (*call).listSigningKeys)
	api.handle(mux, "GET "+base+"/{as}/credentials/keys/{key}", read, (*call).readSigningKey)
	api.handle(mux, "GET "+base+"/{as}/associatedServers", read, (*call).listAssociated)
	api.handle(mux, "POST "+base+"/{as}/associatedServers", manage, (*call).associate)
	api.handle(mux, "DELETE "+base+"/{as}/associatedServers/{other}", manage, (*call).dissociate)
	api.handle(mux, "POST "+base+"/{as}/credentials/lifecycle/keyRotate", manage, (*call).rotateSigningKeys)
	api.scopeRoutes(mux, base+"/{as}/scopes", read, manage)
	api.claimRoutes(mux, base+"/{as}/claims", read, manage)
	api.policyRoutes(mux, base+"/{as}/policies", read, manage)
	api.ruleRoutes(mux, base+"/{as}/policies/{policy}/rules", read, manage)
}

// authServerInput is an authorization server as a client sends it.
type authServerInput struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Audiences   []string `json:"audiences"`
	IssuerMode  string   `json:"issuerMode"`
	Encryption  string   `json:"accessTokenEncryptedResponseAlgorithm"`
	Credentials struct {
		Signing struct {
			RotationMode string `json:"rotationMode"`
		} `json:"signing"`
	} `json:"credentials"`
}

func (c *call) authServerPath(as *store.AuthServer) string {
	return c.URL + "/api/v1/authorizationServers/" + as.Slug()
}

func (c *call) authServerJSON(as *store.AuthServer) any {
	self := c.authServerPath(as)
	signing := map[string]any{
		"kid": as.Keys.Active().ID, "rotationMode": as.Rotation, "lastRotated": as.LastRotated,
	}
	if as.Rotation == "AUTO" {
		signing["nextRotation"] = wire.Stamp(time.Time(as.LastRotated).Add(keyPeriod))
	}
	links := map[string]any{
		"self":      wire.Link{Href: self, Hints: wire.Allow("GET", "DELETE", "PUT")},
		"keys":      wire.Link{Href: self + "/credentials/keys", Hints: wire.Allow("GET")},
		"scopes":    wire.Link{Href: self + "/scopes", Hints: wire.Allow("GET", "POST")},
		"claims":    wire.Link{Href: self + "/claims", Hints: wire.Allow("GET", "POST")},
		"policies":  wire.Link{Href: self + "/policies", Hints: wire.Allow("GET", "POST")},
		"rotateKey": wire.Link{Href: self + "/credentials/lifecycle/keyRotate", Hints: wire.Allow("POST")},
		"metadata": []wire.Link{
			{Name: "oauth-authorization-server", Href: c.IssuerAsked(as, wire.Org(c.r)) + "/.well-known/oauth-authorization-server", Hints: wire.Allow("GET")},
			{Name: "openid-configuration", Href: c.IssuerAsked(as, wire.Org(c.r)) + "/.well-known/openid-configuration", Hints: wire.Allow("GET")},
		},
	}
	if as.Status == "ACTIVE" {
		links["deactivate"] = wire.Link{Href: self + "/lifecycle/deactivate", Hints: wire.Allow("POST")}
	} else {
		links["activate"] = wire.Link{Href: self + "/lifecycle/activate", Hints: wire.Allow("POST")}
	}
	shown := map[string]any{
		"id": as.ID, "name": as.Name, "description": as.Description, "audiences": as.Audiences, "issuer": c.IssuerAsked(as, wire.Org(c.r)),
		"issuerMode": as.IssuerMode, "default": as.Default, "status": as.Status, "created": as.Created, "lastUpdated": as.LastUpdated,
		"credentials": map[string]any{"signing": signing}, "_links": links,
	}
	if as.Encryption != "" {
		shown["accessTokenEncryptedResponseAlgorithm"] = as.Encryption
	}
	return shown
}

func (c *call) findAuthServer() (*store.AuthServer, *wire.APIError) {
	id := c.r.PathValue("as")
	if as, there := c.Servers.Find(func(as *store.AuthServer) bool { return id == as.ID || id == as.Slug() }); there {
		return as, nil
	}
	return nil, wire.ErrNotFound("AuthorizationServer", id)
}

func (c *call) listAuthServers() (answer, *wire.APIError) {
	q := strings.ToLower(c.r.URL.Query().Get("q"))
	var list []*store.AuthServer
	for _, as := range c.Servers.List() {
		matches := strings.Contains(strings.ToLower(as.Name), q)
		for _, audience := range as.Audiences {
			matches = matches || strings.Contains(strings.ToLower(audience), q)
		}
		if matches {
			list = append(list, as)
		}
	}
	return listPage(c, list, func(as *store.AuthServer) string { return as.ID }, c.authServerJSON, 200, 200)
}

func (c *call) readAuthServer() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.authServerJSON(as)), nil
}

func (c *call) createAuthServer() (answer, *wire.APIError) {
	if c.Has(store.FeatureNoAPIAccess) && wire.GivenID(c.r) == "" { // a seed says what was there before
		return answer{}, wire.ErrFeature()
	}
	in, fault := c.readAuthServerInput()
	if fault != nil {
		return answer{}, fault
	}
	as := store.NewAuthServer(c.newID(wire.IDAuthServer), in.Name, in.Audiences, c.Now())
	apply(as, in)
	if !c.Servers.Put(as.ID, as) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return answer{status: http.StatusCreated, body: c.authServerJSON(as)}, nil
}

func (c *call) replaceAuthServer() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	in, fault := c.readAuthServerInput()
	if fault != nil {
		return answer{}, fault
	}
	apply(as, in)
	as.LastUpdated = wire.Stamp(c.Now())
	return ok(c.authServerJSON(as)), nil
}

// readAuthServerInput reads and checks the body. Several servers may have one name.
func (c *call) readAuthServerInput() (authServerInput, *wire.APIError) {
	var in authServerInput
	if fault := c.readBody(&in); fault != nil {
		return in, fault
	}
	switch {
	case badLength(in.Name, 100):
		return in, wire.ErrInvalid("name", "name: The field must have 1 to 100 characters")
	case len(in.Audiences) != 1 || in.Audiences[0] == "":
		return in, wire.ErrInvalid("audiences", "audiences: exactly one audience is supported")
	case in.IssuerMode != "" && in.IssuerMode != "ORG_URL" && in.IssuerMode != "CUSTOM_URL" && in.IssuerMode != "DYNAMIC":
		return in, wire.ErrInvalid("issuerMode", "issuerMode: must be ORG_URL, CUSTOM_URL or DYNAMIC")
	}
	if mode := in.Credentials.Signing.RotationMode; mode != "" && mode != "AUTO" && mode != "MANUAL" {
		return in, wire.ErrInvalid("credentials.signing.rotationMode", "credentials.signing.rotationMode: must be AUTO or MANUAL")
	}
	return in, nil
}

// apply takes over what in says.
func apply(as *store.AuthServer, in authServerInput) {
	as.Name, as.Description, as.Audiences, as.Encryption = in.Name, in.Description, in.Audiences, in.Encryption
	if in.IssuerMode != "" {
		as.IssuerMode = in.IssuerMode
	}
	if mode := in.Credentials.Signing.RotationMode; mode != "" {
		as.Rotation = mode
	}
}

func setAuthServerStatus(status string) handler {
	return func(c *call) (answer, *wire.APIError) {
		as, fault := c.findAuthServer()
		if fault != nil {
			return answer{}, fault
		}
		as.Status, as.LastUpdated = status, wire.Stamp(c.Now())
		return noContent(), nil
	}
}

func (c *call) deleteAuthServer() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	if as.Default {
		return answer{}, wire.ErrForbidden()
	}
	if as.Status == "ACTIVE" {
		return answer{}, wire.ErrInvalid("authorizationServer", "authorizationServer: deactivate an authorization server before you delete it")
	}
	c.Servers.Delete(as.ID)
	return noContent(), nil
}

// signingKeysJSON lists the active, the next and the expired keys.
func (c *call) signingKeysJSON(as *store.AuthServer) []any {
	list := []any{}
	for _, key := range as.Keys.All() {
		n, e := key.Numbers()
		list = append(list, map[string]any{
			"kid": key.ID, "status": key.Status, "kty": "RSA", "alg": "RS256", "use": "sig",
			"e": e, "n": n, "created": key.Created, "lastUpdated": key.Updated,
			"_links": wire.Links{"self": {Href: c.authServerPath(as) + "/credentials/keys/" + key.ID, Hints: wire.Allow("GET")}},
		})
	}
	return list
}

func (c *call) listSigningKeys() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.signingKeysJSON(as)), nil
}

func (c *call) readSigningKey() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	for _, key := range c.signingKeysJSON(as) {
		if store.Object(key)["kid"] == c.r.PathValue("key") {
			return ok(key), nil
		}
	}
	return answer{}, wire.ErrNotFound("JsonWebKey", c.r.PathValue("key"))
}

// listAssociated lists the servers whose tokens this one takes in exchange; with trusted=false those that take its own.
// The emulator keeps them and plays no token exchange.
func (c *call) listAssociated() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	q := strings.ToLower(c.r.URL.Query().Get("q"))
	var list []*store.AuthServer
	for _, other := range c.Servers.List() {
		related := slices.Contains(as.Trusted, other.ID)
		if c.r.URL.Query().Get("trusted") == "false" {
			related = slices.Contains(other.Trusted, as.ID)
		}
		if related && strings.Contains(strings.ToLower(other.Name), q) {
			list = append(list, other)
		}
	}
	return listPage(c, list, func(as *store.AuthServer) string { return as.ID }, c.authServerJSON, 200, 200)
}

// associate adds trusted servers, and answers with them.
func (c *call) associate() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	var in struct {
		Trusted []string `json:"trusted"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, id := range in.Trusted {
		other, there := c.Servers.Get(id)
		if !there || id == as.ID {
			return answer{}, wire.ErrInvalid("trusted", "trusted: not another authorization server: "+id)
		}
		list = append(list, c.authServerJSON(other))
	}
	for _, id := range in.Trusted {
		as.Trusted = append(without(as.Trusted, id), id)
	}
	return ok(list), nil
}

func (c *call) dissociate() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	id := c.r.PathValue("other")
	if !slices.Contains(as.Trusted, id) {
		return answer{}, wire.ErrNotFound("AuthorizationServer", id)
	}
	as.Trusted = without(as.Trusted, id)
	return noContent(), nil
}

func (c *call) rotateSigningKeys() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	var in struct {
		Use string `json:"use"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if in.Use != "sig" {
		return answer{}, wire.ErrInvalid("use", "use: must be sig")
	}
	as.Keys.Rotate(c.Now())
	as.LastRotated = wire.Stamp(c.Now())
	return ok(c.signingKeysJSON(as)), nil
}
