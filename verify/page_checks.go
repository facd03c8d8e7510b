package verify

import (
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// checksSection lists the checks under headings.
func (t translator) checksSection(checks []Check) g.Node {
	section := g.Group{h.H2(h.ID("checks"), t.words("report.checks"))}
	for len(checks) > 0 {
		subject, n := groupOf(checks[0].ID), 1
		for n < len(checks) && groupOf(checks[n].ID) == subject {
			n++
		}
		section = append(section, h.H3(t.words(subject)), h.Ol(h.Class("checks"), g.Map(checks[:n], t.checkItem)))
		checks = checks[n:]
	}
	return h.Section(h.Aria("labelledby", "checks"), section)
}

// groupOf is the catalog key of the heading for a check, by the first part of its id.
func groupOf(id string) string {
	subject, _, _ := strings.Cut(id, ".")
	switch subject {
	case "id":
		return "group.id"
	case "access":
		return "group.access"
	case "oid", "tid", "amr":
		return "group.psc"
	case "hook":
		return "group.hook"
	}
	return "group.user"
}

func checkAnchor(c Check) string { return "check-" + c.ID }

func (t translator) checkItem(c Check) g.Node {
	return h.Li(h.Class("check "+string(c.Status)), h.ID(checkAnchor(c)),
		h.H4(t.badge(c.Status), g.Text(" "), h.Span(h.Class("check-title"), g.Text(c.Title)), g.Text(" "), h.Code(g.Text(c.ID))),
		t.found(c),
	)
}

// found is one line where there is nothing to do, and everything known where there is.
func (t translator) found(c Check) g.Node {
	switch c.Status {
	case StatusPass:
		return h.P(h.Class("brief"), bdi(strings.TrimSpace(c.Actual+" "+c.Hint)))
	case StatusSkip:
		return h.P(h.Class("brief"), bdi(c.Hint))
	}
	return h.Dl(
		g.If(c.Expected != "", h.Div(h.Dt(t.words("label.expected")), h.Dd(bdi(c.Expected)))),
		g.If(c.Actual != "", h.Div(h.Dt(t.words("label.actual")), h.Dd(bdi(c.Actual)))),
		g.If(c.Hint != "", h.Div(h.Class("hint"), h.Dt(t.words(c.hintLabel())), h.Dd(bdi(c.Hint)))),
		h.Div(h.Dt(t.words("label.spec")), h.Dd(g.Text(c.Spec))),
	)
}
