package oktaemu

import (
	"net/http"
	"slices"
	"strings"
)

func (o *Org) scopeRoutes(mux *http.ServeMux, base, read, manage string) {
	mux.HandleFunc("GET "+base, o.managed(read, o.listScopes))
	mux.HandleFunc("POST "+base, o.managed(manage, o.createScope))
	mux.HandleFunc("GET "+base+"/{id}", o.managed(read, o.readScope))
	mux.HandleFunc("PUT "+base+"/{id}", o.managed(manage, o.replaceScope))
	mux.HandleFunc("DELETE "+base+"/{id}", o.managed(manage, o.deleteScope))
}

func (o *Org) scopeJSON(as *authServer, s scope) any {
	s.Links = apiLink{"self": {Href: o.authServerPath(as) + "/scopes/" + s.ID, Hints: allow("GET", "PUT", "DELETE")}}
	return s
}

func (o *Org) findScope(r *http.Request) (*authServer, scope, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return nil, scope{}, fault
	}
	s, there := as.scopes.get(r.PathValue("id"))
	if !there {
		return nil, scope{}, errNotFound("OAuth2Scope", r.PathValue("id"))
	}
	return as, s, nil
}

func (o *Org) listScopes(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	q := r.URL.Query().Get("q")
	list := slices.DeleteFunc(as.scopes.list(), func(s scope) bool { return !strings.HasPrefix(s.Name, q) })
	return listPage(r, list, func(s scope) string { return s.ID }, func(s scope) any { return o.scopeJSON(as, s) }, 200, 200)
}

func (o *Org) readScope(r *http.Request) (apiAnswer, *apiError) {
	as, s, fault := o.findScope(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.scopeJSON(as, s)), nil
}

func (o *Org) createScope(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return o.storeScope(r, as, scope{ID: newID(idScope)}, http.StatusCreated)
}

func (o *Org) replaceScope(r *http.Request) (apiAnswer, *apiError) {
	as, s, fault := o.findScope(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if s.System {
		return apiAnswer{}, errForbidden()
	}
	return o.storeScope(r, as, scope{ID: s.ID}, http.StatusOK)
}

// storeScope reads the body into s and stores it.
func (o *Org) storeScope(r *http.Request, as *authServer, s scope, status int) (apiAnswer, *apiError) {
	id := s.ID
	if fault := readBody(r, &s); fault != nil {
		return apiAnswer{}, fault
	}
	s.ID, s.System, s.Links = id, false, nil
	setDefault(&s.MetadataPublish, "NO_CLIENTS")
	setDefault(&s.Consent, "IMPLICIT")
	_, taken := as.scopes.find(func(other scope) bool { return other.Name == s.Name && other.ID != id })
	switch {
	case s.Name == "" || strings.ContainsAny(s.Name, " \"\\") || strings.HasPrefix(s.Name, "okta."):
		return apiAnswer{}, errInvalid("name", "name: must be a scope token that does not begin with okta.")
	case taken:
		return apiAnswer{}, errInvalid("name", "name: An object with this field already exists")
	case !as.scopes.put(id, s):
		return apiAnswer{}, errFull()
	}
	return apiAnswer{status: status, body: o.scopeJSON(as, s)}, nil
}

func (o *Org) deleteScope(r *http.Request) (apiAnswer, *apiError) {
	as, s, fault := o.findScope(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if s.System {
		return apiAnswer{}, errForbidden()
	}
	as.scopes.delete(s.ID)
	return noContent(), nil
}
