package verify

import (
	"bytes"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed page/*.html page/style.css
var pageFiles embed.FS

// pages renders the HTML of the relying party. It is safe for concurrent use.
type pages struct {
	templates map[Language]*template.Template
	css       []byte
}

// startPage is what the first page shows.
type startPage struct {
	Issuer, ClientID, Profile string
	Profiles                  []string
}

// problemPage says why there is no report.
type problemPage struct {
	Key               string // the end of catalog keys "problem.title.…", "problem.text.…", "problem.next.…"
	Code, Description string // what was said, by the provider or by us
	Endpoint          string // of the provider, "" when it said nothing

	Title, Text, Next string
}

// SaidBy is the catalog key of the heading over what was said.
func (p problemPage) SaidBy() string {
	if p.Code != "" {
		return "problem.said." + p.Endpoint
	}
	return "problem.said.us"
}

type (
	reportPage struct {
		Report                        Report
		Headline, Tally, JSON         string
		ToMend                        []Check
		Groups                        []checkGroup
		Tokens                        []tokenView
		JSONLink, JUnitLink, TextLink template.URL
	}
	checkGroup struct {
		Title  string
		Checks []checkView
	}
	checkView struct {
		Check

		HintLabel string
		Open      bool   // show everything, since there is something to do or to say
		Brief     string // else this one line
	}
	tokenView struct {
		Title string
		Parts []tokenPart
	}
	tokenPart struct {
		Title string
		Rows  []claimRow
	}
	claimRow struct {
		Name, Value, Note string
		Mark              string // catalog key; "" for none
	}
)

func newPages() (*pages, error) {
	css, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		return nil, err
	}
	p := &pages{templates: make(map[Language]*template.Template), css: css}
	for _, lang := range []Language{English, French} {
		tr := newTranslator(lang)
		funcs := template.FuncMap{
			"t":      tr.plain,
			"lang":   func() string { return string(lang) },
			"status": func(s any) string { return tr.plain("status." + fmt.Sprint(s)) },
		}
		if p.templates[lang], err = template.New("").Funcs(funcs).ParseFS(pageFiles, "page/*.html"); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// write renders to memory first, so that a fault cannot leave half a page.
func (p *pages) write(w http.ResponseWriter, lang Language, status int, name string, data any) {
	var b bytes.Buffer
	if err := p.templates[lang].ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "page cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(lang))
	w.Header().Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

func (p *pages) start(w http.ResponseWriter, lang Language, page startPage) {
	p.write(w, lang, http.StatusOK, "start", page)
}

func (p *pages) problem(w http.ResponseWriter, lang Language, status int, page problemPage) {
	tr := newTranslator(lang)
	page.Title, page.Text = tr.plain("problem.title."+page.Key), tr.plain("problem.text."+page.Key)
	next := "problem.next." + page.Key
	if page.Key == "provider" {
		next = "problem.next.error.other"
		if known := "problem.next.error." + page.Code; tr.has(known) {
			next = known
		}
	}
	page.Next = tr.plain(next)
	p.write(w, lang, status, "problem", page)
}

func (p *pages) report(w http.ResponseWriter, r Report) {
	page, err := newReportPage(r)
	if err != nil {
		http.Error(w, "report cannot be shown", http.StatusInternalServerError)
		return
	}
	p.write(w, r.lang, http.StatusOK, "report", page)
}

func newReportPage(r Report) (reportPage, error) {
	tr := newTranslator(r.lang)
	var text, junit bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		return reportPage{}, err
	}
	if err := r.WriteJUnit(&junit); err != nil {
		return reportPage{}, err
	}
	asJSON, err := r.JSON()
	if err != nil {
		return reportPage{}, err
	}
	page := reportPage{
		Report: r, Headline: tr.render(say("verdict."+string(r.Verdict), with("profile", r.Profile))), Tally: tr.render(r.tally()),
		JSON: string(asJSON), JSONLink: dataLink("application/json", asJSON),
		JUnitLink: dataLink("application/xml", junit.Bytes()), TextLink: dataLink("text/plain", text.Bytes()),
		Groups: tr.groups(r.Checks),
		Tokens: []tokenView{tr.token("report.id_token", r.IDToken), tr.token("report.access_token", r.AccessToken)},
	}
	page.ToMend = append(withStatus(r.Checks, StatusFail), withStatus(r.Checks, StatusWarn)...)
	return page, nil
}

// dataLink makes a download that needs neither script nor storage on the server.
func dataLink(mediaType string, content []byte) template.URL {
	return template.URL("data:" + mediaType + ";charset=utf-8;base64," + base64.StdEncoding.EncodeToString(content)) //nolint:gosec // base64 of our own output
}

func withStatus(checks []Check, s Status) []Check {
	return slices.DeleteFunc(slices.Clone(checks), func(c Check) bool { return c.Status != s })
}

// groupOf sorts checks under headings by the first part of their id.
func groupOf(id string) string {
	subject, _, _ := strings.Cut(id, ".")
	switch subject {
	case "id":
		return "group.id"
	case "access":
		return "group.access"
	case "oid", "tid", "amr":
		return "group.psc"
	case "hook":
		return "group.hook"
	}
	return "group.user"
}

func (t translator) groups(checks []Check) []checkGroup {
	var groups []checkGroup
	last := ""
	for _, c := range checks {
		if g := groupOf(c.ID); g != last {
			groups = append(groups, checkGroup{Title: t.plain(g)})
			last = g
		}
		view := checkView{Check: c, HintLabel: c.hintLabel()}
		switch c.Status {
		case StatusPass:
			view.Brief = strings.TrimSpace(c.Actual + " " + c.Hint)
		case StatusSkip:
			view.Brief = c.Hint
		default:
			view.Open = true
		}
		groups[len(groups)-1].Checks = append(groups[len(groups)-1].Checks, view)
	}
	return groups
}

func (t translator) token(title string, token *Token) tokenView {
	view := tokenView{Title: t.plain(title)}
	if token == nil {
		return view
	}
	header, err := parseObject(token.Header)
	if err != nil {
		return view
	}
	view.Parts = []tokenPart{
		{Title: t.plain("report.header"), Rows: t.rows(header, nil)},
		{Title: t.plain("report.claims"), Rows: t.rows(token.decoded, token.added)},
	}
	return view
}

func (t translator) rows(o object, added []string) []claimRow {
	rows := make([]claimRow, len(o.names))
	for i, name := range o.names {
		rows[i] = claimRow{Name: name, Value: string(o.members[name])}
		if at, p := o.time(name); p == present && slices.Contains([]string{"exp", "iat", "nbf", "auth_time", "updated_at"}, name) {
			rows[i].Note = at.Format(time.RFC3339)
		}
		if slices.Contains(added, name) {
			rows[i].Mark = "report.added"
		}
	}
	return rows
}
