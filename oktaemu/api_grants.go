package oktaemu

import (
	"net/http"
	"slices"
	"strings"
)

func (o *Org) grantRoutes(mux *http.ServeMux, base string) {
	const read, manage = "okta.appGrants.read", "okta.appGrants.manage"
	mux.HandleFunc("GET "+base, o.managed(read, o.listGrants))
	mux.HandleFunc("POST "+base, o.managed(manage, o.createGrant))
	mux.HandleFunc("GET "+base+"/{id}", o.managed(read, o.readGrant))
	mux.HandleFunc("DELETE "+base+"/{id}", o.managed(manage, o.deleteGrant))
}

func (o *Org) grantJSON(a app, g grant) any {
	base := o.url + "/api/v1/apps/" + a.id()
	g.Links = apiLink{"self": {Href: base + "/grants/" + g.ID, Hints: allow("GET", "DELETE")}, "app": {Href: base}}
	return g
}

func (o *Org) listGrants(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	list := []any{}
	for _, g := range a.grants {
		list = append(list, o.grantJSON(a, g))
	}
	return ok(list), nil
}

// createGrant lets a service app ask for a scope of the Management API.
func (o *Org) createGrant(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	var in struct {
		ScopeID string `json:"scopeId"`
		Issuer  string `json:"issuer"`
	}
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	switch {
	case !strings.HasPrefix(in.ScopeID, "okta."):
		return apiAnswer{}, errInvalid("scopeId", "scopeId: must be a scope of the Okta API")
	case in.Issuer != o.url:
		return apiAnswer{}, errInvalid("issuer", "issuer: must be the org's URL")
	}
	now := stamp(o.now())
	g := grant{ID: newID(idGrant), Status: "ACTIVE", Created: now, LastUpdated: now, Issuer: in.Issuer, ClientID: a.client.id, ScopeID: in.ScopeID, Source: "ADMIN"}
	if i := slices.IndexFunc(a.grants, func(other grant) bool { return other.ScopeID == g.ScopeID }); i >= 0 {
		return apiAnswer{status: http.StatusCreated, body: o.grantJSON(a, a.grants[i])}, nil
	}
	a.grants = append(slices.Clone(a.grants), g)
	o.state.apps.put(a.id(), a)
	return apiAnswer{status: http.StatusCreated, body: o.grantJSON(a, g)}, nil
}

func (o *Org) findGrant(r *http.Request) (app, int, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return app{}, 0, fault
	}
	i := slices.IndexFunc(a.grants, func(g grant) bool { return g.ID == r.PathValue("id") })
	if i < 0 {
		return app{}, 0, errNotFound("OAuth2ScopeConsentGrant", r.PathValue("id"))
	}
	return a, i, nil
}

func (o *Org) readGrant(r *http.Request) (apiAnswer, *apiError) {
	a, i, fault := o.findGrant(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.grantJSON(a, a.grants[i])), nil
}

func (o *Org) deleteGrant(r *http.Request) (apiAnswer, *apiError) {
	a, i, fault := o.findGrant(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	a.grants = slices.Delete(slices.Clone(a.grants), i, i+1)
	o.state.apps.put(a.id(), a)
	return noContent(), nil
}
