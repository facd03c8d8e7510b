package rp

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"pschook/internal/pki"
	"pschook/internal/tokentest"
	"pschook/verify"
	"pschook/verify/report"
)

// documents is a provider that publishes metadata at the named places. It notes the requested paths
// in order.
type documents struct {
	*httptest.Server

	mu    sync.Mutex
	asked []string
}

// newDocuments serves bodies by document. ISSUER in a body is replaced by the provider's URL.
func newDocuments(t *testing.T, bodies map[string]string) *documents {
	t.Helper()
	d := &documents{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/realms/esante-wallet/.well-known/")
		d.mu.Lock()
		d.asked = append(d.asked, name)
		d.mu.Unlock()
		body, ok := bodies[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(strings.ReplaceAll(body, "ISSUER", d.URL+"/realms/esante-wallet")))
	}))
	t.Cleanup(d.Close)
	return d
}

const goodDocument = `{"issuer":"ISSUER","authorization_endpoint":"ISSUER/AT","token_endpoint":"ISSUER/t","jwks_uri":"ISSUER/k"}`

// PSC publishes its metadata in its own document. Others use the usual document.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	const wallet, usual = "wallet-openid-configuration", "openid-configuration"
	at := func(place string) string { return strings.ReplaceAll(goodDocument, "AT", place) }
	tests := []struct {
		name, profile string
		bodies        map[string]string
		asked         []string
		authorize     string // "" when nothing is found
		fault         []string
	}{
		{"PSC", "psc-op", map[string]string{wallet: at("wallet"), usual: at("usual")}, []string{wallet}, "wallet", nil},
		{"a Keycloak that plays PSC", "psc-op", map[string]string{usual: at("usual")}, []string{wallet, usual}, "usual", nil},
		{"a page for whatever is asked", "psc-op", map[string]string{wallet: "<html>", usual: at("usual")}, []string{wallet, usual}, "usual", nil},
		{"PSC's document of another issuer", "psc-op", map[string]string{wallet: strings.ReplaceAll(at("wallet"), `"issuer":"ISSUER"`, `"issuer":"https://other.example"`), usual: at("usual")}, []string{wallet, usual}, "usual", nil},
		{"others", "psc", map[string]string{wallet: at("wallet"), usual: at("usual")}, []string{usual}, "usual", nil},
		{"others without a document", "rofim", map[string]string{wallet: at("wallet")}, []string{usual}, "", []string{"/.well-known/openid-configuration answered status 404"}},
		{"neither", "psc-op", nil, []string{wallet, usual}, "", []string{"wallet-openid-configuration answered status 404 with text that is no JSON; ", "/openid-configuration answered status 404"}},
		{"of another issuer", "psc", map[string]string{usual: `{"issuer":"https://other.example"}`}, []string{usual}, "", []string{`is the metadata of issuer "https://other.example", configured is "http://127.0.0.1`}},
		{"not JSON", "psc", map[string]string{usual: "<html>"}, []string{usual}, "", []string{"openid-configuration answered status 200 with a page of HTML"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDocuments(t, tt.bodies)
			issuer := d.URL + "/realms/esante-wallet"
			client, err := NewClient(ClientOptions{Issuer: issuer, ClientID: tokentest.Client, HTTPClient: d.Client(), RedirectURL: "http://127.0.0.1:1/cb", WellKnown: WellKnown(tt.profile)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			address, _, err := client.Begin(t.Context(), false)
			if !slices.Equal(d.asked, tt.asked) {
				t.Errorf("asked for %v, want %v", d.asked, tt.asked)
			}
			if tt.authorize != "" && (err != nil || !strings.HasPrefix(address, issuer+"/"+tt.authorize+"?")) {
				t.Errorf("address %q, error %v", address, err)
			}
			for _, part := range tt.fault {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("error %v, want part %q", err, part)
				}
			}
		})
	}
}

// If the provider does not answer, the other documents are not tried, because that only costs time.
func TestDiscoveryStopsWhereNobodyAnswers(t *testing.T) {
	t.Parallel()
	d := newDocuments(t, nil)
	var asked atomic.Int32 // the order of requests does not matter here
	d.Config.Handler = http.HandlerFunc(func(_ http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		panic(http.ErrAbortHandler)
	})
	client, err := NewClient(ClientOptions{Issuer: d.URL, ClientID: tokentest.Client, HTTPClient: d.Client(), WellKnown: WellKnown("psc-op")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if _, err := client.Provider(t.Context()); err == nil || asked.Load() != 1 {
		t.Errorf("%d requests, error %v; want 1 and an error", asked.Load(), err)
	}
}

// The metadata files that we ship for PSC are usable, and name only PSC's hosts.
func TestShippedMetadata(t *testing.T) {
	t.Parallel()
	for name, host := range map[string]string{"sandbox": "bas.esw.esante.gouv.fr", "production": "esw.esante.gouv.fr"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "deploy", "psc", "metadata-"+name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		issuer, err := MetadataIssuer(text)
		if err != nil || issuer != "https://auth."+host+"/auth/realms/esante-wallet" {
			t.Errorf("%s: issuer %q, %v", name, issuer, err)
		}
		client, err := NewClient(ClientOptions{Issuer: issuer, ClientID: tokentest.Client, RedirectURL: "https://rp.example/cb", Metadata: text})
		if err != nil {
			t.Fatal(err)
		}
		endpoints, err := client.Endpoints(t.Context())
		if err != nil || endpoints.Authorization != "https://wallet."+host+"/auth" || endpoints.EndSession == "" {
			t.Errorf("%s: %+v, %v", name, endpoints, err)
		}
		for _, address := range []string{endpoints.Token, endpoints.UserInfo, endpoints.Keys} {
			if u, err := url.Parse(address); err != nil || u.Host != "auth."+host {
				t.Errorf("%s: %q", name, address)
			}
		}
		client.Close()
	}
}

// clientCertificate is a certificate for a client of that name.
func clientCertificate(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	authority, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	own, err := authority.Issue(x509.Certificate{Subject: pkix.Name{CommonName: name}})
	if err != nil {
		t.Fatal(err)
	}
	return &own.TLS
}

// mutualOP is a provider with a second listener that requires a certificate, as for
// tls_client_auth.
func mutualOP(t *testing.T, seen func(name, path string)) (op *testOP, mutual *httptest.Server) {
	t.Helper()
	op = newTestOP(t)
	mutual = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen(r.TLS.PeerCertificates[0].Subject.CommonName, r.URL.Path)
		op.server.Config.Handler.ServeHTTP(w, r)
	}))
	mutual.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert}
	mutual.StartTLS()
	t.Cleanup(mutual.Close)
	return op, mutual
}

