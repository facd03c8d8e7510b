package rp

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
	"pschook/internal/tokentest"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// post sends a body to POST /rp/check.
func (rp *testRP) post(t *testing.T, path, contentType, body string, header http.Header) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, rp.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := rp.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp, readAll(t, resp)
}

// mint makes a pair of tokens as the provider would.
func (op *testOP) mint() verify.Input { return op.sign(url.Values{"nonce": {tokentest.Nonce}}) }

func checkBody(t *testing.T, in verify.Input, more map[string]any) string {
	t.Helper()
	body := map[string]any{"id_token": in.IDToken, "access_token": in.AccessToken}
	for k, v := range more {
		body[k] = v
	}
	out, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestCheckAnswersJSON(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	rp := newTestRP(t, op, nil)
	in := op.mint()
	tests := []struct {
		name    string
		more    map[string]any
		header  http.Header
		verdict report.Status
		check   string
		status  report.Status
		title   string
	}{
		{"good", map[string]any{"nonce": tokentest.Nonce, "userinfo": map[string]any{"sub": tokentest.User}}, nil, report.StatusPass, "userinfo.sub", report.StatusPass, "Userinfo is about"},
		{"null userinfo", map[string]any{"userinfo": nil}, nil, report.StatusPass, "userinfo.sub", report.StatusSkip, ""},
		{"other nonce", map[string]any{"nonce": "x"}, nil, report.StatusFail, "id.nonce", report.StatusFail, ""},
		{"other profile", map[string]any{"profile": "psc-op"}, nil, report.StatusFail, "id.acr", report.StatusFail, ""},
		{"French", nil, http.Header{"Accept-Language": {"fr-FR,fr;q=0.9"}}, report.StatusPass, "id.sub", report.StatusPass, "Le jeton d’identité désigne l’utilisateur"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			resp, body := rp.post(t, "/rp/check", "application/json; charset=utf-8", checkBody(t, in, tt.more), tt.header)
			if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
				t.Fatalf("status %d, content type %q", resp.StatusCode, resp.Header.Get("Content-Type"))
			}
			var r report.Report
			if err := json.Unmarshal([]byte(body), &r); err != nil {
				t.Fatal(err)
			}
			c, _ := r.Check(tt.check)
			if r.Verdict != tt.verdict || c.Status != tt.status || !strings.Contains(c.Title, tt.title) {
				t.Errorf("verdict %s, %s %s (%s); want %s, %s", r.Verdict, tt.check, c.Status, c.Title, tt.verdict, tt.status)
			}
		})
	}
}

