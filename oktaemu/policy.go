package oktaemu

import (
	"cmp"
	"slices"
)

// The names that access policies use (Okta Management API, authorization server policies).
const (
	policyType = "OAUTH_AUTHORIZATION_POLICY"
	ruleType   = "RESOURCE_ACCESS"
	allClients = "ALL_CLIENTS"
	everyone   = "EVERYONE"
)

// ruleGrantTypes are the grant types that a rule can name and the emulator knows.
func ruleGrantTypes() []string {
	return []string{"authorization_code", "client_credentials", "implicit", "password"}
}

// accessPolicy holds the rules for some clients of an authorization server.
type accessPolicy struct {
	ID          string           `json:"id"`
	Type        string           `json:"type"`
	Status      string           `json:"status"`
	Name        string           `json:"name"`
	Description string           `json:"description"`
	Priority    int              `json:"priority"` // 1 is looked at first
	System      bool             `json:"system"`
	Conditions  policyConditions `json:"conditions"`
	Created     stamp            `json:"created"`
	LastUpdated stamp            `json:"lastUpdated"`
	Links       apiLink          `json:"_links,omitempty"`

	rules collection[accessRule]
}

type policyConditions struct {
	Clients include `json:"clients"`
}

type include struct {
	Include []string `json:"include"`
}

// accessRule says what a client may get in one case, for how long, and which hook
// is called.
type accessRule struct {
	ID          string         `json:"id"`
	Type        string         `json:"type"`
	Status      string         `json:"status"`
	Name        string         `json:"name"`
	Priority    int            `json:"priority"`
	System      bool           `json:"system"`
	Conditions  ruleConditions `json:"conditions"`
	Actions     ruleActions    `json:"actions"`
	Created     stamp          `json:"created"`
	LastUpdated stamp          `json:"lastUpdated"`
	Links       apiLink        `json:"_links,omitempty"`
}

type ruleConditions struct {
	People     peopleCondition `json:"people"`
	GrantTypes include         `json:"grantTypes"`
	Scopes     include         `json:"scopes"`
}

type peopleCondition struct {
	Users  includeExclude `json:"users"`
	Groups includeExclude `json:"groups"`
}

type includeExclude struct {
	Include []string `json:"include"`
	Exclude []string `json:"exclude,omitempty"`
}

type ruleActions struct {
	Token tokenAction `json:"token"`
}

// tokenAction holds lifetimes in minutes; 0 in a refresh token's lifetime means
// that it does not end.
type tokenAction struct {
	AccessMinutes        int      `json:"accessTokenLifetimeMinutes"`
	RefreshMinutes       int      `json:"refreshTokenLifetimeMinutes"`
	RefreshWindowMinutes int      `json:"refreshTokenWindowMinutes"`
	InlineHook           *hookRef `json:"inlineHook,omitempty"`
}

type hookRef struct {
	ID string `json:"id"`
}

// tokenCase is what the rules decide about.
type tokenCase struct {
	clientID string
	grant    string   // authorization_code, implicit, client_credentials, password
	scopes   []string // requested
	userID   string   // empty: no user (client credentials)
	groupIDs []string // of the user, Everyone included
}

// decide returns the first active rule that fits, in order of priority: the
// policies that name the client, then their rules. No rule: the request is denied.
// The caller holds the org's lock.
func (as *authServer) decide(c tokenCase) (*accessPolicy, accessRule, bool) {
	for _, policy := range as.orderedPolicies() {
		if policy.Status != "ACTIVE" || !policy.applies(c.clientID) {
			continue
		}
		for _, rule := range policy.orderedRules() {
			if rule.Status == "ACTIVE" && rule.applies(c) {
				return policy, rule, true
			}
		}
	}
	return nil, accessRule{}, false
}

func (as *authServer) orderedPolicies() []*accessPolicy {
	policies := as.policies.list()
	slices.SortStableFunc(policies, func(a, b *accessPolicy) int { return cmp.Compare(a.Priority, b.Priority) })
	return policies
}

func (p *accessPolicy) orderedRules() []accessRule {
	rules := p.rules.list()
	slices.SortStableFunc(rules, func(a, b accessRule) int { return cmp.Compare(a.Priority, b.Priority) })
	return rules
}

func (p *accessPolicy) applies(clientID string) bool {
	list := p.Conditions.Clients.Include
	return slices.Contains(list, allClients) || slices.Contains(list, clientID)
}

func (rule accessRule) applies(c tokenCase) bool {
	return slices.Contains(rule.Conditions.GrantTypes.Include, c.grant) && rule.appliesToScopes(c.scopes) && rule.appliesToUser(c)
}

func (rule accessRule) appliesToScopes(scopes []string) bool {
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
func (rule accessRule) appliesToUser(c tokenCase) bool {
	people := rule.Conditions.People
	inGroup := func(id string) bool { return id == everyone || slices.Contains(c.groupIDs, id) }
	switch {
	case c.userID == "":
		return true
	case slices.Contains(people.Users.Exclude, c.userID), slices.ContainsFunc(people.Groups.Exclude, inGroup):
		return false
	}
	return slices.Contains(people.Users.Include, c.userID) || slices.ContainsFunc(people.Groups.Include, inGroup)
}
