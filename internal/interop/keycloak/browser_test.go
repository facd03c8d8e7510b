package keycloak_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"pschook/internal/browser"
	"pschook/internal/interop/lemonldap"
	"pschook/internal/pscrealm"
	"pschook/internal/rehearsal"
	"pschook/oktaemu"
)

// addPortals makes two portals of LemonLDAP::NG services of the realm: one that sends the hint of chu and gets userinfo
// as JSON, and one that sends none and gets it signed. They start once the realm is there.
func (s *stand) addPortals(t *testing.T, o *pscrealm.Options) {
	t.Helper()
	for _, hint := range []string{"OKTA_chu", ""} {
		portal := lemonldap.Listen(t)
		s.portals[hint] = portal
		o.Services = append(o.Services, pscrealm.Service{
			ClientID: "portal" + hint, Secret: "s2", RedirectURIs: []string{portal.RedirectURI}, SignedUserinfo: hint == "",
		})
	}
}

// startPortals starts them, configured as a client of PSC is: metadata by hand with the keys beside, both scopes of PSC,
// a level, and the hint as part of the authorization endpoint.
func (s *stand) startPortals(t *testing.T) {
	t.Helper()
	for hint, portal := range s.portals {
		p := lemonldap.Provider{
			Issuer: s.kc.URL + "/realms/" + pscrealm.Realm, ClientID: "portal" + hint, ClientSecret: "s2", AuthMethod: "client_secret_basic",
			Scope: "openid scope_all", ACRValues: "eidas2",
			Exported: map[string]string{"uid": "preferred_username", "sn": "family_name", "givenName": "given_name"}, Shown: []string{"_oidc_id_token"},
		}
		if hint != "" {
			p.Parameters = url.Values{"kc_idp_hint": {hint}}
		} else {
			p.ACRValues = "eidas2 eidas3" // LemonLDAP::NG refuses a level that it did not ask for
		}
		portal.Start(t, p)
	}
}

// visit is somebody in front of a browser.
type visit struct {
	t     *testing.T
	tab   *browser.Tab
	kc    string // address of Keycloak
	shots int
}

func (s *stand) visit(t *testing.T, b browser.Browser) *visit {
	t.Helper()
	return &visit{t: t, tab: b.New(t), kc: s.kc.URL}
}

// shot keeps a picture of the page.
func (v *visit) shot(name string) {
	v.t.Helper()
	v.shots++
	file := filepath.Join(v.t.ArtifactDir(), fmt.Sprintf("%02d-%s.png", v.shots, name))
	v.tab.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		picture, err := chromedp.FullScreenshot(100)(ctx, target)
		if err != nil {
			return chromedp.Void{}, err
		}
		return chromedp.Void{}, os.WriteFile(file, picture, 0o600)
	})
}

// find is what a page of Keycloak shows, told by its fields.
const find = `(() => {
	const has = (selector) => document.querySelector(selector) !== null;
	if (has("#kc-error-message")) return "refusal";
	if (has("[value=confirmOverride]")) return "override";
	if (has("[name=confirmation]")) return has("input[name=username]:not([readonly])") ? "appairage" : "confirmation";
	if (has("input[name=password]")) return "proof";
	if (has("#social-OKTA_chu")) return "choice";
	return "other: " + document.title;
})()`

// at holds that the page is of that kind, and keeps a picture.
func (v *visit) at(kind string) {
	v.t.Helper()
	got := browser.Eval[string](v.tab, find)
	v.shot(strings.ReplaceAll(kind, " ", "-"))
	if got != kind {
		v.t.Fatalf("the page is %q, want %q: %s\n%s", got, kind, v.tab.Location(), browser.Eval[string](v.tab, "document.body.innerText"))
	}
}

// submit fills in fields of Keycloak's page and presses its button, which leads to a page below address.
func (v *visit) submit(address string, fields map[string]string) {
	v.t.Helper()
	script := "(() => {"
	for selector, value := range fields {
		if value == "" {
			script += fmt.Sprintf("document.querySelector(%q).checked = true;", selector)
		} else {
			script += fmt.Sprintf("document.querySelector(%q).value = %q;", selector, value)
		}
	}
	script += `document.querySelector("form [type=submit]").click(); })()`
	v.tab.Leave(address, browser.Script(script))
}

func (v *visit) okta(persona, address string) {
	v.t.Helper()
	v.shot("okta")
	v.tab.Leave(address, browser.Button(`button[value="`+persona+`"]`))
}

