package keycloak_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/jwks"
	"pschook/internal/rehearsal"
	"pschook/verify"
	"pschook/verify/report"
)

// m is a part of Keycloak's import format.
type m = map[string]any

const xmlsoap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"

// importRealm makes Keycloak import a realm with one scope of its own that has the mappers, one client "partner" and
// people, whose attributes nobody checks.
func importRealm(t *testing.T, kc *rehearsal.Keycloak, name, scope string, mappers []m, people []m, callbacks []string, more m) {
	t.Helper()
	sub := m{"name": "sub", "protocol": "openid-connect", "protocolMapper": "oidc-sub-mapper", "config": m{"access.token.claim": "true", "introspection.token.claim": "true"}}
	authTime := m{"name": "auth_time", "protocol": "openid-connect", "protocolMapper": "oidc-usersessionmodel-note-mapper", "config": m{
		"user.session.note": "AUTH_TIME", "claim.name": "auth_time", "jsonType.label": "long", "id.token.claim": "true",
	}}
	everybody := m{"view": []string{"admin", "user"}, "edit": []string{"admin", "user"}}
	profile := m{"unmanagedAttributePolicy": "ENABLED", "attributes": []m{}}
	for _, attribute := range []string{"username", "email", "firstName", "lastName"} {
		profile["attributes"] = append(profile["attributes"].([]m), m{"name": attribute, "permissions": everybody})
	}
	profileText, err := json.Marshal(profile)
	if err != nil {
		t.Fatal(err)
	}
	realm := m{
		"realm": name, "enabled": true,
		"clientScopes": []m{
			{"name": "basic", "protocol": "openid-connect", "protocolMappers": []m{sub, authTime}},
			{"name": "email", "protocol": "openid-connect", "protocolMappers": []m{}},
			{"name": scope, "protocol": "openid-connect", "protocolMappers": mappers},
		},
		"clients": []m{{
			"clientId": "partner", "secret": "s3", "redirectUris": append([]string{testCallback}, callbacks...),
			"defaultClientScopes": []string{"basic"}, "optionalClientScopes": []string{"email", scope},
		}},
		"users": people,
		"components": m{"org.keycloak.userprofile.UserProfileProvider": []m{{
			"providerId": "declarative-user-profile", "config": m{"kc.user.profile.config": []string{string(profileText)}},
		}}},
	}
	maps.Copy(realm, more)
	file, err := json.Marshal(realm)
	if err != nil {
		t.Fatal(err)
	}
	if err := kc.Replace(t.Context(), name, file); err != nil {
		t.Fatal(err)
	}
}

const testCallback = "http://127.0.0.1:9/callback"

// claim maps an attribute to a claim, in userinfo and perhaps in the ID token too.
func claim(name, attribute string, inIDToken bool) m {
	id := "false"
	if inIDToken {
		id = "true"
	}
	return m{"name": name, "protocol": "openid-connect", "protocolMapper": "oidc-usermodel-attribute-mapper", "config": m{
		"claim.name": strings.ReplaceAll(name, ".", `\.`), "user.attribute": attribute, "jsonType.label": "String",
		"id.token.claim": id, "userinfo.token.claim": "true",
	}}
}

func person(username string, attributes map[string]string) m {
	list := m{}
	for name, value := range attributes {
		list[name] = []string{value}
	}
	return m{
		"username": username, "enabled": true, "email": username + "@example.org", "attributes": list,
		"credentials": []m{{"type": "password", "value": password}},
	}
}

// report signs in at a realm and has the tokens judged by a profile.
func (s *stand) report(t *testing.T, service rehearsal.Service, profile, username string) report.Report {
	t.Helper()
	tokens, shown, steps := s.signIn(t, service, rehearsal.Person{NationalID: username, Password: password})
	if tokens.ID == "" {
		t.Fatalf("%v, at %s: %q", did(steps), shown.URL, shown.Message)
	}
	p, err := verify.ProfileNamed(profile)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return verify.Run(t.Context(), verify.Input{
		Profile: p, IDToken: tokens.ID, AccessToken: tokens.Access, UserInfo: []byte(tokens.Userinfo), Issuer: service.Issuer, ClientID: service.ClientID,
		Scopes: strings.Fields(service.Scope), Nonce: "nonce", Keys: jwks.NewRemote(service.KeysURL(), client, time.Now),
	})
}

// notes lists the checks that neither passed nor were skipped, and those named, with what they found.
func notes(r report.Report, named ...string) map[string]string {
	out := map[string]string{}
	for _, c := range r.Checks {
		if c.Status == report.StatusFail || c.Status == report.StatusWarn || slices.Contains(named, c.ID) {
			out[c.ID] = string(c.Status)
		}
	}
	return out
}

