package rp

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"pschook/internal/pagetest"
	"pschook/internal/tokentest"
	"pschook/verify/report"
	"pschook/verify/words"
)

// testScenarios are a scenario of the test's own.
type testScenarios struct {
	play func(ctx context.Context, s Stage) []report.Check
}

func (testScenarios) List() []Scenario {
	return []Scenario{{Name: "walk", Title: words.Say("A walk", "Une marche"), Needs: words.Say("needs shoes", "nécessite des chaussures"), Steps: []ScenarioStep{
		{"walk.out", words.Say("The way out", "L'aller")}, {"walk.back", words.Say("The way back", "Le retour")}, {"walk.end", words.Say("The end", "La fin")},
	}}}
}

func (f testScenarios) Play(ctx context.Context, _ string, s Stage) (func(words.Language) report.Report, error) {
	checks := f.play(ctx, s)
	return func(lang words.Language) report.Report { return report.New("scenarios.psc", lang, checks) }, nil
}

// visits goes to the provider once, and by hand once, and reports where it came.
func visits(ctx context.Context, s Stage) []report.Check {
	s.Begin("walk.back")
	a, err := s.Visit(ctx, Visit{Address: s.Client.Issuer + "/authorize?state=the-state", Redirect: s.Client.RedirectURL, Do: words.Say("Walk.", "Marchez.")})
	found := report.Check{ID: "walk.back", Status: report.StatusPass, Title: "The way back", Actual: fmt.Sprint(a.Query.Get("code"), a.Page, err)}
	if err == nil {
		err = s.Ask(ctx, words.Say("Turn round.", "Faites demi-tour."))
	}
	s.Tell(words.Say("Sit down.", "Asseyez-vous."))
	return []report.Check{found, {ID: "walk.end", Status: report.StatusPass, Title: "The end", Actual: fmt.Sprint(err)}}
}

func newPlayRP(t *testing.T, play func(ctx context.Context, s Stage) []report.Check) *testRP {
	t.Helper()
	rp := newTestRP(t, newTestOP(t), func(o *Options) { o.Scenarios = testScenarios{play} })
	rp.get(t, "/rp/scenarios")
	return rp
}

// submit sends a form and returns what it led to.
func (rp *testRP) submit(t *testing.T, path string, form url.Values, header http.Header) (int, string, *url.URL) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, rp.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := rp.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, readAll(t, resp), resp.Request.URL
}

func (rp *testRP) walk(lang string) url.Values {
	return url.Values{"lang": {lang}, "scenario": {"walk"}, "issuer": {rp.client.opts.Issuer}, "client_id": {tokentest.Client}, "profile": {"psc"}, "scope": {"openid"}}
}

func (rp *testRP) begin(t *testing.T, lang string) (body string, path string) {
	t.Helper()
	status, body, at := rp.submit(t, "/rp/scenarios", rp.walk(lang), nil)
	expectPage(t, status, body, http.StatusOK)
	return body, at.Path
}

