package orglookup_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"pschook/orglookup"
)

const clientID, keyID = "0oaClient", "key-1"

// oauthOkta is a fakeOkta whose org document requires the access token that it gave last.
type oauthOkta struct {
	*fakeOkta
	mu     sync.Mutex
	given  int
	public crypto.PublicKey
}

func newOAuthOkta(t *testing.T, public crypto.PublicKey) *oauthOkta {
	t.Helper()
	o := &oauthOkta{fakeOkta: newFakeOkta(t), public: public}
	o.on(tokenPath, o.token)
	o.on(orgPath, func(w http.ResponseWriter, r *http.Request) {
		requireAuthorization("Bearer "+o.last(), answer(200, orgDocument(orgID)))(w, r)
	})
	return o
}

func (o *oauthOkta) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fmt.Sprintf("access-%d", o.given)
}

// token gives an access token that is valid for an hour.
func (o *oauthOkta) token(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.given++
	o.mu.Unlock()
	answer(200, `{"token_type":"Bearer","expires_in":3600,"access_token":"`+o.last()+`","scope":"okta.orgs.read"}`)(w, r)
}

func (o *oauthOkta) source(t *testing.T, key *orglookup.PrivateKey, now func() time.Time) *orglookup.Management {
	t.Helper()
	source, err := orglookup.NewManagement(orglookup.ManagementOptions{
		OrgURL: o.orgURL(t), ClientID: clientID, PrivateKey: key, PrivateKeyID: keyID, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func newECKey(t testing.TB) *orglookup.PrivateKey {
	t.Helper()
	_, key := newECPair(t)
	return key
}

func newECPair(t testing.TB) (*ecdsa.PublicKey, *orglookup.PrivateKey) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := orglookup.ParsePrivateKey(pkcs8(t, private))
	if err != nil {
		t.Fatal(err)
	}
	return &private.PublicKey, key
}

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func TestOAuthRequest(t *testing.T) {
	t.Parallel()
	public, key := newECPair(t)
	okta := newOAuthOkta(t, public)
	now := time.Now().Truncate(time.Second)
	org, err := okta.source(t, key, func() time.Time { return now }).Org(t.Context())
	if err != nil || org.ID != orgID {
		t.Fatalf("got %+v, %v", org, err)
	}
	calls := okta.calls(tokenPath)
	if len(calls) != 1 {
		t.Fatalf("%d token requests, want 1", len(calls))
	}
	if calls[0].query != "" || calls[0].authorization != "" {
		t.Errorf("the token request has query %q, Authorization %q: want neither", calls[0].query, calls[0].authorization)
	}
	form := maps.Clone(calls[0].form)
	assertion := form.Get("client_assertion")
	delete(form, "client_assertion")
	want := map[string][]string{
		"grant_type": {"client_credentials"}, "scope": {"okta.orgs.read"}, "client_id": {clientID},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
	if diff := cmp.Diff(want, map[string][]string(form)); diff != "" {
		t.Error(diff)
	}
	checkAssertion(t, assertion, public, jwt.Claims{
		Issuer: clientID, Subject: clientID, Audience: jwt.Audience{okta.URL + tokenPath},
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(5 * time.Minute)),
	})
}

func checkAssertion(t *testing.T, assertion string, public crypto.PublicKey, want jwt.Claims) {
	t.Helper()
	token, err := jwt.ParseSigned(assertion, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	if kid := token.Headers[0].KeyID; kid != keyID {
		t.Errorf("kid %q", kid)
	}
	var got jwt.Claims
	if err := token.Claims(public, &got); err != nil {
		t.Fatal(err)
	}
	if got.ID == "" {
		t.Error("no jti")
	}
	got.ID = ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOAuthTokenIsReusedUntilShortlyBeforeItEnds(t *testing.T) {
	t.Parallel()
	public, key := newECPair(t)
	okta := newOAuthOkta(t, public)
	now := time.Now()
	source := okta.source(t, key, func() time.Time { return now })
	steps := []struct {
		after     time.Duration
		wantGiven int
	}{{0, 1}, {30 * time.Minute, 1}, {28 * time.Minute, 1}, {90 * time.Second, 2}}
	for _, step := range steps {
		now = now.Add(step.after)
		if _, err := source.Org(t.Context()); err != nil {
			t.Fatal(err)
		}
		if given := len(okta.calls(tokenPath)); given != step.wantGiven {
			t.Errorf("after %v: %d tokens asked for, want %d", step.after, given, step.wantGiven)
		}
	}
}

func TestOAuthTokenWithoutLifetimeIsNotReused(t *testing.T) {
	t.Parallel()
	public, key := newECPair(t)
	okta := newOAuthOkta(t, public)
	okta.on(tokenPath, answer(200, `{"token_type":"bearer","access_token":"access-0"}`))
	source := okta.source(t, key, nil)
	for range 2 {
		if _, err := source.Org(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if calls := len(okta.calls(tokenPath)); calls != 2 {
		t.Errorf("%d tokens asked for, want 2", calls)
	}
}

func TestOAuthRevokedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	public, key := newECPair(t)
	okta := newOAuthOkta(t, public)
	source := okta.source(t, key, nil)
	if _, err := source.Org(t.Context()); err != nil {
		t.Fatal(err)
	}
	okta.mu.Lock()
	okta.given = 10 // access-1 is no longer valid
	okta.mu.Unlock()
	if _, err := source.Org(t.Context()); err != nil {
		t.Fatal(err)
	}
	if calls := len(okta.calls(tokenPath)); calls != 2 {
		t.Errorf("%d tokens asked for, want 2", calls)
	}
	okta.on(orgPath, answer(401, oktaError("E0000011")))
	_, err := source.Org(t.Context())
	var refused *orglookup.Error
	if !errors.As(err, &refused) || refused.Result != orglookup.ResultRefused {
		t.Errorf("error %v, want refused", err)
	}
	if calls := len(okta.calls(tokenPath)); calls != 3 {
		t.Errorf("%d tokens asked for, want 3: one try with a new token, no more", calls)
	}
}

// The client for the rest of the API replaces a revoked token, too, and sends a body again.
func TestAPIClientReplacesARevokedToken(t *testing.T) {
	t.Parallel()
	public, key := newECPair(t)
	okta := newOAuthOkta(t, public)
	var bodies []string
	okta.on("/list", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		okta.mu.Lock()
		bodies = append(bodies, string(body))
		okta.mu.Unlock()
		requireAuthorization("Bearer "+okta.last(), answer(200, "[]"))(w, r)
	})
	client, err := orglookup.NewAPIClient(orglookup.ManagementOptions{OrgURL: okta.orgURL(t), ClientID: clientID, PrivateKey: key, PrivateKeyID: keyID}, "okta.logs.read")
	if err != nil {
		t.Fatal(err)
	}
	ask := func() int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, okta.orgURL(t).String()+"/list", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if status := ask(); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	okta.mu.Lock()
	okta.given = 10 // access-1 is no longer valid
	okta.mu.Unlock()
	if status := ask(); status != http.StatusOK || strings.Join(bodies, "") != "xxx" {
		t.Errorf("status %d, bodies %q", status, bodies)
	}
	okta.on("/list", answer(401, oktaError("E0000011")))
	if status, calls := ask(), len(okta.calls(tokenPath)); status != http.StatusUnauthorized || calls != 3 {
		t.Errorf("status %d, %d tokens asked for, want 3: one try with a new token, no more", status, calls)
	}
}

func TestOAuthFaults(t *testing.T) {
	t.Parallel()
	public, key := newECPair(t)
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    orglookup.Error
		text    string
	}{
		{"invalid_client", answer(401, `{"error":"invalid_client","error_description":"d"}`), orglookup.Error{Result: "refused", Status: 401, Code: "invalid_client"}, "credential was refused"},
		{"invalid_scope", answer(400, `{"error":"invalid_scope"}`), orglookup.Error{Result: "refused", Status: 400, Code: "invalid_scope"}, "scope okta.orgs.read"},
		{"dpop", answer(400, `{"error":"invalid_dpop_proof"}`), orglookup.Error{Result: "refused", Status: 400, Code: "invalid_dpop_proof"}, "the proof was refused"},
		{"unavailable", answer(503, `{}`), orglookup.Error{Result: "unavailable", Status: 503}, "unavailable"},
		{"rate_limited", answer(429, oktaError("E0000047"), "Retry-After", "9"), orglookup.Error{Result: "rate_limited", Status: 429, Code: "E0000047", RetryAfter: 9 * time.Second}, "rate limit"},
		{"cut", cut, orglookup.Error{Result: "network"}, "network failed"},
		{"no_token", answer(200, `{"token_type":"Bearer"}`), orglookup.Error{Result: "invalid"}, "holds no token of type Bearer"},
		{"other_type", answer(200, `{"token_type":"DPoP","access_token":"geheim","expires_in":3600}`), orglookup.Error{Result: "invalid"}, "holds no token of type Bearer"},
		{"query_string", answer(200, `access_token=geheim&token_type=Bearer`, "Content-Type", "text/plain"), orglookup.Error{Result: "invalid", Status: 200}, "not of type application/json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			okta := newOAuthOkta(t, public)
			okta.on(tokenPath, tt.handler)
			_, err := okta.source(t, key, nil).Org(t.Context())
			var got *orglookup.Error
			if !errors.As(err, &got) {
				t.Fatalf("error %v, want an *Error", err)
			}
			want := tt.want
			want.Source, want.Op, want.Err, want.RequestID = "management", "POST "+tokenPath, got.Err, got.RequestID
			if diff := cmp.Diff(want, *got, cmp.Comparer(errors.Is)); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), "assertion") {
				t.Errorf("error %q, want %q and no secret", err, tt.text)
			}
			most := 1
			if tt.name == "dpop" {
				most = 3 // see TestDPoPGivesUp
			}
			if calls := len(okta.calls(tokenPath)); calls != most {
				t.Errorf("%d token requests, want %d", calls, most)
			}
			if calls := len(okta.calls(orgPath)); calls != 0 {
				t.Errorf("the org was asked without a token")
			}
		})
	}
}

