package rp

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"pschook/internal/pagetest"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// pageOf is the body of a page.
func pageOf(write func(w http.ResponseWriter)) string {
	w := httptest.NewRecorder()
	write(w)
	return w.Body.String()
}

// Whatever issuers, providers, callers and tokens say, pages show it as text.
func TestPagesHoldTextFromOutside(t *testing.T) {
	t.Parallel()
	pages := map[string]func(w http.ResponseWriter, text string){
		"start": func(w http.ResponseWriter, text string) {
			writeStart(w, words.English, startPage{Issuer: text, ClientID: text, Issuers: []string{text}, Scopes: text, ACR: text})
		},
		"provider's error": func(w http.ResponseWriter, text string) {
			writeProblem(w, words.French, problemPage{Key: "provider", Code: text, Description: text, Endpoint: "token", status: http.StatusBadGateway, wire: exchangesOf(text)})
		},
		"bad request": func(w http.ResponseWriter, text string) {
			writeProblem(w, words.French, problemPage{Key: "request", Description: text, status: http.StatusBadRequest})
		},
		"report": func(w http.ResponseWriter, text string) {
			writeOutcome(w, words.English, "/rp/report/x?", outcome{reports: map[words.Language]report.Report{words.English: reportOf(t, text)}, wire: exchangesOf(text)})
		},
		"report as a file": func(w http.ResponseWriter, text string) { _ = reportFile(reportOf(t, text)).Render(w) },
	}
	for name, write := range pages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pagetest.HoldsText(t, func(text string) string {
				return pageOf(func(w http.ResponseWriter) { write(w, text) })
			})
		})
	}
}

// exchangesOf puts the text into every part of an exchange that a provider or a browser can fill.
func exchangesOf(text string) []Exchange {
	sent := []Field{{text, text}}
	return []Exchange{{Step: StepCallback, Method: "GET", Address: text, Params: sent}, {Step: StepToken, Address: text, Params: sent, Headers: sent, Fault: text, Body: text}}
}

// reportOf puts the text into every part of a report that a token, a provider or a caller can fill.
func reportOf(t *testing.T, text string) report.Report {
	t.Helper()
	w := goodWorld(t, "psc")
	w.ID.Claims["zz"+text] = text // zz puts it last, whatever the text is
	w.Access.Claims["zz"+text] = []string{text}
	w.ID.Kid, w.Access.Kid = text, text
	r := verify.Run(t.Context(), w.input(t))
	r.Profile, r.AccessToken.Added = text, []string{"zz" + text}
	for i, status := range []report.Status{report.StatusPass, report.StatusWarn, report.StatusFail, report.StatusSkip} {
		r.Checks[i] = report.Check{ID: "a.check", Status: status, Title: text, Expected: text, Actual: text, Hint: text, Spec: text}
	}
	r.Verdict = report.StatusFail
	return r
}
