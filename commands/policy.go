package commands

import (
	_ "embed"
	"slices"
)

// Unmatched says what happens to amr evidence that no rule matches.
type Unmatched string

const (
	// UnmatchedPass keeps what Okta said, unchanged.
	UnmatchedPass Unmatched = "pass"
	// UnmatchedOmit adds no amr.
	UnmatchedOmit Unmatched = "omit"
	// UnmatchedDeny refuses the token.
	UnmatchedDeny Unmatched = "deny"
)

// These names are reported in place of a rule's name when no rule matched. No rule may have them as
// its name.
const (
	RuleUnmatched  = "unmatched"   // there was evidence, no rule matched it
	RuleNoEvidence = "no-evidence" // Okta said nothing about how the person signed in
)

// Rule is one line of an AMR policy. It matches evidence that holds every value of All and, unless
// Any is empty, at least one value of Any. The claim then has the values of Emit.
type Rule struct {
	Name   string
	Level  string   // the ANS level agreed for this set: "substantiel", "eleve", or empty
	All    []string // RFC 8176 spelling, as everywhere in a Policy
	Any    []string
	Emit   []string
	Attest []string // values of Emit that All does not guarantee; the administrator vouches for them
}

// Policy turns Okta's evidence into the amr claim. It is immutable and safe for concurrent use. Get
// one from [ParsePolicy] or [DefaultPolicy].
type Policy struct {
	unmatched Unmatched
	rules     []Rule
	text      []byte
}

// matches reports whether evidence satisfies the rule's conditions.
func (r *Rule) matches(evidence []string) bool {
	for _, want := range r.All {
		if !slices.Contains(evidence, want) {
			return false
		}
	}
	return len(r.Any) == 0 || slices.ContainsFunc(r.Any, func(v string) bool { return slices.Contains(evidence, v) })
}

//go:embed default_policy.yaml
var defaultPolicy []byte

// DefaultPolicy returns the built-in policy. It holds the two sets that the ANS agreed for Okta,
// and passes on all other evidence unchanged.
func DefaultPolicy() *Policy {
	p, _, err := ParsePolicy("built-in policy", defaultPolicy)
	if err != nil {
		panic(err) // the embedded file is covered by tests
	}
	return p
}

// Rules returns a copy of the rules in their order.
func (p *Policy) Rules() []Rule { return slices.Clone(p.rules) }

// Unmatched returns what happens to evidence that no rule matches.
func (p *Policy) Unmatched() Unmatched { return p.unmatched }

// Text returns the YAML from which the policy was read, comments included.
func (p *Policy) Text() []byte { return slices.Clone(p.text) }

// AMRDecision is what a policy decides for one set of evidence.
type AMRDecision struct {
	// Rule is the name of the rule that matched, or RuleUnmatched or RuleNoEvidence.
	Rule string
	// Values is the claim; empty means that no claim is added. It is shared with the
	// policy and must not be changed.
	Values []string
	// Deny says that the token must be refused.
	Deny bool
}

// Decide applies the policy to evidence in RFC 8176 spelling ([NormalizeAMR]). Empty evidence
// matches no rule; UnmatchedDeny refuses it too.
func (p *Policy) Decide(evidence []string) AMRDecision {
	if len(evidence) == 0 {
		return AMRDecision{Rule: RuleNoEvidence, Deny: p.unmatched == UnmatchedDeny}
	}
	for i := range p.rules {
		if r := &p.rules[i]; r.matches(evidence) {
			return AMRDecision{Rule: r.Name, Values: r.Emit}
		}
	}
	switch p.unmatched {
	case UnmatchedPass:
		return AMRDecision{Rule: RuleUnmatched, Values: evidence}
	case UnmatchedOmit:
		return AMRDecision{Rule: RuleUnmatched}
	default:
		return AMRDecision{Rule: RuleUnmatched, Deny: true}
	}
}

// RuleVerdict says whether one rule matched and, if not, why.
type RuleVerdict struct {
	Rule    string
	Matched bool
	Missing []string // values of All that are not in the evidence
	NoneOf  []string // all values of Any, when none is in the evidence
}

// Explain returns the verdict on every rule up to and including the first that
// matches. evidence is in RFC 8176 spelling.
func (p *Policy) Explain(evidence []string) []RuleVerdict {
	var verdicts []RuleVerdict
	for _, r := range p.rules {
		if r.matches(evidence) {
			return append(verdicts, RuleVerdict{Rule: r.Name, Matched: true})
		}
		v := RuleVerdict{Rule: r.Name}
		for _, want := range r.All {
			if !slices.Contains(evidence, want) {
				v.Missing = append(v.Missing, want)
			}
		}
		if anyOf := (Rule{Any: r.Any}); !anyOf.matches(evidence) {
			v.NoneOf = r.Any
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}
