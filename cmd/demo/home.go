package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pschook/commands"
	"pschook/oktaemu"
	"pschook/verify/words"
)

// callsShown is how many of the last hook calls the page lists.
const callsShown = 8

// home is the demo's first page: whom to sign in as, and what the hook did last. It
// borrows the relying party's stylesheet.
type home struct{ pair *pair }

// ServeHTTP renders the page in the reader's language.
func (h *home) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lang, ok := words.ParseLanguage(r.URL.Query().Get("lang"))
	if !ok {
		lang = words.MatchLanguage(r.Header.Get("Accept-Language"))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	_ = homePage{ // fails only when the browser is gone
		Lang: lang, T: homeTexts(lang), Password: oktaemu.PersonaPassword,
		Personas: personaRows(lang), Calls: callRows(h.pair.org.HookCalls(), lang), CallsURL: h.pair.org.URL() + "/_emu/hook-calls",
	}.html().Render(w)
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
		rows = append(rows, personaRow{Login: p.Login, Method: method, Verdict: string(e.verdict), Label: texts[string(e.verdict)], Why: e.why[lang]})
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
			detail = patched(c.Response)
		}
		rows = append(rows, callRow{
			At: c.At.Local().Format("15:04:05"), TookMS: strconv.FormatFloat(c.TookMS, 'f', 1, 64),
			Class: class, Outcome: texts["outcome."+c.Outcome], Detail: detail,
		})
	}
	return rows
}

// patched names the claims that an answer adds to each token.
func patched(answer string) string {
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
		token := "access token"
		if c.Type == commands.IDToken.CommandType() {
			token = "ID token"
		}
		tokens = append(tokens, token+": "+strings.Join(names, ", "))
	}
	return strings.Join(tokens, " · ")
}

// homeTexts are the page's words.
func homeTexts(lang words.Language) map[string]string {
	if lang == words.French {
		return map[string]string{
			"name": "démonstration", "title": "Un Okta émulé, le service, et le contrôle des jetons", "skip": "Aller au contenu", "languages": "Langues",
			"lead":  "Connectez-vous comme l'un de ces professionnels de santé. L'Okta émulé appelle le service pendant qu'il émet les jetons ; le rapport dit ensuite si Pro Santé Connect les accepterait.",
			"login": "Se connecter et vérifier", "tester": "Testeur de jetons", "personas": "Qui peut se connecter", "password": "Mot de passe de chacun :",
			"calls": "Derniers appels du hook",
			"none":  "Aucun appel encore : connectez-vous.", "details": "Tous les appels, en JSON", "foot": "Tout se passe sur cette machine. Rien n'est conservé.",
			"pass": "conforme", "warn": "point d'attention", "fail": "échec",
			"outcome.applied": "appliqué", "outcome.empty": "rien à ajouter", "outcome.dropped": "ignoré", "outcome.denied": "refusé", "outcome.failed": "échec", "outcome.previewed": "aperçu",
		}
	}
	return map[string]string{
		"name": "demo", "title": "An emulated Okta, the service, and the token check", "skip": "Skip to the content", "languages": "Languages",
		"lead":  "Sign in as one of these health professionals. The emulated Okta calls the service while it mints the tokens; the report then says whether Pro Santé Connect would accept them.",
		"login": "Sign in and check", "tester": "Token check", "personas": "Who can sign in", "password": "Everybody's password:",
		"calls": "Last hook calls",
		"none":  "No call yet: sign in.", "details": "All calls, as JSON", "foot": "All of this happens on this machine. Nothing is kept.",
		"pass": "pass", "warn": "warning", "fail": "fail",
		"outcome.applied": "applied", "outcome.empty": "nothing to add", "outcome.dropped": "dropped", "outcome.denied": "refused", "outcome.failed": "failed", "outcome.previewed": "previewed",
	}
}
