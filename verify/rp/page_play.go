package rp

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify/words"
)

func (w *want) id() string { return strconv.Itoa(w.number) }

// scenarios shows what can be played.
func (rp *RP) scenarios(w http.ResponseWriter, r *http.Request) {
	rp.cookies.greet(w, r)
	writeScenarios(w, languageOf(r), rp.startPage(), rp.opts.Scenarios.List())
}

func writeScenarios(w http.ResponseWriter, lang words.Language, p startPage, list []Scenario) {
	tr := translator{lang}
	title := tr.plain("What happens around a sign-in", "Ce qui se passe autour d'une connexion")
	writePage(w, lang, http.StatusOK, tr.page(title, "/rp/scenarios?",
		h.H1(g.Text(title)),
		h.P(h.Class("lead"), tr.words(
			"Renewals, silent sign-ins, signing out, more assurance, and what an attacker would try. You are led through each scenario, step by step, and get a verdict.",
			"Renouvellements, connexions silencieuses, déconnexion, niveau plus élevé, et ce que tenterait un attaquant. Vous êtes guidé dans chaque scénario, étape par étape, jusqu'au verdict.")),
		h.P(h.Class("alert warn"), tr.words("Open this page in a private window of the browser, in which nobody is signed in at the provider.",
			"Ouvrez cette page dans une fenêtre privée du navigateur, où personne n'est connecté chez le fournisseur.")),
		h.Form(h.Method("post"), h.Action("/rp/scenarios"), h.AutoComplete("off"), h.Class("stack"),
			h.Input(h.Type("hidden"), h.Name("lang"), h.Value(string(lang))),
			h.Ul(h.Class("choices"), g.Map(list, tr.scenarioItem)),
			tr.scenarioFields(p),
		),
	))
}

func (t translator) scenarioItem(s Scenario) g.Node {
	return h.Li(h.Class("card choice"),
		h.Div(
			h.H2(h.ID("scenario-"+s.Name), t.text(s.Title)),
			h.P(h.Class("note"), h.Code(g.Text(s.Name)), g.If(s.Needs != (words.Text{}), g.Group{g.Text(" · "), t.text(s.Needs)})),
		),
		h.Button(h.Type("submit"), h.Name("scenario"), h.Value(s.Name), h.Aria("describedby", "scenario-"+s.Name), t.words("Play", "Jouer")),
	)
}

// scenarioFields say with whom the scenarios are played.
func (t translator) scenarioFields(p startPage) g.Node {
	return h.Div(h.Class("folded"), h.Details(
		h.Summary(h.H2(h.Class("plain"), t.words("With other parameters", "Avec d'autres paramètres"))),
		h.Div(
			t.askField("issuer", words.Say("Issuer", "Émetteur"), p.Issuer, h.Required()),
			h.Div(h.Class("row"),
				h.Div(t.askField("client_id", words.Say("Client id", "Identifiant client"), p.ClientID, h.Required())),
				h.Div(t.askField("second_client_id", words.Say("Second client id, for two-clients", "Identifiant du second client, pour two-clients"), "", nil)),
				h.Div(h.Label(h.For("ask-profile"), t.words("Profile", "Profil")), h.Select(h.ID("ask-profile"), h.Name("profile"), t.profileOptions(p.Profile))),
				h.Div(t.askField("scope", words.Say("Scopes", "Portées (scope)"), p.Scopes, h.Required())),
				h.Div(t.askField("acr_values", words.Say("acr_values, for step-up", "acr_values, pour step-up"), p.ACR, nil)),
			),
			h.P(h.Class("note"), t.words("A client other than the configured one signs in as a public client with PKCE, and needs this redirect URL: that of this tester.",
				"Un autre client que celui de la configuration se connecte en client public, avec PKCE, et doit avoir pour URI de redirection celle de ce contrôle des jetons.")),
		),
	))
}

// writePlay shows where a scenario stands and what to do. As on the page of a request, the one address outside is that
// of the provider's endpoints, whose scheme was looked at when the metadata were read.
func writePlay(w http.ResponseWriter, lang words.Language, p *play, l look) {
	tr := translator{lang}
	title := p.scenario.Title.In(lang)
	path := "/rp/scenario/" + p.id
	writePage(w, lang, http.StatusOK, tr.page(title, path+"?",
		h.H1(g.Text(title)),
		h.P(h.Class("note"), h.Code(g.Text(p.scenario.Name))),
		h.Div(h.Class("columns"),
			h.Div(h.Class("stack"),
				tr.nowCard(path, l),
				h.Form(h.Method("post"), h.Action(path), tr.hidden("lang", string(lang)), tr.hidden("say", "stop"),
					h.P(h.Class("note"), tr.words("Until the end, or for twenty minutes at most, the tokens of this scenario are in the memory of this service.",
						"Jusqu'à la fin, ou pendant vingt minutes au plus, les jetons de ce scénario sont dans la mémoire de ce service.")),
					h.P(h.Class("actions"), h.Button(h.Type("submit"), h.Class("plain"), h.ID("stop"), tr.words("Stop this scenario", "Arrêter ce scénario")))),
			),
			h.Section(h.Class("beside card"), h.Aria("labelledby", "steps"),
				h.H2(h.ID("steps"), tr.words("The steps", "Les étapes")), tr.stepList(p.scenario.Steps, l.step)),
		),
	))
}

