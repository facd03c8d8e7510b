package authserver

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/verify/words"
)

// formPostPage is a form that is sent to target by a script (OAuth 2.0 Form Post Response Mode).
// Without scripts, its button sends it. target is a registered redirect URI, and RedirectURIFault
// has checked its scheme.
func formPostPage(who reader, target string, answer url.Values) g.Node {
	lang := who.lang
	who.here = "" // the page sends itself on
	title := answerTitle(answer)
	return htmlPage(who, title, h.H1(in(lang, title)),
		h.Form(h.Method("post"), h.Action(target), hiddenFields(answer), h.NoScript(h.Button(in(lang, words.Say("Continue", "Continuer"))))),
		h.Script(h.Src("/assets/form-post.js")),
	)
}

func answerTitle(answer url.Values) words.Text {
	if answer.Has("error") {
		return words.Say("Error", "Erreur")
	}
	return words.Say("You are signed in", "Vous êtes connecté")
}

const formPostScript = "document.forms[0].submit();\n"

// postMessagePage passes the answer to the page that opened or framed this one, if that page is at
// origin. This is Okta's response mode okta_post_message, with which okta-auth-js renews tokens and
// signs in by popup.
func postMessagePage(origin string, answer url.Values) g.Node {
	title := answerTitle(answer)
	return htmlPage(reader{lang: words.English}, title, h.H1(in(words.English, title)),
		h.Form(h.Data("origin", origin), hiddenFields(answer)),
		h.Script(h.Src("/assets/post-message.js")),
	)
}

const postMessageScript = `const form = document.forms[0];
(window.opener || window.parent).postMessage(Object.fromEntries(new FormData(form)), form.dataset.origin);
`

func hiddenFields(answer url.Values) g.Node {
	return g.Map(slices.Sorted(maps.Keys(answer)), func(name string) g.Node {
		return h.Input(h.Type("hidden"), h.Name(name), h.Value(answer.Get(name)))
	})
}

func serveScript(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write([]byte(text))
	}
}
