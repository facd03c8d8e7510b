package main

import (
	"net/url"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/oktaemu"
	"pschook/verify/words"
)

// homePage is the content of the page.
type homePage struct {
	Lang     words.Language
	T        map[string]string // the page's words
	Personas []personaRow
	Calls    []callRow
	CallsURL string // URL of the emulator; it holds no text from outside
	AdminURL string // URL of the service's admin page, likewise; "" for none
}

type personaRow struct{ Login, Method, Verdict, Label, Why string }

type callRow struct {
	At                                time.Time
	Took, Who, Class, Outcome, Detail string
}

// html returns the page. gomponents escapes texts and attributes. The links are our own paths, CallsURL and AdminURL.
func (p homePage) html() g.Node {
	frame := dress.Page{Lang: p.Lang, Title: p.T["title"], Brand: p.T["brand"], Home: "/?lang=" + string(p.Lang), Here: "/?", Folder: "/rp/", Foot: []g.Node{p.words("foot")}}
	return frame.HTML(
		h.H1(p.words("title")),
		h.P(h.Class("lead"), p.words("lead")),
		h.Div(h.Class("stack"), p.personas(), p.calls()),
	)
}

func (p homePage) words(key string) g.Node { return g.Text(p.T[key]) }

// href links to a path of the service, which ends in ? or &, in the language of the page.
func (p homePage) href(path string) g.Node { return h.Href(path + "lang=" + string(p.Lang)) }

// personas lists who can sign in, and the expected result. One click is enough, because the emulated org uses the hint
// for the sign-in.
func (p homePage) personas() g.Node {
	return h.Section(h.Aria("labelledby", "personas"),
		h.H2(h.ID("personas"), p.words("personas")),
		h.Ul(h.Class("people"), g.Map(p.Personas, func(row personaRow) g.Node {
			hint := url.Values{"login_hint": {row.Login}}.Encode()
			return h.Li(h.A(h.Class("person "+row.Verdict), p.href("/rp/login?again=1&"+hint+"&"),
				h.Strong(dress.Breakable(row.Login)),
				h.Span(g.Text(row.Method)),
				h.Span(h.Class("note"), g.Text(row.Why)),
				badge(row.Verdict, row.Label),
			))
		})),
		h.P(h.Class("actions"),
			h.A(h.Class("button plain"), h.ID("login"), p.href("/rp/login?again=1&"), p.words("other")), g.Text(" "),
			h.A(p.href("/rp/?"), p.words("tester")), g.Text(" "),
			g.If(p.AdminURL != "", h.A(h.Href(p.AdminURL), p.words("admin"))), g.Text(" "),
			h.Span(h.Class("note"), p.words("password"), g.Text(" "), h.Code(g.Text(oktaemu.PersonaPassword))),
		),
	)
}

// calls lists the last hook calls.
func (p homePage) calls() g.Node {
	list := h.P(p.words("none"))
	if len(p.Calls) > 0 {
		list = h.Ul(h.Class("listed tagged card"), g.Map(p.Calls, func(row callRow) g.Node {
			return h.Li(h.Class(row.Class), badge(row.Class, row.Outcome), h.Div(
				h.P(h.Class("many"), h.Strong(dress.Breakable(row.Who)), h.Span(dress.Time(row.At), g.Text(" · "+row.Took))),
				h.P(h.Class("found"), g.Text(row.Detail)),
			))
		}))
	}
	return h.Section(h.Aria("labelledby", "calls"),
		h.H2(h.ID("calls"), p.words("calls")),
		list,
		h.P(h.Class("actions"), h.A(h.Href(p.CallsURL), p.words("details"))),
	)
}

func badge(class, label string) g.Node { return h.Span(h.Class("badge "+class), g.Text(label)) }
