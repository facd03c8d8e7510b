package rp

import (
	"net/http"
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify"
	"pschook/verify/words"
)

// askCard is the form for a sign-in with another provider, or with other parameters.
func (t translator) askCard(p startPage) g.Node {
	title := words.Say("Sign in with other parameters", "Se connecter avec d'autres paramètres")
	if len(p.Issuers) > 0 {
		title = words.Say("Sign in elsewhere, or with other parameters", "Se connecter ailleurs, ou avec d'autres paramètres")
	}
	return h.Div(h.Class("folded"), h.Details(
		h.Summary(h.H3(t.text(title))),
		h.Form(h.Method("get"), h.Action("/rp/ask"), h.AutoComplete("off"),
			h.Input(h.Type("hidden"), h.Name("lang"), h.Value(string(t.lang))),
			t.askField("issuer", words.Say("Issuer", "Émetteur"), p.Issuer, h.Required()),
			g.If(len(p.Issuers) > 0, h.P(h.Class("note"), t.words("Allowed here: ", "Admis ici : "), g.Map(p.Issuers, func(i string) g.Node {
				return g.Group{h.Code(dress.Breakable(i)), g.Text(" ")}
			}))),
			h.Div(h.Class("row"),
				h.Div(t.askField("client_id", words.Say("Client id", "Identifiant client"), p.ClientID, h.Required())),
				h.Div(h.Label(h.For("ask-profile"), t.words("Profile", "Profil")), h.Select(h.ID("ask-profile"), h.Name("profile"), t.profileOptions(p.Profile))),
				h.Div(t.askField("scope", words.Say("Scopes", "Portées (scope)"), p.Scopes, h.Required())),
				h.Div(t.askField("acr_values", words.Literal("acr_values"), p.ACR, nil)),
				h.Div(t.askField("prompt", words.Literal("prompt"), "", nil)),
				h.Div(t.askField("max_age", words.Say("max_age, in seconds", "max_age, en secondes"), "", h.Pattern("[0-9]*"))),
				h.Div(t.askField("login_hint", words.Literal("login_hint"), "", nil)),
			),
			h.Label(h.For("ask-more"), t.words("Further parameters, one name=value a line", "Autres paramètres, un nom=valeur par ligne")),
			h.Textarea(h.ID("ask-more"), h.Name("more"), h.Rows("2"), verbatim()),
			h.P(h.Class("note"), t.words("A client other than the configured one signs in as a public client with PKCE, and needs this redirect URL: that of this tester.",
				"Un autre client que celui de la configuration se connecte en client public, avec PKCE, et doit avoir pour URI de redirection celle de ce contrôle des jetons.")),
			h.P(h.Class("actions"), h.Button(h.Type("submit"), h.ID("ask"), t.words("Show the request", "Montrer la demande"))),
		),
	))
}

func (t translator) askField(name string, label words.Text, value string, more g.Node) g.Node {
	id := "ask-" + name
	return g.Group{h.Label(h.For(id), t.text(label)), h.Input(h.ID(id), h.Name(name), h.Value(value), verbatim(), more)}
}

func (t translator) profileOptions(chosen verify.Profile) g.Node {
	return g.Map(verify.ProfileNames(), func(name string) g.Node {
		profile, _ := verify.ProfileNamed(name) // name comes from the list of profiles
		return h.Option(h.Value(name), g.If(name == chosen.Name(), h.Selected()), t.text(profile.Title()))
	})
}

// writeAsk shows an authorization request. Its link is the only one of the tester that leads
// outside: to the provider's authorization endpoint, whose scheme was checked when the metadata was
// read.
func writeAsk(w http.ResponseWriter, lang words.Language, here, address string) {
	tr := translator{lang}
	title := tr.plain("This is what will be asked", "Voici ce qui sera demandé")
	u, err := url.Parse(address)
	if err != nil {
		writeProblem(w, lang, problemPage{Key: "internal", status: http.StatusInternalServerError})
		return
	}
	writePage(w, lang, http.StatusOK, tr.page(title, here,
		h.H1(g.Text(title)),
		h.P(h.Class("address"), g.Text("GET "), dress.Breakable(plainAddress(u))),
		h.Div(h.Class("card wire"), h.H2(tr.words("Parameters", "Paramètres")), fieldList(fields(u.Query()))),
		h.P(h.Class("actions"),
			h.A(h.Class("button"), h.ID("go"), h.Href(address), tr.words("Go to the provider", "Aller chez le fournisseur")), g.Text(" "),
			h.A(h.Class("button plain"), tr.href("/rp/?"), tr.words("Start page", "Page d'accueil")),
		),
	))
}
