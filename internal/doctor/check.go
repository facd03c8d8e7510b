package doctor

import (
	"fmt"

	"pschook/verify"
)

// phrase is a sentence in both languages.
type phrase struct{ en, fr string }

// say makes a phrase of two formats (see package fmt) and the values for both.
func say(en, fr string, args ...any) phrase {
	if len(args) == 0 {
		return phrase{en, fr}
	}
	return phrase{fmt.Sprintf(en, args...), fmt.Sprintf(fr, args...)}
}

// literal is a phrase that needs no translation.
func literal(s string) phrase { return phrase{s, s} }

func (p phrase) in(lang verify.Language) string { return verify.Localize(lang, p.en, p.fr) }

// finding is what a check found. The zero value is a fail that says nothing.
type finding struct {
	status                 verify.Status
	expected, actual, hint phrase
}

func pass(actual phrase) finding { return finding{status: verify.StatusPass, actual: actual} }

func skip(why phrase) finding { return finding{status: verify.StatusSkip, hint: why} }

// fail says what was wanted, what is there instead, and where to mend it.
func fail(expected, actual, hint phrase) finding {
	return finding{verify.StatusFail, expected, actual, hint}
}

func warn(expected, actual, hint phrase) finding {
	return finding{verify.StatusWarn, expected, actual, hint}
}

// check is one line of a report, made of an evidence of type E.
type check[E any] struct {
	id    string
	title phrase
	spec  string   // the rule behind it
	needs []string // ids of earlier checks; when one of them fails, this one says nothing
	run   func(E) finding
}

// examine runs the checks in order.
func examine[E any](name string, lang verify.Language, checks []check[E], evidence E) verify.Report {
	lines := make([]verify.Check, 0, len(checks))
	silent := make(map[string]bool) // failed, or skipped because of a failure
	for _, c := range checks {
		f := c.find(evidence, silent)
		lines = append(lines, verify.Check{
			ID: c.id, Status: f.status, Title: c.title.in(lang),
			Expected: f.expected.in(lang), Actual: f.actual.in(lang), Hint: f.hint.in(lang), Spec: c.spec,
		})
	}
	return verify.NewReport(name, lang, lines)
}

func (c check[E]) find(evidence E, silent map[string]bool) finding {
	for _, need := range c.needs {
		if silent[need] {
			silent[c.id] = true
			return skip(say("Not checked, because %s failed.", "Non vérifié, car %s a échoué.", need))
		}
	}
	f := c.run(evidence)
	silent[c.id] = f.status == verify.StatusFail
	return f
}
