package rp

import (
	"cmp"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify/report"
	"pschook/verify/words"
)

// todoSection says what to do first: each check that fails or warns, with its remedy. It is nil
// when there is none.
func (t translator) todoSection(r report.Report, wire []Exchange) g.Node {
	checks := slices.Concat(withStatus(r.Checks, report.StatusFail), withStatus(r.Checks, report.StatusWarn))
	if len(checks) == 0 {
		return nil
	}
	return h.Section(h.Aria("labelledby", "todo"),
		h.H2(h.ID("todo"), t.words("What to do", "Que faire")),
		h.Ol(h.Class("todo"), g.Map(checks, func(c report.Check) g.Node { return t.todoItem(c, wire) })),
	)
}

func withStatus(checks []report.Check, s report.Status) []report.Check {
	return slices.DeleteFunc(slices.Clone(checks), func(c report.Check) bool { return c.Status != s })
}

func (t translator) todoItem(c report.Check, wire []Exchange) g.Node {
	return h.Li(h.Class(string(c.Status)), h.ID(checkAnchor(c)),
		h.H3(t.badge(c.Status), g.Text(" "+c.Title+" "), h.Code(g.Text(c.ID))),
		g.If(c.Hint != "", h.P(h.Class("remedy"), dress.Sentence(c.Hint))),
		h.Dl(h.Class("facts"),
			g.If(c.Expected != "", h.Div(h.Dt(t.text(report.ExpectedLabel())), h.Dd(dress.Sentence(c.Expected)))),
			g.If(c.Actual != "", h.Div(h.Dt(t.text(report.ActualLabel())), h.Dd(dress.Sentence(c.Actual)))),
			g.If(len(c.Doctor) > 0, h.Div(h.Dt(t.text(report.DoctorLabel())), h.Dd(h.Code(g.Text(strings.Join(c.Doctor, ", ")))))),
			h.Div(h.Dt(t.text(report.SpecLabel())), h.Dd(g.Text(c.Spec))),
		),
		t.seenIn(c, wire),
	)
}

func checkAnchor(c report.Check) string { return "check-" + c.ID }

// checksSection lists passed checks, folded by heading, and then skipped checks, folded by cause.
func (t translator) checksSection(r report.Report, wire []Exchange) g.Node {
	var folds g.Group
	for _, group := range grouped(withStatus(r.Checks, report.StatusPass), func(c report.Check) string { return t.subject(r, c) }) {
		folds = append(folds, t.fold(report.StatusPass, g.Text(group.name), group.checks, wire))
	}
	for _, group := range grouped(withStatus(r.Checks, report.StatusSkip), func(c report.Check) string { return cmp.Or(c.Because, c.Hint) }) {
		folds = append(folds, t.fold(report.StatusSkip, dress.Sentence(t.reason(group.checks)), group.checks, wire))
	}
	if folds == nil {
		return nil
	}
	return h.Section(h.Aria("labelledby", "checks"),
		h.H2(h.ID("checks"), t.words("What else was looked at", "Ce qui a été vérifié aussi")),
		h.Div(h.Class("folded"), folds),
	)
}

// reason says why checks with one cause were skipped.
func (t translator) reason(checks []report.Check) string {
	if len(checks) == 1 || checks[0].Because == "" {
		return checks[0].Hint
	}
	return report.Group{Because: checks[0].Because, Checks: checks}.Reason().In(t.lang)
}

// group holds checks that belong together.
type group struct {
	name   string
	checks []report.Check
}

// grouped groups checks by name, in the order of the first check of each name.
func grouped(checks []report.Check, name func(report.Check) string) []group {
	var out []group
	for _, c := range checks {
		i := slices.IndexFunc(out, func(g group) bool { return g.name == name(c) })
		if i < 0 {
			i, out = len(out), append(out, group{name: name(c)})
		}
		out[i].checks = append(out[i].checks, c)
	}
	return out
}

// fold shows a group in one line that opens.
func (t translator) fold(s report.Status, name g.Node, checks []report.Check, wire []Exchange) g.Node {
	return h.Details(h.Class(string(s)),
		h.Summary(h.H3(name), h.Span(h.Class("badge "+string(s)), icon(s), g.Text(" "), t.text(countOf(s, len(checks))))),
		h.Ul(h.Class("listed"), g.Map(checks, func(c report.Check) g.Node { return t.listed(c, wire) })),
	)
}

// countOf counts checks of a status.
func countOf(s report.Status, n int) words.Text {
	switch {
	case s == report.StatusSkip && n == 1:
		return words.Say("1 not checked", "1 non vérifié")
	case s == report.StatusSkip:
		return words.Say("%d not checked", "%d non vérifiés", n)
	case n == 1:
		return words.Say("1 passed", "1 conforme")
	}
	return words.Say("%d passed", "%d conformes", n)
}

// listed shows a check for which nothing is to do.
func (t translator) listed(c report.Check, wire []Exchange) g.Node {
	found := c.Actual
	if c.Status == report.StatusPass {
		found = strings.TrimSpace(found + " " + c.Hint)
	}
	return h.Li(h.Class(string(c.Status)), h.ID(checkAnchor(c)), icon(c.Status),
		h.Div(
			h.P(g.Text(c.Title+" "), h.Code(g.Text(c.ID))),
			g.If(found != "", h.P(h.Class("found"), dress.Sentence(found))),
			t.seenIn(c, wire),
		),
	)
}

// subject is the heading for a check.
func (t translator) subject(r report.Report, c report.Check) string {
	if t.profile(r) == "" {
		return t.plain("Steps as expected", "Étapes conformes")
	}
	return subjectOf(c.ID).In(t.lang)
}

// subjectOf is the heading for a check, by the first part of its id.
func subjectOf(id string) words.Text {
	subject, _, _ := strings.Cut(id, ".")
	switch subject {
	case "id":
		return words.Say("ID token", "Jeton d'identité")
	case "access":
		return words.Say("Access token", "Jeton d'accès")
	case "oid", "tid", "amr":
		return words.Say("What Pro Santé Connect reads", "Ce que lit Pro Santé Connect")
	case "hook":
		return words.Say("The token hook", "Le hook de jetons")
	}
	return words.Say("User and client", "Utilisateur et client")
}
