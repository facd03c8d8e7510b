package management

import (
	"net/http"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) accessPolicyRoutes(mux *http.ServeMux) {
	api.handle(mux, "GET /api/v1/policies", "okta.policies.read", (*call).listAccessPolicies)
	api.handle(mux, "GET /api/v1/policies/{id}", "okta.policies.read", (*call).readAccessPolicy)
	api.handle(mux, "GET /api/v1/policies/{id}/rules", "okta.policies.read", (*call).listSignOnRules)
	api.handle(mux, "GET /api/v1/policies/{id}/rules/{rule}", "okta.policies.read", (*call).readSignOnRule)
	for _, pattern := range []string{
		"POST /api/v1/policies", "POST /api/v1/policies/simulate", "PUT /api/v1/policies/{id}", "DELETE /api/v1/policies/{id}",
		"POST /api/v1/policies/{id}/rules", "DELETE /api/v1/policies/{id}/rules/{rule}",
	} {
		api.notPlayed(mux, pattern, "policies beside the one for authentication, which has one rule")
	}
	api.handle(mux, "PUT /api/v1/policies/{id}/rules/{rule}", "okta.policies.manage", (*call).replaceSignOnRule)
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

// signOnRule is the one rule of the authentication policy: two factors for everybody, unless it was replaced. It is
// only kept: what the emulator's people do to sign in is theirs.
func (c *call) signOnRule() map[string]any {
	rule := map[string]any{
		"id": store.SignOnRuleID(), "type": "ACCESS_POLICY", "name": "Catch-all Rule", "status": "ACTIVE", "system": true, "priority": 99, "conditions": nil, "created": c.Created, "lastUpdated": c.Created,
		"actions": map[string]any{"appSignOn": map[string]any{"access": "ALLOW", "verificationMethod": map[string]any{
			"type": "ASSURANCE", "factorMode": "2FA", "reauthenticateIn": "PT2H", "constraints": []any{},
		}}},
	}
	if c.SignOnActions != nil {
		rule["actions"] = c.SignOnActions
	}
	return rule
}

func (c *call) listSignOnRules() (answer, *wire.APIError) {
	if id := c.r.PathValue("id"); id != store.DefaultAccessPolicyID() {
		return answer{}, wire.ErrNotFound("Policy", id)
	}
	return ok([]any{c.signOnRule()}), nil
}

func (c *call) readSignOnRule() (answer, *wire.APIError) {
	if fault := c.findSignOnRule(); fault != nil {
		return answer{}, fault
	}
	return ok(c.signOnRule()), nil
}

func (c *call) findSignOnRule() *wire.APIError {
	if id := c.r.PathValue("rule"); id != store.SignOnRuleID() || c.r.PathValue("id") != store.DefaultAccessPolicyID() {
		return wire.ErrNotFound("PolicyRule", id)
	}
	return nil
}

// replaceSignOnRule takes over the actions; the rest of a catch-all rule never changes.
func (c *call) replaceSignOnRule() (answer, *wire.APIError) {
	var in struct {
		Actions map[string]any `json:"actions"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if fault := c.findSignOnRule(); fault != nil {
		return answer{}, fault
	}
	c.SignOnActions = in.Actions
	return ok(c.signOnRule()), nil
}

// enrollmentPolicyID is the org's one profile enrollment policy.
func enrollmentPolicyID() string { return wire.FixedID("rst", "emuenrollment") }

// assignAppPolicy gives an app its authentication policy. The emulator plays no
// authentication policies, so it takes any that by its id is one.
func (c *call) assignAppPolicy() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	id := c.r.PathValue("policy")
	if !strings.HasPrefix(id, "rst") || len(id) != wire.IDLength {
		return answer{}, wire.ErrNotFound("Policy", id)
	}
	a.AccessPolicy = id
	c.Apps.Put(a.ID(), a)
	return noContent(), nil
}
