package rp

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/verify/report"
	"pschook/verify/words"
)

// checksSection lists the checks under headings.
func (t translator) checksSection(checks []report.Check) g.Node {
	section := g.Group{h.H2(h.ID("checks"), t.words("All checks", "Tous les points vérifiés"))}
	for len(checks) > 0 {
		subject, n := groupOf(checks[0].ID), 1
		for n < len(checks) && groupOf(checks[n].ID) == subject {
			n++
		}
		section = append(section, h.H3(t.text(subject)), h.Ol(h.Class("checks"), g.Map(checks[:n], t.checkItem)))
		checks = checks[n:]
	}
	return h.Section(h.Aria("labelledby", "checks"), section)
}

// groupOf is the heading for a check, by the first part of its id.
func groupOf(id string) words.Text {
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

func checkAnchor(c report.Check) string { return "check-" + c.ID }

func (t translator) checkItem(c report.Check) g.Node {
	return h.Li(h.Class("check "+string(c.Status)), h.ID(checkAnchor(c)),
		h.H4(t.badge(c.Status), g.Text(" "), h.Span(h.Class("check-title"), g.Text(c.Title)), g.Text(" "), h.Code(g.Text(c.ID))),
		t.found(c),
	)
}

// found is one line where there is nothing to do, and everything known where there is.
func (t translator) found(c report.Check) g.Node {
	switch c.Status {
	case report.StatusPass:
		return h.P(h.Class("brief"), bdi(strings.TrimSpace(c.Actual+" "+c.Hint)))
	case report.StatusSkip:
		return h.P(h.Class("brief"), bdi(c.Hint))
	}
	return h.Dl(
		g.If(c.Expected != "", h.Div(h.Dt(t.text(report.ExpectedLabel())), h.Dd(bdi(c.Expected)))),
		g.If(c.Actual != "", h.Div(h.Dt(t.text(report.ActualLabel())), h.Dd(bdi(c.Actual)))),
		g.If(c.Hint != "", h.Div(h.Class("hint"), h.Dt(t.text(c.HintLabel())), h.Dd(bdi(c.Hint)))),
		h.Div(h.Dt(t.text(report.SpecLabel())), h.Dd(g.Text(c.Spec))),
	)
}
