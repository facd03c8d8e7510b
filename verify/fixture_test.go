package verify

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
)

const (
	testIssuer = "https://hopital.example/oauth2/default"
	testClient = "0oatestclient0000000"
	testNonce  = "n-0S6_WzA2Mj"
	testOrg    = "00otestorg0000000000"
	testUser   = "00utestuser000000000"
	testLogin  = "claire.martin@hopital.example"
)

func testNow() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) }

// testKeys are made once: an RSA key takes a while. They are never changed.
type testKeys struct {
	rsa, otherRSA, smallRSA *rsa.PrivateKey
	ec                      *ecdsa.PrivateKey
}

var makeTestKeys = sync.OnceValue(func() testKeys { //nolint:gochecknoglobals // made once, never changed
	newRSA := func(bits int) *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		return k
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return testKeys{rsa: newRSA(2048), otherRSA: newRSA(2048), smallRSA: newRSA(1024), ec: ec}
})

// tokenSpec is a token that a test can break before it is signed.
type tokenSpec struct {
	claims map[string]any
	header map[string]any // laid over alg and kid
	alg    jose.SignatureAlgorithm
	kid    string
	key    crypto.PrivateKey
	edit   func(string) string // changes the signed text
}

// world is one good sign-in, in parts.
type world struct {
	id, access tokenSpec
	userinfo   map[string]any
	in         Input
	calls      testCalls
}

type testCalls map[string]HookCall

func (c testCalls) HookCall(jti string) (HookCall, bool) {
	call, ok := c[jti]
	return call, ok
}

// failingKeys is a key set that cannot be read.
type failingKeys struct{ err error }

func (f failingKeys) Keys(context.Context, string) ([]jose.JSONWebKey, error) { return nil, f.err }