func TestScenarioOnThePage(t *testing.T) {
	t.Parallel()
	rp := newPlayRP(t, visits)
	status, body, _ := rp.get(t, "/rp/scenarios?lang=fr")
	expectPage(t, status, body, http.StatusOK, "Une marche", "nécessite des chaussures", `value="walk"`)
	body, path := rp.begin(t, "fr")
	expectPage(t, 0, body, 0, "Marchez.", `href="`+rp.client.opts.Issuer+`/authorize?state=the-state"`, ">fait<", `aria-current="step"`, "à venir")
	status, body, _ = rp.get(t, path+"?lang=en")
	expectPage(t, status, body, http.StatusOK, "Walk.", "done", "to come")

	status, body, _ = rp.get(t, "/rp/callback?state=another&code=x")
	expectPage(t, status, body, http.StatusBadRequest, "No sign-in is under way")
	status, body, at := rp.get(t, "/rp/callback?state=the-state&code=c0de")
	expectPage(t, status, body, http.StatusOK, "Turn round.")
	if at.Path != path {
		t.Errorf("the answer led to %s, want %s", at.Path, path)
	}
	status, body, _ = rp.get(t, "/rp/callback?state=the-state&code=again")
	expectPage(t, status, body, http.StatusBadRequest, "No sign-in is under way")
	_, body, _ = rp.submit(t, path, url.Values{"number": {"1"}, "lang": {"en"}}, nil) // of a page of before
	expectPage(t, 0, body, 0, "Turn round.")
	_, body, at = rp.submit(t, path, url.Values{"number": {"2"}, "lang": {"en"}}, nil)
	expectPage(t, 0, body, 0, "Sit down.", "everything is in order", "Steps as expected", "c0de&lt;nil&gt;", "What went over the wire")
	if !strings.HasPrefix(at.Path, "/rp/report/") {
		t.Errorf("it ended at %s", at)
	}
	_, body, _ = rp.get(t, at.Path+"?lang=fr")
	expectPage(t, 0, body, 0, "Asseyez-vous.", "tout est en ordre", "Étapes conformes")
	_, body, _ = rp.get(t, path+"?lang=en") // the page of before leads to the report, too
	expectPage(t, 0, body, 0, "Sit down.")
	for _, format := range []string{formatJSON, formatJUnit, formatText, formatPage} {
		status, body, _ = rp.get(t, at.Path+"?format="+format)
		expectPage(t, status, body, http.StatusOK, "walk.back")
	}
}

// The provider shows a page where an answer was expected: the person says so.
func TestScenarioStopsAtAPage(t *testing.T) {
	t.Parallel()
	rp := newPlayRP(t, visits)
	_, path := rp.begin(t, "en")
	_, body, _ := rp.submit(t, path, url.Values{"number": {"1"}, "lang": {"en"}}, nil)
	expectPage(t, 0, body, 0, "Turn round.")
	_, body, at := rp.submit(t, path, url.Values{"say": {"stop"}, "lang": {"en"}}, nil)
	expectPage(t, 0, body, 0, "A walk")
	if at.Path != "/rp/scenarios" {
		t.Errorf("stopping led to %s", at)
	}
	status, body, _ := rp.get(t, path+"?lang=en")
	expectPage(t, status, body, http.StatusNotFound, "This scenario is not being played")
}

// What another site, another browser or a made-up form asks for is refused.
func TestScenarioRefusals(t *testing.T) {
	t.Parallel()
	rp := newPlayRP(t, visits)
	_, path := rp.begin(t, "en")
	crossSite := http.Header{"Sec-Fetch-Site": {"cross-site"}}
	for name, target := range map[string]string{"begins": "/rp/scenarios", "answers": path} {
		if status, _, _ := rp.submit(t, target, rp.walk("en"), crossSite); status != http.StatusForbidden {
			t.Errorf("another site %s: status %d, want 403", name, status)
		}
	}
	mine := rp.browser
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	rp.browser = &http.Client{Jar: jar}
	status, body, _ := rp.submit(t, "/rp/scenarios", rp.walk("en"), nil)
	expectPage(t, status, body, http.StatusBadRequest, "This scenario is not being played", "allow cookies")
	rp.get(t, "/rp/scenarios")
	for name, open := range map[string]func() (int, string, *url.URL){
		"sees": func() (int, string, *url.URL) { return rp.get(t, path+"?lang=en") },
		"answers": func() (int, string, *url.URL) {
			return rp.submit(t, path, url.Values{"number": {"1"}, "lang": {"en"}}, nil)
		},
		"arrives": func() (int, string, *url.URL) { return rp.get(t, "/rp/callback?lang=en&state=the-state&code=c0de") },
	} {
		if status, body, _ := open(); status/100 != 4 || strings.Contains(body, "Walk.") || strings.Contains(body, "Turn round.") {
			t.Errorf("another browser %s: status %d, %s", name, status, inMain(body))
		}
	}
	rp.browser = mine
	_, body, _ = rp.get(t, path+"?lang=en")
	expectPage(t, 0, body, 0, "Walk.")
	for name, tt := range map[string]struct{ field, value, part string }{
		"unknown scenario": {"scenario", "nap", "scenario: not one of those on the page"},
		"another issuer":   {"issuer", "https://evil.example", "is not one of those in PSCHOOK_RP_ISSUERS"},
		"no openid":        {"scope", "email", "lacks openid"},
		"long second":      {"second_client_id", strings.Repeat("x", maxChoiceField+1), "second_client_id: more than 500 bytes"},
	} {
		form := rp.walk("en")
		form.Set(tt.field, tt.value)
		status, body, _ := rp.submit(t, "/rp/scenarios", form, nil)
		expectPage(t, status, body, http.StatusBadRequest, tt.part)
		if t.Failed() {
			t.Log(name)
		}
	}
}

