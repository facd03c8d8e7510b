package management

import (
	"net/http"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) policyRoutes(mux *http.ServeMux, base, read, manage string) {
	api.handle(mux, "GET "+base, read, (*call).listPolicies)
	api.handle(mux, "POST "+base, manage, logged("policy.lifecycle.create", "policy", (*call).createPolicy))
	api.handle(mux, "GET "+base+"/{policy}", read, (*call).readPolicy)
	api.handle(mux, "PUT "+base+"/{policy}", manage, logged("policy.lifecycle.update", "policy", (*call).replacePolicy))
	api.handle(mux, "DELETE "+base+"/{policy}", manage, logged("policy.lifecycle.delete", "policy", (*call).deletePolicy))
	api.handle(mux, "POST "+base+"/{policy}/lifecycle/activate", manage, logged("policy.lifecycle.activate", "policy", setPolicyStatus("ACTIVE")))
	api.handle(mux, "POST "+base+"/{policy}/lifecycle/deactivate", manage, logged("policy.lifecycle.deactivate", "policy", setPolicyStatus("INACTIVE")))
}

// policyJSON copies the policy, because it is encoded after the lock is released.
func (c *call) policyJSON(as *store.AuthServer, p *store.AccessPolicy) any {
	shown := *p
	shown.Rules = store.Collection[store.AccessRule]{}
	self := c.authServerPath(as) + "/policies/" + p.ID
	shown.Links = wire.Links{
		"self":  {Href: self, Hints: wire.Allow("GET", "PUT", "DELETE")},
		"rules": {Href: self + "/rules", Hints: wire.Allow("GET")},
	}
	addLifecycle(shown.Links, self, p.Status)
	return shown
}

// addLifecycle adds the link that changes the status.
func addLifecycle(links wire.Links, self, status string) {
	if status == "ACTIVE" {
		links["deactivate"] = wire.Link{Href: self + "/lifecycle/deactivate", Hints: wire.Allow("POST")}
	} else {
		links["activate"] = wire.Link{Href: self + "/lifecycle/activate", Hints: wire.Allow("POST")}
	}
}

func (c *call) findPolicy() (*store.AuthServer, *store.AccessPolicy, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return nil, nil, fault
	}
	p, there := as.Policies.Get(c.r.PathValue("policy"))
	if !there {
		return nil, nil, wire.ErrNotFound("OAuthAuthorizationPolicy", c.r.PathValue("policy"))
	}
	return as, p, nil
}

func (c *call) listPolicies() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, p := range as.OrderedPolicies() {
		list = append(list, c.policyJSON(as, p))
	}
	return ok(list), nil
}

func (c *call) readPolicy() (answer, *wire.APIError) {
	as, p, fault := c.findPolicy()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.policyJSON(as, p)), nil
}

func (c *call) createPolicy() (answer, *wire.APIError) {
	as, fault := c.findAuthServer()
	if fault != nil {
		return answer{}, fault
	}
	now := wire.Stamp(c.Now())
	return c.storePolicy(as, &store.AccessPolicy{ID: c.newID(wire.IDPolicy), Status: "ACTIVE", Created: now}, http.StatusCreated)
}

func (c *call) replacePolicy() (answer, *wire.APIError) {
	as, p, fault := c.findPolicy()
	if fault != nil {
		return answer{}, fault
	}
	return c.storePolicy(as, p, http.StatusOK)
}

// storePolicy reads the body and gives p what it says.
func (c *call) storePolicy(as *store.AuthServer, p *store.AccessPolicy, status int) (answer, *wire.APIError) {
	in := store.AccessPolicy{Status: p.Status, Priority: p.Priority}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	_, taken := as.Policies.Find(func(other *store.AccessPolicy) bool { return other.Name == in.Name && other.ID != p.ID })
	switch {
	case in.Type != store.PolicyType:
		return answer{}, wire.ErrInvalid("type", "type: must be "+store.PolicyType)
	case badLength(in.Name, 100):
		return answer{}, wire.ErrInvalid("name", "name: The field must have 1 to 100 characters")
	case taken:
		return answer{}, wire.ErrInvalid("name", "name: Policy name already in use")
	case badLength(in.Description, 255):
		return answer{}, wire.ErrInvalid("description", "description: The field must have 1 to 255 characters")
	case len(in.Conditions.Clients.Include) == 0:
		return answer{}, wire.ErrInvalid("conditions.clients", "conditions.clients: name clients, or ALL_CLIENTS")
	case in.Status != "ACTIVE" && in.Status != "INACTIVE":
		return answer{}, wire.ErrInvalid("status", "status: must be ACTIVE or INACTIVE")
	}
	p.Type, p.Name, p.Description, p.Conditions = in.Type, in.Name, in.Description, in.Conditions
	p.Status, p.LastUpdated = in.Status, wire.Stamp(c.Now())
	if !as.Policies.Put(p.ID, p) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	as.PlacePolicy(p, in.Priority)
	return answer{status: status, body: c.policyJSON(as, p)}, nil
}

func setPolicyStatus(status string) handler {
	return func(c *call) (answer, *wire.APIError) {
		_, p, fault := c.findPolicy()
		if fault != nil {
			return answer{}, fault
		}
		p.Status, p.LastUpdated = status, wire.Stamp(c.Now())
		return noContent(), nil
	}
}

func (c *call) deletePolicy() (answer, *wire.APIError) {
	as, p, fault := c.findPolicy()
	if fault != nil {
		return answer{}, fault
	}
	if p.System {
		return answer{}, wire.ErrForbidden()
	}
	as.Policies.Delete(p.ID)
	for i, policy := range as.OrderedPolicies() {
		policy.Priority = i + 1
	}
	return noContent(), nil
}
