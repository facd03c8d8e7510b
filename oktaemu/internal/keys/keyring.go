// Package keys holds the RSA keys that sign the emulator's tokens: one that signs, one that will
// sign after the next rotation, and expired ones that still verify.
package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"pschook/oktaemu/internal/wire"
)

// keyBits is the size of Okta's signing keys.
const keyBits = 2048

// maxOldKeys bounds the keys that an authorization server still publishes after rotations.
const maxOldKeys = 4

// The states of a signing key (Okta developer docs, guides/key-rotation).
const (
	keyActive  = "ACTIVE"  // signs
	keyNext    = "NEXT"    // will sign after the next rotation
	keyExpired = "EXPIRED" // signs no more; still published so that tokens verify
)

// SigningKey is a key pair. The pair itself is generated on first use, because that is slow.
type SigningKey struct {
	ID      string // its kid
	Status  string
	Created wire.Stamp
	Updated wire.Stamp
	private func() *rsa.PrivateKey
}

// New returns a key that signs.
func New(now time.Time) SigningKey { return draw(keyActive, now) }

func draw(status string, now time.Time) SigningKey {
	return SigningKey{
		ID: wire.RandomToken(), Status: status, Created: wire.Stamp(now), Updated: wire.Stamp(now),
		private: sync.OnceValue(func() *rsa.PrivateKey {
			private, err := rsa.GenerateKey(rand.Reader, keyBits)
			if err != nil { // only a broken platform: crypto/rand never fails and the size is valid
				panic(fmt.Sprintf("oktaemu: generate RSA key: %v", err))
			}
			return private
		}),
	}
}

// Public returns the key as a client reads it (RFC 7517).
func (key SigningKey) Public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: key.private().Public(), KeyID: key.ID, Algorithm: string(jose.RS256), Use: "sig"}
}

// Numbers returns modulus and exponent in the form of a JWK (RFC 7518, section 6.3).
func (key SigningKey) Numbers() (n, e string) {
	public := key.private().PublicKey
	encode := func(i *big.Int) string { return base64.RawURLEncoding.EncodeToString(i.Bytes()) }
	return encode(public.N), encode(big.NewInt(int64(public.E)))
}

// Sign makes a compact JWS (RFC 7515) over payload with header members kid and alg,
// as Okta's tokens have them.
func (key SigningKey) Sign(payload []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.RS256,
		Key:       jose.JSONWebKey{Key: key.private(), KeyID: key.ID},
	}, nil)
	if err != nil {
		return "", fmt.Errorf("new signer: %w", err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return jws.CompactSerialize()
}

// SignToken adds iat and exp, which lies lifetime seconds ahead, to claims, and
// returns the JWT and its jti.
func (key SigningKey) SignToken(claims map[string]any, lifetime int, now time.Time) (token, jti string, err error) {
	claims["iat"] = now.Unix()
	claims["exp"] = now.Unix() + int64(lifetime)
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", "", err
	}
	jti, _ = claims["jti"].(string)
	token, err = key.Sign(payload)
	return token, jti, err
}

// Ring is the signing keys of an authorization server.
type Ring struct {
	keys []SigningKey // the active key first, then expired ones, newest first
	next SigningKey
}

// NewRing returns a ring with an active and a next key.
func NewRing(now time.Time) *Ring {
	return &Ring{keys: []SigningKey{draw(keyActive, now)}, next: draw(keyNext, now)}
}

// Active returns the key that signs.
func (k *Ring) Active() SigningKey { return k.keys[0] }

// Published returns the keys that verify tokens: the active one and expired ones.
func (k *Ring) Published() Set { return slices.Clone(k.keys) }

// All returns the published keys and the next one.
func (k *Ring) All() []SigningKey { return append(slices.Clone(k.keys), k.next) }

// Rotate makes the next key active. The key that was active stays published.
func (k *Ring) Rotate(now time.Time) {
	old, fresh := k.keys[0], k.next
	old.Status, old.Updated = keyExpired, wire.Stamp(now)
	fresh.Status, fresh.Updated = keyActive, wire.Stamp(now)
	expired := append([]SigningKey{old}, k.keys[1:]...)
	k.keys = append([]SigningKey{fresh}, expired[:min(len(expired), maxOldKeys)]...)
	k.next = draw(keyNext, now)
}

// Set is keys that verify tokens.
type Set []SigningKey

// JWKS is the set as a client reads it (RFC 7517).
func (s Set) JWKS() jose.JSONWebKeySet {
	var set jose.JSONWebKeySet
	for _, key := range s {
		set.Keys = append(set.Keys, key.Public())
	}
	return set
}

// TokenClaims are the claims of the emulator's own tokens that it reads back.
type TokenClaims struct {
	Issuer  string   `json:"iss"`
	JTI     string   `json:"jti"`
	Subject string   `json:"sub"`
	Scopes  []string `json:"scp"`
	Expiry  int64    `json:"exp"`

	All map[string]any `json:"-"`
}

// Read verifies the signature of a token, and reads its claims.
func (s Set) Read(token string) (TokenClaims, bool) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return TokenClaims{}, false
	}
	i := slices.IndexFunc(s, func(key SigningKey) bool { return key.ID == jws.Signatures[0].Header.KeyID })
	if i < 0 {
		return TokenClaims{}, false
	}
	payload, err := jws.Verify(s[i].private().Public())
	if err != nil {
		return TokenClaims{}, false
	}
	var claims TokenClaims
	if json.Unmarshal(payload, &claims) != nil || json.Unmarshal(payload, &claims.All) != nil {
		return TokenClaims{}, false
	}
	return claims, true
}
