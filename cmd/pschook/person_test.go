package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"pschook/internal/scenario"
	"pschook/oktaemu"
	"pschook/verify/report"
)

// TestScenariosByPerson plays scenarios as a person does who follows what the terminal says: private windows, addresses,
// and work of an administrator.
func TestScenariosByPerson(t *testing.T) {
	t.Parallel()
	org := newOrg(t)
	progress, say := io.Pipe()
	keyboard, press := io.Pipe()
	var out strings.Builder
	ended := make(chan int, 1)
	go func() {
		ended <- run(t.Context(), []string{
			"verify", "--scenario", "sign-in,prompt-none-no-session,sign-out,expired-session,key-rotation", "--allow-changes",
			"--issuer", org.Issuer(), "--client-id", org.ClientID(), "--expected-tid", org.OrgID(), "--redirect-url", "http://127.0.0.1:0/callback", "--format", "json",
		}, nil, streams{in: keyboard, out: &out, err: say})
		_ = say.Close()
	}()
	var window *scenario.Walker
	scanner := bufio.NewScanner(progress)
	for scanner.Scan() {
		switch line := scanner.Text(); {
		case strings.HasPrefix(line, "Open a new private window"):
			u, err := url.Parse(org.URL())
			if err != nil {
				t.Fatal(err)
			}
			window = scenario.NewWalker("cpx@hopital.example", oktaemu.PersonaPassword, []string{u.Host})
		case strings.HasPrefix(line, "http"):
			if strings.Contains(line, "redirect_uri=") {
				allowRedirect(t, org, line)
			}
			follow(t, window, line)
		case strings.HasPrefix(line, "As administrator, clear"):
			administer(t, org, http.MethodDelete, "/api/v1/users/"+oktaemu.Personas()[4].UserID+"/sessions", "")
		case strings.HasPrefix(line, "As administrator, rotate"):
			administer(t, org, http.MethodPost, "/api/v1/authorizationServers/default/credentials/lifecycle/keyRotate", `{"use":"sig"}`)
		case strings.HasPrefix(line, "Press Enter"):
			if _, err := io.WriteString(press, "\n"); err != nil {
				t.Error(err)
			}
		}
	}
	code := <-ended
	var found report.Report
	if err := json.Unmarshal([]byte(out.String()), &found); err != nil {
		t.Fatalf("exit %d: %v", code, err)
	}
	for _, c := range found.Checks {
		if c.Status != report.StatusPass && c.ID != "sign-in.answer" {
			t.Errorf("%s: %s, %q, %q", c.ID, c.Status, c.Actual, c.Hint)
		}
	}
	if code != 0 || found.Count(report.StatusPass) < 14 {
		t.Errorf("exit %d, %d passed", code, found.Count(report.StatusPass))
	}
}

// follow opens the address, and where that leads back to the program, goes there.
func follow(t *testing.T, window *scenario.Walker, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	back := u.Query().Get("redirect_uri")
	if back == "" {
		back = "nowhere" // a sign-out ends at a page
	}
	arrival, err := window.Visit(t.Context(), scenario.Visit{Address: address, Redirect: back})
	if back == "nowhere" {
		return
	}
	if err != nil || arrival.Query == nil {
		t.Errorf("the browser stopped at %q, %v", arrival.Page, err)
		return
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(back + "?" + arrival.Query.Encode())
	if err != nil {
		t.Error(err)
		return
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the program answered status %d", resp.StatusCode)
	}
}

// administer calls the Management API.
func administer(t *testing.T, org *oktaemu.Org, method, path, body string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, org.URL()+path, strings.NewReader(body))
	r.Header.Set("Authorization", "SSWS "+org.APIToken())
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	org.ServeHTTP(w, r)
	if w.Code/100 != 2 {
		t.Errorf("%s %s: status %d", method, path, w.Code)
	}
}
