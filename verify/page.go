package verify

import (
	"bytes"
	_ "embed" // the stylesheet
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

//go:embed page/style.css
var pageStyle []byte

// writePage answers with a page of the relying party. Texts and attributes are escaped by gomponents as they are
// written; what it does not look at is the scheme of a link. So no link here leads to an address from outside: they
// are paths of our own, places in the page, and the report itself ([dataLink]).
func writePage(w http.ResponseWriter, lang Language, status int, page g.Node) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(lang))
	w.Header().Add("Vary", "Accept-Language")
	var body bytes.Buffer
	_ = page.Render(&body) // a buffer takes everything
	send(w, status, &body)
}

// words is the catalog's text of a key without placeholders.
func (t translator) words(key string) g.Node { return g.Text(t.plain(key)) }

// page is what all pages have around their own content.
func (t translator) page(title string, content ...g.Node) g.Node {
	return h.Doctype(h.HTML(h.Lang(string(t.lang)),
		t.head(title),
		h.Body(
			h.A(h.Class("skip-link"), h.Href("#main"), t.words("page.skip")),
			t.top(),
			h.Main(h.ID("main"), h.TabIndex("-1"), g.Group(content)),
			h.Footer(h.Class("bottom"), h.P(t.words("page.nothing_kept"))),
		),
	))
}

func (t translator) head(title string) g.Node {
	return h.Head(
		h.Meta(h.Charset("utf-8")),
		h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
		h.Meta(h.Name("color-scheme"), h.Content("light dark")),
		h.Meta(h.Name("robots"), h.Content("noindex")),
		h.TitleEl(g.Text(title+" · "+t.plain("page.name"))),
		h.Link(h.Rel("icon"), h.Href("data:,")),
		h.Link(h.Rel("stylesheet"), h.Href("/rp/style.css")),
	)
}

func (t translator) top() g.Node {
	return h.Header(h.Class("top"),
		h.P(h.Class("brand"), h.A(t.href("/rp/?"), t.words("page.name"))),
		h.Nav(h.Aria("label", t.plain("page.languages")),
			h.Ul(h.Class("languages"), t.choice(English, "English"), t.choice(French, "Français")),
		),
	)
}

// choice leads to the first page in a language, which it names in itself.
func (t translator) choice(lang Language, name string) g.Node {
	return h.Li(h.A(hrefIn(lang, "/rp/?"), h.Lang(string(lang)), g.Attr("hreflang", string(lang)),
		g.If(lang == t.lang, h.Aria("current", "true")), g.Text(name)))
}

// href leads to a path of ours, which ends in ? or &, in the language of the page.
func (t translator) href(path string) g.Node { return hrefIn(t.lang, path) }

func hrefIn(lang Language, path string) g.Node { return h.Href(path + "lang=" + string(lang)) }

// badge is a status in color, shape and words.
func (t translator) badge(s Status) g.Node {
	return h.Span(h.Class("badge "+string(s)), icon(s), g.Text(" "), t.words("status."+string(s)))
}
