package store

import (
	"cmp"
	"slices"

	"pschook/oktaemu/internal/wire"
)

// The names that access policies use (Okta Management API, authorization server policies).
const (
	PolicyType = "OAUTH_AUTHORIZATION_POLICY"
	RuleType   = "RESOURCE_ACCESS"
	allClients = "ALL_CLIENTS"
	everyone   = "EVERYONE"
)

// DeviceGrantType is the grant type of devices without a browser (RFC 8628, section 3.4).
const DeviceGrantType = "urn:ietf:params:oauth:grant-type:device_code"

// ruleGrantTypes are the grant types that Okta's own default rule names.
func ruleGrantTypes() []string {
	return []string{"authorization_code", "client_credentials", "implicit", "password"}
}

// AccessPolicy holds the rules for some clients of an authorization server.
type AccessPolicy struct {
	ID          string           `json:"id"`
	Type        string           `json:"type"`
	Status      string           `json:"status"`
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Priority    int              `json:"priority"` // 1 is looked at first
	System      bool             `json:"system"`
	Conditions  policyConditions `json:"conditions"`
	Created     wire.Stamp       `json:"created"`
	LastUpdated wire.Stamp       `json:"lastUpdated"`
	Links       wire.Links       `json:"_links,omitempty"`

	Rules Collection[AccessRule] `json:"-"`
}

type policyConditions struct {
	Clients include `json:"clients"`
}

type include struct {
	Include []string `json:"include"`
}

// AccessRule says what a client may get in one case, for how long, and which hook
// is called.
type AccessRule struct {
	ID          string         `json:"id"`
	Type        string         `json:"type"`
	Status      string         `json:"status"`
	Name        string         `json:"name"`
	Priority    int            `json:"priority"`
	System      bool           `json:"system"`
	Conditions  ruleConditions `json:"conditions"`
	Actions     ruleActions    `json:"actions"`
	Created     wire.Stamp     `json:"created"`
	LastUpdated wire.Stamp     `json:"lastUpdated"`
	Links       wire.Links     `json:"_links,omitempty"`
}

type ruleConditions struct {
	People     peopleCondition `json:"people"`
	GrantTypes include         `json:"grantTypes"`
	Scopes     include         `json:"scopes"`
}

type peopleCondition struct {
	Users  userCondition  `json:"users"`
	Groups groupCondition `json:"groups"`
}

type userCondition struct {
	Include []string `json:"include,omitempty"`
	Exclude []string `json:"exclude"`
}

type groupCondition struct {
	Include []string `json:"include"`
	Exclude []string `json:"exclude,omitempty"`
}

type ruleActions struct {
	Token TokenAction `json:"token"`
}

// TokenAction holds lifetimes in minutes; 0 in a refresh token's lifetime means
// that it does not end.
type TokenAction struct {
	AccessMinutes        int      `json:"accessTokenLifetimeMinutes"`
	RefreshMinutes       int      `json:"refreshTokenLifetimeMinutes"`
	RefreshWindowMinutes int      `json:"refreshTokenWindowMinutes"`
	InlineHook           *hookRef `json:"inlineHook,omitempty"`
}

type hookRef struct {
	ID string `json:"id"`
}

// TokenCase is what the rules decide about.
type TokenCase struct {
	ClientID string
	Grant    string   // authorization_code, implicit, client_credentials, password
	Scopes   []string // requested
	UserID   string   // empty: no user (client credentials)
	GroupIDs []string // of the user, Everyone included
}

// Decide returns the first active rule that fits, in order of priority: the
// policies that name the client, then their rules. No rule: the request is denied.
func (as *AuthServer) Decide(c TokenCase) (*AccessPolicy, AccessRule, bool) {
	for _, policy := range as.OrderedPolicies() {
		if policy.Status != "ACTIVE" || !policy.applies(c.ClientID) {
			continue
		}
		for _, rule := range policy.OrderedRules() {
			if rule.Status == "ACTIVE" && rule.applies(c) {
				return policy, rule, true
			}
		}
	}
	return nil, AccessRule{}, false
}