// The members of a report are a contract.
func TestReportMembers(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	rp := newTestRP(t, op, nil)
	_, body := rp.post(t, "/rp/check", "application/json", checkBody(t, op.mint(), nil), nil)
	o, err := outside.ParseObject([]byte(strings.TrimSpace(body)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(o.Names, " "), "profile verdict checks id_token access_token amr_level"; got != want {
		t.Errorf("members %q, want %q", got, want)
	}
	var checks []jsontext.Value
	if err := json.Unmarshal(o.Members["checks"], &checks); err != nil {
		t.Fatal(err)
	}
	first, err := outside.ParseObject(checks[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(first.Names, " "), "id status title expected actual hint spec"; got != want {
		t.Errorf("members of a check %q, want %q", got, want)
	}
	token, err := outside.ParseObject(o.Members["id_token"])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(token.Names, " "), "header claims"; got != want {
		t.Errorf("members of a token %q, want %q", got, want)
	}
}

func TestCheckForms(t *testing.T) {
	t.Parallel()
	op := newTestOP(t)
	rp := newTestRP(t, op, nil)
	in := op.mint()
	form := url.Values{
		"id_token": {" " + in.IDToken + "\n"}, "access_token": {in.AccessToken}, "userinfo": {"{\"sub\":\"" + tokentest.User + "\"}\n"},
		"nonce": {tokentest.Nonce}, "profile": {"psc"}, "lang": {"fr"},
	}.Encode()
	const formType = "application/x-www-form-urlencoded"
	t.Run("page", func(t *testing.T) {
		t.Parallel()
		resp, body := rp.post(t, "/rp/check", formType, form, nil)
		expectPage(t, resp.StatusCode, body, http.StatusOK, `<html lang="fr">`, "Conforme", `<li class="pass" id="check-userinfo.sub">`)
		if holdsToken(body) {
			t.Error("the page holds a raw token")
		}
	})
	t.Run("JUnit", func(t *testing.T) {
		t.Parallel()
		resp, body := rp.post(t, "/rp/check?format=junit", formType, form, nil)
		var suites struct {
			Suite struct {
				Tests    int        `xml:"tests,attr"`
				Failures int        `xml:"failures,attr"`
				Cases    []struct{} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		if err := xml.Unmarshal([]byte(body), &suites); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("status %d: %v", resp.StatusCode, err)
		}
		p, _ := verify.ProfileNamed("psc")
		if suites.Suite.Tests != len(p.CheckIDs()) || len(suites.Suite.Cases) != suites.Suite.Tests || suites.Suite.Failures != 0 {
			t.Errorf("suite %+v", suites.Suite)
		}
	})
	t.Run("text", func(t *testing.T) {
		t.Parallel()
		resp, body := rp.post(t, "/rp/check?format=text&lang=en", "application/json", checkBody(t, in, nil), nil)
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(body, "Pass: the tokens") {
			t.Errorf("status %d: %s", resp.StatusCode, body)
		}
	})
	t.Run("page for JSON", func(t *testing.T) {
		t.Parallel()
		resp, body := rp.post(t, "/rp/check?format=html", "application/json", checkBody(t, in, nil), nil)
		expectPage(t, resp.StatusCode, body, http.StatusOK, "<!doctype html>")
	})
}

func TestCheckRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), nil)
	const formType = "application/x-www-form-urlencoded"
	tests := []struct {
		name, path, contentType, body string
		header                        http.Header
		status                        int
		part                          string
	}{
		{"not JSON", "", "application/json", `{"id_token":`, nil, 400, "not strict JSON at byte"},
		{"duplicate", "", "application/json", `{"id_token":"a","id_token":"b"}`, nil, 400, "not strict JSON"},
		{"misspelt", "", "application/json", `{"idtoken":"a"}`, nil, 400, `unknown member \"/idtoken\"`},
		{"wrong type", "", "application/json", `{"id_token":["a"]}`, nil, 400, `wrong type of \"/id_token\"`},
		{"array", "", "application/json", `[]`, nil, 400, "wrong type"},
		{"profile", "", "application/json", `{"profile":"entra"}`, nil, 400, `unknown profile \"entra\"`},
		{"profile with control characters", "", "application/json", `{"profile":"\u001b[2J"}`, nil, 400, "unknown profile"},
		{"format", "?format=pdf", "application/json", `{}`, nil, 400, "want html, json, junit or text"},
		{"media type", "", "text/plain", `{}`, nil, 415, "want application/json"},
		{"too long", "", "application/json", `{"id_token":"` + strings.Repeat("a", maxFormBytes) + `"}`, nil, 413, "more than 262144 bytes"},
		{"form too long", "", formType, "id_token=" + strings.Repeat("a", maxFormBytes), nil, 413, "more than 262144 bytes"},
		{"form malformed", "", formType, "id_token=%zz", nil, 400, "not a form"},
		{"form of another site", "", formType, "id_token=a", http.Header{"Origin": {"https://evil.example"}}, 403, "cross-origin"},
		{"of another site, by fetch", "", "application/json", "{}", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403, "cross-origin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			resp, body := rp.post(t, "/rp/check"+tt.path, tt.contentType, tt.body, tt.header)
			if resp.StatusCode != tt.status || !strings.Contains(body, tt.part) {
				t.Errorf("status %d, body %s; want %d with %q", resp.StatusCode, words.Shorten(body, 300), tt.status, tt.part)
			}
		})
	}
}

// Whatever the tokens say, only the configured issuer is ever asked.
func TestCheckAsksTheConfiguredIssuerOnly(t *testing.T) {
	t.Parallel()
	evil := newTestOP(t)
	op := newTestOP(t)
	rp := newTestRP(t, op, nil)
	in := evil.mint()
	w := goodWorld(t, "psc")
	w.ID.Claims["iss"] = evil.server.URL
	w.ID.Header = map[string]any{"jku": evil.server.URL + "/keys", "x5u": evil.server.URL + "/keys"}
	forged := w.input(t)
	for _, pair := range []verify.Input{in, forged} {
		_, body := rp.post(t, "/rp/check", "application/json", checkBody(t, pair, nil), nil)
		if !strings.Contains(body, `"verdict": "fail"`) {
			t.Errorf("tokens of another issuer: %s", words.Shorten(body, 200))
		}
	}
	if evil.discoveries != 0 || len(evil.tokenRequests) != 0 {
		t.Error("the issuer named in a token was asked")
	}
}

// A body is refused with a reason that quotes no value of it, or it is read. A request that was
// read is the same after it is written and read again.
func FuzzCheckRequest(f *testing.F) {
	seeds := []string{
		`{"id_token":"a.b.c","access_token":"d.e.f","userinfo":{"sub":"x"},"nonce":"n","profile":"psc"}`,
		`{"userinfo":null}`, `{"id_token":"a","id_token":"b"}`, `{"x":1}`, `[]`, ``, "\xff",
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var req checkRequest
		if err := req.parseJSON(body); err != nil {
			var bad *badRequestError
			if !errors.As(err, &bad) || bad.Status != http.StatusBadRequest || len(bad.Say) > 800 {
				t.Fatalf("error %T: %v", err, err)
			}
			return
		}
		out, err := json.Marshal(map[string]any{
			"id_token": req.IDToken, "access_token": req.AccessToken, "nonce": req.Nonce, "profile": req.Profile, "userinfo": req.UserInfo,
		})
		if err != nil && req.UserInfo != nil {
			t.Fatal(err)
		}
		if req.UserInfo == nil {
			return
		}
		var again checkRequest
		if err := again.parseJSON(out); err != nil || again.IDToken != req.IDToken || again.Nonce != req.Nonce {
			t.Fatalf("%v: %+v became %+v", err, req, again)
		}
	})
}

// The operator's further checks stand in reports of profile psc, on the page as for programs, and in no other.
func TestFurtherChecks(t *testing.T) {
	t.Parallel()
	rp := newTestRP(t, newTestOP(t), func(o *Options) {
		o.More = func(_ time.Time, lang words.Language) []report.Check {
			return []report.Check{{ID: "homologation.cpx", Status: report.StatusWarn, Hint: words.Say("ends soon", "prend bientôt fin").In(lang)}}
		}
	})
	status, body, _ := rp.get(t, "/rp/login?lang=fr")
	expectPage(t, status, body, http.StatusOK, "homologation.cpx", "prend bientôt fin", "Conforme avec réserves")
	for profile, want := range map[string]bool{"psc": true, "rofim": false} {
		_, body := rp.post(t, "/rp/check", "application/json", `{"id_token":"x","access_token":"y","profile":"`+profile+`"}`, nil)
		if strings.Contains(body, "homologation.cpx") != want {
			t.Errorf("%s: %s", profile, body)
		}
	}
}
