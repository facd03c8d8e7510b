package authserver

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

//go:embed pages/style.css
var pageStyle string

// writePage answers with a page that no other page may frame, as writeFramed does.
func writePage(w http.ResponseWriter, status int, page g.Node) {
	writeFramed(w, "'none'", status, page)
}

// writeFramed answers with a page that must not be cached or made to run
// anything but our own style and script, and not be framed but by ancestors. form-action is left open: browsers hold it
// against every redirect that follows a form, and those lead to the client's own pages.
func writeFramed(w http.ResponseWriter, ancestors string, status int, page g.Node) {
	digest := sha256.Sum256([]byte(pageStyle))
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(digest[:])+
		"'; script-src 'self'; base-uri 'none'; frame-ancestors "+ancestors)
	header.Set("Referrer-Policy", "no-referrer")
	wire.NoStore(w)
	w.WriteHeader(status)
	_ = page.Render(w) // fails only when the browser is gone
}

// htmlPage is what all pages have around their own content. gomponents escapes texts
// and attributes.
func htmlPage(title string, body ...g.Node) g.Node {
	return h.Doctype(h.HTML(h.Lang("fr"),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.TitleEl(g.Text(title)),
			h.StyleEl(g.Raw(pageStyle)), //nolint:forbidigo // our own file, and style-src has its digest
		),
		h.Body(body...),
	))
}

// bilingual is a text in French, the language of the pages, and in English.
func bilingual(french, english string) g.Node {
	return g.Group{g.Text(french + " "), h.Span(h.Lang("en"), g.Text("/ "+english))}
}

func messagePage(title, message string) g.Node {
	return htmlPage(title+": Okta emulator", h.Main(h.H1(g.Text(title)), h.P(g.Text(message))))
}

// servePageError tells the person at the browser what is wrong.
func (srv *Server) servePageError(w http.ResponseWriter, _ *http.Request, status int, message string) {
	srv.serveMessage(w, status, "Erreur / Error", message)
}

func (srv *Server) serveMessage(w http.ResponseWriter, status int, title, message string) {
	writePage(w, status, messagePage(title, message))
}

// serveHome says what this is, to a person who opens the org's URL.
func (srv *Server) serveHome(w http.ResponseWriter, _ *http.Request) {
	srv.serveMessage(w, http.StatusOK, "Okta emulator",
		"Émulateur Okta : organisation / org "+srv.store.OrgID()+", issuer "+srv.store.Issuer(store.DefaultServer))
}
