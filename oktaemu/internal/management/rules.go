package management

import (
	"fmt"
	"net/http"
	"slices"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
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

func (api *API) ruleRoutes(mux *http.ServeMux, base, read, manage string) {
	api.handle(mux, "GET "+base, read, (*call).listRules)
	api.handle(mux, "POST "+base, manage, logged("policy.rule.add", "rule", (*call).createRule))
	api.handle(mux, "GET "+base+"/{rule}", read, (*call).readRule)
	api.handle(mux, "PUT "+base+"/{rule}", manage, logged("policy.rule.update", "rule", (*call).replaceRule))
	api.handle(mux, "DELETE "+base+"/{rule}", manage, logged("policy.rule.delete", "rule", (*call).deleteRule))
	api.handle(mux, "POST "+base+"/{rule}/lifecycle/activate", manage, logged("policy.rule.activate", "rule", setRuleStatus("ACTIVE")))
	api.handle(mux, "POST "+base+"/{rule}/lifecycle/deactivate", manage, logged("policy.rule.deactivate", "rule", setRuleStatus("INACTIVE")))
}

func (c *call) ruleJSON(as *store.AuthServer, p *store.AccessPolicy, rule store.AccessRule) any {
	self := c.authServerPath(as) + "/policies/" + p.ID + "/rules/" + rule.ID
	rule.Links = wire.Links{"self": {Href: self, Hints: wire.Allow("GET", "PUT", "DELETE")}}
	addLifecycle(rule.Links, self, rule.Status)
	return rule
}

func (c *call) findRule() (*store.AuthServer, *store.AccessPolicy, store.AccessRule, *wire.APIError) {
	as, p, fault := c.findPolicy()
	if fault != nil {
		return nil, nil, store.AccessRule{}, fault
	}
	rule, there := p.Rules.Get(c.r.PathValue("rule"))
	if !there {
		return nil, nil, store.AccessRule{}, wire.ErrNotFound("PolicyRule", c.r.PathValue("rule"))
	}
	return as, p, rule, nil
}

func (c *call) listRules() (answer, *wire.APIError) {
	as, p, fault := c.findPolicy()
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, rule := range p.OrderedRules() {
		list = append(list, c.ruleJSON(as, p, rule))
	}
	return ok(list), nil
}

func (c *call) readRule() (answer, *wire.APIError) {
	as, p, rule, fault := c.findRule()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.ruleJSON(as, p, rule)), nil
}

func (c *call) createRule() (answer, *wire.APIError) {
	as, p, fault := c.findPolicy()
	if fault != nil {
		return answer{}, fault
	}
	return c.storeRule(as, p, store.AccessRule{ID: c.newID(wire.IDRule), Status: "ACTIVE", Created: wire.Stamp(c.Now())}, http.StatusCreated)
}

func (c *call) replaceRule() (answer, *wire.APIError) {
	as, p, rule, fault := c.findRule()
	if fault != nil {
		return answer{}, fault
	}
	return c.storeRule(as, p, rule, http.StatusOK)
}

// storeRule reads the body and stores it in the place of old.
func (c *call) storeRule(as *store.AuthServer, p *store.AccessPolicy, old store.AccessRule, status int) (answer, *wire.APIError) {
	rule := store.AccessRule{Status: old.Status, Priority: old.Priority}
	rule.Actions.Token = store.TokenAction{AccessMinutes: usualAccess, RefreshWindowMinutes: usualWindow}
	if fault := c.readBody(&rule); fault != nil {
		return answer{}, fault
	}
	rule.ID, rule.Created, rule.System, rule.Links = old.ID, old.Created, old.System, nil
	rule.LastUpdated = wire.Stamp(c.Now())
	rule.Normalize()
	if fault := c.checkRule(p, rule); fault != nil {
		return answer{}, fault
	}
	if !p.Rules.Put(rule.ID, rule) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	p.PlaceRule(rule)
	stored, _ := p.Rules.Get(rule.ID)
	return answer{status: status, body: c.ruleJSON(as, p, stored)}, nil
}

// checkRule refuses what Okta refuses.
func (c *call) checkRule(p *store.AccessPolicy, rule store.AccessRule) *wire.APIError {
	_, taken := p.Rules.Find(func(other store.AccessRule) bool { return other.Name == rule.Name && other.ID != rule.ID })
	switch {
	case rule.Type != store.RuleType:
		return wire.ErrInvalid("type", "type: must be "+store.RuleType)
	case badLength(rule.Name, 100):
		return wire.ErrInvalid("name", "name: The field must have 1 to 100 characters")
	case taken:
		return wire.ErrInvalid("name", "name: Policy rule name already in use")
	case rule.Status != "ACTIVE" && rule.Status != "INACTIVE":
		return wire.ErrInvalid("status", "status: must be ACTIVE or INACTIVE")
	case len(rule.Conditions.GrantTypes.Include) == 0:
		return wire.ErrInvalid("conditions.grantTypes", "conditions.grantTypes: name at least one grant type")
	}
	for _, grant := range rule.Conditions.GrantTypes.Include {
		if !slices.Contains(store.StorableGrantTypes(), grant) {
			return wire.ErrInvalid("conditions.grantTypes", fmt.Sprintf("conditions.grantTypes: '%s' is not a grant type", grant))
		}
	}
	return c.checkActions(rule.Actions.Token)
}

// checkActions checks lifetimes and the hook.
func (c *call) checkActions(t store.TokenAction) *wire.APIError {
	const field = "actions.token"
	switch {
	case t.AccessMinutes < minAccessMinutes || t.AccessMinutes > maxAccessMinutes:
		return wire.ErrInvalid(field, fmt.Sprintf("%s.accessTokenLifetimeMinutes: must be %d to %d", field, minAccessMinutes, maxAccessMinutes))
	case t.RefreshMinutes < 0 || t.RefreshMinutes > maxRefreshMinutes || t.RefreshMinutes > 0 && t.RefreshMinutes < t.AccessMinutes:
		return wire.ErrInvalid(field, field+".refreshTokenLifetimeMinutes: must be 0, or at least the access token's")
	case t.RefreshWindowMinutes < minRefreshWindow || t.RefreshWindowMinutes > maxRefreshMinutes:
		return wire.ErrInvalid(field, fmt.Sprintf("%s.refreshTokenWindowMinutes: must be %d to %d", field, minRefreshWindow, maxRefreshMinutes))
	}
	if t.InlineHook == nil {
		return nil
	}
	h, there := c.Hooks.Get(t.InlineHook.ID)
	if !there || h.Type != store.TokenHookType {
		return wire.ErrInvalid(field, field+".inlineHook: not an inline hook of type "+store.TokenHookType)
	}
	return nil
}

func setRuleStatus(status string) handler {
	return func(c *call) (answer, *wire.APIError) {
		_, p, rule, fault := c.findRule()
		if fault != nil {
			return answer{}, fault
		}
		rule.Status, rule.LastUpdated = status, wire.Stamp(c.Now())
		p.Rules.Put(rule.ID, rule)
		return noContent(), nil
	}
}

func (c *call) deleteRule() (answer, *wire.APIError) {
	_, p, rule, fault := c.findRule()
	if fault != nil {
		return answer{}, fault
	}
	if rule.System {
		return answer{}, wire.ErrForbidden()
	}
	p.Rules.Delete(rule.ID)
	p.NumberRules(p.OrderedRules())
	return noContent(), nil
}
