package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"pschook/commands"
	"pschook/oktaemu"
	"pschook/verify/words"
)

// callsShown is how many of the last hook calls the page lists.
const callsShown = 8

// home is the demo's first page: the personas to sign in as, and the last hook calls.
type home struct{ pair *pair }

// ServeHTTP renders the page in the reader's language.
func (h *home) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lang, ok := words.ParseLanguage(r.URL.Query().Get("lang"))
	if !ok {
		lang = words.MatchLanguage(r.Header.Get("Accept-Language"))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	page := homePage{
		Lang: lang, T: homeTexts(lang), Personas: personaRows(lang), Calls: callRows(h.pair.org.HookCalls(), lang),
		CallsURL: h.pair.org.URL() + "/_emu/hook-calls",
	}
	if admin := h.pair.service.AdminAddr(); admin != nil {
		page.AdminURL = "http://" + admin.String() + "/admin/?lang=" + string(lang)
	}
	_ = page.html().Render(w) // fails only when the browser is gone
}

func personaRows(lang words.Language) []personaRow {
	texts, expected := homeTexts(lang), expectations()
	var rows []personaRow
	for _, p := range oktaemu.Personas() {
		e := expected[p.Name]
		method := p.Method
		if lang == words.French {
			method = p.MethodFR
		}
		rows = append(rows, personaRow{Login: p.Login, Method: method, Verdict: string(e.verdict), Label: texts[string(e.verdict)], Why: e.why.In(lang)})
	}
	return rows
}

// callRows lists the last calls, newest first.
func callRows(calls []oktaemu.HookCall, lang words.Language) []callRow {
	texts := homeTexts(lang)
	var rows []callRow
	for _, c := range slices.Backward(calls) {
		if len(rows) == callsShown {
			break
		}
		class := "fail"
		switch c.Outcome {
		case oktaemu.HookApplied:
			class = "pass"
		case oktaemu.HookEmpty:
			class = "skip"
		}
		detail := c.Reason
		if detail == "" {
			detail = patched(c.Response, lang)
		}
		rows = append(rows, callRow{
			At: c.At, Took: words.Say("%s", "%s", c.Took).In(lang), Who: whoSignedIn(c.Request),
			Class: class, Outcome: texts["outcome."+c.Outcome], Detail: detail,
		})
	}
	return rows
}

// whoSignedIn returns the login that Okta named to the hook. All people of the emulator are invented.
func whoSignedIn(request json.RawMessage) string {
	var call struct {
		Data struct {
			Context struct {
				User struct{ Profile struct{ Login string } }
			}
		}
	}
	if json.Unmarshal(request, &call) != nil {
		return ""
	}
	return call.Data.Context.User.Profile.Login
}

// patched names the claims that an answer adds to each token.
func patched(answer string, lang words.Language) string {
	var body struct {
		Commands []struct {
			Type  string
			Value []struct{ Path string }
		}
	}
	if json.Unmarshal([]byte(answer), &body) != nil {
		return ""
	}
	var tokens []string
	for _, c := range body.Commands {
		var names []string
		for _, v := range c.Value {
			names = append(names, strings.TrimPrefix(v.Path, "/claims/"))
		}
		token := words.Say("access token: %s", "jeton d'accès : %s", words.List(names))
		if c.Type == commands.IDToken.CommandType() {
			token = words.Say("ID token: %s", "jeton d'identité : %s", words.List(names))
		}
		tokens = append(tokens, token.In(lang))
	}
	return strings.Join(tokens, " · ")
}

// homeTexts returns the page's words.
func homeTexts(lang words.Language) map[string]string {
	both := map[string][2]string{ // English, French
		"brand": {"pschook · demo", "pschook · démonstration"},
		"title": {"Sign in as a health professional, read the report", "Connectez-vous en professionnel de santé, lisez le rapport"},
		"lead": {
			"One click signs you in at an emulated Okta, which calls the service while it mints the tokens. The report then says whether Pro Santé Connect would accept them.",
			"Un clic vous connecte à un Okta émulé, qui appelle le service pendant qu'il délivre les jetons. Le rapport dit ensuite si Pro Santé Connect les accepterait.",
		},
		"personas": {"Who can sign in", "Qui peut se connecter"},
		"tester":   {"Token check", "Contrôle des jetons"}, "other": {"Sign in by hand", "Se connecter à la main"}, "admin": {"State of the service", "État du service"},
		"password": {"Everybody's password, by hand:", "Mot de passe de chacun, à la main :"},
		"calls":    {"Last hook calls", "Derniers appels du hook"},
		"none":     {"No call yet: sign in.", "Aucun appel pour l'instant : connectez-vous."},
		"details":  {"All calls, as JSON", "Tous les appels, en JSON"},
		"foot":     {"All of this happens on this machine. These people do not exist.", "Tout se passe sur cette machine. Ces personnes n'existent pas."},
		"pass":     {"pass", "conforme"}, "warn": {"warning", "attention"}, "fail": {"fail", "échec"},
		"outcome.applied": {"applied", "appliqué"}, "outcome.empty": {"nothing to add", "rien à ajouter"}, "outcome.dropped": {"dropped", "ignoré"},
		"outcome.denied": {"refused", "refusé"}, "outcome.failed": {"failed", "échec"}, "outcome.previewed": {"previewed", "aperçu"},
	}
	chosen := make(map[string]string, len(both))
	for key, text := range both {
		chosen[key] = words.Say(text[0], text[1]).In(lang)
	}
	return chosen
}
