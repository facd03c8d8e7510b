package server

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/verify/words"
)

// adminPage is the state of the service at a glance.
type adminPage struct {
	Lang        words.Language
	Words       map[string]string
	State, Tone string
	Cards       []adminCard
	Calls       []adminCalls
}

type adminCard struct {
	Title string
	Facts []adminFact
}

// adminFact is one line; Tone is "" unless it wants attention.
type adminFact struct {
	Name   string
	Values []string
	Tone   string
}

type adminCalls struct {
	Outcome, Meaning, Last string
	Count                  uint64
}

// Tones of what is shown.
const (
	toneGood = "good"
	toneWarn = "warn"
	toneBad  = "bad"
)

// html is the page. gomponents escapes texts and attributes; all links are paths of our own, so their schemes need no look.
func (p adminPage) html() g.Node {
	return h.Doctype(h.HTML(h.Lang(string(p.Lang)),
		p.head(),
		h.Body(
			p.top(),
			h.Main(
				h.H1(h.Class("state "+p.Tone), g.Text(p.State)),
				h.Div(h.Class("cards"), g.Map(p.Cards, adminCard.html)),
				p.calls(),
			),
			h.Footer(h.Class("bottom"), h.P(p.words("footer"), g.Text(" "), h.A(h.Href("/metrics"), g.Text("/metrics")))),
		),
	))
}

func (p adminPage) words(key string) g.Node { return g.Text(p.Words[key]) }

func (p adminPage) head() g.Node {
	return h.Head(
		h.Meta(h.Charset("utf-8")),
		h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
		h.Meta(h.Name("color-scheme"), h.Content("light dark")),
		h.Meta(h.Name("robots"), h.Content("noindex")),
		h.TitleEl(p.words("title")),
		h.Link(h.Rel("icon"), h.Href("data:,")),
		h.Link(h.Rel("stylesheet"), h.Href("/admin/style.css")),
	)
}

func (p adminPage) top() g.Node {
	return h.Header(h.Class("top"),
		h.P(h.Class("brand"), p.words("title")),
		h.Nav(h.Aria("label", p.Words["languages"]),
			h.Ul(h.Class("languages"), p.choice(words.English, "English"), p.choice(words.French, "Français")),
		),
	)
}

// choice leads to the page in a language, which it names in itself.
func (p adminPage) choice(lang words.Language, name string) g.Node {
	return h.Li(h.A(h.Href("/admin/?lang="+string(lang)), h.Lang(string(lang)), g.Attr("hreflang", string(lang)),
		g.If(lang == p.Lang, h.Aria("current", "true")), g.Text(name)))
}

func (c adminCard) html() g.Node {
	return h.Section(h.Class("card"), h.H2(g.Text(c.Title)), h.Dl(h.Class("facts"), g.Map(c.Facts, adminFact.html)))
}

func (f adminFact) html() g.Node {
	values := g.Map(f.Values, func(v string) g.Node { return g.Group{g.El("bdi", g.Text(v)), g.Text(" ")} })
	if len(values) == 0 {
		values = g.Group{g.Text("—")}
	}
	return h.Div(g.If(f.Tone != "", h.Class(f.Tone)), h.Dt(g.Text(f.Name)), h.Dd(values))
}

// calls counts the calls by how they ended.
func (p adminPage) calls() g.Node {
	return h.Section(h.Class("card"),
		h.H2(p.words("calls")),
		h.Table(
			h.THead(h.Tr(
				h.Th(h.Scope("col"), p.words("outcome")), h.Th(h.Scope("col"), p.words("meaning")),
				h.Th(h.Scope("col"), h.Class("number"), p.words("since_start")), h.Th(h.Scope("col"), p.words("last")),
			)),
			h.TBody(g.Map(p.Calls, adminCalls.html)),
		),
	)
}

func (c adminCalls) html() g.Node {
	return h.Tr(
		h.Th(h.Scope("row"), h.Code(g.Text(c.Outcome))), h.Td(g.Text(c.Meaning)),
		h.Td(h.Class("number"), g.Text(strconv.FormatUint(c.Count, 10))), h.Td(g.Text(c.Last)),
	)
}