// There are few at a time, one for each browser, and all end with the service.
func TestScenariosAreBounded(t *testing.T) {
	t.Parallel()
	rp := newPlayRP(t, visits)
	var first string
	for i := range maxPlays + 1 {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		rp.browser = &http.Client{Jar: jar}
		rp.get(t, "/rp/scenarios")
		_, path := rp.begin(t, "en")
		_, again := rp.begin(t, "en")
		if path == again {
			t.Error("a second scenario has the address of the first")
		}
		if status, _, _ := rp.get(t, path); status != http.StatusNotFound {
			t.Errorf("the former scenario of a browser: status %d", status)
		}
		if i == 0 {
			first = again
		}
	}
	rp.plays.mu.Lock()
	n := len(rp.plays.list)
	for _, p := range rp.plays.list {
		if p.id == strings.TrimPrefix(first, "/rp/scenario/") {
			t.Error("the oldest is still there")
		}
	}
	rp.plays.mu.Unlock()
	if n != maxPlays {
		t.Errorf("%d scenarios are played, want %d", n, maxPlays)
	}
	rp.Close() // waits for all, or the test hangs
	if status, _, _ := rp.submit(t, "/rp/scenarios", rp.walk("en"), nil); status != http.StatusServiceUnavailable {
		t.Errorf("after the end: status %d", status)
	}
}

// Without scenarios there is no such page, and nothing leads to it.
func TestNoScenarios(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	if status, _, _ := rp.get(t, "/rp/scenarios"); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
	if _, body, _ := rp.get(t, "/rp/"); strings.Contains(body, "/rp/scenarios") {
		t.Error("the start page leads to scenarios")
	}
}

// TestPlayPagesEscape puts hostile texts wherever one can come from outside.
func TestPlayPagesEscape(t *testing.T) {
	t.Parallel()
	pagetest.HoldsText(t, func(text string) string {
		w := httptest.NewRecorder()
		p := &play{id: "id", scenario: testScenarios{}.List()[0]}
		for _, v := range []Visit{{Silent: true}, {Page: true}, {}} {
			v.Do = words.Literal(text)
			v.Address = "https://op.example/authorize?" + url.Values{"state": {text}, "x": {text}}.Encode()
			writePlay(w, words.English, p, look{want: &want{visit: v}})
		}
		return w.Body.String()
	})
	pagetest.HoldsText(t, func(text string) string {
		w := httptest.NewRecorder()
		found := report.New("scenarios.psc", words.English, []report.Check{{ID: "walk.out", Status: report.StatusFail, Actual: text, Hint: text}})
		writeOutcome(w, words.English, "/x?", outcome{
			reports: map[words.Language]report.Report{words.English: found}, played: words.Literal("A walk"), notes: []words.Text{words.Literal(text)},
		})
		return w.Body.String()
	})
}