// testRofim has Keycloak play Rofim: its scopes and no other, its claims in the ID token and userinfo, or in userinfo
// alone; a person with an RPPS number, and one without it and without a specialty.
func testRofim(t *testing.T, s *stand) {
	all := map[string]string{
		"family_name": "Durand", "given_name": "Anne", "formatted_name": "Dr Anne Durand", "title": "Dr", "initials": "AD", "specialty": "Cardiologie",
		"account_type": "doctor", "country": "FR", "city": "Lyon", "RPPS": "10101010101",
	}
	few := maps.Clone(all)
	delete(few, "RPPS")
	delete(few, "specialty")
	for _, inIDToken := range []bool{true, false} {
		mappers := []m{claim("email", "email", inIDToken)}
		for name := range all {
			mappers = append(mappers, claim(name, name, inIDToken))
		}
		importRealm(t, s.kc, "rofim", "partner_profil", mappers, []m{person("anne", all), person("luc", few)}, nil, nil)
		service := rehearsal.Service{
			Issuer: s.kc.URL + "/realms/rofim", ClientID: "partner", Secret: "s3", RedirectURI: testCallback, Scope: "openid email partner_profil",
		}
		want := map[string]string{"claim.email": "pass", "claim.rpps": "pass", "claim.specialty": "pass"}
		for _, who := range []string{"anne", "luc"} {
			got := notes(s.report(t, service, "rofim", who), slices.Collect(maps.Keys(want))...)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("in the ID token: %t, %s (-want +got):\n%s", inIDToken, who, diff)
			}
		}
		service.Scope += " profile"
		if _, shown, _, err := s.walk(t, service, rehearsal.Person{}); err != nil || shown.URL.Query().Get("error") != "invalid_scope" {
			t.Errorf("another scope: %v, %v", shown.URL, err)
		}
	}
}

// testCHG has Keycloak play both: the customer's provider, with the names of claims that CHG-MERIDIAN takes as well, and
// CHG-MERIDIAN as a broker that reads these names. What the broker stores is what the report says of the same tokens.
func testCHG(t *testing.T, s *stand) {
	names := map[string]string{
		"FirstName": "firstName", "LastName": "lastName", xmlsoap + "emailaddress": "email", xmlsoap + "name": "username",
	}
	var mappers, importers []m
	for name, attribute := range names {
		mappers = append(mappers, claim(name, attribute, true))
		importer := m{"name": name, "identityProviderAlias": "customer", "identityProviderMapper": "oidc-user-attribute-idp-mapper", "config": m{
			"claim": strings.ReplaceAll(name, ".", `\.`), "user.attribute": attribute, "syncMode": "FORCE",
		}}
		if attribute == "username" {
			importer["identityProviderMapper"] = "oidc-username-idp-mapper"
			importer["config"] = m{"template": "${CLAIM." + strings.ReplaceAll(name, ".", `\.`) + "}", "target": "LOCAL", "syncMode": "IMPORT"}
		}
		importers = append(importers, importer)
	}
	anne := person("anne", map[string]string{"firstName": "Anne", "lastName": "Durand"})
	anne["firstName"], anne["lastName"], anne["attributes"] = "Anne", "Durand", m{}
	importRealm(t, s.kc, "customer", "identity", mappers, []m{anne}, []string{s.kc.URL + "/realms/chg/broker/customer/endpoint"}, nil)
	issuer := s.kc.URL + "/realms/customer"
	endpoint := issuer + "/protocol/openid-connect/"
	importRealm(t, s.kc, "chg", "none", []m{}, []m{}, nil, m{
		"identityProviders": []m{{"alias": "customer", "providerId": "oidc", "enabled": true, "config": m{
			"issuer": issuer, "authorizationUrl": endpoint + "auth", "tokenUrl": endpoint + "token", "userInfoUrl": endpoint + "userinfo", "jwksUrl": endpoint + "certs",
			"useJwksUrl": "true", "validateSignature": "true", "clientId": "partner", "clientSecret": "s3", "clientAuthMethod": "client_secret_post",
			"pkceEnabled": "true", "pkceMethod": "S256", "defaultScope": "openid identity",
		}}},
		"identityProviderMappers": importers,
	})
	who := rehearsal.Person{NationalID: "anne", Password: password}
	chg := rehearsal.Service{Issuer: s.kc.URL + "/realms/chg", ClientID: "partner", Secret: "s3", RedirectURI: testCallback, Scope: "openid", Hint: "customer"}
	if tokens, shown, steps := s.signIn(t, chg, who); tokens.ID == "" {
		t.Fatalf("%v, at %s: %q", did(steps), shown.URL, shown.Message)
	}
	stored, err := s.kc.Person(t.Context(), "chg", "anne")
	if err != nil {
		t.Fatal(err)
	}
	if stored.FirstName != "Anne" || stored.LastName != "Durand" || len(stored.Links) != 1 {
		t.Errorf("CHG-MERIDIAN keeps %+v", stored)
	}
	direct := rehearsal.Service{Issuer: issuer, ClientID: "partner", Secret: "s3", RedirectURI: testCallback, Scope: "openid identity"}
	r := s.report(t, direct, "chg-meridian", "anne")
	checked := []string{"claim.sub", "claim.email", "claim.preferred_username", "claim.given_name", "claim.family_name"}
	want := map[string]string{}
	for _, id := range checked {
		want[id] = "pass"
	}
	if diff := cmp.Diff(want, notes(r, checked...)); diff != "" {
		t.Errorf("report of chg-meridian (-want +got):\n%s", diff)
	}
}
