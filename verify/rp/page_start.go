package rp

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify"
	"pschook/verify/words"
)

// startPage is what the first page shows.
type startPage struct {
	Issuer, ClientID string
	Profile          verify.Profile
	Issuers          []string // further issuers that may be chosen
	Scopes, ACR      string
	Scenarios        bool // can be played
}

func writeStart(w http.ResponseWriter, lang words.Language, p startPage) {
	tr := translator{lang}
	writePage(w, lang, http.StatusOK, tr.page(tr.plain("Are these tokens ready for Pro Santé Connect?", "Ces jetons sont‑ils prêts pour Pro Santé Connect ?"), "/rp/?",
		h.H1(tr.words("Are these tokens ready for Pro Santé Connect?", "Ces jetons sont‑ils prêts pour Pro Santé Connect ?")),
		h.P(h.Class("lead"), tr.words(
			"Sign in as Pro Santé Connect would have you sign in, or paste tokens. You get a verdict, check by check, with what to change and where.",
			"Connectez-vous comme Pro Santé Connect le demanderait, ou collez des jetons. Vous obtenez un verdict, point par point, avec ce qu'il faut changer et où.")),
		h.Div(h.Class("cards"), h.Div(h.Class("stack"), tr.signInCard(p), tr.askCard(p), g.If(p.Scenarios, tr.scenariosCard())), tr.pasteCard(p)),
	))
}

// signInCard shows the client of a sign-in, and begins the sign-in.
func (t translator) signInCard(p startPage) g.Node {
	return h.Section(h.Class("card"), h.Aria("labelledby", "signin"),
		h.H2(h.ID("signin"), t.words("Sign in", "Se connecter")),
		h.P(t.words("You go to the provider below and come back with fresh tokens (Authorization Code flow with PKCE).",
			"Vous allez chez le fournisseur ci-dessous et revenez avec des jetons neufs (flux Authorization Code avec PKCE).")),
		h.Dl(h.Class("facts"),
			h.Div(h.Dt(t.words("Issuer", "Émetteur")), h.Dd(dress.Breakable(p.Issuer))),
			h.Div(h.Dt(t.words("Client id", "Identifiant client")), h.Dd(dress.Breakable(p.ClientID))),
			h.Div(h.Dt(t.words("Profile", "Profil")), h.Dd(t.text(p.Profile.Title()), g.Text(" "), h.Code(g.Text(p.Profile.Name())))),
		),
		h.P(h.Class("actions"),
			h.A(h.Class("button"), h.ID("login"), t.href("/rp/login?"), t.words("Sign in and check", "Se connecter et vérifier")), g.Text(" "),
			h.A(h.ID("login-again"), t.href("/rp/login?again=1&"), t.words("Sign in as someone else", "Se connecter avec un autre compte")),
		),
	)
}

// scenariosCard leads to what can be played around a sign-in.
func (t translator) scenariosCard() g.Node {
	return h.Section(h.Class("card"), h.Aria("labelledby", "scenarios"),
		h.H2(h.ID("scenarios"), t.words("Play scenarios", "Jouer des scénarios")),
		h.P(t.words("One good sign-in proves little. Renew, step up, sign out, and try what an attacker would; each step has its verdict.",
			"Une bonne connexion prouve peu. Renouvelez, élevez le niveau, déconnectez-vous, et tentez ce que ferait un attaquant ; chaque étape a son verdict.")),
		h.P(h.Class("actions"), h.A(h.Class("button plain"), h.ID("to-scenarios"), t.href("/rp/scenarios?"), t.words("Choose a scenario", "Choisir un scénario"))),
	)
}

// pasteCard takes tokens that were obtained elsewhere.
func (t translator) pasteCard(p startPage) g.Node {
	return h.Section(h.Class("card"), h.Aria("labelledby", "paste"),
		h.H2(h.ID("paste"), t.words("Paste tokens", "Coller des jetons")),
		h.P(t.words("Tokens that you have already. They must come from the issuer named here.",
			"Des jetons que vous avez déjà. Ils doivent venir de l'émetteur indiqué ici.")),
		h.Form(h.Method("post"), h.Action("/rp/check"), h.AutoComplete("off"),
			h.Input(h.Type("hidden"), h.Name("lang"), h.Value(string(t.lang))),
			t.pasteField("id_token", words.Say("ID token", "Jeton d'identité (ID token)"), "4", h.Required()),
			t.pasteField("access_token", words.Say("Access token", "Jeton d'accès (access token)"), "4", nil),
			t.pasteField("userinfo", words.Say("Userinfo response, JSON (optional)", "Réponse userinfo, JSON (facultatif)"), "2", nil),
			h.Div(h.Class("row"), h.Div(t.nonceField()), h.Div(t.profileField(p))),
			h.P(h.Class("actions"), h.Button(h.Class("button"), h.Type("submit"), h.ID("check"), t.words("Check the tokens", "Vérifier les jetons"))),
		),
	)
}

// pasteField is a field for a long text, with its label.
func (t translator) pasteField(name string, label words.Text, rows string, required g.Node) g.Node {
	return g.Group{
		h.Label(h.For(name), t.text(label)),
		h.Textarea(h.ID(name), h.Name(name), h.Rows(rows), verbatim(), required),
	}
}

func (t translator) nonceField() g.Node {
	return g.Group{
		h.Label(h.For("nonce"), t.words("Nonce (optional)", "Nonce (facultatif)")),
		h.Input(h.ID("nonce"), h.Name("nonce"), h.Type("text"), verbatim()),
	}
}

func (t translator) profileField(p startPage) g.Node {
	return g.Group{
		h.Label(h.For("profile"), t.words("Profile", "Profil")),
		h.Select(h.ID("profile"), h.Name("profile"), t.profileOptions(p.Profile)),
	}
}

// verbatim stops browsers from correcting what is typed or pasted.
func verbatim() g.Node {
	return g.Group{g.Attr("spellcheck", "false"), g.Attr("autocapitalize", "off")}
}

// bdi holds a text of either writing direction; texts from outside may have either.
func bdi(text string) g.Node { return g.El("bdi", g.Text(text)) }
