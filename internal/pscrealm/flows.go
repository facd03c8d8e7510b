package pscrealm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Names of the flows that all establishments share.
const (
	flowBrowser   = "PSC choice of a provider"
	flowAppairage = "PSC appairage"
	flowNone      = "PSC refuses"
)

// book collects flows and the configurations of their steps, which Keycloak stores separately.
type book struct {
	flows   []flow
	configs []flowConfig
}

// step is one execution of a flow.
type step struct {
	authenticator string
	config        map[string]string
	flow          string // a nested flow in place of an authenticator
	requirement   string
}

const (
	required    = "REQUIRED"
	alternative = "ALTERNATIVE"
	conditional = "CONDITIONAL"
)

func (b *book) add(alias, description string, top bool, steps ...step) {
	f := flow{Alias: alias, Description: description, ProviderID: "basic-flow", TopLevel: top, Executions: []execution{}}
	for i, s := range steps {
		e := execution{Authenticator: s.authenticator, FlowAlias: s.flow, IsFlow: s.flow != "", Requirement: s.requirement, Priority: 10 * (i + 1)}
		if s.config != nil {
			e.Config = fmt.Sprintf("%s %d", alias, i+1)
			b.configs = append(b.configs, flowConfig{e.Config, s.config})
		}
		f.Executions = append(f.Executions, e)
	}
	b.flows = append(b.flows, f)
}

// shared adds the flows that do not depend on an establishment.
func (b *book) shared() {
	b.add(flowBrowser, "Goes to the provider of kc_idp_hint, else lets the person choose one. Each sign-in is a new one: there is no cookie step.", true,
		step{authenticator: "identity-provider-redirector", requirement: alternative},
		step{flow: flowBrowser + " page", requirement: alternative})
	b.add(flowBrowser+" page", "Shows the providers; a sign-in at PSC itself is not played.", false,
		step{authenticator: "auth-username-form", requirement: required},
		step{authenticator: "deny-access-authenticator", requirement: required, config: deny("pscOnlyDelegation")})
	b.add(flowAppairage, "First sign-in of a hospital's account: the professional names and proves their own identity (by password instead of CPx card or e-CPS); the two are then linked by tid and oid.", true,
		step{authenticator: "idp-review-profile", requirement: required, config: map[string]string{"update.profile.on.first.login": "on"}},
		step{authenticator: "idp-detect-existing-broker-user", requirement: required},
		step{authenticator: "idp-confirm-override-link", requirement: required},
		step{authenticator: "idp-username-password-form", requirement: required})
	b.add(flowNone, "Nobody signs in by this way.", true,
		step{authenticator: "deny-access-authenticator", requirement: required, config: deny("pscOnlyDelegation")})
}

func deny(message string) map[string]string { return map[string]string{"denyErrorMessage": message} }

// gate adds the flow that runs after every sign-in at an establishment, and returns its name. A
// sign-in with exactly one agreed set, the right tid and an oid passes with the level of that set.
// Any other sign-in is refused.
func (b *book) gate(e Establishment, sets []Set) string {
	name := "PSC gate " + e.KCIdPHint()
	var steps, refuse []step
	for i, set := range sets {
		alias := fmt.Sprintf("%s set %d", name, i+1)
		b.add(alias, fmt.Sprintf("Exactly %s: level %s.", strings.Join(set.Values, ", "), set.Level), false,
			append(conditions(e, set),
				level(set.Level),
				step{authenticator: "allow-access-authenticator", requirement: required})...)
		steps = append(steps, step{flow: alias, requirement: conditional})
		refuse = append(refuse, step{
			authenticator: "conditional-sub-flow-executed", requirement: required,
			config: map[string]string{"flow_to_check": alias, "check_result": "not-executed"},
		})
	}
	refused := name + " refuses"
	b.add(refused, "Runs when no set was found.", false,
		append(refuse, step{authenticator: "deny-access-authenticator", requirement: required, config: deny("pscNotAgreed")})...)
	b.add(name, "Holds tid, oid and amr of the tokens against what was agreed with "+e.Alias+". Closed by default.", true,
		append(steps, step{flow: refused, requirement: conditional})...)
	return name
}

// oidForm is an Okta user id or a UUID. It has a letter or a dash, so that a number is none.
const oidForm = `(?=.*[A-Za-z-])[A-Za-z0-9-]{1,100}`

// conditions are those of one agreed set: all of its values and no other, the one tid and no other, an oid.
func conditions(e Establishment, set Set) []step {
	out := []step{
		has("tid", regexp.QuoteMeta(e.TID), false),
		has("tid", noneOf(e.TID), true),
		has("oid", oidForm, false),
		has("oid", `(?s)(?!`+oidForm+`\z).*`, true),
		has("amr", noneOf(set.Values...), true),
	}
	for _, v := range set.Values {
		out = append(out, has("amr", regexp.QuoteMeta(v), false))
	}
	return out
}

// noneOf matches a text that is none of values. Java's dot stops at a line end and its $ also
// matches before one, so the expression uses (?s) and \z.
func noneOf(values ...string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = regexp.QuoteMeta(v)
	}
	return `(?s)(?!(?:` + strings.Join(quoted, "|") + `)\z).*`
}

// has checks whether a value of an attribute matches; with not, whether none does.
func has(attribute, expression string, not bool) step {
	return step{authenticator: "conditional-user-attribute", requirement: required, config: map[string]string{
		"attribute_name": attribute, "attribute_expected_value": expression, "regex": "true",
		"not": strconv.FormatBool(not), "include_group_attributes": "false",
	}}
}

// level gives the session a level of authentication. The realm's map turns it into acr.
func level(name string) step {
	return step{authenticator: "conditional-level-of-authentication", requirement: required, config: map[string]string{
		"loa-condition-level": strconv.Itoa(loa(name)), "loa-max-age": "0",
	}}
}

// loa numbers the levels as eIDAS does: eidas2 is substantial, eidas3 is high. eidas1 is never given.
func loa(name string) int {
	if name == LevelHigh {
		return 3
	}
	return 2
}
