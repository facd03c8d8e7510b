package rp

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify/report"
	"pschook/verify/words"
)

// problemPage says why there is no report.
type problemPage struct {
	Key               string     // among [problems]
	Code, Description string     // what was said, by the provider or by us
	Detail            words.Text // what happened, in our words; may be zero
	Endpoint          string     // of the provider, "" when it said nothing
	Remedy            words.Text // in place of that of Key; may be zero

	status int
	wire   []Exchange
	here   string // address of the page, which ends in ? or &; "" for none
	back   string // where one begins again, ends in ?; "": at a sign-in
}

func writeProblem(w http.ResponseWriter, lang words.Language, p problemPage) {
	if p.Key == "busy" {
		w.Header().Set("Retry-After", "5")
	}
	tr := translator{lang}
	why := problems()[p.Key]
	title := why.title.In(lang)
	writePage(w, lang, p.status, tr.page(title, p.here,
		h.Section(h.Class("verdict fail"), h.Aria("labelledby", "problem"),
			icon(report.StatusFail),
			h.Div(h.H1(h.ID("problem"), g.Text(title)), h.P(tr.text(why.text))),
		),
		h.Div(h.Class("columns"),
			h.Section(h.Class("card"), h.Aria("labelledby", "next"),
				h.H2(h.ID("next"), tr.words("What to do next", "Que faire maintenant")),
				h.P(h.Class("remedy"), tr.text(p.next(why))),
				h.P(h.Class("actions"),
					tr.again(p), g.Text(" "),
					h.A(h.Class("button plain"), tr.href("/rp/?"), tr.words("Start page", "Page d'accueil")),
				),
			),
			tr.said(p),
		),
		h.Div(h.Class("block"), tr.wireSection(p.wire, nil)),
	))
}

// again leads to where one begins again.
func (t translator) again(p problemPage) g.Node {
	if p.back != "" {
		return h.A(h.Class("button"), t.href(p.back), t.words("Scenarios", "Scénarios"))
	}
	return h.A(h.Class("button"), t.href("/rp/login?"), t.words("Sign in again", "Se connecter à nouveau"))
}

// said repeats what the provider, or this service, said in its own words; nil when there are none.
func (t translator) said(p problemPage) g.Node {
	if p.Code == "" && p.Description == "" && p.Detail == (words.Text{}) {
		return nil
	}
	speaker := words.Say("In detail", "En détail")
	switch p.Endpoint {
	case "authorization":
		speaker = words.Say("What the provider said when asked to sign you in", "Ce que le fournisseur a répondu à la demande de connexion")
	case "token":
		speaker = words.Say("What the provider said when asked for the tokens", "Ce que le fournisseur a répondu à la demande des jetons")
	}
	return h.Section(h.Class("card said"), h.Aria("labelledby", "said"),
		h.H2(h.ID("said"), t.text(speaker)),
		g.If(p.Detail != (words.Text{}), h.P(dress.Sentence(p.Detail.In(t.lang)))),
		g.If(p.Code != "", h.P(h.Code(g.Text(p.Code)))),
		g.If(p.Description != "", h.BlockQuote(h.P(dress.Sentence(p.Description)))),
	)
}

// next says what to do. Some errors have a remedy of their own.
func (p problemPage) next(why problem) words.Text {
	if p.Remedy != (words.Text{}) {
		return p.Remedy
	}
	return why.next
}
