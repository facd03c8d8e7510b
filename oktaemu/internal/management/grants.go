package management

import (
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) grantRoutes(mux *http.ServeMux, base string) {
	const read, manage = "okta.appGrants.read", "okta.appGrants.manage"
	api.handle(mux, "GET "+base, read, (*call).listGrants)
	api.handle(mux, "POST "+base, manage, (*call).createGrant)
	api.handle(mux, "GET "+base+"/{id}", read, (*call).readGrant)
	api.handle(mux, "DELETE "+base+"/{id}", manage, (*call).deleteGrant)
}

// grantJSON shows a grant (Okta Management API, schema OAuth2ScopeConsentGrant); expand=scope embeds its scope.
func (c *call) grantJSON(a store.App, g store.Grant) any {
	base := c.URL + "/api/v1/apps/" + a.ID()
	shown := map[string]any{
		"id": g.ID, "status": g.Status, "created": g.Created, "createdBy": map[string]any{"id": store.AdminID(), "type": "User"}, "lastUpdated": g.LastUpdated,
		"issuer": g.Issuer, "clientId": g.ClientID, "scopeId": g.ScopeID, "source": g.Source,
		"_links": map[string]titled{
			"self":   {Href: base + "/grants/" + g.ID, Hints: wire.Allow("GET", "DELETE")},
			"app":    {Href: base, Title: a.Client.Name},
			"client": {Href: c.URL + "/oauth2/v1/clients/" + g.ClientID, Title: a.Client.Name},
		},
	}
	if c.r.URL.Query().Get("expand") == "scope" {
		shown["_embedded"] = map[string]any{"scope": map[string]any{"id": g.ScopeID}}
	}
	return shown
}

func (c *call) listGrants() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, g := range a.Grants {
		list = append(list, c.grantJSON(a, g))
	}
	return ok(list), nil
}

// createGrant lets a service app ask for a scope of the Management API.
func (c *call) createGrant() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	var in struct {
		ScopeID string `json:"scopeId"`
		Issuer  string `json:"issuer"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	switch {
	case !strings.HasPrefix(in.ScopeID, "okta."):
		return answer{}, wire.ErrInvalid("scopeId", "scopeId: must be a scope of the Okta API")
	case in.Issuer != c.URL:
		return answer{}, wire.ErrInvalid("issuer", "issuer: must be the org's URL")
	}
	now := wire.Stamp(c.Now())
	g := store.Grant{ID: c.newID(wire.IDGrant), Status: "ACTIVE", Created: now, LastUpdated: now, Issuer: in.Issuer, ClientID: a.Client.ID, ScopeID: in.ScopeID, Source: "ADMIN"}
	if i := slices.IndexFunc(a.Grants, func(other store.Grant) bool { return other.ScopeID == g.ScopeID }); i >= 0 {
		return answer{status: http.StatusCreated, body: c.grantJSON(a, a.Grants[i])}, nil
	}
	a.Grants = append(slices.Clone(a.Grants), g)
	c.Apps.Put(a.ID(), a)
	return answer{status: http.StatusCreated, body: c.grantJSON(a, g)}, nil
}

func (c *call) findGrant() (store.App, int, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return store.App{}, 0, fault
	}
	i := slices.IndexFunc(a.Grants, func(g store.Grant) bool { return g.ID == c.r.PathValue("id") })
	if i < 0 {
		return store.App{}, 0, wire.ErrNotFound("OAuth2ScopeConsentGrant", c.r.PathValue("id"))
	}
	return a, i, nil
}

func (c *call) readGrant() (answer, *wire.APIError) {
	a, i, fault := c.findGrant()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.grantJSON(a, a.Grants[i])), nil
}

func (c *call) deleteGrant() (answer, *wire.APIError) {
	a, i, fault := c.findGrant()
	if fault != nil {
		return answer{}, fault
	}
	a.Grants = slices.Delete(slices.Clone(a.Grants), i, i+1)
	c.Apps.Put(a.ID(), a)
	return noContent(), nil
}
