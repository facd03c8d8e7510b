package authserver

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/oktaemu/internal/store"
	"pschook/verify/words"
)

// signInPage lists the personas as buttons, and has a form for anybody else.
type signInPage struct {
	Reader   reader
	Action   string     // where the forms go: a path of the org, made by it
	Client   string     // the app's name
	Login    string     // login_hint of the request
	Message  words.Text // why the last attempt failed; may be empty
	Personas []store.Persona
}

func (p signInPage) html() g.Node {
	title := words.Say("Sign in", "Connexion")
	return htmlPage(p.Reader, title,
		h.H1(p.say("Sign in", "Connexion")),
		h.P(p.say("To the application ", "À l'application "), h.Strong(g.Text(p.Client))),
		alert(p.Reader.lang, p.Message),
		h.Section(h.Aria("labelledby", "personas"), h.Class("block"),
			h.H2(h.ID("personas"), p.say("Choose a person", "Choisir une personne")),
			h.Form(h.Method("post"), h.Action(p.Action),
				h.Ul(h.Class("people"), h.Aria("labelledby", "personas"), g.Map(p.Personas, p.personaButton)),
			),
		),
		h.Section(h.Aria("labelledby", "password"), h.Class("block"),
			h.H2(h.ID("password"), p.say("Or with a password", "Ou par mot de passe")),
			p.passwordForm(),
		),
	)
}

func (p signInPage) say(en, fr string) g.Node { return in(p.Reader.lang, words.Say(en, fr)) }

func (p signInPage) personaButton(who store.Persona) g.Node {
	method := who.Method
	if p.Reader.lang == words.French {
		method = who.MethodFR
	}
	return h.Li(h.Button(h.Class("person"), h.Name("persona"), h.Value(who.Name), h.Strong(dress.Breakable(who.Login)), h.Span(g.Text(method))))
}

func (p signInPage) passwordForm() g.Node {
	return h.Form(h.Method("post"), h.Action(p.Action), h.Class("card"), h.Aria("labelledby", "password"),
		h.Label(p.say("Username", "Identifiant"),
			h.Input(h.Name("username"), h.AutoComplete("username"), h.Value(p.Login), h.Required())),
		h.Label(p.say("Password", "Mot de passe"),
			h.Input(h.Name("password"), h.Type("password"), h.AutoComplete("current-password"), h.Required())),
		h.P(h.Class("actions"), h.Button(p.say("Sign in", "Se connecter"))),
	)
}
