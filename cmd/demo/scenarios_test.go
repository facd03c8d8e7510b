package main

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"pschook/internal/oktaread"
	"pschook/internal/rehearsal"
	"pschook/internal/scenario"
	"pschook/internal/wait"
	"pschook/oktaemu"
	"pschook/verify/report"
)

// reader plays scenarios on the tester's page as a person does, by what the pages say.
type reader struct {
	t        *testing.T
	pair     *pair
	tester   *http.Client
	provider *rehearsal.Browser
	login    string
	undo     func() // what an administrator did
}

func newReader(t *testing.T, p *pair) *reader {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &reader{t, p, &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}, rehearsal.NewBrowser(time.Now), "cpx@hopital.example", func() {}}
}

func (r *reader) do(method, address string, form url.Values) (*url.URL, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := r.tester.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s %s: status %d, %v\n%s", method, address, resp.StatusCode, err, body)
	}
	return resp.Request.URL, string(body)
}

// first is the first group of a pattern, unescaped; "" when there is none.
func first(pattern, body string) string {
	found := regexp.MustCompile(pattern).FindStringSubmatch(body)
	if found == nil {
		return ""
	}
	return html.UnescapeString(found[1])
}

// play goes through a scenario and returns its report.
func (r *reader) play(name, second string) report.Report {
	r.t.Helper()
	r.do(http.MethodGet, r.pair.url+"/rp/scenarios", nil)
	at, body := r.do(http.MethodPost, r.pair.url+"/rp/scenarios", url.Values{
		"lang": {"en"}, "scenario": {name}, "issuer": {r.pair.org.Issuer()}, "client_id": {r.pair.org.ClientID()}, "profile": {"psc"},
		"scope": {"openid profile email"}, "second_client_id": {second},
	})
	for range 20 {
		if strings.HasPrefix(at.Path, "/rp/report/") {
			var found report.Report
			_, text := r.do(http.MethodGet, at.String()+"&format=json", nil)
			if err := json.Unmarshal([]byte(text), &found); err != nil {
				r.t.Fatal(err)
			}
			return found
		}
		at, body = r.step(name, at, body)
	}
	r.t.Fatalf("%s does not end", name)
	return report.Report{}
}

// step does what the page says.
func (r *reader) step(name string, at *url.URL, body string) (*url.URL, string) {
	r.t.Helper()
	said := url.Values{"lang": {"en"}, "number": {first(`name="number" value="(\d+)"`, body)}}
	target := first(`id="go" href="([^"]*)"`, body)
	switch {
	case target == "" && strings.Contains(body, `id="next"`):
		return r.do(http.MethodGet, at.String(), nil)
	case target == "":
		r.administer(name)
		return r.do(http.MethodPost, at.String(), said)
	}
	who := rehearsal.Person{NationalID: r.login, Password: oktaemu.PersonaPassword}
	if name == "step-up" && strings.Contains(body, "weakest means") {
		who.NationalID = "password@hopital.example"
	}
	if strings.Contains(body, "You should not be asked anything") {
		who = rehearsal.Person{Hosts: []string{}}
	}
	shown, _, err := r.provider.Walk(r.t.Context(), target, r.pair.url+"/rp/callback", who)
	if err != nil {
		r.t.Fatal(err)
	}
	if strings.HasPrefix(shown.URL.String(), r.pair.url+"/rp/callback") {
		return r.do(http.MethodGet, shown.URL.String(), nil)
	}
	return r.do(http.MethodPost, at.String(), said)
}

// manager speaks to the org's Management API.
func manager(t *testing.T, p *pair) oktaread.Client {
	t.Helper()
	u, err := url.Parse(p.org.URL())
	if err != nil {
		t.Fatal(err)
	}
	return oktaread.Client{OrgURL: u, HTTP: &http.Client{Transport: withToken(p.org.APIToken())}, Now: time.Now, Wait: wait.For}
}

// withToken carries the credential of the Management API.
type withToken string

func (w withToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "SSWS "+string(w))
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

// administer does at the org what a page asks an administrator for.
func (r *reader) administer(name string) {
	r.t.Helper()
	o := scenario.Okta{ServerID: "default", Client: manager(r.t, r.pair)}
	sub := ""
	for _, p := range oktaemu.Personas() {
		if p.Login == "cpx@hopital.example" {
			sub = p.UserID
		}
	}
	var err error
	switch name {
	case "expired-session":
		err = o.EndSessions(r.t.Context(), sub)
	case "renamed-user":
		var undo func(context.Context) error
		r.login, undo, err = o.Rename(r.t.Context(), sub)
		r.undo = func() {
			if err := undo(r.t.Context()); err != nil {
				r.t.Error(err)
			}
		}
	case "key-rotation":
		err = o.RotateKeys(r.t.Context())
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestScenariosOnThePage plays each scenario on the page of the whole service, with the emulated org: all pass, and one
// that misses what it needs says so.
func TestScenariosOnThePage(t *testing.T) {
	t.Parallel()
	p := started(t, options{addr: "127.0.0.1:0", oktaAddr: "127.0.0.1:0"}, nil)
	for _, s := range scenario.Scenarios() {
		r := newReader(t, p)
		found := r.play(s.Name, "")
		r.undo()
		want := report.StatusPass
		if s.Name == "two-clients" {
			want = report.StatusSkip
		}
		if found.Verdict != want || len(found.Checks) != len(s.CheckIDs()) {
			t.Errorf("%s: verdict %s, want %s: %+v", s.Name, found.Verdict, want, found.Checks)
		}
	}
	if err := p.org.InjectFault(oktaemu.Fault{HookRefuse: true, Times: -1}); err != nil {
		t.Fatal(err)
	}
	found := newReader(t, p).play("sign-in", "")
	if c, _ := found.Check("sign-in.profile"); c.Status != report.StatusFail || !strings.Contains(c.Actual, "access.amr") {
		t.Errorf("without our claims: %+v", found.Checks)
	}
}
