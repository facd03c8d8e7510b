package oktaemu_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pschook/oktaemu"
)

// TestTLS: an https org signs in, and can be made to forget TLS for a connection.
func TestTLS(t *testing.T) {
	t.Parallel()
	borrowed := httptest.NewUnstartedServer(nil)
	borrowed.StartTLS()
	certificate, client := borrowed.TLS.Certificates[0], borrowed.Client()
	borrowed.Close()
	t.Cleanup(client.CloseIdleConnections)

	org := newOrg(t, oktaemu.Options{TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}})
	if !strings.HasPrefix(org.Issuer(), "https://127.0.0.1:") {
		t.Errorf("issuer %s", org.Issuer())
	}
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	get := func() error {
		t.Helper()
		client.CloseIdleConnections()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, org.URL()+"/.well-known/okta-organization", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		return response.Body.Close()
	}
	if err := get(); err != nil {
		t.Error(err)
	}
	if err := org.InjectFault(oktaemu.Fault{TLSOff: true}); err != nil {
		t.Fatal(err)
	}
	if err := get(); err == nil || !strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") {
		t.Errorf("without TLS: %v", err)
	}
	if err := get(); err != nil {
		t.Errorf("after the fault: %v", err)
	}
}
