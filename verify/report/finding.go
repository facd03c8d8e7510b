package report

import "pschook/verify/words"

// maxSaid bounds each text of a check, in characters, because the text may repeat what comes from
// outside. Our longest hints have about 1,000.
const maxSaid = 3000

// Finding is the result of a rule. The zero value is an empty finding.
type Finding struct {
	Status                 Status
	Expected, Actual, Hint words.Text

	because string // id of the check whose fault caused this skip; otherwise ""
}

// Want begins a finding with what was expected.
func Want(expected words.Text) Finding { return Finding{Expected: expected} }

// Got adds what was found.
func (f Finding) Got(actual words.Text) Finding { f.Actual = actual; return f }

// Pass makes the finding a pass.
func (f Finding) Pass() Finding { f.Status = StatusPass; return f }

// Note passes with a remark.
func (f Finding) Note(remark words.Text) Finding { f.Status, f.Hint = StatusPass, remark; return f }

// Warn makes the finding a warning; hint says what to look at.
func (f Finding) Warn(hint words.Text) Finding { f.Status, f.Hint = StatusWarn, hint; return f }

// Fail makes the finding a failure; hint says what to change, and where.
func (f Finding) Fail(hint words.Text) Finding { f.Status, f.Hint = StatusFail, hint; return f }

// Skip makes the finding a skip; why says why nothing was checked.
func (f Finding) Skip(why words.Text) Finding { f.Status, f.Hint = StatusSkip, why; return f }

// Pass returns a finding that passes.
func Pass(actual words.Text) Finding { return Want(words.Text{}).Got(actual).Pass() }

// Skip returns a finding for something that was not checked.
func Skip(why words.Text) Finding { return Finding{}.Skip(why) }

// Fail returns a failure: what was wanted, what was found, and where to repair it.
func Fail(expected, actual, hint words.Text) Finding { return Want(expected).Got(actual).Fail(hint) }

// Warn is like Fail, for something that works but that somebody should look at.
func Warn(expected, actual, hint words.Text) Finding { return Want(expected).Got(actual).Warn(hint) }

// BlockedBy returns the finding of a rule whose fault another check reports.
func BlockedBy(id string) Finding {
	return blocked(id, words.Say("Not checked: %s already says what is wrong.", "Non vérifié : %s dit déjà ce qui ne va pas.", id))
}

func blocked(because string, why words.Text) Finding { return Finding{because: because}.Skip(why) }

// check puts a finding into words.
func (f Finding) check(id string, title words.Text, spec string, lang words.Language) Check {
	said := func(t words.Text) string { return words.Shorten(t.In(lang), maxSaid) }
	return Check{
		ID: id, Status: f.Status, Title: said(title),
		Expected: said(f.Expected), Actual: said(f.Actual), Hint: said(f.Hint), Spec: spec, Because: f.because,
	}
}