// OrderedPolicies returns the policies by priority.
func (as *AuthServer) OrderedPolicies() []*AccessPolicy {
	policies := as.Policies.List()
	slices.SortStableFunc(policies, func(a, b *AccessPolicy) int { return cmp.Compare(a.Priority, b.Priority) })
	return policies
}

// OrderedRules returns the rules by priority.
func (p *AccessPolicy) OrderedRules() []AccessRule {
	rules := p.Rules.List()
	slices.SortStableFunc(rules, func(a, b AccessRule) int { return cmp.Compare(a.Priority, b.Priority) })
	return rules
}

func (p *AccessPolicy) applies(clientID string) bool {
	list := p.Conditions.Clients.Include
	return slices.Contains(list, allClients) || slices.Contains(list, clientID)
}

func (rule AccessRule) applies(c TokenCase) bool {
	return slices.Contains(rule.Conditions.GrantTypes.Include, c.Grant) && rule.appliesToScopes(c.Scopes) && rule.appliesToUser(c)
}

func (rule AccessRule) appliesToScopes(scopes []string) bool {
	list := rule.Conditions.Scopes.Include
	if slices.Contains(list, "*") {
		return true
	}
	for _, s := range scopes {
		if !slices.Contains(list, s) {
			return false
		}
	}
	return true
}

// appliesToUser: a request without a user is not held to the people condition.
func (rule AccessRule) appliesToUser(c TokenCase) bool {
	people := rule.Conditions.People
	inGroup := func(id string) bool { return id == everyone || slices.Contains(c.GroupIDs, id) }
	switch {
	case c.UserID == "":
		return true
	case slices.Contains(people.Users.Exclude, c.UserID), slices.ContainsFunc(people.Groups.Exclude, inGroup):
		return false
	}
	return slices.Contains(people.Users.Include, c.UserID) || slices.ContainsFunc(people.Groups.Include, inGroup)
}

// PlacePolicy gives p the wanted priority and moves the others along; 0 means last.
func (as *AuthServer) PlacePolicy(p *AccessPolicy, wanted int) {
	order := place(as.OrderedPolicies(), p, func(other *AccessPolicy) bool { return other.ID == p.ID }, wanted)
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

// StorableGrantTypes are the grant types that Okta takes in a rule. Those after
// DeviceGrantType are kept, and never match anything.
func StorableGrantTypes() []string {
	return append(ruleGrantTypes(), DeviceGrantType, "interaction_code",
		"urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:jwt-bearer",
		"urn:ietf:params:oauth:grant-type:saml2-bearer", "urn:openid:params:grant-type:ciba",
		"urn:okta:params:oauth:grant-type:otp", "urn:okta:params:oauth:grant-type:oob",
		"http://auth0.com/oauth/grant-type/mfa-otp", "http://auth0.com/oauth/grant-type/mfa-oob")
}

// Normalize writes empty lists where a client left them out, as Okta's answers have them.
func (rule *AccessRule) Normalize() {
	c := &rule.Conditions
	for _, list := range []*[]string{&c.People.Users.Exclude, &c.People.Groups.Include, &c.GrantTypes.Include, &c.Scopes.Include} {
		if *list == nil {
			*list = []string{}
		}
	}
	if ref := rule.Actions.Token.InlineHook; ref != nil && ref.ID == "" {
		rule.Actions.Token.InlineHook = nil
	}
}

// PlaceRule gives the rule its wanted priority and moves the others along.
func (p *AccessPolicy) PlaceRule(rule AccessRule) {
	order := place(p.OrderedRules(), rule, func(other AccessRule) bool { return other.ID == rule.ID }, rule.Priority)
	p.NumberRules(order)
}

// NumberRules gives the rules the priorities 1, 2, … in that order.
func (p *AccessPolicy) NumberRules(order []AccessRule) {
	for i, rule := range order {
		rule.Priority = i + 1
		p.Rules.Put(rule.ID, rule)
	}
}