func (t translator) hidden(name, value string) g.Node {
	return h.Input(h.Type("hidden"), h.Name(name), h.Value(value))
}

// stepList shows which steps are done.
func (t translator) stepList(steps []ScenarioStep, now string) g.Node {
	at := slices.IndexFunc(steps, func(s ScenarioStep) bool { return s.ID == now })
	items := make(g.Group, len(steps))
	for i, s := range steps {
		state, class := t.plain("to come", "à venir"), "skip"
		switch {
		case i < at:
			state, class = t.plain("done", "fait"), "pass"
		case i == at:
			state, class = t.plain("now", "en cours"), "now"
		}
		items[i] = h.Li(h.Class(class), g.If(i == at, h.Aria("current", "step")), h.Span(h.Class("badge"), g.Text(state)), h.P(t.text(s.Title)))
	}
	return h.Ol(h.Class("listed tagged steps"), items)
}

// nowCard says what to do.
func (t translator) nowCard(path string, l look) g.Node {
	heading := h.H2(h.ID("now"), t.words("What to do now", "Que faire maintenant"))
	card := func(content ...g.Node) g.Node {
		return h.Section(h.Class("card"), h.Aria("labelledby", "now"), heading, g.Group(content))
	}
	if l.want == nil {
		return card(h.P(h.Class("remedy"), t.words("Nothing: this takes a moment.", "Rien : cela prend un instant.")),
			h.P(h.Class("actions"), h.A(h.Class("button"), h.ID("next"), t.href(path+"?"), t.words("Go on", "Continuer"))))
	}
	v := l.want.visit
	say := func(id, class string, label words.Text) g.Node {
		return h.Form(h.Method("post"), h.Action(path), t.hidden("lang", string(t.lang)), t.hidden("number", l.want.id()),
			h.Button(h.Type("submit"), h.Class(class), h.ID(id), t.text(label)))
	}
	done := words.Say("That is done", "C'est fait")
	switch {
	case v.Address == "":
		return card(h.P(h.Class("remedy"), t.text(v.Do)), h.Div(h.Class("actions"), say("done", "", done)))
	case v.Page:
		return card(h.P(h.Class("remedy"), t.text(v.Do)), t.target(v.Address),
			h.Div(h.Class("actions"),
				h.A(h.Class("button"), h.ID("go"), h.Href(v.Address), h.Target("_blank"), h.Rel("noopener noreferrer"), t.words("Open it in a new tab", "Ouvrir dans un nouvel onglet")),
				say("done", "plain", done)))
	case v.Silent:
		return card(h.P(h.Class("remedy"), t.words("Go to the provider. You should not be asked anything, and be back here at once.",
			"Allez chez le fournisseur. Rien ne devrait vous être demandé, et vous devriez revenir ici aussitôt.")), t.target(v.Address),
			h.Div(h.Class("actions"), t.goThere(v.Address), say("page", "plain", words.Say("The provider shows a page", "Le fournisseur montre une page"))),
			h.P(h.Class("note"), t.words("If the provider shows a page instead, do nothing there: come back with your browser's Back button, and say so here.",
				"Si le fournisseur montre une page, n'y faites rien : revenez par le bouton Précédent du navigateur, et dites-le ici.")))
	}
	return card(h.P(h.Class("remedy"), t.text(v.Do)), t.target(v.Address),
		h.Div(h.Class("actions"), t.goThere(v.Address), say("page", "plain", words.Say("I cannot: the provider shows an error", "Impossible : le fournisseur montre une erreur"))))
}

func (t translator) goThere(address string) g.Node {
	return h.A(h.Class("button"), h.ID("go"), h.Href(address), t.words("Go to the provider", "Aller chez le fournisseur"))
}

// target shows a request as it is sent, folded.
func (t translator) target(address string) g.Node {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	return h.Div(h.Class("folded"), h.Details(
		h.Summary(h.H3(t.words("This is what is asked", "Voici ce qui est demandé"))),
		h.Div(h.P(h.Class("address"), g.Text("GET "), dress.Breakable(plainAddress(u))), t.sent(words.Say("Parameters", "Paramètres"), fields(u.Query()))),
	))
}
