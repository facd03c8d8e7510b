package authserver

import (
	"net/url"
	"strings"
	"testing"

	g "maragu.dev/gomponents"

	"pschook/internal/pagetest"
	"pschook/oktaemu/internal/store"
	"pschook/verify/words"
)

// Clients, requests and redirect URIs say what they like: on a page it is text.
func TestPagesHoldTextFromOutside(t *testing.T) {
	t.Parallel()
	pages := map[string]func(text string) g.Node{
		"message": func(text string) g.Node {
			return messagePage(reader{lang: words.English}, words.Literal(text), words.Literal(text))
		},
		"sign-in": func(text string) g.Node {
			return signInPage{
				Action: "/signin/1", Client: text, Login: text, Message: words.Literal(text),
				Personas: []store.Persona{{Name: text, Login: text, Method: text, MethodFR: text}},
			}.html()
		},
		"form_post": func(text string) g.Node {
			return formPostPage(reader{lang: words.French}, registered("https://rp.example/cb?"+text), url.Values{"code": {text}, "zz" + text: {text}})
		},
		"form_post to an address": func(text string) g.Node {
			return formPostPage(reader{lang: words.French}, registered(text), url.Values{"code": {text}})
		},
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pagetest.HoldsText(t, func(text string) string {
				var b strings.Builder
				if err := page(text).Render(&b); err != nil {
					t.Fatal(err)
				}
				return b.String()
			})
		})
	}
}

// registered is uri, or a harmless one where no client could have registered it.
func registered(uri string) string {
	if store.RedirectURIFault(uri) != "" {
		return "https://rp.example/cb"
	}
	return uri
}

func TestRedirectURIFault(t *testing.T) {
	t.Parallel()
	const form, runs = "is not an absolute URI without fragment", "has a scheme that browsers run"
	tests := []struct{ uri, want string }{
		{"https://rp.example/cb", ""},
		{"http://localhost:8080/rp/callback?a=b", ""},
		{"com.example.app:/cb", ""},
		{"/cb", form},
		{"", form},
		{"https://rp.example/cb#there", form},
		{"java\tscript:alert(1)", form},
		{"javascript:alert(1)", runs},
		{"JavaScript:alert(1)", runs},
		{"javascript://rp.example/%0aalert(1)", runs},
		{"vbscript:x", runs},
		{"data:text/html,<script>alert(1)</script>", runs},
		{"blob:https://rp.example/1", runs},
	}
	for _, tt := range tests {
		if got := store.RedirectURIFault(tt.uri); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.uri, got, tt.want)
		}
	}
}
