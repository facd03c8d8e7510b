package rp

import (
	"bytes"
	_ "embed" // the stylesheet
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/verify/report"
	"pschook/verify/words"
)

//go:embed style.css
var pageStyle []byte

// writePage answers with a page of the relying party. Texts and attributes are escaped by gomponents as they are
// written; what it does not look at is the scheme of a link. So no link here leads to an address from outside: they
// are paths of our own, places in the page, and the report itself ([dataLink]).
func writePage(w http.ResponseWriter, lang words.Language, status int, page g.Node) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(lang))
	w.Header().Add("Vary", "Accept-Language")
	var body bytes.Buffer
	_ = page.Render(&body) // a buffer takes everything
	send(w, status, &body)
}

// translator writes a page in one language.
type translator struct{ lang words.Language }

// words is a text of a page, which is written where it is said.
func (t translator) words(en, fr string) g.Node { return g.Text(t.plain(en, fr)) }

func (t translator) plain(en, fr string) string { return words.Say(en, fr).In(t.lang) }

func (t translator) text(text words.Text) g.Node { return g.Text(text.In(t.lang)) }

// page is what all pages have around their own content.
func (t translator) page(title string, content ...g.Node) g.Node {
	return h.Doctype(h.HTML(h.Lang(string(t.lang)),
		t.head(title),
		h.Body(
			h.A(h.Class("skip-link"), h.Href("#main"), t.words("Skip to the content", "Aller au contenu")),
			t.top(),
			h.Main(h.ID("main"), h.TabIndex("-1"), g.Group(content)),
			h.Footer(h.Class("bottom"), h.P(t.words(
				"Nothing is kept: tokens and reports live as long as this page. They hold personal data; share them with care.",
				"Rien n'est conservé : jetons et rapports vivent le temps de cette page. Ils contiennent des données personnelles ; partagez-les avec précaution."))),
		),
	))
}

func (t translator) head(title string) g.Node {
	return h.Head(
		h.Meta(h.Charset("utf-8")),
		h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
		h.Meta(h.Name("color-scheme"), h.Content("light dark")),
		h.Meta(h.Name("robots"), h.Content("noindex")),
		h.TitleEl(g.Text(title+" · "+t.plain("pschook · token check", "pschook · contrôle des jetons"))),
		h.Link(h.Rel("icon"), h.Href("data:,")),
		h.Link(h.Rel("stylesheet"), h.Href("/rp/style.css")),
	)
}

func (t translator) top() g.Node {
	return h.Header(h.Class("top"),
		h.P(h.Class("brand"), h.A(t.href("/rp/?"), t.words("pschook · token check", "pschook · contrôle des jetons"))),
		h.Nav(h.Aria("label", t.plain("Languages", "Langues")),
			h.Ul(h.Class("languages"), t.choice(words.English, "English"), t.choice(words.French, "Français")),
		),
	)
}

// choice leads to the first page in a language, which it names in itself.
func (t translator) choice(lang words.Language, name string) g.Node {
	return h.Li(h.A(hrefIn(lang, "/rp/?"), h.Lang(string(lang)), g.Attr("hreflang", string(lang)),
		g.If(lang == t.lang, h.Aria("current", "true")), g.Text(name)))
}

// href leads to a path of ours, which ends in ? or &, in the language of the page.
func (t translator) href(path string) g.Node { return hrefIn(t.lang, path) }

func hrefIn(lang words.Language, path string) g.Node { return h.Href(path + "lang=" + string(lang)) }

// badge is a status in color, shape and words.
func (t translator) badge(s report.Status) g.Node {
	return h.Span(h.Class("badge "+string(s)), icon(s), g.Text(" "), t.text(s.Text()))
}