func testJWKS(t testing.TB) []byte {
	t.Helper()
	keys := makeTestKeys()
	out, err := json.Marshal(map[string]any{"keys": []jose.JSONWebKey{
		{Key: keys.rsa.Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"},
		{Key: keys.ec.Public(), KeyID: "k2", Algorithm: "ES256", Use: "sig"},
		{Key: keys.smallRSA.Public(), KeyID: "small", Use: "sig"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// goodWorld is a sign-in of which every check of the profile passes.
func goodWorld(t testing.TB, profile string) *world {
	t.Helper()
	p, err := ProfileNamed(profile)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(testJWKS(t))
	if err != nil {
		t.Fatal(err)
	}
	now := testNow()
	w := &world{
		id: tokenSpec{alg: jose.RS256, kid: "k1", key: makeTestKeys().rsa, claims: map[string]any{
			"iss": testIssuer, "aud": testClient, "sub": testUser, "nonce": testNonce, "jti": "ID.1", "ver": 1,
			"iat": now.Add(-2 * time.Second).Unix(), "exp": now.Add(time.Hour).Unix(), "auth_time": now.Add(-5 * time.Second).Unix(),
		}},
		access: tokenSpec{alg: jose.RS256, kid: "k1", key: makeTestKeys().rsa, claims: map[string]any{
			"iss": testIssuer, "aud": "api://default", "sub": testLogin, "uid": testUser, "cid": testClient, "jti": "AT.1",
			"iat": now.Add(-2 * time.Second).Unix(), "exp": now.Add(time.Hour).Unix(), "scp": []string{"openid", "profile", "email"},
		}},
		userinfo: map[string]any{"sub": testUser},
		in: Input{
			Nonce: testNonce, Issuer: testIssuer, ClientID: testClient, Now: now, Profile: p, Keys: keys,
			Provider: &Provider{PKCEMethods: []string{"S256"}},
		},
	}
	w.dress(profile)
	return w
}

// dress adds what the profile wants to see.
func (w *world) dress(profile string) {
	switch profile {
	case "psc":
		maps.Copy(w.id.claims, map[string]any{"tid": testOrg, "amr": []string{"swk", "mfa", "pwd", "okta_verify"}})
		maps.Copy(w.access.claims, map[string]any{"tid": testOrg, "oid": testUser, "amr": []string{"okta_verify", "mfa", "pwd", "swk"}})
		w.in.ExpectedTID = testOrg
		w.in.Scopes = []string{"openid", "profile", "email"}
		w.calls = testCalls{"AT.1": {
			At: w.in.Now.Add(-800 * time.Millisecond), Took: 2 * time.Millisecond, Outcome: "commands",
			IDTokenClaims: []string{"tid"}, AccessTokenClaims: []string{"oid", "tid", "amr"},
		}}
	case "psc-op":
		w.id.claims["acr"] = "eidas2"
		w.in.ACRValues = []string{"eidas2"}
		w.in.Scopes = []string{"openid", "scope_all"}
		maps.Copy(w.userinfo, map[string]any{"preferred_username": "899700000001", "given_name": "Claire", "family_name": "Martin"})
	case "rofim":
		w.in.Scopes = []string{"openid", "email", "partner_profil"}
		maps.Copy(w.id.claims, map[string]any{"email": "claire.martin@hopital.example", "family_name": "Martin", "given_name": "Claire"})
		maps.Copy(w.userinfo, map[string]any{
			"formatted_name": "Dr Claire Martin", "title": "Dr", "initials": "CM", "specialty": "Cardiologie",
			"account_type": "doctor", "country": "FR", "city": "Lyon", "RPPS": "10001234567",
		})
	case "chg-meridian":
		w.in.Scopes = []string{"openid", "profile", "email"}
		maps.Copy(w.id.claims, map[string]any{
			"email": "claire.martin@hopital.example", "preferred_username": "cmartin", "name": "Claire Martin",
			"given_name": "Claire", "family_name": "Martin",
		})
	}
}

// sign makes the token's text.
func (s tokenSpec) sign(t testing.TB) string {
	t.Helper()
	payload, err := json.Marshal(s.claims, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	out := signPayload(t, s, payload)
	if s.edit != nil {
		out = s.edit(out)
	}
	return out
}

func signPayload(t testing.TB, s tokenSpec, payload []byte) string {
	t.Helper()
	if s.key == nil { // alg none and the like
		header, err := json.Marshal(map[string]any{"alg": string(s.alg), "kid": s.kid})
		if err != nil {
			t.Fatal(err)
		}
		enc := base64.RawURLEncoding
		return enc.EncodeToString(header) + "." + enc.EncodeToString(payload) + "."
	}
	opts := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{}}
	for k, v := range s.header {
		opts.ExtraHeaders[jose.HeaderKey(k)] = v
	}
	key := s.key
	if s.kid != "" {
		opts.ExtraHeaders["kid"] = s.kid
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: s.alg, Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// input signs the tokens, access token first, so that at_hash fits unless the
// test says otherwise.
func (w *world) input(t testing.TB) Input {
	t.Helper()
	in := w.in
	in.AccessToken = w.access.sign(t)
	if _, set := w.id.claims["at_hash"]; !set {
		w.id.claims["at_hash"] = accessTokenHash(string(w.id.alg), strings.TrimSpace(in.AccessToken))
	}
	in.IDToken = w.id.sign(t)
	if w.userinfo != nil && in.UserInfo == nil {
		out, err := json.Marshal(w.userinfo)
		if err != nil {
			t.Fatal(err)
		}
		in.UserInfo = out
	}
	if w.calls != nil {
		in.HookCalls = w.calls
	}
	return in
}

// swapPart changes one decoded part of a token and keeps the others.
func swapPart(text string, part int, change func(string) string) string {
	parts := strings.Split(text, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(parts[part])
	if err != nil {
		panic(err)
	}
	parts[part] = base64.RawURLEncoding.EncodeToString([]byte(change(string(decoded))))
	return strings.Join(parts, ".")
}
