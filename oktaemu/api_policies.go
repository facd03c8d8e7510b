package oktaemu

import (
	"net/http"
)

func (o *Org) policyRoutes(mux *http.ServeMux, base, read, manage string) {
	mux.HandleFunc("GET "+base, o.managed(read, o.listPolicies))
	mux.HandleFunc("POST "+base, o.managed(manage, o.createPolicy))
	mux.HandleFunc("GET "+base+"/{policy}", o.managed(read, o.readPolicy))
	mux.HandleFunc("PUT "+base+"/{policy}", o.managed(manage, o.replacePolicy))
	mux.HandleFunc("DELETE "+base+"/{policy}", o.managed(manage, o.deletePolicy))
	mux.HandleFunc("POST "+base+"/{policy}/lifecycle/activate", o.managed(manage, o.setPolicyStatus("ACTIVE")))
	mux.HandleFunc("POST "+base+"/{policy}/lifecycle/deactivate", o.managed(manage, o.setPolicyStatus("INACTIVE")))
}

// policyJSON copies the policy, because it is encoded after the lock is released.
func (o *Org) policyJSON(as *authServer, p *accessPolicy) any {
	shown := *p
	shown.rules = collection[accessRule]{}
	self := o.authServerPath(as) + "/policies/" + p.ID
	shown.Links = apiLink{
		"self":  {Href: self, Hints: allow("GET", "PUT", "DELETE")},
		"rules": {Href: self + "/rules", Hints: allow("GET")},
	}
	addLifecycle(shown.Links, self, p.Status)
	return shown
}

// addLifecycle adds the link that changes the status.
func addLifecycle(links apiLink, self, status string) {
	if status == "ACTIVE" {
		links["deactivate"] = link{Href: self + "/lifecycle/deactivate", Hints: allow("POST")}
	} else {
		links["activate"] = link{Href: self + "/lifecycle/activate", Hints: allow("POST")}
	}
}

func (o *Org) findPolicy(r *http.Request) (*authServer, *accessPolicy, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return nil, nil, fault
	}
	p, there := as.policies.get(r.PathValue("policy"))
	if !there {
		return nil, nil, errNotFound("OAuthAuthorizationPolicy", r.PathValue("policy"))
	}
	return as, p, nil
}

func (o *Org) listPolicies(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	list := []any{}
	for _, p := range as.orderedPolicies() {
		list = append(list, o.policyJSON(as, p))
	}
	return ok(list), nil
}

func (o *Org) readPolicy(r *http.Request) (apiAnswer, *apiError) {
	as, p, fault := o.findPolicy(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.policyJSON(as, p)), nil
}

func (o *Org) createPolicy(r *http.Request) (apiAnswer, *apiError) {
	as, fault := o.findAuthServer(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	now := stamp(o.now())
	return o.storePolicy(r, as, &accessPolicy{ID: newID(idPolicy), Status: "ACTIVE", Created: now}, http.StatusCreated)
}

func (o *Org) replacePolicy(r *http.Request) (apiAnswer, *apiError) {
	as, p, fault := o.findPolicy(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return o.storePolicy(r, as, p, http.StatusOK)
}

// storePolicy reads the body and gives p what it says.
func (o *Org) storePolicy(r *http.Request, as *authServer, p *accessPolicy, status int) (apiAnswer, *apiError) {
	in := accessPolicy{Status: p.Status, Priority: p.Priority}
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	_, taken := as.policies.find(func(other *accessPolicy) bool { return other.Name == in.Name && other.ID != p.ID })
	switch {
	case in.Type != policyType:
		return apiAnswer{}, errInvalid("type", "type: must be "+policyType)
	case in.Name == "" || len(in.Name) > 100:
		return apiAnswer{}, errInvalid("name", "name: The field must have 1 to 100 characters")
	case taken:
		return apiAnswer{}, errInvalid("name", "name: Policy name already in use")
	case in.Description == "" || len(in.Description) > 255:
		return apiAnswer{}, errInvalid("description", "description: The field must have 1 to 255 characters")
	case len(in.Conditions.Clients.Include) == 0:
		return apiAnswer{}, errInvalid("conditions.clients", "conditions.clients: name clients, or ALL_CLIENTS")
	case in.Status != "ACTIVE" && in.Status != "INACTIVE":
		return apiAnswer{}, errInvalid("status", "status: must be ACTIVE or INACTIVE")
	}
	p.Type, p.Name, p.Description, p.Conditions = in.Type, in.Name, in.Description, in.Conditions
	p.Status, p.LastUpdated = in.Status, stamp(o.now())
	if !as.policies.put(p.ID, p) {
		return apiAnswer{}, errFull()
	}
	as.placePolicy(p, in.Priority)
	return apiAnswer{status: status, body: o.policyJSON(as, p)}, nil
}

// placePolicy gives p the wanted priority and moves the others along; 0 means last.
func (as *authServer) placePolicy(p *accessPolicy, wanted int) {
	order := place(as.orderedPolicies(), p, func(other *accessPolicy) bool { return other.ID == p.ID }, wanted)
	for i, policy := range order {
		policy.Priority = i + 1
	}
}

// place returns list with item at position wanted (1 is first; 0 or too much: last).
func place[T any](list []T, item T, same func(T) bool, wanted int) []T {
	order := make([]T, 0, len(list)+1)
	for _, other := range list {
		if !same(other) {
			order = append(order, other)
		}
	}
	if wanted < 1 || wanted > len(order)+1 {
		wanted = len(order) + 1
	}
	order = append(order, item)
	copy(order[wanted:], order[wanted-1:])
	order[wanted-1] = item
	return order
}

func (o *Org) setPolicyStatus(status string) apiHandler {
	return func(r *http.Request) (apiAnswer, *apiError) {
		_, p, fault := o.findPolicy(r)
		if fault != nil {
			return apiAnswer{}, fault
		}
		p.Status, p.LastUpdated = status, stamp(o.now())
		return noContent(), nil
	}
}

func (o *Org) deletePolicy(r *http.Request) (apiAnswer, *apiError) {
	as, p, fault := o.findPolicy(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if p.System {
		return apiAnswer{}, errForbidden()
	}
	as.policies.delete(p.ID)
	for i, policy := range as.orderedPolicies() {
		policy.Priority = i + 1
	}
	return noContent(), nil
}
