package management

import (
	"net/http"
	"slices"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// tokenHolder is one of the three ways to the refresh tokens of a client: at an authorization server, of a user, or all
// of an app.
type tokenHolder struct {
	base, read, manage string
	fits               func(*call) (func(store.RefreshGrant) bool, *wire.APIError)
}

// tokenHolders are these ways. The id of an app is that of its client.
func tokenHolders() []tokenHolder {
	server := func(c *call) (func(store.RefreshGrant) bool, *wire.APIError) {
		as, fault := c.findAuthServer()
		if fault != nil {
			return nil, fault
		}
		return func(g store.RefreshGrant) bool {
			return g.Minting.ServerID == as.Slug() && g.Minting.ClientID == c.r.PathValue("client")
		}, nil
	}
	user := func(c *call) (func(store.RefreshGrant) bool, *wire.APIError) {
		u, fault := c.findUser()
		return func(g store.RefreshGrant) bool {
			return g.Minting.UserID == u.ID && g.Minting.ClientID == c.r.PathValue("client")
		}, fault
	}
	app := func(c *call) (func(store.RefreshGrant) bool, *wire.APIError) {
		a, fault := c.findApp()
		return func(g store.RefreshGrant) bool { return g.Minting.ClientID == a.Client.ID }, fault
	}
	return []tokenHolder{
		{"/api/v1/authorizationServers/{as}/clients/{client}/tokens", "okta.authorizationServers.read", "okta.authorizationServers.manage", server},
		{"/api/v1/users/{user}/clients/{client}/tokens", "okta.users.read", "okta.users.manage", user},
		{"/api/v1/apps/{app}/tokens", "okta.apps.read", "okta.apps.manage", app},
	}
}

// tokenRoutes are the refresh tokens that were handed out, and the clients that have some.
func (api *API) tokenRoutes(mux *http.ServeMux) {
	for _, h := range tokenHolders() {
		api.handle(mux, "GET "+h.base, h.read, h.list)
		api.handle(mux, "DELETE "+h.base, h.manage, h.revoke)
		api.handle(mux, "GET "+h.base+"/{token}", h.read, h.one)
		api.handle(mux, "DELETE "+h.base+"/{token}", h.manage, h.revoke)
	}
	api.handle(mux, "GET /api/v1/authorizationServers/{as}/clients", "okta.authorizationServers.read", func(c *call) (answer, *wire.APIError) {
		as, fault := c.findAuthServer()
		return c.listClients(func(g store.RefreshGrant) bool { return g.Minting.ServerID == as.Slug() }, fault)
	})
	api.handle(mux, "GET /api/v1/users/{user}/clients", "okta.users.read", func(c *call) (answer, *wire.APIError) {
		u, fault := c.findUser()
		return c.listClients(func(g store.RefreshGrant) bool { return g.Minting.UserID == u.ID }, fault)
	})
}

// titled is a link with the name of what it leads to.
type titled struct {
	Href  string          `json:"href"`
	Title string          `json:"title,omitempty"`
	Hints *wire.LinkHints `json:"hints,omitempty"`
}

// refreshTokenJSON shows what a refresh token stands for, never the token itself (recorded, and Okta Management API,
// schema OAuth2RefreshToken).
func (c *call) refreshTokenJSON(g store.RefreshGrant) any {
	m := g.Minting
	as, there := c.Servers.Find(func(as *store.AuthServer) bool { return as.Slug() == m.ServerID })
	if !there {
		as = c.Org
	}
	a, _ := c.Apps.Find(func(a store.App) bool { return a.Client.ID == m.ClientID })
	u, _ := c.Users.Get(m.UserID)
	self := c.authServerPath(as) + "/clients/" + m.ClientID + "/tokens/" + m.RefreshJTI
	return map[string]any{
		"id": m.RefreshJTI, "status": "ACTIVE", "created": wire.Stamp(g.Issued), "lastUpdated": wire.Stamp(g.Issued), "expiresAt": wire.Stamp(g.Expires),
		"issuer": c.IssuerAsked(as, wire.Org(c.r)), "clientId": m.ClientID, "userId": m.UserID, "scopes": m.Scopes,
		"_links": map[string]titled{
			"self": {Href: self}, "revoke": {Href: self, Hints: wire.Allow("DELETE")},
			"app":                 {Href: c.URL + "/api/v1/apps/" + a.ID(), Title: a.Client.Name},
			"client":              {Href: c.URL + "/oauth2/v1/clients/" + m.ClientID, Title: a.Client.Name},
			"user":                {Href: c.URL + "/api/v1/users/" + u.ID, Title: u.Name()},
			"authorizationServer": {Href: c.authServerPath(as), Title: as.Name},
		},
	}
}

// current returns the refresh tokens that are in use and that match accepts.
func (c *call) current(match func(store.RefreshGrant) bool) []store.RefreshGrant {
	return c.Refresh.Filter(c.Now(), func(g store.RefreshGrant) bool { return g.Replaced.IsZero() && match(g) })
}

func (h tokenHolder) list(c *call) (answer, *wire.APIError) {
	fits, fault := h.fits(c)
	if fault != nil {
		return answer{}, fault
	}
	return listPage(c, c.current(fits), func(g store.RefreshGrant) string { return g.Minting.RefreshJTI }, c.refreshTokenJSON, 20, 200)
}

func (h tokenHolder) one(c *call) (answer, *wire.APIError) {
	fits, fault := h.fits(c)
	if fault != nil {
		return answer{}, fault
	}
	id := c.r.PathValue("token")
	for _, g := range c.current(fits) {
		if g.Minting.RefreshJTI == id {
			return ok(c.refreshTokenJSON(g)), nil
		}
	}
	return answer{}, wire.ErrNotFound("OAuth2RefreshToken", id)
}

// revoke ends the token of the path, or all of them, with the access tokens of the same grants.
func (h tokenHolder) revoke(c *call) (answer, *wire.APIError) {
	fits, fault := h.fits(c)
	if fault != nil {
		return answer{}, fault
	}
	id := c.r.PathValue("token")
	tokens := c.current(func(g store.RefreshGrant) bool { return fits(g) && (id == "" || g.Minting.RefreshJTI == id) })
	if id != "" && len(tokens) == 0 {
		return answer{}, wire.ErrNotFound("OAuth2RefreshToken", id)
	}
	for _, g := range tokens {
		c.RevokeFamily(g.Minting.Family)
	}
	return noContent(), nil
}

// listClients lists the clients that hold refresh tokens which match accepts.
func (c *call) listClients(match func(store.RefreshGrant) bool, fault *wire.APIError) (answer, *wire.APIError) {
	if fault != nil {
		return answer{}, fault
	}
	tokens := c.current(match)
	apps := slices.DeleteFunc(c.Apps.List(), func(a store.App) bool {
		return !slices.ContainsFunc(tokens, func(g store.RefreshGrant) bool { return g.Minting.ClientID == a.Client.ID })
	})
	return listPage(c, apps, store.App.ID, func(a store.App) any {
		settings := store.Object(store.Object(a.Doc["settings"])["oauthClient"])
		return map[string]any{
			"client_id": a.Client.ID, "client_name": a.Client.Name, "client_uri": settings["client_uri"], "logo_uri": settings["logo_uri"],
			"_links": map[string]any{
				"client": wire.Link{Href: c.URL + "/oauth2/v1/clients/" + a.Client.ID},
				"tokens": wire.Link{Href: c.URL + c.r.URL.Path + "/" + a.Client.ID + "/tokens", Hints: wire.Allow("GET", "DELETE")},
			},
		}
	}, 20, 200)
}
