package keycloak_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/jwks"
	"pschook/internal/pscrealm"
	"pschook/internal/rehearsal"
	"pschook/oktaemu"
	"pschook/verify"
	"pschook/verify/report"
)

// What a person reads when the gate refuses, and when Keycloak refuses the ID token's tid.
const (
	refused       = "Your establishment did not sign you in by a means agreed with Pro Santé Connect."
	notThisTenant = "The ID token issued by the identity provider does not match the configured essential claim."
)

// claims reads a token without checking it.
func claims(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts of a token", len(parts))
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// signIn walks from the service to its callback, or to the page that refuses. The browser is a new one.
func (s *stand) signIn(t *testing.T, service rehearsal.Service, who rehearsal.Person) (rehearsal.Tokens, rehearsal.Shown, []rehearsal.Step) {
	t.Helper()
	tokens, shown, steps, err := s.walk(t, service, who)
	if err != nil {
		t.Fatalf("%v after %v", err, did(steps))
	}
	return tokens, shown, steps
}

// walk is signIn that may fail.
func (*stand) walk(t *testing.T, service rehearsal.Service, who rehearsal.Person) (rehearsal.Tokens, rehearsal.Shown, []rehearsal.Step, error) {
	t.Helper()
	shown, steps, err := rehearsal.NewBrowser(time.Now).Walk(t.Context(), service.AuthorizationURL("nonce"), service.RedirectURI, who)
	if err != nil || shown.URL.Query().Get("code") == "" || !strings.HasPrefix(shown.URL.String(), service.RedirectURI) {
		return rehearsal.Tokens{}, shown, steps, err
	}
	tokens, err := service.Redeem(t.Context(), shown.URL)
	return tokens, shown, steps, err
}

// did lists what a person did.
func did(steps []rehearsal.Step) (list []string) {
	for _, s := range steps {
		if s.Did != "" {
			list = append(list, s.Did)
		}
	}
	return list
}

// testGate tells the gate values of amr that no policy of ours emits. Only an agreed set, in any order, gets a level.
func testGate(t *testing.T, s *stand) {
	all := func(oid, tid, amr string) string {
		return fmt.Sprintf(`{"commands":[{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/tid","value":%[2]s}]},
			{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/oid","value":%[1]s},{"op":"add","path":"/claims/tid","value":%[2]s},{"op":"add","path":"/claims/amr","value":%[3]s}]}]}`, oid, tid, amr)
	}
	oid, tid := `"00uscript"`, `"`+orgID("script")+`"`
	chuOID, chuTID := `"`+personaNamed(t, "cpx").UserID+`"`, `"`+orgID("chu")+`"`
	const denied = "access_denied"
	tests := []struct{ name, answer, acr, event string }{
		{"substantiel", all(oid, tid, `["swk","mfa","pwd","okta_verify"]`), "eidas2", ""},
		{"another order", all(oid, tid, `["okta_verify","pwd","mfa","swk"]`), "eidas2", ""},
		{"eleve", all(oid, tid, `["sc","pin","mfa","hwk"]`), "eidas3", ""},
		{"a value twice", all(oid, tid, `["swk","swk","mfa","pwd","okta_verify"]`), "eidas2", ""},
		{"one less", all(oid, tid, `["swk","mfa","pwd"]`), "", denied},
		{"one more", all(oid, tid, `["swk","mfa","pwd","okta_verify","otp"]`), "", denied},
		{"both sets", all(oid, tid, `["swk","mfa","pwd","okta_verify","sc","pin","hwk"]`), "", denied},
		{"password", all(oid, tid, `["pwd"]`), "", denied},
		{"another case", all(oid, tid, `["SWK","mfa","pwd","okta_verify"]`), "", denied},
		{"a line end within", all(oid, tid, `["swk","mfa","pwd","okta_verify\n"]`), "", denied},
		{"a line end more", all(oid, tid, `["swk","mfa","pwd","okta_verify","swk\n"]`), "", denied},
		{"an empty value more", all(oid, tid, `["swk","mfa","pwd","okta_verify",""]`), "", denied},
		{"a blank value more", all(oid, tid, `["swk","mfa","pwd","okta_verify"," "]`), "", denied},
		{"a space after a value", all(oid, tid, `["swk ","mfa","pwd","okta_verify"]`), "", denied},
		{"a number more", all(oid, tid, `["swk","mfa","pwd","okta_verify",1]`), "", denied},
		{"a list more", all(oid, tid, `["swk","mfa","pwd","okta_verify",["sc"]]`), "", denied},
		{"a list within a list", all(oid, tid, `[["swk","mfa","pwd","okta_verify"]]`), "", denied},
		{"a text with commas", all(oid, tid, `"swk,mfa,pwd,okta_verify"`), "", denied},
		{"a text with Keycloak's separator", all(oid, tid, `"swk##mfa##pwd##okta_verify"`), "", denied},
		{"a list as text", all(oid, tid, `"[\"swk\",\"mfa\",\"pwd\",\"okta_verify\"]"`), "", denied},
		{"one text", all(oid, tid, `"swk mfa pwd okta_verify"`), "", denied},
		{"an object", all(oid, tid, `{"swk":"mfa"}`), "", denied},
		{"empty", all(oid, tid, `[]`), "", denied},
		{"access token of another tid", strings.Replace(all(oid, tid, `["sc","pin","mfa","hwk"]`), tid+`},{"op":"add","path":"/claims/amr"`, `"00oanother"},{"op":"add","path":"/claims/amr"`, 1), "", denied},
		{"access token of another establishment", strings.Replace(all(chuOID, tid, `["sc","pin","mfa","hwk"]`), tid+`},{"op":"add","path":"/claims/amr"`, chuTID+`},{"op":"add","path":"/claims/amr"`, 1), "", denied},
		{"access token's tid in another case", strings.Replace(all(oid, tid, `["sc","pin","mfa","hwk"]`), tid+`},{"op":"add","path":"/claims/amr"`, strings.ToUpper(tid)+`},{"op":"add","path":"/claims/amr"`, 1), "", denied},
		{"another establishment", all(chuOID, chuTID, `["sc","pin","mfa","hwk"]`), "", "identity_provider_login_failure"},
		{"tid in another case", all(oid, strings.ToUpper(tid), `["sc","pin","mfa","hwk"]`), "", "identity_provider_login_failure"},
		{"a space before tid", all(oid, `" `+tid[1:], `["sc","pin","mfa","hwk"]`), "", "identity_provider_login_failure"},
		{"tid in the ID token alone", strings.Replace(all(oid, tid, `["sc","pin","mfa","hwk"]`), `{"op":"add","path":"/claims/tid","value":`+tid+`},{"op":"add","path":"/claims/amr"`, `{"op":"add","path":"/claims/amr"`, 1), "eidas3", ""}, // as Keycloak reads
		{"two tids", all(oid, `[`+tid+`,"00oanother"]`, `["sc","pin","mfa","hwk"]`), "", denied},
		{"another tid", all(oid, `"00oanother"`, `["sc","pin","mfa","hwk"]`), "", "identity_provider_login_failure"},
		{"a longer tid", all(oid, `"`+orgID("script")+`2"`, `["sc","pin","mfa","hwk"]`), "", "identity_provider_login_failure"},
		{"nothing added", `{}`, "", "identity_provider_login_failure"},
		{"blank oid", all(`" "`, tid, `["sc","pin","mfa","hwk"]`), "", denied},
		{"empty oid", all(`""`, tid, `["sc","pin","mfa","hwk"]`), "", denied},
		{"no oid", strings.Replace(all(oid, tid, `["sc","pin","mfa","hwk"]`), `{"op":"add","path":"/claims/oid","value":`+oid+`},`, "", 1), "", denied}, // nor that of before
		{"oid is no text", all(`{"id":"00uscript"}`, tid, `["sc","pin","mfa","hwk"]`), "", denied},
		{"oid is a number", all(`12345`, tid, `["sc","pin","mfa","hwk"]`), "", denied},
		{"two oids", all(`["00uscript","00uother"]`, tid, `["sc","pin","mfa","hwk"]`), "eidas3", ""}, // not played: a person of its own, who did an appairage
		{"oid with a space", all(`"00u script"`, tid, `["sc","pin","mfa","hwk"]`), "", denied},
		{"oid with a line end", all(`"00uscript\n"`, tid, `["sc","pin","mfa","hwk"]`), "", denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.script.say(tt.answer)
			tokens, shown, steps := s.signIn(t, s.service("OKTA_script"), rehearsal.Person{Persona: "cpx", NationalID: "899700000006", Password: password})
			if tt.acr != "" {
				if acr := claims(t, tokens.ID)["acr"]; acr != tt.acr {
					t.Errorf("acr %v, want %s (%v, %q)", acr, tt.acr, did(steps), shown.Message)
				}
				return
			}
			if tokens.ID != "" {
				t.Fatalf("signed in with acr %v", claims(t, tokens.ID)["acr"])
			}
			want := notThisTenant
			if tt.event == denied {
				want = refused
			}
			if !strings.HasPrefix(shown.Message, want) {
				t.Errorf("the person sees %q, want %q", shown.Message, want)
			}
			if e := s.lastEvent(t); e.Error != tt.event {
				t.Errorf("the operator of Keycloak sees %s %q, want %q", e.Type, e.Error, tt.event)
			}
		})
	}
}

