package main

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/verify/words"
)

// homePage is what the page shows.
type homePage struct {
	Lang     words.Language
	T        map[string]string // the page's words
	Password string
	Personas []personaRow
	Calls    []callRow
	CallsURL string // at the address where the emulator listens: no text from outside
}

type personaRow struct{ Login, Method, Verdict, Label, Why string }

type callRow struct{ At, TookMS, Class, Outcome, Detail string }

// html is the page. gomponents escapes texts and attributes; the links are paths of our own, and CallsURL.
func (p homePage) html() g.Node {
	return h.Doctype(h.HTML(h.Lang(string(p.Lang)),
		p.head(),
		h.Body(
			h.A(h.Class("skip-link"), h.Href("#main"), p.words("skip")),
			p.top(),
			h.Main(h.ID("main"), h.TabIndex("-1"),
				h.H1(p.words("title")),
				h.P(h.Class("lead"), p.words("lead")),
				h.P(h.Class("actions"),
					h.A(h.Class("button"), h.ID("login"), p.href("/rp/login?again=1&"), p.words("login")), g.Text(" "),
					h.A(p.href("/rp/?"), p.words("tester")),
				),
				h.Div(h.Class("columns"), p.personas(), p.calls()),
			),
			h.Footer(h.Class("bottom"), h.P(p.words("foot"))),
		),
	))
}

func (p homePage) words(key string) g.Node { return g.Text(p.T[key]) }

// href leads to a path of the service, which ends in ? or &, in the language of the page.
func (p homePage) href(path string) g.Node { return h.Href(path + "lang=" + string(p.Lang)) }

func (p homePage) head() g.Node {
	return h.Head(
		h.Meta(h.Charset("utf-8")),
		h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
		h.Meta(h.Name("color-scheme"), h.Content("light dark")),
		h.TitleEl(p.words("title")),
		h.Link(h.Rel("icon"), h.Href("data:,")),
		h.Link(h.Rel("stylesheet"), h.Href("/rp/style.css")),
	)
}

func (p homePage) top() g.Node {
	return h.Header(h.Class("top"),
		h.P(h.Class("brand"), h.A(p.href("/?"), g.Text("pschook · "+p.T["name"]))),
		h.Nav(h.Aria("label", p.T["languages"]),
			h.Ul(h.Class("languages"), p.choice(words.English, "English"), p.choice(words.French, "Français")),
		),
	)
}

// choice leads to the page in a language, which it names in itself.
func (p homePage) choice(lang words.Language, name string) g.Node {
	return h.Li(h.A(h.Href("/?lang="+string(lang)), h.Lang(string(lang)), g.Attr("hreflang", string(lang)),
		g.If(lang == p.Lang, h.Aria("current", "true")), g.Text(name)))
}

// personas says who can sign in, and what will come of it.
func (p homePage) personas() g.Node {
	return h.Section(h.Aria("labelledby", "personas"),
		h.H2(h.ID("personas"), p.words("personas")),
		h.P(p.words("password"), g.Text(" "), h.Code(g.Text(p.Password))),
		h.Ul(h.Class("checks"), g.Map(p.Personas, func(row personaRow) g.Node {
			return h.Li(h.Class("check "+row.Verdict),
				badge(row.Verdict, row.Label), g.Text(" "), h.Strong(g.El("bdi", g.Text(row.Login))),
				h.P(g.Text(row.Method)),
				h.P(h.Class("brief"), g.Text(row.Why)),
			)
		})),
	)
}

// calls lists what the hook did last.
func (p homePage) calls() g.Node {
	list := h.P(p.words("none"))
	if len(p.Calls) > 0 {
		list = h.Ul(h.Class("checks"), g.Map(p.Calls, func(row callRow) g.Node {
			return h.Li(h.Class("check "+row.Class),
				badge(row.Class, row.Outcome), g.Text(" "+row.At+", "+row.TookMS+" ms"),
				h.P(h.Class("brief"), g.Text(row.Detail)),
			)
		}))
	}
	return h.Section(h.Aria("labelledby", "calls"),
		h.H2(h.ID("calls"), p.words("calls")),
		list,
		h.P(h.Class("actions"), h.A(h.Href(p.CallsURL), p.words("details"))),
	)
}

func badge(class, label string) g.Node { return h.Span(h.Class("badge "+class), g.Text(label)) }
