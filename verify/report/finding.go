package report

import "pschook/verify/words"

// maxSaid bounds each text of a check in characters, since it may repeat what comes from outside. The longest hints of
// ours have some 1,000.
const maxSaid = 3000

// Finding is what a rule found. The zero value says nothing.
type Finding struct {
	Status                 Status
	Expected, Actual, Hint words.Text

	because string // id of the check whose fault this one was skipped for; "" when it was not
}

// Want begins a finding with what was expected.
func Want(expected words.Text) Finding { return Finding{Expected: expected} }

// Got adds what was found.
func (f Finding) Got(actual words.Text) Finding { f.Actual = actual; return f }

// Pass ends a finding: all is well.
func (f Finding) Pass() Finding { f.Status = StatusPass; return f }

// Note passes with a remark.
func (f Finding) Note(remark words.Text) Finding { f.Status, f.Hint = StatusPass, remark; return f }

// Warn says what to look at.
func (f Finding) Warn(hint words.Text) Finding { f.Status, f.Hint = StatusWarn, hint; return f }

// Fail says what to change, and where.
func (f Finding) Fail(hint words.Text) Finding { f.Status, f.Hint = StatusFail, hint; return f }

// Skip says why nothing was looked at.
func (f Finding) Skip(why words.Text) Finding { f.Status, f.Hint = StatusSkip, why; return f }

// Pass is a finding of something that is well.
func Pass(actual words.Text) Finding { return Want(words.Text{}).Got(actual).Pass() }

// Skip is a finding of something that was not looked at.
func Skip(why words.Text) Finding { return Finding{}.Skip(why) }

// Fail is a finding: what was wanted, what is there instead, and where to mend it.
func Fail(expected, actual, hint words.Text) Finding { return Want(expected).Got(actual).Fail(hint) }

// Warn is Fail for what works, yet someone should look at.
func Warn(expected, actual, hint words.Text) Finding { return Want(expected).Got(actual).Warn(hint) }

// BlockedBy is the finding of a rule whose fault another one reports.
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
