package rp

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"pschook/internal/tokentest"
)

// A provider on https may name only https endpoints, at addresses that are not nearer than its own.
func TestProviderLeadsNowhereNearer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		lead    map[string]string
		anyAddr bool
		want    string // "" for no error
	}{
		{"nowhere else", nil, false, ""},
		{"the secret to plain http", map[string]string{"token_endpoint": "http://127.0.0.1:9"}, false, `"http://127.0.0.1:9" is not an https URL, as that of`},
		{"keys from plain http", map[string]string{"jwks_uri": "http://localhost:9"}, false, "is not an https URL, as that of"},
		{"userinfo from plain http", map[string]string{"userinfo_endpoint": "HTTP://LOCALHOST:9"}, false, "is not an https URL, as that of"},
		{"the browser to plain http", map[string]string{"authorization_endpoint": "http://[::1]:9"}, false, "is not an https URL, as that of"},
		{"plain http on a test stand, too", map[string]string{"jwks_uri": "http://127.0.0.1:9"}, true, "is not an https URL, as that of"},
		{"keys from link-local", map[string]string{"jwks_uri": "https://169.254.169.254:1/keys"}, false, "169.254.169.254 leads to a link-local address, which is not allowed while 127.0.0.1 is at a loopback one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var issuer string
			server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/keys" {
					_, _ = w.Write(tokentest.JWKS(t))
					return
				}
				document := map[string]string{"issuer": issuer, "authorization_endpoint": issuer + "/a", "token_endpoint": issuer + "/t", "jwks_uri": issuer + "/keys"}
				for name, value := range tt.lead {
					document[name] = value
				}
				w.Header().Set("Content-Type", "application/json")
				_ = json.MarshalWrite(w, document)
			}))
			t.Cleanup(server.Close)
			issuer = server.URL
			client, err := NewClient(ClientOptions{Issuer: issuer, ClientID: tokentest.Client, HTTPClient: server.Client(), InsecureAnyAddress: tt.anyAddr})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			_, err = client.Keys().Keys(t.Context(), "k1")
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// Metadata given by hand may name endpoints at any address.
func TestMetadataByHandMayLeadInside(t *testing.T) {
	t.Parallel()
	metadata := []byte(`{"issuer":"https://idp.example","authorization_endpoint":"https://idp.example/a","token_endpoint":"http://127.0.0.1:9/t","jwks_uri":"https://10.0.0.1/k"}`)
	if _, err := NewClient(ClientOptions{Issuer: "https://idp.example", ClientID: tokentest.Client, Metadata: metadata}); err != nil {
		t.Error(err)
	}
}
