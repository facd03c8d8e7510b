package authserver

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// formPostPage is a form that sends itself to target (OAuth 2.0 Form Post Response
// Mode). Without scripts, the button does it. target is a registered redirect URI,
// so redirectURIFault has seen its scheme.
func formPostPage(target string, answer url.Values) g.Node {
	fields := g.Map(slices.Sorted(maps.Keys(answer)), func(name string) g.Node {
		return h.Input(h.Type("hidden"), h.Name(name), h.Value(answer.Get(name)))
	})
	return htmlPage("Okta emulator",
		h.Form(h.Method("post"), h.Action(target), fields, h.NoScript(h.Button(bilingual("Continuer", "Continue")))),
		h.Script(h.Src("/assets/form-post.js")),
	)
}

func serveFormPostScript(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write([]byte("document.forms[0].submit();\n"))
}
