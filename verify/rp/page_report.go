package rp

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/verify/report"
)

// writeReportPage shows the report: the verdict, what to mend, every check, the tokens, and the report to keep.
func writeReportPage(w http.ResponseWriter, r report.Report) {
	files, err := newReportFiles(r)
	if err != nil {
		http.Error(w, "report cannot be shown", http.StatusInternalServerError)
		return
	}
	tr := translator{r.Language()}
	writePage(w, r.Language(), http.StatusOK, tr.page(r.Verdict.Text().In(tr.lang)+" · "+tr.plain("token report", "rapport sur les jetons"),
		tr.verdictSection(r),
		tr.mendSection(slices.Concat(withStatus(r.Checks, report.StatusFail), withStatus(r.Checks, report.StatusWarn))),
		h.P(h.Class("actions no-print"),
			h.A(h.Class("button"), tr.href("/rp/login?again=1&"), tr.words("Sign in again", "Se connecter à nouveau")), g.Text(" "),
			h.A(tr.href("/rp/?"), tr.words("Back to the start page", "Retour à la page d'accueil")),
		),
		h.Div(h.Class("columns"), tr.checksSection(r.Checks), tr.tokensSection(r)),
		tr.keepSection(files),
	))
}

func (t translator) verdictSection(r report.Report) g.Node {
	return h.Section(h.Class("verdict "+string(r.Verdict)), h.Aria("labelledby", "verdict"),
		icon(r.Verdict),
		h.Div(
			h.H1(h.ID("verdict"), t.text(r.VerdictText())),
			h.P(t.text(r.Tally())),
		),
	)
}

// mendSection leads to the checks that want something done; nil when none does.
func (t translator) mendSection(checks []report.Check) g.Node {
	if len(checks) == 0 {
		return nil
	}
	return h.Section(h.Aria("labelledby", "mend"), h.Class("mend"),
		h.H2(h.ID("mend"), t.words("What to look at", "À regarder")),
		h.Ol(g.Map(checks, func(c report.Check) g.Node {
			return h.Li(t.badge(c.Status), g.Text(" "), h.A(h.Href("#"+checkAnchor(c)), g.Text(c.Title)))
		})),
	)
}

func withStatus(checks []report.Check, s report.Status) []report.Check {
	return slices.DeleteFunc(slices.Clone(checks), func(c report.Check) bool { return c.Status != s })
}

// reportFiles are the forms in which a report can be kept.
type reportFiles struct{ json, junit, text []byte }

func newReportFiles(r report.Report) (reportFiles, error) {
	var text, junit bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		return reportFiles{}, err
	}
	if err := r.WriteJUnit(&junit); err != nil {
		return reportFiles{}, err
	}
	asJSON, err := r.JSON()
	return reportFiles{json: asJSON, junit: junit.Bytes(), text: text.Bytes()}, err
}

// keepSection hands the report out: it is kept nowhere else.
func (t translator) keepSection(files reportFiles) g.Node {
	return h.Section(h.Aria("labelledby", "keep"), h.Class("no-print"),
		h.H2(h.ID("keep"), t.words("Keep this report", "Garder ce rapport")),
		h.P(t.words("Reloading the page cannot bring it back. Download it, print it, or copy it from the field below.",
			"Recharger la page ne le fera pas revenir. Téléchargez-le, imprimez-le, ou copiez-le depuis le champ ci-dessous.")),
		h.Ul(h.Class("downloads"),
			h.Li(h.A(dataLink("application/json", files.json), h.Download("pschook-report.json"), t.words("Download as JSON", "Télécharger en JSON"))),
			h.Li(h.A(dataLink("application/xml", files.junit), h.Download("pschook-report.xml"), t.words("Download as JUnit XML", "Télécharger en XML JUnit"))),
			h.Li(h.A(dataLink("text/plain", files.text), h.Download("pschook-report.txt"), t.words("Download as text", "Télécharger en texte"))),
		),
		h.Label(h.For("json"), t.words("The report as JSON (select all, then copy)", "Le rapport en JSON (tout sélectionner, puis copier)")),
		h.Textarea(h.ID("json"), h.ReadOnly(), h.Rows("12"), g.Attr("spellcheck", "false"), g.Text(string(files.json))),
	)
}

// dataLink makes a download that needs neither script nor storage on the server. It is safe whatever the content: the
// scheme and the type, none that a browser would run, are ours, and the rest is base64.
func dataLink(mediaType string, content []byte) g.Node {
	return h.Href("data:" + mediaType + ";charset=utf-8;base64," + base64.StdEncoding.EncodeToString(content))
}