// lastEvent is the newest event that is an error, or the newest at all.
func (s *stand) lastEvent(t *testing.T) rehearsal.Event {
	t.Helper()
	events, err := s.kc.Events(t.Context(), pscrealm.Realm)
	if err != nil || len(events) == 0 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	return events[0]
}

// testStored compares what Keycloak keeps of a person with the tokens of Okta and of the realm; then again after the
// service renewed its tokens, and after a second sign-in.
func testStored(t *testing.T, s *stand) {
	for _, alias := range []string{"chu", "web"} {
		t.Run(alias, func(t *testing.T) {
			place := s.places[alias]
			persona := personaNamed(t, "okta-verify")
			who := rehearsal.Person{Persona: persona.Name, NationalID: "899700000005", Password: password}
			service := s.service(place.KCIdPHint())
			tokens, _, steps := s.signIn(t, service, who)
			if diff := cmp.Diff([]string{"signed in as okta-verify", "gave the national id", "proved the identity", "confirmed"}, did(steps)); diff != "" {
				t.Errorf("first sign-in (-want +got):\n%s", diff)
			}
			want := rehearsal.Stored{
				Username: "899700000005", FirstName: "Antoine", LastName: "Girard",
				Attributes: map[string][]string{
					"oid": {persona.UserID}, "tid": {place.TID}, "amr": {"swk", "mfa", "pwd", "okta_verify"},
					"SubjectNameID": {"899700000005"}, "confirmation": {"yes"},
				},
			}
			link := rehearsal.Link{Provider: place.KCIdPHint(), UserID: place.TID + ":" + persona.UserID, UserName: persona.Login}
			compare := func(when string, tokens rehearsal.Tokens) {
				t.Helper()
				s.holdsSame(t, when, place, tokens, want.Username)
				got, err := s.kc.Person(t.Context(), pscrealm.Realm, want.Username)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Contains(got.Links, link) {
					t.Errorf("%s: linked by %+v, want %+v", when, got.Links, link)
				}
				got.Links = nil
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: what Keycloak keeps (-want +got):\n%s", when, diff)
				}
			}
			compare("after the first sign-in", tokens)
			first := judge(t, service, tokens)

			renewed, err := service.Renew(t.Context(), tokens)
			if err != nil {
				t.Fatal(err)
			}
			compare("after a refresh", renewed)
			again := judge(t, service, renewed)
			for _, claim := range []string{"sub", "acr", "preferred_username", "given_name", "family_name", "auth_time"} {
				if first[claim] == nil || first[claim] != again[claim] {
					t.Errorf("%s: %v, after a refresh %v", claim, first[claim], again[claim])
				}
			}

			tokens, _, steps = s.signIn(t, service, who)
			if diff := cmp.Diff([]string{"signed in as okta-verify", "confirmed"}, did(steps)); diff != "" {
				t.Errorf("second sign-in (-want +got):\n%s", diff)
			}
			compare("after the second sign-in", tokens)
		})
	}
}