// appairage names and proves the identity of the professional.
func (v *visit) appairage(nationalID string) {
	v.t.Helper()
	v.at("appairage")
	v.submit(v.kc, map[string]string{"input[name=username]": nationalID, "[name=confirmation]": ""})
	v.at("proof")
	v.submit(v.kc, map[string]string{"input[name=password]": password})
}

func (v *visit) confirm(portal *lemonldap.Portal) {
	v.t.Helper()
	v.at("confirmation")
	v.submit(portal.URL, map[string]string{"[name=confirmation]": ""})
	v.shot("portal")
}

// session is what the portal keeps, with acr from its ID token.
func (v *visit) session() map[string]any {
	v.t.Helper()
	got := browser.Eval[map[string]any](v.tab, `fetch("/session/my/global").then((answer) => answer.json())`)
	if token, ok := got["_oidc_id_token"].(string); ok {
		got["acr"] = claims(v.t, token)["acr"]
	}
	delete(got, "_oidc_id_token")
	delete(got, "_user") // Keycloak's id of the account
	return got
}

// speak makes the browser ask for pages in that language.
func (v *visit) speak(lang string) {
	v.t.Helper()
	v.tab.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{}); err != nil {
			return chromedp.Void{}, err
		}
		_, err := cdp.Call(ctx, target, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": lang}})
		return chromedp.Void{}, err
	})
}

// forget deletes the cookies of a site, as a sign-out there does.
func (v *visit) forget(address string) {
	v.t.Helper()
	v.tab.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		there, err := cdp.Call(ctx, target, network.GetCookies, network.GetCookiesParams{URLs: []string{address}})
		if err != nil {
			return chromedp.Void{}, err
		}
		for _, c := range there.Cookies {
			if !strings.HasPrefix(c.Name, "KC_") && !strings.HasPrefix(c.Name, "AUTH_SESSION") && !strings.HasPrefix(c.Name, "KEYCLOAK_") { // ports share cookies
				if _, err := cdp.Call(ctx, target, network.DeleteCookies, network.DeleteCookiesParams{Name: c.Name, Domain: c.Domain, Path: c.Path}); err != nil {
					return chromedp.Void{}, err
				}
			}
		}
		return chromedp.Void{}, nil
	})
}

// testPersonas signs each persona in through the portal that sends the hint, and looks at what the portal has of them.
func testPersonas(t *testing.T, s *stand, b browser.Browser) {
	levels := map[string]string{"okta-verify": "eidas2", "totp": "eidas2", "cpx": "eidas2"} // at least what was asked for, and no more said
	people := pscrealm.People(password)
	portal := s.portals["OKTA_chu"]
	for i, persona := range oktaemu.Personas() {
		t.Run(persona.Name, func(t *testing.T) {
			account := people[i]
			v := s.visit(t, b)
			v.tab.Open(portal.URL)
			v.okta(persona.Name, v.kc)
			v.appairage(account.NationalID)
			level, ok := levels[persona.Name]
			if !ok {
				v.at("refusal")
				v.holdsText(refused)
				s.operatorsSee(t, s.places["chu"], "IDENTITY_PROVIDER_POST_LOGIN_ERROR access_denied", "app.oauth2.as.token.grant.id_token SUCCESS", "amr_rule=unmatched")
				return
			}
			v.confirm(portal)
			want := map[string]any{"uid": account.NationalID, "sn": account.FamilyName, "givenName": account.GivenName, "acr": level}
			if diff := cmp.Diff(want, v.session()); diff != "" {
				t.Errorf("session of the portal (-want +got):\n%s", diff)
			}
		})
	}
}

func (v *visit) holdsText(want string) {
	v.t.Helper()
	if text := browser.Eval[string](v.tab, "document.body.innerText"); !strings.Contains(text, want) {
		v.t.Errorf("the page does not say %q: %s", want, text)
	}
}

// testSecondSignIn comes back on the same browser, signed out of the portal alone: no appairage, but a confirmation.
// Then, on a shared workstation, somebody else of the hospital takes the place without anybody having signed out at PSC.
func testSecondSignIn(t *testing.T, s *stand, b browser.Browser) {
	portal, okta := s.portals[""], s.places["web"].org.URL()
	v := s.visit(t, b)
	signIn := func(persona string) {
		v.tab.Open(portal.URL)
		v.at("choice")
		v.tab.Leave(okta, browser.Button("#social-OKTA_web"))
		v.okta(persona, v.kc)
	}
	signIn("cpx")
	v.appairage("899700000001")
	v.shot("rehearsal.en") // for the documentation: make pictures
	v.confirm(portal)
	if acr := v.session()["acr"]; acr != "eidas3" {
		t.Errorf("acr %v, want eidas3", acr)
	}
	v.forget(portal.URL)
	v.speak("fr")
	v.tab.Open(portal.URL)
	v.at("choice")
	v.tab.Leave(v.kc, browser.Button("#social-OKTA_web")) // Okta knows the browser
	v.holdsText("Je suis cette personne et je souhaite continuer")
	v.shot("rehearsal.fr")
	v.confirm(portal)
	v.speak("en")

	v.forget(portal.URL)
	v.forget(okta)
	signIn("okta-verify")
	v.appairage("899700000002")
	v.at("confirmation")
	v.submit(v.kc, map[string]string{"[name=confirmation]": ""})
	v.at("refusal")
	v.holdsText("You are already authenticated as different user")
	s.operatorsSee(t, s.places["web"], "LOGIN_ERROR different_user_authenticated", "app.oauth2.as.token.grant.id_token SUCCESS", "outcome=commands")
}

