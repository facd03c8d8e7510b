package oktaread

import "slices"

// GrantCode is the grant of a sign-in with a browser.
const GrantCode = "authorization_code"

const (
	allClients = "ALL_CLIENTS"
	everyone   = "EVERYONE"
	anyScope   = "*"
)

// Place is a rule in its policy.
type Place struct {
	Policy Policy
	Rule   Rule
}

// String names the policy and the rule.
func (p Place) String() string { return p.Policy.Name + " › " + p.Rule.Name }

// Misfit is a reason why a rule does not apply to a sign-in.
type Misfit string

// All reasons, in the order in which a reader would check them.
const (
	PolicyInactive Misfit = "policy_inactive"
	OtherClients   Misfit = "other_clients" // the policy does not name the client
	RuleInactive   Misfit = "rule_inactive"
	OtherGrants    Misfit = "other_grants" // the rule does not admit [GrantCode]
	TooFewScopes   Misfit = "too_few_scopes"
	Nobody         Misfit = "nobody" // the rule names no group and no user, or excludes everybody
)

// Misfits returns why the rule does not apply to a code sign-in of the client with the scopes. None
// means that it applies, to the people whom it names.
func (p Place) Misfits(clientID string, scopes []string) []Misfit {
	var out []Misfit
	add := func(is bool, m Misfit) {
		if is {
			out = append(out, m)
		}
	}
	add(p.Policy.Status != Active, PolicyInactive)
	add(!p.Policy.AllClients() && !p.Policy.Names(clientID), OtherClients)
	add(p.Rule.Status != Active, RuleInactive)
	add(!slices.Contains(p.Rule.Conditions.GrantTypes.Include, GrantCode), OtherGrants)
	add(len(p.Rule.MissingScopes(scopes)) > 0, TooFewScopes)
	add(p.Rule.nobody(), Nobody)
	return out
}

// Places returns all rules of the policies, in the order in which Okta tries them.
func Places(policies []Policy) []Place {
	var out []Place
	for _, p := range policies {
		for _, r := range p.Rules {
			out = append(out, Place{p, r})
		}
	}
	return out
}

// Fits returns the rules that can apply to a code sign-in of the client with the scopes, in the
// order in which Okta tries them. Okta applies the first one that matches (Okta developer docs,
// guides/configure-access-policy).
func Fits(policies []Policy, clientID string, scopes []string) []Place {
	return slices.DeleteFunc(Places(policies), func(p Place) bool { return len(p.Misfits(clientID, scopes)) > 0 })
}

// Reached returns the rules up to the first one for everybody. No sign-in reaches the rules after
// that.
func Reached(fits []Place) []Place {
	if i := slices.IndexFunc(fits, func(p Place) bool { return p.Rule.Everybody() }); i >= 0 {
		return fits[:i+1]
	}
	return fits
}

// NameEveryone replaces the id of the group of all people by the name that rules mostly use, so
// that both are understood. An empty id means that the id is not known, and changes nothing.
func NameEveryone(policies []Policy, id string) {
	for _, p := range policies {
		for i := range p.Rules {
			groups := &p.Rules[i].Conditions.People.Groups
			for _, list := range []*[]string{&groups.Include, &groups.Exclude} {
				if id != "" && slices.Contains(*list, id) {
					*list = append(*list, everyone)
				}
			}
		}
	}
}

// AllClients reports whether the policy is for every client.
func (p Policy) AllClients() bool { return slices.Contains(p.Conditions.Clients.Include, allClients) }

// Names reports whether the policy names the client.
func (p Policy) Names(clientID string) bool {
	return slices.Contains(p.Conditions.Clients.Include, clientID)
}

// MissingScopes returns the scopes that the rule does not admit.
func (r Rule) MissingScopes(scopes []string) []string {
	have := r.Conditions.Scopes.Include
	if slices.Contains(have, anyScope) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return slices.Contains(have, s) })
}

// Everybody reports whether the rule applies to all people.
func (r Rule) Everybody() bool {
	p := r.Conditions.People
	return slices.Contains(p.Groups.Include, everyone) && !r.Excludes()
}

// TakesIn reports whether the rule is for the members of the group, apart from those whom it
// excludes; see [Rule.Excludes].
func (r Rule) TakesIn(groupID string) bool {
	g := r.Conditions.People.Groups
	return (slices.Contains(g.Include, everyone) || slices.Contains(g.Include, groupID)) && !slices.Contains(g.Exclude, groupID)
}

// Excludes reports whether the rule excludes some people of its groups.
func (r Rule) Excludes() bool {
	p := r.Conditions.People
	return len(p.Groups.Exclude) > 0 || len(p.Users.Exclude) > 0
}

func (r Rule) nobody() bool {
	p := r.Conditions.People
	return len(p.Groups.Include) == 0 && len(p.Users.Include) == 0 || slices.Contains(p.Groups.Exclude, everyone)
}

// Asked reports whether a request for these scopes gets the claim.
func (c Claim) Asked(scopes []string) bool {
	return len(c.Conditions.Scopes) == 0 || slices.ContainsFunc(c.Conditions.Scopes, func(s string) bool { return slices.Contains(scopes, s) })
}

// HookID returns the id of the hook that the rule calls; "" for none.
func (r Rule) HookID() string {
	if h := r.Actions.Token.InlineHook; h != nil {
		return h.ID
	}
	return ""
}
