package rp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pschook/internal/doctor"
	"pschook/internal/pki"
	"pschook/internal/tokentest"
	"pschook/verify/words"
)

// Errors of providers, in Okta's own words, name the check of doctor that finds the cause.
func TestRemediesPointToDoctor(t *testing.T) {
	t.Parallel()
	tests := []struct{ code, said, remedy, doctor string }{
		{"access_denied", "Policy evaluation failed for this request, please check the policy configurations.", "No rule of the authorization server's access policies fits", "server.active, rule.linked, rule.priority, rule.everybody"},
		{"access_denied", "User is not assigned to the client application.", "assign the person", "app.assigned"},
		{"access_denied", "The user is not active.", "is not active at the provider", ""},
		{"access_denied", "Access denied by app sign on policy.", "You declined", "app.sign_on"},
		{"access_denied", "The resource owner or authorization server denied the request.", "You declined", "app.assigned, rule.linked"},
		{"invalid_client", "Invalid value for 'client_id' parameter.", "credentials do not fit", "app.active"},
		{"invalid_client", "The client secret supplied for a confidential client is invalid.", "credentials do not fit", "app.spa"},
		{"invalid_client", "No client credentials found.", "credentials do not fit", "app.active, app.spa"},
		{"invalid_client", "", "credentials do not fit", "app.active, app.spa"},
		{"invalid_request", "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.", "PSCHOOK_RP_REDIRECT_URL", "app.redirect_uris"},
		{"invalid_request", "PKCE code challenge is required when the token endpoint authentication method is 'NONE'.", "could not read the request", "app.spa"},
		{"invalid_scope", "One or more scopes are not configured for the authorization server resource.", "does not know a scope", "server.active, rule.linked"},
		{"unauthorized_client", "The client is not authorized to use the provided grant type.", "Authorization Code flow", "app.spa, rule.linked"},
		{"unsupported_response_type", "The response type is not supported.", "response type code", "app.spa"},
		{"server_error", "Refused by the hook.", "When the token hook refuses", "hook.preview, hook.time, org.tid"},
		{"invalid_grant", "The authorization code is invalid or has expired.", "The code was used", ""},
		{"login_required", "The client specified not to prompt, but the user is not logged in.", "this is the right answer", ""},
		{"interaction_required", "", "prompt=none forbids it", ""},
		{"consent_required", "", "prompt=none forbids it", ""},
		{"unmet_authentication_requirements", "", "could not reach the level", ""},
		{"strange_error", "", "Look the error up", ""},
	}
	for _, tt := range tests {
		t.Run(tt.code+"/"+tt.said, func(t *testing.T) {
			t.Parallel()
			got := (&ProviderError{Endpoint: "token", Code: tt.code, Description: tt.said}).Remedy()
			before, checks, _ := strings.Cut(got.In(words.English), " In Okta, pschook doctor finds the cause: ")
			if !strings.Contains(before, tt.remedy) || strings.TrimSuffix(checks, ".") != tt.doctor {
				t.Errorf("%q, doctor %q; want %q, %q", before, checks, tt.remedy, tt.doctor)
			}
			if french := got.In(words.French); tt.doctor != "" && !strings.Contains(french, "pschook doctor en trouve la cause") {
				t.Errorf("French %q", french)
			}
		})
	}
}

func TestCausesNameChecksOfDoctor(t *testing.T) {
	t.Parallel()
	for _, c := range causes() {
		for _, check := range c.doctor {
			if !slices.Contains(doctor.CheckIDs(), check) {
				t.Errorf("%s: doctor has no check %s", c.code, check)
			}
		}
		if _, known := remedies()[c.code]; !known && c.remedy == (words.Text{}) && c.code != "unsupported_grant_type" {
			t.Errorf("%s has no remedy", c.code)
		}
	}
}

// A failed discovery has three causes, each with its own remedy: a custom domain, a wrong URL, a
// certificate.
func TestRemediesOfDiscovery(t *testing.T) {
	t.Parallel()
	body, status := "", http.StatusOK
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); _, _ = w.Write([]byte(body)) })
	server := httptest.NewTLSServer(answer)
	t.Cleanup(server.Close)
	other, trusting := namedOtherwise(t, answer)
	remedy := func(issuer string, by *http.Client) string {
		t.Helper()
		client, err := NewClient(ClientOptions{Issuer: issuer, ClientID: tokentest.Client, HTTPClient: by})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		_, err = client.Provider(t.Context())
		var unavailable *UnavailableError
		if !errors.As(err, &unavailable) {
			t.Fatalf("error %v", err)
		}
		return unavailable.Remedy().In(words.English)
	}
	body = `{"issuer":"https://login.hopital.example/oauth2/default"}`
	if got := remedy(server.URL, server.Client()); !strings.Contains(got, "set PSCHOOK_RP_ISSUER (--issuer) to https://login.hopital.example/oauth2/default. In Okta, pschook doctor finds the cause: server.issuer.") {
		t.Errorf("custom domain: %q", got)
	}
	body, status = `{"errorCode":"E0000007"}`, http.StatusNotFound
	if got := remedy(server.URL, server.Client()); !strings.Contains(got, "not the provider's metadata") || !strings.HasSuffix(got, ": server.active.") {
		t.Errorf("not found: %q", got)
	}
	if got := remedy(other, trusting); !strings.Contains(got, "certificate is for another host") || !strings.HasSuffix(got, ": org.reachable.") {
		t.Errorf("certificate: %q", got)
	}
	if got := remedy("https://127.0.0.1:1", server.Client()); !strings.Contains(got, "The server is down, the port is wrong") {
		t.Errorf("nobody answers: %q", got)
	}
}

// namedOtherwise is a server whose certificate is for another host, and a client that trusts who signed it.
func namedOtherwise(t *testing.T, answer http.Handler) (address string, trusting *http.Client) {
	t.Helper()
	authority, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	own, err := authority.Issue(x509.Certificate{DNSNames: []string{"another.example"}, IPAddresses: []net.IP{}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(answer)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own.TLS}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authority.Pool()}}}
}
