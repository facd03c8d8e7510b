package oktaemu_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"pschook/oktaemu"
)

// TestCustomDomain asks an org by both of its hosts: issuers follow the server's issuerMode, in metadata, tokens and hook calls.
func TestCustomDomain(t *testing.T) {
	t.Parallel()
	hook := hookThatAnswers(t, http.StatusNoContent, "")
	org := newOrg(t, oktaemu.Options{CustomDomain: "localhost", Hook: oktaemu.Hook{URL: hook.URL}})
	var document struct {
		Links map[string]struct{ Href string } `json:"_links"`
	}
	call(t, org, "GET", "/.well-known/okta-organization", "", nil, 200, &document)
	if document.Links["organization"].Href != org.URL() || document.Links["alternate"].Href != org.CustomURL() {
		t.Errorf("the well-known document names %v, want %s and %s", document.Links, org.URL(), org.CustomURL())
	}
	for mode, want := range map[string][2]string{ // by the org's own host, by the custom domain
		"DYNAMIC": {org.URL(), org.CustomURL()}, "ORG_URL": {org.URL(), org.URL()}, "CUSTOM_URL": {org.CustomURL(), org.CustomURL()},
	} {
		var server map[string]any
		api(t, org, "GET", "/api/v1/authorizationServers/default", nil, 200, &server)
		server["issuerMode"] = mode
		api(t, org, "PUT", "/api/v1/authorizationServers/default", server, 200, nil)
		for i, asked := range []string{org.URL(), org.CustomURL()} {
			issuer := want[i] + "/oauth2/default"
			if got := issuerOf(t, asked); got != issuer {
				t.Errorf("%s: metadata at %s name issuer %q, want %q", mode, asked, got, issuer)
			}
			tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx", OrgURL: asked})
			if got := claimsOf(t, org, tokens.IDToken)["iss"]; got != issuer {
				t.Errorf("%s: token of %s has iss %q, want %q", mode, asked, got, issuer)
			}
			calls := org.HookCalls()
			if body := string(calls[len(calls)-1].Request); !strings.Contains(body, `"issuer":{"uri":"`+issuer+`"}`) {
				t.Errorf("%s: the hook call of %s does not name issuer %s: %s", mode, asked, issuer, body)
			}
		}
	}
}

func issuerOf(t *testing.T, origin string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+"/oauth2/default/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := plainClient(t).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var metadata struct{ Issuer string }
	if err := json.NewDecoder(response.Body).Decode(&metadata); err != nil {
		t.Fatal(err)
	}
	return metadata.Issuer
}

// TestDomains: the Management API shows the custom domain, and none where there is none.
func TestDomains(t *testing.T) {
	t.Parallel()
	var none, one struct {
		Domains []struct{ ID, Domain, ValidationStatus string }
	}
	api(t, newOrg(t, oktaemu.Options{}), "GET", "/api/v1/domains", nil, 200, &none)
	org := newOrg(t, oktaemu.Options{CustomDomain: "localhost"})
	api(t, org, "GET", "/api/v1/domains", nil, 200, &one)
	if len(none.Domains) != 0 || len(one.Domains) != 1 || one.Domains[0].Domain != "localhost" || one.Domains[0].ValidationStatus != "COMPLETED" {
		t.Fatalf("domains %+v, %+v", none, one)
	}
	api(t, org, "GET", "/api/v1/domains/"+one.Domains[0].ID, nil, 200, nil)
	api(t, org, "GET", "/api/v1/domains/OcDnone", nil, 404, nil)
}

func TestCustomDomainFaults(t *testing.T) {
	t.Parallel()
	for domain, want := range map[string]string{
		"https://id.hopital.example": "is not a host such as", "id.hopital.example/x": "is not a host such as", ":80": "is not a host such as",
		"127.0.0.1": "is the org's own host",
	} {
		_, err := oktaemu.New(oktaemu.Options{CustomDomain: domain})
		if err == nil || !strings.Contains(err.Error(), "CustomDomain: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", domain, err, want)
		}
	}
}
