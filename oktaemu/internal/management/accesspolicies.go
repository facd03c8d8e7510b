package management

import (
	"net/http"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) accessPolicyRoutes(mux *http.ServeMux) {
	api.handle(mux, "GET /api/v1/policies", "okta.policies.read", (*call).listAccessPolicies)
	api.handle(mux, "GET /api/v1/policies/{id}", "okta.policies.read", (*call).readAccessPolicy)
}

func (c *call) accessPolicyJSON() map[string]any {
	self := c.URL + "/api/v1/policies/" + store.DefaultAccessPolicyID()
	return map[string]any{
		"id": store.DefaultAccessPolicyID(), "type": "ACCESS_POLICY", "name": "Any two factors", "status": "ACTIVE", "system": true, "priority": 1,
		"description": "The only authentication policy of the emulator", "conditions": nil, "created": c.Created, "lastUpdated": c.Created,
		"_links": wire.Links{"self": {Href: self, Hints: wire.Allow("GET")}},
	}
}

// listAccessPolicies lists the authentication policies; the emulator has no other
// kind of org policy.
func (c *call) listAccessPolicies() (answer, *wire.APIError) {
	switch kind := c.r.URL.Query().Get("type"); kind {
	case "":
		return answer{}, wire.ErrInvalid("type", "type: The field cannot be left blank")
	case "ACCESS_POLICY":
		return ok([]any{c.accessPolicyJSON()}), nil
	default:
		return ok([]any{}), nil
	}
}

func (c *call) readAccessPolicy() (answer, *wire.APIError) {
	if id := c.r.PathValue("id"); id != store.DefaultAccessPolicyID() {
		return answer{}, wire.ErrNotFound("Policy", id)
	}
	return ok(c.accessPolicyJSON()), nil
}

// assignAppPolicy gives an app its authentication policy.
func (c *call) assignAppPolicy() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	if id := c.r.PathValue("policy"); id != store.DefaultAccessPolicyID() {
		return answer{}, wire.ErrNotFound("Policy", id)
	}
	a.AccessPolicy = c.r.PathValue("policy")
	c.Apps.Put(a.ID(), a)
	return noContent(), nil
}
