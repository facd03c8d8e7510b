package server_test

import (
	"bytes"
	"encoding/json"
	"html"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"pschook/hook"
	"pschook/oktaemu"
)

// signInAt signs a person in at the tester at base and returns the page with the report.
func signInAt(t *testing.T, org *oktaemu.Org, base string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := client(t)
	c.Jar = jar
	body, err := json.Marshal(map[string]string{"username": "cpx@hopital.example", "password": oktaemu.PersonaPassword})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ SessionToken string }
	_, _, text := fetch(t, c, http.MethodPost, org.URL()+"/api/v1/authn", bytes.NewReader(body))
	if err := json.Unmarshal([]byte(text), &answer); err != nil || answer.SessionToken == "" {
		t.Fatalf("primary authentication: %v: %s", err, text)
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	status, header, text := fetch(t, c, http.MethodGet, base+"/rp/login", nil)
	if status != http.StatusSeeOther {
		t.Fatalf("login: status %d: %s", status, text)
	}
	status, header, text = fetch(t, c, http.MethodGet, header.Get("Location")+"&sessionToken="+url.QueryEscape(answer.SessionToken), nil)
	if status != http.StatusFound && status != http.StatusSeeOther {
		t.Fatalf("authorize: status %d: %s", status, text)
	}
	status, header, text = fetch(t, c, http.MethodGet, header.Get("Location"), nil)
	if status != http.StatusSeeOther {
		t.Fatalf("callback: status %d: %s", status, text)
	}
	status, _, text = fetch(t, c, http.MethodGet, base+header.Get("Location"), nil)
	if status != http.StatusOK {
		t.Fatalf("report: status %d: %s", status, text)
	}
	return text
}

// The replica with the tester did not answer the call. It learns the outcome from Okta, by the id
// of Okta's request.
func TestReportsAcrossReplicas(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		reserved  oktaemu.Reserved
		debugging bool
		stopped   bool   // the replica that Okta calls is stopped
		mode      string // PSCHOOK_OUTCOMES of the tester's replica
		want      []string
		not       string
	}{
		{name: "applied", debugging: true, mode: "log", want: []string{"that it applied the hook's answer", "Okta called the token hook for these tokens"}, not: "another replica answered"},
		{name: "applied in silence", mode: "log", want: []string{"and says nothing of the hook", "Not proven"}},
		{name: "dropped", reserved: oktaemu.ReservedSupport, mode: "log", want: []string{"that it dropped the hook's answer", "is reserved", "Okta dropped the whole answer"}},
		{name: "failed", stopped: true, mode: "log", want: []string{"that the call of the hook failed", "There was no answer to apply"}},
		{name: "not heard of", mode: "events", want: []string{"Okta has said nothing of its request", "transaction.id eq"}},
		{name: "off", mode: "off", want: []string{"or another replica answered"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			listeners := make([]net.Listener, 2)
			for i := range listeners {
				l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				listeners[i] = l
			}
			tester, other := "http://"+listeners[0].Addr().String(), "http://"+listeners[1].Addr().String()
			org, err := oktaemu.New(oktaemu.Options{
				Hook: oktaemu.Hook{URL: other + hook.Path, Secret: secret}, Reserved: tt.reserved, HookDebugging: tt.debugging,
				RedirectURIs: []string{tester + "/rp/callback"},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = org.Close() })
			set := map[string]string{
				"PSCHOOK_OKTA_ORG_URL": org.URL(), "PSCHOOK_OKTA_API_TOKEN": org.APIToken(), "PSCHOOK_TID_VALUE": org.OrgID(), "PSCHOOK_OUTCOMES": tt.mode,
				"PSCHOOK_RP_ENABLED": "true", "PSCHOOK_RP_ISSUER": org.Issuer(), "PSCHOOK_RP_CLIENT_ID": org.ClientID(), "PSCHOOK_RP_REDIRECT_URL": tester + "/rp/callback",
			}
			opts := options(load(t, set))
			opts.Listener = listeners[0]
			runWith(t, opts)
			answering := options(load(t, map[string]string{"PSCHOOK_OKTA_ORG_URL": org.URL(), "PSCHOOK_TID_VALUE": org.OrgID()}))
			answering.Listener = listeners[1]
			if r := runWith(t, answering); tt.stopped {
				if err := r.stop(); err != nil {
					t.Fatal(err)
				}
			}
			page := html.UnescapeString(signInAt(t, org, tester))
			for _, want := range tt.want {
				if !strings.Contains(page, want) {
					_, shown, _ := strings.Cut(page, `"id": "hook.called"`)
					t.Errorf("the report lacks %q: %.900s", want, shown)
				}
			}
			if tt.not != "" && strings.Contains(page, tt.not) {
				t.Errorf("the report says %q", tt.not)
			}
		})
	}
}
