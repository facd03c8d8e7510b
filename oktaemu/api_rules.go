package oktaemu

import (
	"fmt"
	"net/http"
	"slices"
)

// The bounds of token lifetimes in a rule, in minutes (Okta developer docs,
// concepts/policies: access tokens five minutes to 24 hours; refresh tokens up to
// five years, with a window of at least ten minutes).
const (
	minAccessMinutes  = 5
	maxAccessMinutes  = 1440
	maxRefreshMinutes = 5 * 365 * 24 * 60
	minRefreshWindow  = 10
	usualWindow       = 10080
	usualAccess       = 60
)

// storableGrantTypes are the grant types that Okta takes in a rule. Those beyond
// ruleGrantTypes are kept, and never match anything.
func storableGrantTypes() []string {
	return append(ruleGrantTypes(), "interaction_code", "urn:ietf:params:oauth:grant-type:device_code",
		"urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer",
		"urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:openid:params:grant-type:ciba",
		"urn:okta:params:oauth:grant-type:otp", "urn:okta:params:oauth:grant-type:oob",
		"http://auth0.com/oauth/grant-type/mfa-otp", "http://auth0.com/oauth/grant-type/mfa-oob")
}

func (o *Org) ruleRoutes(mux *http.ServeMux, base, read, manage string) {
	mux.HandleFunc("GET "+base, o.managed(read, o.listRules))
	mux.HandleFunc("POST "+base, o.managed(manage, o.createRule))
	mux.HandleFunc("GET "+base+"/{rule}", o.managed(read, o.readRule))
	mux.HandleFunc("PUT "+base+"/{rule}", o.managed(manage, o.replaceRule))
	mux.HandleFunc("DELETE "+base+"/{rule}", o.managed(manage, o.deleteRule))
	mux.HandleFunc("POST "+base+"/{rule}/lifecycle/activate", o.managed(manage, o.setRuleStatus("ACTIVE")))
	mux.HandleFunc("POST "+base+"/{rule}/lifecycle/deactivate", o.managed(manage, o.setRuleStatus("INACTIVE")))
}

func (o *Org) ruleJSON(as *authServer, p *accessPolicy, rule accessRule) any {
	self := o.authServerPath(as) + "/policies/" + p.ID + "/rules/" + rule.ID
	rule.Links = apiLink{"self": {Href: self, Hints: allow("GET", "PUT", "DELETE")}}
	addLifecycle(rule.Links, self, rule.Status)
	return rule
}

func (o *Org) findRule(r *http.Request) (*authServer, *accessPolicy, accessRule, *apiError) {
	as, p, fault := o.findPolicy(r)
	if fault != nil {
		return nil, nil, accessRule{}, fault
	}
	rule, there := p.rules.get(r.PathValue("rule"))
	if !there {
		return nil, nil, accessRule{}, errNotFound("PolicyRule", r.PathValue("rule"))
	}
	return as, p, rule, nil
}

