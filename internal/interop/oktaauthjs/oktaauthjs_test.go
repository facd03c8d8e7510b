package oktaauthjs_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/browser"
	"pschook/internal/testneed"
	"pschook/oktaemu"
)

// stand is an application in a browser, and the org that its people sign in at.
type stand struct {
	tab    *browser.Tab
	origin string // of the application
	auth   string // the script that makes the library
	person oktaemu.Persona
	org    *oktaemu.Org
}

// answer is what the application keeps of a sign-in.
type answer struct {
	Status  string `json:"status"` // of primary authentication
	Sub     string `json:"sub"`
	AMR     []any  `json:"amr"`
	Login   string `json:"login"`
	Refresh bool   `json:"refresh"`
}

// TestBrowser signs in by every way that okta-auth-js has. It skips without Chromium, Node.js or node_modules; see
// testneed.RequireEnv.
func TestBrowser(t *testing.T) {
	t.Parallel()
	testneed.Node(t, ".")
	started := browser.Start(t)
	for name, way := range map[string]func(*testing.T, browser.Browser){
		"redirect": byRedirect, "password": byPassword, "popup": byPopup, "implicit": byImplicit, "refresh token": byRefreshToken,
		"cookie": byCookie, "faults": faults,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			way(t, started)
		})
	}
}

// newStand opens the application with the library's options beside issuer and client.
func newStand(t *testing.T, started browser.Browser, options map[string]any) *stand {
	t.Helper()
	origin := browser.Serve(t, "node_modules/@okta/okta-auth-js/dist/okta-auth-js.min.js", "app.js")
	org, err := oktaemu.New(oktaemu.Options{RedirectURIs: []string{origin + "/callback"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := org.Close(); err != nil {
			t.Error(err)
		}
	})
	setting := map[string]any{"issuer": org.Issuer(), "clientId": org.ClientID(), "scopes": []string{"openid", "profile", "email"}}
	for name, value := range options {
		setting[name] = value
	}
	text, err := json.Marshal(setting)
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{
		tab: started.New(t), origin: origin, auth: "make(" + string(text) + ")", person: oktaemu.Personas()[4], org: org,
	}
	s.tab.Open(origin)
	return s
}

// expect compares a sign-in with the persona, who signs in by card.
func (s *stand) expect(t *testing.T, got, more answer) {
	t.Helper()
	want := answer{Status: more.Status, Sub: s.person.UserID, AMR: []any{"sc", "pin", "mfa", "hwk"}, Login: s.person.Login, Refresh: more.Refresh}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sign-in (-want +got):\n%s", diff)
	}
}

// byRedirect goes to the sign-in page and back, through a whole life of the tokens, and out.
func byRedirect(t *testing.T, started browser.Browser) {
	s := newStand(t, started, nil)
	s.redirect(t, answer{})
	s.live(t)
	s.tab.Leave(s.origin, browser.Script(s.auth+".signOut()"))
	if at := s.tab.Location(); at != s.origin+"/" {
		t.Errorf("signed out at %s, want %s/", at, s.origin)
	}
	if browser.Eval[bool](s.tab, s.auth+".session.exists()") {
		t.Error("the session goes on after signOut")
	}
}

func (s *stand) redirect(t *testing.T, more answer) {
	s.tab.Do(browser.Script(s.auth + ".signInWithRedirect()"))
	s.tab.Leave(s.origin, browser.Button(`button[value="`+s.person.Name+`"]`))
	s.expect(t, browser.Eval[answer](s.tab, "afterRedirect("+s.auth+")"), more)
}

func (s *stand) live(t *testing.T) {
	want := map[string]any{
		"user": s.person.UserID, "email": s.person.Login, "session": "ACTIVE", "login": s.person.Login, "refreshed": "ACTIVE",
		"me": s.person.UserID, "active": true, "username": s.person.Login, "client": s.org.ClientID(), "renewed": true,
		"again": s.person.UserID, "revoked": false,
	}
	if diff := cmp.Diff(want, browser.Eval[map[string]any](s.tab, "life("+s.auth+")")); diff != "" {
		t.Errorf("life of the tokens (-want +got):\n%s", diff)
	}
}

