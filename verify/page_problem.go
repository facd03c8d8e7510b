package verify

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// problemPage says why there is no report.
type problemPage struct {
	Key               string // the end of catalog keys "problem.title.…", "problem.text.…", "problem.next.…"
	Code, Description string // what was said, by the provider or by us
	Endpoint          string // of the provider, "" when it said nothing
}

func writeProblem(w http.ResponseWriter, lang Language, status int, p problemPage) {
	tr := newTranslator(lang)
	title := tr.plain("problem.title." + p.Key)
	writePage(w, lang, status, tr.page(title,
		h.Section(h.Class("verdict fail"), h.Aria("labelledby", "problem"),
			icon(StatusFail),
			h.Div(h.H1(h.ID("problem"), g.Text(title)), h.P(tr.words("problem.text."+p.Key))),
		),
		tr.said(p),
		h.H2(tr.words("problem.next")),
		h.P(tr.words(tr.nextKey(p))),
		h.P(h.Class("actions"),
			h.A(h.Class("button"), tr.href("/rp/login?"), tr.words("problem.again")), g.Text(" "),
			h.A(tr.href("/rp/?"), tr.words("report.start")),
		),
	))
}

// said repeats what the provider, or this service, said in its own words; nil when there are none.
func (t translator) said(p problemPage) g.Node {
	if p.Code == "" && p.Description == "" {
		return nil
	}
	speaker := "us"
	if p.Code != "" {
		speaker = p.Endpoint
	}
	return h.Section(h.Class("card said"), h.Aria("labelledby", "said"),
		h.H2(h.ID("said"), t.words("problem.said."+speaker)),
		g.If(p.Code != "", h.P(h.Code(g.Text(p.Code)))),
		g.If(p.Description != "", h.BlockQuote(h.P(bdi(p.Description)))),
	)
}

// nextKey is the catalog key of what to do next: for some errors of providers there is more to say.
func (t translator) nextKey(p problemPage) string {
	if p.Key != "provider" {
		return "problem.next." + p.Key
	}
	if known := "problem.next.error." + p.Code; t.has(known) {
		return known
	}
	return "problem.next.error.other"
}