func (o *Org) listRules(r *http.Request) (apiAnswer, *apiError) {
	as, p, fault := o.findPolicy(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	list := []any{}
	for _, rule := range p.orderedRules() {
		list = append(list, o.ruleJSON(as, p, rule))
	}
	return ok(list), nil
}

func (o *Org) readRule(r *http.Request) (apiAnswer, *apiError) {
	as, p, rule, fault := o.findRule(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.ruleJSON(as, p, rule)), nil
}

func (o *Org) createRule(r *http.Request) (apiAnswer, *apiError) {
	as, p, fault := o.findPolicy(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return o.storeRule(r, as, p, accessRule{ID: newID(idRule), Status: "ACTIVE", Created: stamp(o.now())}, http.StatusCreated)
}

func (o *Org) replaceRule(r *http.Request) (apiAnswer, *apiError) {
	as, p, rule, fault := o.findRule(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return o.storeRule(r, as, p, rule, http.StatusOK)
}

// storeRule reads the body and stores it in the place of old.
func (o *Org) storeRule(r *http.Request, as *authServer, p *accessPolicy, old accessRule, status int) (apiAnswer, *apiError) {
	rule := accessRule{Status: old.Status, Priority: old.Priority}
	rule.Actions.Token = tokenAction{AccessMinutes: usualAccess, RefreshWindowMinutes: usualWindow}
	if fault := readBody(r, &rule); fault != nil {
		return apiAnswer{}, fault
	}
	rule.ID, rule.Created, rule.System, rule.Links = old.ID, old.Created, old.System, nil
	rule.LastUpdated = stamp(o.now())
	rule.normalize()
	if fault := o.checkRule(p, rule); fault != nil {
		return apiAnswer{}, fault
	}
	if !p.rules.put(rule.ID, rule) {
		return apiAnswer{}, errFull()
	}
	p.placeRule(rule)
	stored, _ := p.rules.get(rule.ID)
	return apiAnswer{status: status, body: o.ruleJSON(as, p, stored)}, nil
}

// normalize writes empty lists where a client left them out, as Okta's answers have them.
func (rule *accessRule) normalize() {
	c := &rule.Conditions
	for _, list := range []*[]string{&c.People.Users.Include, &c.People.Groups.Include, &c.GrantTypes.Include, &c.Scopes.Include} {
		if *list == nil {
			*list = []string{}
		}
	}
	if ref := rule.Actions.Token.InlineHook; ref != nil && ref.ID == "" {
		rule.Actions.Token.InlineHook = nil
	}
}

// checkRule refuses what Okta refuses.
func (o *Org) checkRule(p *accessPolicy, rule accessRule) *apiError {
	_, taken := p.rules.find(func(other accessRule) bool { return other.Name == rule.Name && other.ID != rule.ID })
	switch {
	case rule.Type != ruleType:
		return errInvalid("type", "type: must be "+ruleType)
	case rule.Name == "" || len(rule.Name) > 100:
		return errInvalid("name", "name: The field must have 1 to 100 characters")
	case taken:
		return errInvalid("name", "name: Policy rule name already in use")
	case rule.Status != "ACTIVE" && rule.Status != "INACTIVE":
		return errInvalid("status", "status: must be ACTIVE or INACTIVE")
	case len(rule.Conditions.GrantTypes.Include) == 0:
		return errInvalid("conditions.grantTypes", "conditions.grantTypes: name at least one grant type")
	case len(rule.Conditions.Scopes.Include) == 0:
		return errInvalid("conditions.scopes", "conditions.scopes: name scopes, or *")
	}
	for _, grant := range rule.Conditions.GrantTypes.Include {
		if !slices.Contains(storableGrantTypes(), grant) {
			return errInvalid("conditions.grantTypes", fmt.Sprintf("conditions.grantTypes: '%s' is not a grant type", grant))
		}
	}
	return o.checkActions(rule.Actions.Token)
}

// checkActions checks lifetimes and the hook.
func (o *Org) checkActions(t tokenAction) *apiError {
	const field = "actions.token"
	switch {
	case t.AccessMinutes < minAccessMinutes || t.AccessMinutes > maxAccessMinutes:
		return errInvalid(field, fmt.Sprintf("%s.accessTokenLifetimeMinutes: must be %d to %d", field, minAccessMinutes, maxAccessMinutes))
	case t.RefreshMinutes < 0 || t.RefreshMinutes > maxRefreshMinutes || t.RefreshMinutes > 0 && t.RefreshMinutes < t.AccessMinutes:
		return errInvalid(field, field+".refreshTokenLifetimeMinutes: must be 0, or at least the access token's")
	case t.RefreshWindowMinutes < minRefreshWindow || t.RefreshWindowMinutes > maxRefreshMinutes:
		return errInvalid(field, fmt.Sprintf("%s.refreshTokenWindowMinutes: must be %d to %d", field, minRefreshWindow, maxRefreshMinutes))
	}
	if t.InlineHook == nil {
		return nil
	}
	h, there := o.state.hooks.get(t.InlineHook.ID)
	if !there || h.Type != TokenHookType {
		return errInvalid(field, field+".inlineHook: not an inline hook of type "+TokenHookType)
	}
	return nil
}

// placeRule gives the rule its wanted priority and moves the others along.
func (p *accessPolicy) placeRule(rule accessRule) {
	order := place(p.orderedRules(), rule, func(other accessRule) bool { return other.ID == rule.ID }, rule.Priority)
	p.numberRules(order)
}

func (p *accessPolicy) numberRules(order []accessRule) {
	for i, rule := range order {
		rule.Priority = i + 1
		p.rules.put(rule.ID, rule)
	}
}

func (o *Org) setRuleStatus(status string) apiHandler {
	return func(r *http.Request) (apiAnswer, *apiError) {
		_, p, rule, fault := o.findRule(r)
		if fault != nil {
			return apiAnswer{}, fault
		}
		rule.Status, rule.LastUpdated = status, stamp(o.now())
		p.rules.put(rule.ID, rule)
		return noContent(), nil
	}
}

func (o *Org) deleteRule(r *http.Request) (apiAnswer, *apiError) {
	_, p, rule, fault := o.findRule(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if rule.System {
		return apiAnswer{}, errForbidden()
	}
	p.rules.delete(rule.ID)
	p.numberRules(p.orderedRules())
	return noContent(), nil
}