// byPassword asks for login and password in the application itself.
func byPassword(t *testing.T, started browser.Browser) {
	s := newStand(t, started, nil)
	s.expect(t, browser.Eval[answer](s.tab, `withPassword(`+s.auth+`, "`+s.person.Login+`")`), answer{Status: "SUCCESS"})
	s.live(t)
	if closed := browser.Eval[bool](s.tab, s.auth+".closeSession()"); !closed {
		t.Error("closeSession says that there was no session")
	}
	if got := browser.Eval[string](s.tab, "fault("+s.auth+".token.getWithoutPrompt())"); got != "login_required" {
		t.Errorf("renewed without a session: %s, want login_required", got)
	}
}

// byPopup signs in in a window, and once more in one that closes by itself.
func byPopup(t *testing.T, started browser.Browser) {
	s := newStand(t, started, nil)
	popup := s.tab.Popup(s.org.URL(), browser.Script("withPopup("+s.auth+")"))
	popup.Do(browser.Button(`button[value="` + s.person.Name + `"]`))
	s.expect(t, browser.Eval[answer](s.tab, "popup"), answer{})
	s.tab.Do(browser.Script("withPopup(" + s.auth + ")"))
	s.expect(t, browser.Eval[answer](s.tab, "popup"), answer{})
}

// byImplicit gets the tokens from the authorization endpoint.
func byImplicit(t *testing.T, started browser.Browser) {
	s := newStand(t, started, map[string]any{"pkce": false})
	s.redirect(t, answer{})
	s.live(t)
}

func byRefreshToken(t *testing.T, started browser.Browser) {
	s := newStand(t, started, map[string]any{"scopes": []string{"openid", "profile", "email", "offline_access"}})
	s.redirect(t, answer{Refresh: true})
	renewed := browser.Eval[map[string]any](s.tab, s.auth+".token.renewTokens()")
	if renewed["accessToken"] == nil || renewed["refreshToken"] == nil {
		t.Errorf("renewed by refresh token: %v", renewed)
	}
	s.tab.Leave(s.origin, browser.Script(s.auth+".signOut()"))
}

// byCookie turns a session token into a session without signing in to the application.
func byCookie(t *testing.T, started browser.Browser) {
	s := newStand(t, started, nil)
	s.tab.Leave(s.origin+"/signed-in", browser.Script(s.auth+`.signInWithCredentials({username: "`+s.person.Login+`", password: "demo"})
		.then(({sessionToken}) => `+s.auth+`.session.setCookieAndRedirect(sessionToken, location.origin + "/signed-in"))`))
	if !browser.Eval[bool](s.tab, s.auth+".session.exists()") {
		t.Error("no session")
	}
}

// faults are answers of Okta's that the library tells the application.
func faults(t *testing.T, started browser.Browser) {
	s := newStand(t, started, nil)
	for script, want := range map[string]string{
		`.signInWithCredentials({username: "nobody@hopital.example", password: "x"})`: "E0000004",
		`.token.getWithoutPrompt()`:                                                            "login_required",
		`.token.getWithoutPrompt({scopes: ["openid", "none-such"]})`:                           "invalid_scope",
		`.token.getWithoutPrompt({sessionToken: "wrong"})`:                                     "login_required",
		`.token.exchangeCodeForTokens({authorizationCode: "x", codeVerifier: "y".repeat(43)})`: "invalid_grant",
		`.session.refresh()`: "E0000007",
	} {
		if got := browser.Eval[string](s.tab, "fault("+s.auth+script+")"); got != want {
			t.Errorf("%s: %s, want %s", strings.TrimPrefix(script, "."), got, want)
		}
	}
	if browser.Eval[bool](s.tab, s.auth+".session.exists()") {
		t.Error("a session exists that nobody opened")
	}
}