// holdsSame sets what Keycloak keeps of the person beside the access token that the org minted last and the service's
// ID token.
func (s *stand) holdsSame(t *testing.T, when string, place establishment, tokens rehearsal.Tokens, username string) {
	t.Helper()
	calls := place.org.HookCalls()
	last := calls[len(calls)-1]
	minted, err := rehearsal.Minted(last.Request, last.Response)
	if err != nil || last.Outcome != oktaemu.HookApplied {
		t.Fatalf("%s: the hook's answer: %s, %v", when, last.Outcome, err)
	}
	kept, err := s.kc.Person(t.Context(), pscrealm.Realm, username)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rehearsal.Compare(minted, claims(t, tokens.ID), kept, place.KCIdPHint()) {
		if !row.Same() {
			t.Errorf("%s: %s is %q in the token, %q at Keycloak", when, row.Name, row.Token, row.Kept)
		}
	}
}

// judge reads the tokens as a relying party of PSC does, by profile psc-op, and returns the claims of the ID token.
func judge(t *testing.T, service rehearsal.Service, tokens rehearsal.Tokens) map[string]any {
	t.Helper()
	profile, err := verify.ProfileNamed("psc-op")
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	found := verify.Run(t.Context(), verify.Input{
		Profile: profile, IDToken: tokens.ID, AccessToken: tokens.Access, UserInfo: []byte(tokens.Userinfo), Issuer: service.Issuer, ClientID: service.ClientID,
		ACRValues: strings.Fields(service.ACRValues), Keys: jwks.NewRemote(service.KeysURL(), client, time.Now),
	})
	for _, check := range found.Checks {
		if check.Status == report.StatusFail {
			t.Errorf("%s: expected %s, got %s", check.ID, check.Expected, check.Actual)
		}
	}
	return claims(t, tokens.ID)
}

