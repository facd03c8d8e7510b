package management

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) scopeRoutes(mux *http.ServeMux, base, read, manage string) {
	api.handle(mux, "GET "+base, read, (*call).listScopes)
	api.handle(mux, "POST "+base, manage, logged("oauth2.scope.created", "id", (*call).createScope))
	api.handle(mux, "GET "+base+"/{id}", read, (*call).readScope)
	api.handle(mux, "PUT "+base+"/{id}", manage, logged("oauth2.scope.updated", "id", (*call).replaceScope))
	api.handle(mux, "DELETE "+base+"/{id}", manage, logged("oauth2.scope.deleted", "id", (*call).deleteScope))
}

func (c *call) scopeJSON(as *store.AuthServer, s store.Scope) any {
	s.Links = wire.Links{"self": {Href: c.authServerPath(as) + "/scopes/" + s.ID, Hints: wire.Allow("GET", "PUT", "DELETE")}}
	return s
}

func (c *call) findScope() (*store.AuthServer, store.Scope, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return nil, store.Scope{}, fault
	}
	s, there := as.Scopes.Get(c.r.PathValue("id"))
	if !there {
		return nil, store.Scope{}, wire.ErrNotFound("OAuth2Scope", c.r.PathValue("id"))
	}
	return as, s, nil
}

func (c *call) listScopes() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	q := c.r.URL.Query().Get("q")
	list := slices.DeleteFunc(as.Scopes.List(), func(s store.Scope) bool { return !strings.HasPrefix(s.Name, q) })
	return listPage(c, list, func(s store.Scope) string { return s.ID }, func(s store.Scope) any { return c.scopeJSON(as, s) }, 200, 200)
}

func (c *call) readScope() (answer, *wire.APIError) {
	as, s, fault := c.findScope()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.scopeJSON(as, s)), nil
}

func (c *call) createScope() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	return c.storeScope(as, store.Scope{ID: c.newID(wire.IDScope)}, http.StatusCreated)
}

func (c *call) replaceScope() (answer, *wire.APIError) {
	as, s, fault := c.findScope()
	if fault != nil {
		return answer{}, fault
	}
	if s.System {
		return answer{}, wire.ErrForbidden()
	}
	return c.storeScope(as, store.Scope{ID: s.ID}, http.StatusOK)
}

// storeScope reads the body into s and stores it.
func (c *call) storeScope(as *store.AuthServer, s store.Scope, status int) (answer, *wire.APIError) {
	id := s.ID
	if fault := c.readBody(&s); fault != nil {
		return answer{}, fault
	}
	s.ID, s.System, s.APIResourceID, s.Links = id, false, nil, nil
	s.MetadataPublish = cmp.Or(s.MetadataPublish, "NO_CLIENTS")
	s.Consent = cmp.Or(s.Consent, "IMPLICIT")
	_, taken := as.Scopes.Find(func(other store.Scope) bool { return other.Name == s.Name && other.ID != id })
	switch {
	case s.Name == "" || strings.ContainsAny(s.Name, " \"\\") || strings.HasPrefix(s.Name, "okta."):
		return answer{}, wire.ErrInvalid("name", "name: must be a scope token that does not begin with okta.")
	case taken:
		return answer{}, wire.ErrInvalid("name", "name: An object with this field already exists")
	case !as.Scopes.Put(id, s):
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return answer{status: status, body: c.scopeJSON(as, s)}, nil
}

func (c *call) deleteScope() (answer, *wire.APIError) {
	as, s, fault := c.findScope()
	if fault != nil {
		return answer{}, fault
	}
	if s.System {
		return answer{}, wire.ErrForbidden()
	}
	as.Scopes.Delete(s.ID)
	return noContent(), nil
}
