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

// String names both.
func (p Place) String() string { return p.Policy.Name + " › " + p.Rule.Name }

// Misfit is a reason why a rule does not apply to a sign-in.
type Misfit string

// The reasons, in the order in which one would look.
const (
	PolicyInactive Misfit = "policy_inactive"
	OtherClients   Misfit = "other_clients" // the policy does not name the client
	RuleInactive   Misfit = "rule_inactive"
	OtherGrants    Misfit = "other_grants" // the rule does not admit [GrantCode]
	TooFewScopes   Misfit = "too_few_scopes"
	Nobody         Misfit = "nobody" // the rule names no group and no user, or leaves everybody out
)

// Misfits returns why the rule does not apply to a code sign-in of the client with the scopes; none: it does, for
// those people whom it names.
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

// Places are all rules of the policies, in the order in which Okta tries them.
func Places(policies []Policy) []Place {
	var out []Place
	for _, p := range policies {
		for _, r := range p.Rules {
			out = append(out, Place{p, r})
		}
	}
	return out
}

// Fits are the rules that apply to a code sign-in of the client with the scopes, in the order in which Okta tries
// them: the first that fits is applied (Okta developer docs, guides/configure-access-policy).
func Fits(policies []Policy, clientID string, scopes []string) []Place {
	return slices.DeleteFunc(Places(policies), func(p Place) bool { return len(p.Misfits(clientID, scopes)) > 0 })
}

// Reached are the first of the rules, up to one that leaves nobody out: no sign-in comes to those after it.
func Reached(fits []Place) []Place {
	if i := slices.IndexFunc(fits, func(p Place) bool { return p.Rule.Everybody() }); i >= 0 {
		return fits[:i+1]
	}
	return fits
}

// NameEveryone writes the group of all people, whose id is given, as rules mostly do, so that both are understood. An empty
// id, where it is not known, changes nothing.
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

// MissingScopes are those of the scopes that the rule does not admit.
func (r Rule) MissingScopes(scopes []string) []string {
	have := r.Conditions.Scopes.Include
	if slices.Contains(have, anyScope) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return slices.Contains(have, s) })
}

// Everybody reports whether the rule leaves nobody out.
func (r Rule) Everybody() bool {
	p := r.Conditions.People
	return slices.Contains(p.Groups.Include, everyone) && !r.Excludes()
}

// TakesIn reports whether the rule is for the members of the group, but for those whom it [Rule.Excludes].
func (r Rule) TakesIn(groupID string) bool {
	g := r.Conditions.People.Groups
	return (slices.Contains(g.Include, everyone) || slices.Contains(g.Include, groupID)) && !slices.Contains(g.Exclude, groupID)
}

// Excludes reports whether the rule is not for some people of the groups that it is for.
func (r Rule) Excludes() bool {
	p := r.Conditions.People
	return len(p.Groups.Exclude) > 0 || len(p.Users.Exclude) > 0
}

func (r Rule) nobody() bool {
	p := r.Conditions.People
	return len(p.Groups.Include) == 0 && len(p.Users.Include) == 0 || slices.Contains(p.Groups.Exclude, everyone)
}

// Asked reports whether one of the scopes brings the claim along.
func (c Claim) Asked(scopes []string) bool {
	return len(c.Conditions.Scopes) == 0 || slices.ContainsFunc(c.Conditions.Scopes, func(s string) bool { return slices.Contains(scopes, s) })
}

// HookID is the hook that the rule calls, "" for none.
func (r Rule) HookID() string {
	if h := r.Actions.Token.InlineHook; h != nil {
		return h.ID
	}
	return ""
}
