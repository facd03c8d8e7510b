package authserver

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
	"pschook/verify/words"
)

// writePage answers with a page that no other page may frame; see writeFramed.
func writePage(w http.ResponseWriter, status int, page g.Node) {
	writeFramed(w, "'none'", status, page)
}

// writeFramed answers with a page that must not be cached. Its policy allows only our own style and
// script, and only ancestors may frame it. form-action is left out, because browsers apply it to
// every redirect after a form, and those lead to the client's own pages.
func writeFramed(w http.ResponseWriter, ancestors string, status int, page g.Node) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src "+dress.StyleSource()+
		"; script-src 'self'; img-src data:; base-uri 'none'; frame-ancestors "+ancestors)
	header.Set("Referrer-Policy", "no-referrer")
	wire.NoStore(w)
	w.WriteHeader(status)
	_ = page.Render(w) // fails only when the browser is gone
}

// reader is the person at the browser.
type reader struct {
	lang   words.Language
	here   string // leads to this page in another language (see [dress.Page]); "": nothing does
	chosen string // query that keeps the language that the person chose; "" for the browser's own
}

// readerOf finds out the language of the person: the one chosen on a page of ours (?lang=), else that
// of the browser. A page that answers a form, or that uses up a pushed request, cannot be had again
// in another language.
func readerOf(r *http.Request) reader {
	query := r.URL.Query()
	who := reader{lang: words.MatchLanguage(r.Header.Get("Accept-Language"))}
	if lang, ok := words.ParseLanguage(query.Get("lang")); ok {
		who.lang, who.chosen = lang, "?lang="+string(lang)
	}
	if r.Method == http.MethodGet && !query.Has("request_uri") {
		query.Del("lang")
		if who.here = "?"; len(query) > 0 {
			who.here += query.Encode() + "&"
		}
	}
	return who
}

// htmlPage is what all pages have around their own content. gomponents escapes texts
// and attributes.
func htmlPage(who reader, title words.Text, body ...g.Node) g.Node {
	lang := who.lang
	frame := dress.Page{
		Lang: lang, Title: title.In(lang), Brand: words.Say("Okta emulator", "Émulateur Okta").In(lang), Here: who.here,
		Foot: []g.Node{in(lang, words.Say("An emulator: these people do not exist.", "Un émulateur : ces personnes n'existent pas."))},
	}
	return frame.HTML(h.Div(h.Class("narrow"), g.Group(body)))
}

func in(lang words.Language, text words.Text) g.Node { return g.Text(text.In(lang)) }

func messagePage(who reader, title, message words.Text) g.Node {
	return htmlPage(who, title, h.H1(in(who.lang, title)), h.P(in(who.lang, message)))
}

// servePageError tells the person at the browser what is wrong.
func (srv *Server) servePageError(w http.ResponseWriter, r *http.Request, status int, message string) {
	srv.serveMessage(w, r, status, words.Say("Error", "Erreur"), words.Literal(message))
}

func (srv *Server) serveMessage(w http.ResponseWriter, r *http.Request, status int, title, message words.Text) {
	writePage(w, status, messagePage(readerOf(r), title, message))
}

// serveHome shows what this is to a person who opens the org's URL.
func (srv *Server) serveHome(w http.ResponseWriter, r *http.Request) {
	who, title := readerOf(r), words.Say("Okta emulator", "Émulateur Okta")
	lang := who.lang
	link := func(path string) g.Node { return h.A(h.Href(path), dress.Breakable(path)) }
	fact := func(name words.Text, value g.Node) g.Node { return h.Div(h.Dt(in(lang, name)), h.Dd(value)) }
	writePage(w, http.StatusOK, htmlPage(who, title,
		h.H1(in(lang, title)),
		h.Dl(h.Class("card facts"),
			fact(words.Say("Org", "Organisation"), dress.Breakable(srv.store.OrgID())),
			fact(words.Say("Issuer", "Émetteur"), dress.Breakable(srv.store.Issuer(store.DefaultServer))),
			fact(words.Say("Metadata", "Métadonnées"), link("/oauth2/"+store.DefaultServer+"/.well-known/openid-configuration")),
			fact(words.Say("Hook calls", "Appels du hook"), link("/_emu/hook-calls")),
		),
	))
}
