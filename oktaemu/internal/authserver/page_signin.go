package authserver

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/oktaemu/internal/store"
)

// signInPage lists the personas as buttons, and has a form for anybody else.
type signInPage struct {
	Action   string // where the forms go: a path of the org, made by it
	Client   string // the app's name
	Login    string // login_hint of the request
	Message  string // why the last attempt failed; may be empty
	Personas []store.Persona
}

func (p signInPage) html() g.Node {
	return htmlPage("Connexion / Sign in: Okta emulator", h.Main(
		h.H1(bilingual("Connexion", "Sign in")),
		h.P(g.Text("Application : "), h.Strong(g.Text(p.Client))),
		g.If(p.Message != "", h.P(h.Class("alert"), h.Role("alert"), g.Text(p.Message))),
		h.H2(h.ID("personas"), bilingual("Choisir une personne", "Choose a person")),
		h.Form(h.Method("post"), h.Action(p.Action),
			h.Ul(h.Aria("labelledby", "personas"), g.Map(p.Personas, personaButton)),
		),
		h.H2(h.ID("password"), bilingual("Mot de passe", "Password")),
		p.passwordForm(),
		h.P(h.Class("note"), bilingual("Émulateur : personnes fictives.", "Emulator: these people do not exist.")),
	))
}

func personaButton(p store.Persona) g.Node {
	return h.Li(h.Button(h.Name("persona"), h.Value(p.Name), h.Strong(g.Text(p.Login)), bilingual(p.MethodFR, p.Method)))
}

func (p signInPage) passwordForm() g.Node {
	return h.Form(h.Method("post"), h.Action(p.Action), h.Aria("labelledby", "password"),
		h.Label(bilingual("Identifiant", "Username"),
			h.Input(h.Name("username"), h.AutoComplete("username"), h.Value(p.Login), h.Required())),
		h.Label(bilingual("Mot de passe", "Password"),
			h.Input(h.Name("password"), h.Type("password"), h.AutoComplete("current-password"), h.Required())),
		h.Button(bilingual("Se connecter", "Sign in")),
	)
}
