package report

import (
	"pschook/verify/words"
)

// Rule is one check of evidence of type E.
type Rule[E any] struct {
	ID    string
	Title words.Text
	Spec  string // source of the rule
	// Needs names rules on which this one depends. If one of them failed, or was skipped for such a
	// failure, this rule is skipped. Names that are not in the list are ignored.
	Needs []string
	// Unless names rules that say the same more precisely. If one of them fails or warns, this rule
	// is skipped, so that one fault is shown once.
	Unless []string
	// Doctor names checks of the command doctor that find the cause when this rule fails or warns.
	Doctor []string
	Run    func(E) Finding
}

// Run checks evidence that is not tokens and makes the report; see [New].
func Run[E any](name string, lang words.Language, rules []Rule[E], evidence E) Report {
	return New(name, lang, Examine(rules, evidence).Checks(lang))
}

// Examination applies a list of rules to evidence. It is not safe for concurrent use.
type Examination[E any] struct {
	rules    []Rule[E]
	evidence E
	found    map[string]Finding
	pending  map[string]bool
}

// Examine begins an examination.
func Examine[E any](rules []Rule[E], evidence E) *Examination[E] {
	return &Examination[E]{rules: rules, evidence: evidence, found: make(map[string]Finding), pending: make(map[string]bool)}
}

// Checks returns the lines of a report, in the order of the rules.
func (x *Examination[E]) Checks(lang words.Language) []Check {
	checks := make([]Check, 0, len(x.rules))
	for _, r := range x.rules {
		c := x.Find(r.ID).check(r.ID, r.Title, r.Spec, lang)
		if c.Status == StatusFail || c.Status == StatusWarn {
			c.Doctor = r.Doctor
		}
		checks = append(checks, c)
	}
	return checks
}

// Find returns the finding of a rule. It runs the rule on first use. A rule that is not in the list
// passes silently.
func (x *Examination[E]) Find(id string) Finding {
	if f, ok := x.found[id]; ok {
		return f
	}
	for _, r := range x.rules {
		if r.ID == id && !x.pending[id] {
			x.pending[id] = true
			x.found[id] = x.once(r)
			return x.found[id]
		}
	}
	return Finding{Status: StatusPass}
}

func (x *Examination[E]) once(r Rule[E]) Finding {
	for _, need := range r.Needs {
		f := x.Find(need)
		if f.because == "" && f.Status == StatusFail {
			f.because = need
		}
		if f.because != "" { // use the first cause, so that one fault has one name
			return blocked(f.because, words.Say("Not checked, because %s failed.", "Non vérifié, car %s a échoué.", f.because))
		}
	}
	for _, other := range r.Unless {
		if f := x.Find(other); f.Status == StatusFail || f.Status == StatusWarn {
			return BlockedBy(other)
		}
	}
	return r.Run(x.evidence)
}
