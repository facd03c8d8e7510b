package rp

import (
	"bytes"
	"net/http"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify/report"
	"pschook/verify/words"
)

// writePage answers with a page of the relying party. gomponents escapes texts and attributes when
// it writes them. It does not check the scheme of links, so no link on these pages leads to a URL
// from outside: all links are our own paths and places in the page.
func writePage(w http.ResponseWriter, lang words.Language, status int, page g.Node) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(lang))
	w.Header().Add("Vary", "Accept-Language")
	var body bytes.Buffer
	_ = page.Render(&body) // a buffer never fails
	send(w, status, &body)
}

// translator writes a page in one language.
type translator struct{ lang words.Language }

// words returns a text of a page. It is written where it is used.
func (t translator) words(en, fr string) g.Node { return g.Text(t.plain(en, fr)) }

func (t translator) plain(en, fr string) string { return words.Say(en, fr).In(t.lang) }

func (t translator) text(text words.Text) g.Node { return g.Text(text.In(t.lang)) }

// page returns what all pages have, around content. here is the page's URL, which ends in ? or &;
// "" for none.
func (t translator) page(title, here string, content ...g.Node) g.Node {
	return t.frame(title, here).HTML(content...)
}

func (t translator) frame(title, here string) dress.Page {
	return dress.Page{
		Lang: t.lang, Title: title, Brand: t.plain("pschook · token check", "pschook · contrôle des jetons"),
		Home: "/rp/?lang=" + string(t.lang), Here: here, Folder: "/rp/",
		Foot: []g.Node{t.words(
			"Tokens are not kept. A report is, in memory, for ten minutes and for this browser alone. It holds personal data: share it with care.",
			"Les jetons ne sont pas conservés. Un rapport l'est, en mémoire, dix minutes et pour ce navigateur seulement. Il contient des données personnelles : partagez-le avec précaution.")},
	}
}

// href links to one of our paths, which ends in ? or &, in the language of the page.
func (t translator) href(path string) g.Node { return h.Href(path + "lang=" + string(t.lang)) }

// badge shows a status by color, shape and words.
func (t translator) badge(s report.Status) g.Node {
	return h.Span(h.Class("badge "+string(s)), icon(s), g.Text(" "), t.text(s.Text()))
}

// when shows a time within a sentence.
func (t translator) when(at time.Time) g.Node { return dress.Time(at) }