func personaNamed(t *testing.T, name string) oktaemu.Persona {
	t.Helper()
	for _, p := range oktaemu.Personas() {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no persona %q", name)
	return oktaemu.Persona{}
}

// testAppairage signs the same professional in with another account of the hospital: another oid.
func testAppairage(t *testing.T, s *stand) {
	service := s.service("OKTA_chu")
	link := func() []rehearsal.Link {
		p, err := s.kc.Person(t.Context(), pscrealm.Realm, "899700000004")
		if err != nil {
			t.Fatal(err)
		}
		return p.Links
	}
	who := rehearsal.Person{Persona: "totp", NationalID: "899700000004", Password: "of somebody else"}
	if _, shown, steps := s.signIn(t, service, who); shown.Message == "" || len(link()) > 0 {
		t.Errorf("a wrong password: sees %q after %v, links %v", shown.Message, did(steps), link())
	}
	who.NationalID = "899799999999"
	if _, shown, _ := s.signIn(t, service, who); !strings.Contains(shown.Message, "does not exist") {
		t.Errorf("nobody's national id: sees %q", shown.Message)
	}
	who = rehearsal.Person{Persona: "totp", NationalID: "899700000004", Password: password}
	s.signIn(t, service, who)
	if got := link(); len(got) != 1 || got[0].UserID != orgID("chu")+":"+personaNamed(t, "totp").UserID {
		t.Fatalf("linked by %v", got)
	}
	who.Persona = "cpx"
	_, _, steps := s.signIn(t, service, who)
	if diff := cmp.Diff([]string{"signed in as cpx", "gave the national id", "replaced the appairage", "proved the identity", "confirmed"}, did(steps)); diff != "" {
		t.Errorf("another oid (-want +got):\n%s", diff)
	}
	if got := link(); len(got) != 1 || got[0].UserID != orgID("chu")+":"+personaNamed(t, "cpx").UserID {
		t.Errorf("linked by %v", got)
	}
}

// testSameOID has another establishment name an oid that is linked already, and the same establishment an oid that
// differs by case alone: each is somebody else, who must do an appairage.
func testSameOID(t *testing.T, s *stand) {
	const id = "899700000002"
	linked := rehearsal.Person{Persona: "cpx", NationalID: id, Password: password}
	s.signIn(t, s.service("OKTA_chu"), linked)
	answer := func(oid string) string {
		tid := orgID("script")
		return `{"commands":[{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/tid","value":"` + tid + `"}]},
			{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/oid","value":"` + oid + `"},{"op":"add","path":"/claims/tid","value":"` + tid + `"},
			{"op":"add","path":"/claims/amr","value":["sc","pin","mfa","hwk"]}]}]}`
	}
	oid := personaNamed(t, "cpx").UserID
	asked := []string{"signed in as cpx", "gave the national id", "proved the identity", "confirmed"}
	for i, said := range []string{oid, strings.ToUpper(oid)} {
		s.script.say(answer(said))
		stranger := rehearsal.Person{Persona: "cpx", NationalID: fmt.Sprintf("89970000000%d", 3+i), Password: password}
		_, shown, steps := s.signIn(t, s.service("OKTA_script"), stranger)
		if diff := cmp.Diff(asked, did(steps)); diff != "" {
			t.Errorf("oid %s of another establishment (-want +got):\n%s%s", said, diff, shown.Message)
		}
	}
	_, _, steps := s.signIn(t, s.service("OKTA_chu"), linked)
	if diff := cmp.Diff([]string{"signed in as cpx", "confirmed"}, did(steps)); diff != "" {
		t.Errorf("the one who was linked first (-want +got):\n%s", diff)
	}
}

// testLevels asks for each level by each of two means: acr never says more than the means is worth.
func testLevels(t *testing.T, s *stand) {
	tests := map[string]map[string]string{ // persona, acr_values: acr
		"okta-verify": {"": "eidas2", "eidas1": "eidas1", "eidas2": "eidas2", "eidas3": "eidas2", "eidas1 eidas3": "eidas1"},
		"cpx":         {"": "eidas3", "eidas1": "eidas1", "eidas2": "eidas2", "eidas3": "eidas3", "eidas2 eidas3": "eidas3"},
	}
	for persona, levels := range tests {
		for asked, want := range levels {
			service := s.service("OKTA_chu")
			service.ACRValues = asked
			id := map[string]string{"okta-verify": "899700000005", "cpx": "899700000006"}[persona]
			tokens, shown, _ := s.signIn(t, service, rehearsal.Person{Persona: persona, NationalID: id, Password: password})
			if tokens.ID == "" {
				t.Errorf("%s, asked for %q: not let in: %s", persona, asked, shown.Message)
			} else if acr := claims(t, tokens.ID)["acr"]; acr != want {
				t.Errorf("%s, asked for %q: acr %v, want %s", persona, asked, acr, want)
			}
		}
	}
}

// testChoice takes the other mode: the service sends no hint, or one that leads nowhere, and the person chooses.
func testChoice(t *testing.T, s *stand) {
	for _, hint := range []string{"", "OKTA_unknown"} {
		tokens, shown, steps := s.signIn(t, s.service(hint), rehearsal.Person{Persona: "okta-verify", NationalID: "899700000003", Password: password, Provider: "OKTA_chu"})
		if tokens.ID == "" || did(steps)[0] != "chose OKTA_chu" {
			t.Errorf("hint %q: %v, %q", hint, did(steps), shown.Message)
		}
	}
	if _, shown, steps := s.signIn(t, s.service(""), rehearsal.Person{Persona: "okta-verify"}); len(did(steps)) > 0 {
		t.Errorf("a person who chooses nothing gets to %s by %v", shown.URL, did(steps))
	}
}
