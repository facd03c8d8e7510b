package oktaemu

import "net/http"

// defaultAccessPolicyID is the org's one authentication policy, of which an app
// always has one (Okta Identity Engine).
func defaultAccessPolicyID() string { return "rst" + fixedID(idPolicy, "emuaccess")[3:] }

func (o *Org) accessPolicyRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /api/v1/policies", o.managed("okta.policies.read", o.listAccessPolicies))
	mux.HandleFunc("GET /api/v1/policies/{id}", o.managed("okta.policies.read", o.readAccessPolicy))
}

func (o *Org) accessPolicyJSON() map[string]any {
	self := o.url + "/api/v1/policies/" + defaultAccessPolicyID()
	return map[string]any{
		"id": defaultAccessPolicyID(), "type": "ACCESS_POLICY", "name": "Any two factors", "status": "ACTIVE", "system": true, "priority": 1,
		"description": "The only authentication policy of the emulator", "conditions": nil, "created": o.created, "lastUpdated": o.created,
		"_links": apiLink{"self": {Href: self, Hints: allow("GET")}},
	}
}

// listAccessPolicies lists the authentication policies; the emulator has no other
// kind of org policy.
func (o *Org) listAccessPolicies(r *http.Request) (apiAnswer, *apiError) {
	switch kind := r.URL.Query().Get("type"); kind {
	case "":
		return apiAnswer{}, errInvalid("type", "type: The field cannot be left blank")
	case "ACCESS_POLICY":
		return ok([]any{o.accessPolicyJSON()}), nil
	default:
		return ok([]any{}), nil
	}
}

func (o *Org) readAccessPolicy(r *http.Request) (apiAnswer, *apiError) {
	if id := r.PathValue("id"); id != defaultAccessPolicyID() {
		return apiAnswer{}, errNotFound("Policy", id)
	}
	return ok(o.accessPolicyJSON()), nil
}

// assignAppPolicy gives an app its authentication policy.
func (o *Org) assignAppPolicy(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if id := r.PathValue("policy"); id != defaultAccessPolicyID() {
		return apiAnswer{}, errNotFound("Policy", id)
	}
	a.accessPolicy = r.PathValue("policy")
	o.state.apps.put(a.id(), a)
	return noContent(), nil
}