// A client with a certificate presents it when asked, authenticates by its id alone (RFC 8705
// §2.1), uses the endpoints for such clients (§5), and follows a new certificate.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		metadata func(base string) map[string]any
	}{
		{"endpoints that ask", func(base string) map[string]any {
			return map[string]any{"token_endpoint": base + "/token", "userinfo_endpoint": base + "/userinfo", "token_endpoint_auth_methods_supported": []string{"tls_client_auth", "client_secret_basic"}}
		}},
		{"aliases", func(base string) map[string]any {
			return map[string]any{"mtls_endpoint_aliases": map[string]string{"token_endpoint": base + "/token", "userinfo_endpoint": base + "/userinfo"}}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var shown []string
			op, mutual := mutualOP(t, func(name, path string) { mu.Lock(); shown = append(shown, name+" "+path); mu.Unlock() })
			op.metadata = tt.metadata(mutual.URL)
			var current atomic.Pointer[tls.Certificate]
			current.Store(clientCertificate(t, "first"))
			client, err := NewClient(ClientOptions{Issuer: op.server.URL, ClientID: tokentest.Client, RedirectURL: "http://127.0.0.1:1/callback", HTTPClient: mutual.Client(), Certificate: current.Load})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			signIn := func() {
				t.Helper()
				tokens, err := signInAt(t, op, client)
				if err != nil || tokens.IDToken == "" || tokens.UserInfoFault != nil {
					t.Fatalf("userinfo %v, error %v", tokens.UserInfoFault, err)
				}
			}
			signIn()
			client.Close() // closes idle connections
			current.Store(clientCertificate(t, "second"))
			signIn()
			if want := []string{"first /token", "first /userinfo", "second /token", "second /userinfo"}; !slices.Equal(shown, want) {
				t.Errorf("shown %v, want %v", shown, want)
			}
			for _, r := range op.tokenRequests {
				if r.PostForm.Get("client_id") != tokentest.Client || r.PostForm.Has("client_secret") || r.Header.Get("Authorization") != "" {
					t.Errorf("token request %v, %v", r.PostForm, r.Header)
				}
			}
		})
	}
}

// Without a certificate the handshake fails, and the error says so.
func TestClientCertificateMissing(t *testing.T) {
	t.Parallel()
	op, mutual := mutualOP(t, func(string, string) {})
	op.metadata = map[string]any{"token_endpoint": mutual.URL + "/token"}
	client, err := NewClient(ClientOptions{Issuer: op.server.URL, ClientID: tokentest.Client, RedirectURL: "http://127.0.0.1:1/callback", HTTPClient: mutual.Client()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if _, err := signInAt(t, op, client); err == nil || !strings.Contains(err.Error(), "certificate required") {
		t.Errorf("error %v, want one that speaks of the certificate", err)
	}
}

// signInAt signs in at the provider, as a browser would.
func signInAt(t *testing.T, op *testOP, client *Client) (Tokens, error) {
	t.Helper()
	address, signIn, err := client.Begin(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	browser := op.server.Client()
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		t.Fatal(err)
	}
	return client.Finish(t.Context(), signIn, back.Query())
}

// The report checks userinfo that is a signed JWT with the keys of the issuer.
func TestSignedUserInfoOfProvider(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]bool{"good": false, "by another key": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op := newTestOP(t)
			op.userinfo = func(w http.ResponseWriter, claims map[string]any) {
				signed := tokentest.Token{Alg: "RS256", Kid: "k1", Key: tokentest.MakeKeys().RSA, Claims: claims}
				claims["iss"], claims["aud"] = op.server.URL, tokentest.Client
				if other {
					signed.Key = tokentest.MakeKeys().OtherRSA
				}
				w.Header().Set("Content-Type", "application/jwt")
				_, _ = w.Write([]byte(signed.Sign(t)))
			}
			client, err := NewClient(ClientOptions{Issuer: op.server.URL, ClientID: tokentest.Client, RedirectURL: "http://127.0.0.1:1/callback", HTTPClient: op.server.Client()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			tokens, err := signInAt(t, op, client)
			if err != nil {
				t.Fatal(err)
			}
			w := goodWorld(t, "psc")
			w.in.Issuer, w.in.Keys, w.in.Nonce = op.server.URL, client.Keys(), ""
			in := w.in
			in.IDToken, in.AccessToken, in.UserInfo, in.UserInfoFault = tokens.IDToken, tokens.AccessToken, tokens.UserInfo, tokens.UserInfoFault
			c, _ := verify.Run(t.Context(), in).Check("userinfo.sub")
			want := report.StatusPass
			if other {
				want = report.StatusFail
			}
			if c.Status != want || !strings.Contains(c.Actual+c.Hint, "signature") {
				t.Errorf("%s, actual %q, hint %q", c.Status, c.Actual, c.Hint)
			}
		})
	}
}
