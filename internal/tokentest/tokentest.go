// Package tokentest makes the tokens of good sign-ins, which a test then breaks in one place, and
// hostile tokens.
//
// It is for tests only and imports no other package of this module.
package tokentest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
)

// The parties of every sign-in.
const (
	Issuer = "https://hopital.example/oauth2/default"
	Client = "0oatestclient0000000"
	Nonce  = "n-0S6_WzA2Mj"
	Org    = "00otestorg0000000000"
	User   = "00utestuser000000000"
	Login  = "claire.martin@hopital.example"
)

// Now is the time at which tests take place.
func Now() time.Time { return time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC) }

// Keys are made once, because RSA keys take long to make. They are never changed.
type Keys struct {
	RSA, OtherRSA, SmallRSA *rsa.PrivateKey
	EC                      *ecdsa.PrivateKey
}

var makeKeys = sync.OnceValue(func() Keys { //nolint:gochecknoglobals // made once, never changed
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
	return Keys{RSA: newRSA(2048), OtherRSA: newRSA(2048), SmallRSA: newRSA(1024), EC: ec}
})

// MakeKeys returns the keys of the issuer.
func MakeKeys() Keys { return makeKeys() }

// Token is a token that a test can change before it is signed.
type Token struct {
	Claims map[string]any
	Header map[string]any // replaces or adds to alg and kid
	Alg    jose.SignatureAlgorithm
	Kid    string
	Key    crypto.PrivateKey
	Edit   func(string) string // changes the signed text
}

// JWKS returns the public keys of the issuer.
func JWKS(t testing.TB) []byte {
	t.Helper()
	keys := MakeKeys()
	out, err := json.Marshal(map[string]any{"keys": []jose.JSONWebKey{
		{Key: keys.RSA.Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"},
		{Key: keys.EC.Public(), KeyID: "k2", Algorithm: "ES256", Use: "sig"},
		{Key: keys.SmallRSA.Public(), KeyID: "small", Use: "sig"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Sign returns the signed text of the token.
func (s Token) Sign(t testing.TB) string {
	t.Helper()
	payload, err := json.Marshal(s.Claims, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	out := signPayload(t, s, payload)
	if s.Edit != nil {
		out = s.Edit(out)
	}
	return out
}

func signPayload(t testing.TB, s Token, payload []byte) string {
	t.Helper()
	if s.Key == nil { // alg none and the like
		header, err := json.Marshal(map[string]any{"alg": string(s.Alg), "kid": s.Kid})
		if err != nil {
			t.Fatal(err)
		}
		enc := base64.RawURLEncoding
		return enc.EncodeToString(header) + "." + enc.EncodeToString(payload) + "."
	}
	opts := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{}}
	for k, v := range s.Header {
		opts.ExtraHeaders[jose.HeaderKey(k)] = v
	}
	key := s.Key
	if s.Kid != "" {
		opts.ExtraHeaders["kid"] = s.Kid
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: s.Alg, Key: key}, opts)
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

// SwapPart changes one decoded part of a token and keeps the others.
func SwapPart(text string, part int, change func(string) string) string {
	parts := strings.Split(text, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(parts[part])
	if err != nil {
		panic(err)
	}
	parts[part] = base64.RawURLEncoding.EncodeToString([]byte(change(string(decoded))))
	return strings.Join(parts, ".")
}

// SignIn holds the parts of one good sign-in.
type SignIn struct {
	ID, Access  Token
	UserInfo    map[string]any
	ExpectedTID string
	Scopes      []string
	ACRValues   []string
}

// Good returns a sign-in that passes every check of the profile.
func Good(profile string) *SignIn {
	now := Now()
	s := &SignIn{
		ID: Token{Alg: jose.RS256, Kid: "k1", Key: makeKeys().RSA, Claims: map[string]any{
			"iss": Issuer, "aud": Client, "sub": User, "nonce": Nonce, "idp": Org, "jti": "ID.1", "ver": 1,
			"iat": now.Add(-2 * time.Second).Unix(), "exp": now.Add(time.Hour).Unix(), "auth_time": now.Add(-5 * time.Second).Unix(),
		}},
		Access: Token{Alg: jose.RS256, Kid: "k1", Key: makeKeys().RSA, Claims: map[string]any{
			"iss": Issuer, "aud": "api://default", "sub": Login, "uid": User, "cid": Client, "jti": "AT.1",
			"iat": now.Add(-2 * time.Second).Unix(), "exp": now.Add(time.Hour).Unix(), "scp": []string{"openid", "profile", "email"},
		}},
		UserInfo: map[string]any{"sub": User},
	}
	s.dress(profile)
	return s
}

// dress adds what the profile requires.
func (s *SignIn) dress(profile string) {
	switch profile {
	case "psc":
		maps.Copy(s.ID.Claims, map[string]any{"tid": Org, "amr": []string{"swk", "mfa", "pwd", "okta_verify"}})
		maps.Copy(s.Access.Claims, map[string]any{"tid": Org, "oid": User, "amr": []string{"okta_verify", "mfa", "pwd", "swk"}})
		s.ExpectedTID = Org
		s.Scopes = []string{"openid", "profile", "email"}
	case "psc-op":
		s.ID.Claims["acr"] = "eidas2"
		s.ACRValues = []string{"eidas2"}
		s.Scopes = []string{"openid", "scope_all"}
		maps.Copy(s.UserInfo, map[string]any{"preferred_username": "899700000001", "given_name": "Claire", "family_name": "Martin"})
	case "rofim":
		s.Scopes = []string{"openid", "email", "partner_profil"}
		maps.Copy(s.ID.Claims, map[string]any{"email": "claire.martin@hopital.example", "family_name": "Martin", "given_name": "Claire"})
		maps.Copy(s.UserInfo, map[string]any{
			"formatted_name": "Dr Claire Martin", "title": "Dr", "initials": "CM", "specialty": "Cardiologie",
			"account_type": "doctor", "country": "FR", "city": "Lyon", "RPPS": "10001234567",
		})
	case "chg-meridian":
		s.Scopes = []string{"openid", "profile", "email"}
		maps.Copy(s.ID.Claims, map[string]any{
			"email": "claire.martin@hopital.example", "preferred_username": "cmartin", "name": "Claire Martin",
			"given_name": "Claire", "family_name": "Martin",
		})
	}
}

// Signed signs the tokens, the access token first, so that at_hash is right unless the test sets
// it.
func (s *SignIn) Signed(t testing.TB) (idToken, accessToken string, userinfo []byte) {
	t.Helper()
	accessToken = s.Access.Sign(t)
	if _, set := s.ID.Claims["at_hash"]; !set {
		s.ID.Claims["at_hash"] = leftHalf(s.ID.Alg, strings.TrimSpace(accessToken))
	}
	if s.UserInfo != nil {
		var err error
		if userinfo, err = json.Marshal(s.UserInfo); err != nil {
			t.Fatal(err)
		}
	}
	return s.ID.Sign(t), accessToken, userinfo
}

// leftHalf is at_hash (OpenID Connect Core §3.1.3.6), written again so that a test does not repeat
// a mistake of the code.
func leftHalf(alg jose.SignatureAlgorithm, token string) string {
	sum := sha256.New()
	switch {
	case strings.HasSuffix(string(alg), "384"):
		sum = sha512.New384()
	case strings.HasSuffix(string(alg), "512"):
		sum = sha512.New()
	}
	_, _ = sum.Write([]byte(token)) // never fails
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:sum.Size()/2])
}
