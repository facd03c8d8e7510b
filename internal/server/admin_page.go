package server

import (
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify/words"
)

// adminPage holds what the admin page shows about the service.
type adminPage struct {
	Lang        words.Language
	Words       map[string]string
	State, Tone string
	Cards       []adminCard
	Calls       []adminCalls
}

type adminCard struct {
	Title     string
	Facts     []adminFact
	LastTitle string
	Last      []adminFact // under a heading of their own; may be empty
}

// adminFact is one line. Tone is "" unless it needs attention.
type adminFact struct {
	Name   string
	Values []g.Node
	Tone   string
}

type adminCalls struct {
	Outcome, Meaning string
	Last             g.Node
	Count            uint64
}

// Tones of a line.
const (
	toneGood = "good"
	toneWarn = "warn"
	toneBad  = "bad"
)

// html returns the page. gomponents escapes texts and attributes. All links are our own paths, so
// their schemes need no check.
func (p adminPage) html() g.Node {
	frame := dress.Page{
		Lang: p.Lang, Title: p.Words["title"], Brand: p.Words["title"], Home: "/admin/?lang=" + string(p.Lang), Here: "/admin/?", Folder: "/admin/",
		Foot: []g.Node{p.words("footer"), g.Text(" "), h.A(h.Href("/metrics"), g.Text("/metrics"))},
	}
	return frame.HTML(
		h.Section(h.Class("verdict "+p.Tone), h.Div(h.H1(g.Text(p.State)))),
		h.Div(h.Class("flow"), g.Map(p.Cards, adminCard.html), p.calls()),
	)
}

func (p adminPage) words(key string) g.Node { return g.Text(p.Words[key]) }

func (c adminCard) html() g.Node {
	list := func(facts []adminFact) g.Node { return h.Dl(h.Class("facts"), g.Map(facts, adminFact.html)) }
	return h.Section(h.Class("card"), h.H2(g.Text(c.Title)), list(c.Facts),
		g.If(len(c.Last) > 0, g.Group{h.H3(g.Text(c.LastTitle)), list(c.Last)}))
}

func (f adminFact) html() g.Node {
	values := f.Values
	if len(values) == 0 {
		values = []g.Node{g.Text("—")}
	}
	return h.Div(g.If(f.Tone != "", h.Class(f.Tone)), h.Dt(g.Text(f.Name)), h.Dd(h.Class("many"), g.Group(values)))
}

// calls shows how many calls had each outcome.
func (p adminPage) calls() g.Node {
	return h.Section(h.Class("card whole"),
		h.H2(p.words("calls")),
		h.P(h.Class("note"), p.words("calls_note")),
		h.Table(
			h.THead(h.Tr(
				h.Th(h.Scope("col"), p.words("outcome")), h.Th(h.Scope("col"), h.Class("number"), p.words("since_start")), h.Th(h.Scope("col"), p.words("last")),
			)),
			h.TBody(g.Map(p.Calls, adminCalls.html)),
		),
	)
}

func (c adminCalls) html() g.Node {
	last := h.Td(c.Last)
	if c.Count == 0 {
		last = h.Td(h.Class("none"), c.Last)
	}
	return h.Tr(
		h.Th(h.Scope("row"), g.Text(c.Meaning), g.Text(" "), h.Code(g.Text(c.Outcome))),
		h.Td(h.Class("number"), g.Text(strconv.FormatUint(c.Count, 10))), last,
	)
}

// texts shows values unchanged. Ids and addresses may break only at their separators.
func texts(values ...string) []g.Node {
	nodes := make([]g.Node, 0, len(values))
	for _, v := range values {
		if v != "" {
			nodes = append(nodes, dress.Breakable(v))
		}
	}
	return nodes
}
