package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"pschook/internal/doctor"
	"pschook/oktaemu"
	"pschook/orglookup"
)

// serviceApp makes an API service app that was granted what doctor asks for.
func serviceApp(t *testing.T, org *oktaemu.Org) (clientID, keyFile, keyID string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyFile = filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	const kid = "kid-of-the-test"
	app := post(t, org, "/apps", map[string]any{
		"label": "doctor", "signOnMode": "OPENID_CONNECT",
		"credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": "private_key_jwt"}},
		"settings": map[string]any{"oauthClient": map[string]any{
			"application_type": "service", "grant_types": []string{"client_credentials"}, "response_types": []string{"token"},
			"jwks": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: kid, Algorithm: "ES256", Use: "sig"}}},
		}},
	})
	clientID, _ = app["id"].(string)
	for _, scope := range doctor.Scopes() {
		post(t, org, "/apps/"+clientID+"/grants", map[string]any{"scopeId": scope, "issuer": org.URL()})
	}
	return clientID, keyFile, kid
}

// post makes an object of the Management API.
func post(t *testing.T, org *oktaemu.Org, path string, object any) map[string]any {
	t.Helper()
	body, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, org.URL()+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+org.APIToken())
	resp, err := (&http.Client{Transport: orglookup.NewTransport()}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	var answer map[string]any
	if err != nil || resp.StatusCode >= 300 || json.Unmarshal(text, &answer) != nil {
		t.Fatalf("%s: %d %s %v", path, resp.StatusCode, text, err)
	}
	return answer
}