// keyTexts returns texts of private keys that must be accepted, by name.
func keyTexts(t testing.TB) map[string][]byte {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := jose.JSONWebKey{Key: rsaKey, KeyID: keyID}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"rsa_pkcs8": pkcs8(t, rsaKey),
		"rsa_pkcs1": pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey)}),
		"ec_sec1":   pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1}),
		"rsa_jwk":   append([]byte(" \n"), jwk...),
	}
}

func TestParsePrivateKey(t *testing.T) {
	t.Parallel()
	for name, text := range keyTexts(t) {
		if _, err := orglookup.ParsePrivateKey(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := jose.JSONWebKey{Key: &weak.PublicKey}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want string }{
		{"empty", "", "neither an unencrypted PEM"},
		{"damaged_pem", strings.Replace(string(pkcs8(t, curve)), "M", "N", 1), "neither an unencrypted PEM"},
		{"encrypted", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "neither an unencrypted PEM"},
		{"public_jwk", string(public), "nor a private JWK"},
		{"damaged_jwk", `{"kty":"RSA"`, "nor a private JWK"},
		{"symmetric_jwk", `{"kty":"oct","k":"Z2VoZWlt"}`, "neither RSA nor EC"},
		{"1024_bits", string(pkcs8(t, weak)), "has 1024 bits, at least 2048"},
		{"ed25519", string(pkcs8(t, edwards)), "neither RSA nor EC"},
		{"p224", string(pkcs8(t, curve)), "curve P-224"},
	}
	for _, tt := range tests {
		_, err := orglookup.ParsePrivateKey([]byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}

func FuzzParsePrivateKey(f *testing.F) {
	seeds := slices.Collect(maps.Values(keyTexts(f)))
	if len(seeds) == 0 {
		f.Fatal("no seed")
	}
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := orglookup.ParsePrivateKey(text)
		if (key == nil) == (err == nil) {
			t.Fatalf("key %v, error %v: want one of them", key, err)
		}
		if err != nil {
			if len(err.Error()) > 200 {
				t.Errorf("error of %d bytes: does it quote the key?", len(err.Error()))
			}
			return
		}
		// Every accepted key can sign.
		if _, err := orglookup.NewManagement(orglookup.ManagementOptions{
			OrgURL: mustOrgURL(t, "https://acme.okta.com"), ClientID: clientID, PrivateKey: key, PrivateKeyID: keyID,
		}); err != nil {
			t.Error(err)
		}
	})
}
