package rp

import (
	"bytes"
	"net/http"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// writeOutcome shows a report, or why there is none. here is its URL, which ends in "?"; "" when it
// has none.
func writeOutcome(w http.ResponseWriter, lang words.Language, here string, o outcome) {
	if o.reports == nil {
		o.problem.wire, o.problem.here = o.wire, here
		writeProblem(w, lang, o.problem)
		return
	}
	r, tr := o.reports[lang], translator{lang}
	if o.played != (words.Text{}) {
		tr.writePlayed(w, r, here, o)
		return
	}
	writePage(w, lang, http.StatusOK, tr.page(reportTitle(r), here,
		tr.verdictSection(r, h.P(h.Class("actions"),
			h.A(h.Class("button"), tr.href("/rp/login?again=1&"), tr.words("Sign in again", "Se connecter à nouveau")), g.Text(" "),
			h.A(h.Class("button plain"), tr.href("/rp/?"), tr.words("Start page", "Page d'accueil")),
		)),
		tr.reportBody(r, o.wire, tr.wireSection(o.wire, r.Checks), tr.keepSection(r, here)),
	))
}

// writePlayed shows what came of a scenario.
func (t translator) writePlayed(w http.ResponseWriter, r report.Report, here string, o outcome) {
	writePage(w, t.lang, http.StatusOK, t.page(reportTitle(r), here,
		h.P(h.Class("lead"), t.text(words.Say("Scenario: %s", "Scénario : %s", o.played))),
		g.Map(o.notes, func(n words.Text) g.Node { return h.P(h.Class("alert warn"), t.text(n)) }),
		t.verdictSection(r, h.P(h.Class("actions"),
			h.A(h.Class("button"), h.ID("to-scenarios"), t.href("/rp/scenarios?"), t.words("Scenarios", "Scénarios")), g.Text(" "),
			h.A(h.Class("button plain"), t.href("/rp/?"), t.words("Start page", "Page d'accueil")),
		)),
		t.reportBody(r, o.wire, t.wireSection(o.wire, r.Checks), t.keepSection(r, here)),
	))
}

// filePolicy is for a report as a file: it carries its style sheet and nothing else.
func filePolicy() string {
	return "default-src 'none'; style-src " + dress.StyleSource() + "; img-src data:"
}

// reportFile returns a report as a page that needs no other file.
func reportFile(r report.Report) g.Node {
	tr := translator{r.Language()}
	page := tr.frame(reportTitle(r), "")
	page.Home, page.Folder, page.Policy = "", "", filePolicy()
	page.Foot = []g.Node{tr.words("This file holds personal data: share it with care.", "Ce fichier contient des données personnelles : partagez-le avec précaution.")}
	return page.HTML(tr.verdictSection(r, nil), tr.reportBody(r, nil))
}

func reportTitle(r report.Report) string {
	about := words.Say("token report", "rapport sur les jetons")
	if (translator{}).profile(r) == "" {
		about = words.Say("scenario report", "rapport sur un scénario")
	}
	return r.Verdict.Text().In(r.Language()) + " · " + about.In(r.Language())
}

// reportBody returns what to do and what else was checked, then the tokens, then the rest. Without
// tokens the rest stands in their place.
func (t translator) reportBody(r report.Report, wire []Exchange, rest ...g.Node) g.Node {
	checks := h.Div(h.Class("stack"), t.todoSection(r, wire), t.checksSection(r, wire))
	switch {
	case r.IDToken != nil || r.AccessToken != nil || r.UserInfo != nil:
		return h.Div(h.Class("columns"), checks, t.tokensSection(r), h.Div(h.Class("stack below"), g.Group(rest)))
	case len(rest) == 0:
		return checks
	}
	return h.Div(h.Class("columns"), checks, h.Div(h.Class("stack beside"), g.Group(rest)))
}

func (t translator) verdictSection(r report.Report, actions g.Node) g.Node {
	return h.Section(h.Class("verdict "+string(r.Verdict)), h.Aria("labelledby", "verdict"),
		icon(r.Verdict),
		h.Div(
			h.H1(h.ID("verdict"), t.text(r.VerdictText())),
			h.P(g.Text(strings.ReplaceAll(r.Tally().In(t.lang), ": ", ":\u00a0"))), // no line ends before a number
			g.If(t.profile(r) != "", h.P(h.Class("note"), g.Text(t.profile(r)))),
		),
		actions,
	)
}

// keepSection offers the report for saving. Files are made at the report's URL; without a URL only
// the text is offered.
func (t translator) keepSection(r report.Report, here string) g.Node {
	var text bytes.Buffer
	if r.WriteText(&text) != nil {
		return nil
	}
	return h.Section(h.Aria("labelledby", "keep"), h.Class("no-print keep"),
		h.H2(h.ID("keep"), t.words("Keep this report", "Garder ce rapport")),
		h.P(h.Class("note"), t.words("This address shows it for ten minutes, in this browser. Later only what you kept is left. It also prints on two pages.",
			"Cette adresse le montre pendant dix minutes, dans ce navigateur. Ensuite il ne reste que ce que vous avez gardé. Il s'imprime aussi, sur deux pages.")),
		g.If(here != "", h.Ul(h.Class("downloads"),
			h.Li(h.A(t.href(here+"format=html&"), t.words("Page (HTML)", "Page (HTML)"))),
			h.Li(h.A(t.href(here+"format=json&"), g.Text("JSON"))),
			h.Li(h.A(t.href(here+"format=junit&"), t.words("JUnit XML", "XML JUnit"))),
			h.Li(h.A(t.href(here+"format=text&"), t.words("Text", "Texte"))),
		)),
		h.Label(h.For("text"), t.words("The report as text (select all, then copy)", "Le rapport en texte (tout sélectionner, puis copier)")),
		h.Textarea(h.ID("text"), h.ReadOnly(), h.Rows("8"), g.Attr("spellcheck", "false"), g.Text(text.String())),
		h.P(h.Class("actions"), h.Button(h.Type("button"), h.Class("plain"), g.Attr("hidden"), h.Data("copy", "text"),
			h.Data("done", t.plain("Copied", "Copié")), t.words("Copy the text", "Copier le texte"))),
	)
}

// profile says whose rules were applied; "" when the report is not about tokens.
func (t translator) profile(r report.Report) string {
	profile, err := verify.ProfileNamed(r.Profile)
	if err != nil {
		return ""
	}
	return words.Say("Profile %s: %s.", "Profil %s : %s.", profile.Name(), profile.Title()).In(t.lang)
}
