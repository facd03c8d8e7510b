package verify

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// writeReportPage shows the report: the verdict, what to mend, every check, the tokens, and the report to keep.
func writeReportPage(w http.ResponseWriter, r Report) {
	files, err := newReportFiles(r)
	if err != nil {
		http.Error(w, "report cannot be shown", http.StatusInternalServerError)
		return
	}
	tr := newTranslator(r.lang)
	writePage(w, r.lang, http.StatusOK, tr.page(tr.plain("status."+string(r.Verdict))+" · "+tr.plain("report.title"),
		tr.verdictSection(r),
		tr.mendSection(slices.Concat(withStatus(r.Checks, StatusFail), withStatus(r.Checks, StatusWarn))),
		h.P(h.Class("actions no-print"),
			h.A(h.Class("button"), tr.href("/rp/login?again=1&"), tr.words("report.again")), g.Text(" "),
			h.A(tr.href("/rp/?"), tr.words("report.start")),
		),
		h.Div(h.Class("columns"), tr.checksSection(r.Checks), tr.tokensSection(r)),
		tr.keepSection(files),
	))
}

func (t translator) verdictSection(r Report) g.Node {
	return h.Section(h.Class("verdict "+string(r.Verdict)), h.Aria("labelledby", "verdict"),
		icon(r.Verdict),
		h.Div(
			h.H1(h.ID("verdict"), g.Text(t.render(say("verdict."+string(r.Verdict), with("profile", r.Profile))))),
			h.P(g.Text(t.render(r.tally()))),
		),
	)
}

// mendSection leads to the checks that want something done; nil when none does.
func (t translator) mendSection(checks []Check) g.Node {
	if len(checks) == 0 {
		return nil
	}
	return h.Section(h.Aria("labelledby", "mend"), h.Class("mend"),
		h.H2(h.ID("mend"), t.words("report.mend")),
		h.Ol(g.Map(checks, func(c Check) g.Node {
			return h.Li(t.badge(c.Status), g.Text(" "), h.A(h.Href("#"+checkAnchor(c)), g.Text(c.Title)))
		})),
	)
}

func withStatus(checks []Check, s Status) []Check {
	return slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return c.Status != s })
}

// reportFiles are the forms in which a report can be kept.
type reportFiles struct{ json, junit, text []byte }

func newReportFiles(r Report) (reportFiles, error) {
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
		h.H2(h.ID("keep"), t.words("report.keep")),
		h.P(t.words("report.keep_text")),
		h.Ul(h.Class("downloads"),
			h.Li(h.A(dataLink("application/json", files.json), h.Download("pschook-report.json"), t.words("report.json"))),
			h.Li(h.A(dataLink("application/xml", files.junit), h.Download("pschook-report.xml"), t.words("report.junit"))),
			h.Li(h.A(dataLink("text/plain", files.text), h.Download("pschook-report.txt"), t.words("report.text"))),
		),
		h.Label(h.For("json"), t.words("report.copy")),
		h.Textarea(h.ID("json"), h.ReadOnly(), h.Rows("12"), g.Attr("spellcheck", "false"), g.Text(string(files.json))),
	)
}

// dataLink makes a download that needs neither script nor storage on the server. It is safe whatever the content: the
// scheme and the type, none that a browser would run, are ours, and the rest is base64.
func dataLink(mediaType string, content []byte) g.Node {
	return h.Href("data:" + mediaType + ";charset=utf-8;base64," + base64.StdEncoding.EncodeToString(content))
}
