package oidcclientts_test

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/browser"
	"pschook/internal/testneed"
	"pschook/oktaemu"
)

// user is what the application knows of who signed in.
type user struct {
	Sub     string `json:"sub"`
	Email   string `json:"email"`
	Name    string `json:"name"`
	Refresh bool   `json:"refresh"`
	Token   string `json:"token"` // of access
}

// stand is an application in a browser, and who signs in to it.
type stand struct {
	tab     *browser.Tab
	origin  string
	manager string // the script that makes the library's manager
	person  oktaemu.Persona
	org     *oktaemu.Org
}

// TestBrowser signs in by redirect and by popup, with iframes and with refresh tokens. It skips without Chromium,
// Node.js or node_modules; see testneed.RequireEnv.
func TestBrowser(t *testing.T) {
	t.Parallel()
	testneed.Node(t, ".")
	started := browser.Start(t)
	t.Run("redirect", func(t *testing.T) {
		t.Parallel()
		s := newStand(t, started, nil)
		s.throughLife(t, false)
	})
	t.Run("refresh token", func(t *testing.T) {
		t.Parallel()
		s := newStand(t, started, map[string]any{"scope": "openid profile email offline_access", "revokeTokensOnSignout": true})
		s.throughLife(t, true)
	})
	t.Run("popup", func(t *testing.T) {
		t.Parallel()
		s := newStand(t, started, nil)
		popup := s.tab.Popup(s.org.URL(), browser.Script("withPopup("+s.manager+")"))
		popup.Do(browser.Button(`button[value="` + s.person.Name + `"]`))
		s.expect(t, browser.Eval[user](s.tab, "popup"), false)
	})
}

func newStand(t *testing.T, started browser.Browser, options map[string]any) *stand {
	t.Helper()
	origin := browser.Serve(t, "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.js", "app.js")
	org, err := oktaemu.New(oktaemu.Options{RedirectURIs: []string{origin + "/callback", origin + "/silent"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
	settings := map[string]any{"authority": org.Issuer(), "client_id": org.ClientID()}
	maps.Copy(settings, options)
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{tab: started.New(t), origin: origin, manager: "make(" + string(text) + ")", person: oktaemu.Personas()[4], org: org}
	s.tab.Open(origin)
	return s
}

func (s *stand) expect(t *testing.T, got user, refresh bool) {
	t.Helper()
	want := user{Sub: s.person.UserID, Email: s.person.Login, Name: s.person.Login, Refresh: refresh, Token: got.Token}
	if diff := cmp.Diff(want, got); diff != "" || got.Token == "" {
		t.Errorf("user (-want +got), access token %q:\n%s", got.Token, diff)
	}
}

// throughLife signs in, renews, and signs out.
func (s *stand) throughLife(t *testing.T, refresh bool) {
	s.tab.Do(browser.Script(s.manager + ".signinRedirect()"))
	s.tab.Leave(s.origin, browser.Button(`button[value="`+s.person.Name+`"]`))
	first := browser.Eval[user](s.tab, s.manager+".signinRedirectCallback().then(told)")
	s.expect(t, first, refresh)
	renewed := browser.Eval[user](s.tab, s.manager+".signinSilent().then(told)")
	s.expect(t, renewed, refresh)
	if renewed.Token == first.Token {
		t.Error("renewal gave the same access token again")
	}
	s.tab.Leave(s.origin, browser.Script(s.manager+".signoutRedirect()"))
	if browser.Eval[bool](s.tab, s.manager+".signoutRedirectCallback().then(() => "+s.manager+".getUser()).then((user) => user !== null)") {
		t.Error("the user stays after sign-out")
	}
}