// testFailures breaks one thing at a time, and looks at what the person and the operators see.
func testFailures(t *testing.T, s *stand, b browser.Browser) {
	tests := []struct{ alias, person, keycloak, okta, service string }{
		{"down", notThisTenant, "IDENTITY_PROVIDER_LOGIN_ERROR identity_provider_login_failure", "inline_hook.executed FAILURE", ""},
		{"tid", notThisTenant, "IDENTITY_PROVIDER_LOGIN_ERROR identity_provider_login_failure", "app.oauth2.as.token.grant.id_token SUCCESS", "outcome=commands"}, // a hook that did well leaves no line,
		{"patch", notThisTenant, "IDENTITY_PROVIDER_LOGIN_ERROR identity_provider_login_failure", "inline_hook.response.processed FAILURE", "outcome=commands"},
	}
	for _, tt := range tests {
		t.Run(tt.alias, func(t *testing.T) {
			place := s.places[tt.alias]
			v := s.visit(t, b)
			v.tab.Open(s.portals[""].URL)
			v.at("choice")
			v.tab.Leave(place.org.URL(), browser.Button("#social-OKTA_"+tt.alias))
			v.okta("okta-verify", v.kc)
			v.at("refusal")
			v.holdsText(tt.person)
			s.operatorsSee(t, place, tt.keycloak, tt.okta, tt.service)
		})
	}
}

// operatorsSee holds what the three operators see of the last sign-in: that of Keycloak the newest event, that of Okta a
// line of the System Log, that of the service a line of its log.
func (s *stand) operatorsSee(t *testing.T, place establishment, keycloak, okta, service string) {
	t.Helper()
	if e := s.lastEvent(t); strings.TrimSpace(e.Type+" "+e.Error) != keycloak {
		t.Errorf("Keycloak's operator sees %s %s, want %s", e.Type, e.Error, keycloak)
	}
	var seen []string
	for _, e := range place.org.LogEvents("") {
		seen = append(seen, e.EventType+" "+e.Result)
	}
	if list := strings.Join(seen, "\n"); !strings.Contains(list, okta) {
		t.Errorf("Okta's operator does not see %q:\n%s", okta, list)
	}
	if !regexp.MustCompile(service).MatchString(place.log.String()) {
		t.Errorf("the operator of the service does not see %q:\n%s", service, place.log)
	}
}

// testChangedUser signs a professional in who is linked already, by another account of the hospital: another oid.
func testChangedUser(t *testing.T, s *stand, b browser.Browser) {
	portal, place := s.portals[""], s.places["web"]
	v := s.visit(t, b)
	v.tab.Open(portal.URL)
	v.at("choice")
	v.tab.Leave(place.org.URL(), browser.Button("#social-OKTA_web"))
	v.okta("totp", v.kc)
	v.at("appairage")
	v.submit(v.kc, map[string]string{"input[name=username]": "899700000002", "[name=confirmation]": ""}) // who was linked by okta-verify in testSecondSignIn
	v.at("override")
	v.holdsText("899700000002")
	v.tab.Leave(v.kc, browser.Button("[value=confirmOverride]"))
	v.at("proof")
	v.submit(v.kc, map[string]string{"input[name=password]": password})
	v.at("confirmation")
	s.operatorsSee(t, place, "VERIFY_PROFILE", "app.oauth2.as.token.grant.id_token SUCCESS", "outcome=commands") // the confirmation
	events, err := s.kc.Events(t.Context(), pscrealm.Realm)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(events, func(e rehearsal.Event) bool { return e.Type == "FEDERATED_IDENTITY_OVERRIDE_LINK" }) {
		t.Errorf("Keycloak's operator does not see that the appairage was replaced: %v", events)
	}
	v.confirm(portal)
}
