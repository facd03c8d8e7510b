package oktaemu

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
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

// keyring holds an authorization server's signing keys. Keys are drawn when they
// are first needed, because drawing one is slow. It has a lock of its own and is
// safe for concurrent use.
type keyring struct {
	now func() time.Time

	mu   sync.Mutex
	keys []signingKey // the active key first, then expired ones, newest first
	next *signingKey
}

type signingKey struct {
	id      string
	status  string
	created stamp
	updated stamp
	private *rsa.PrivateKey
}

func (k *keyring) draw(status string) signingKey {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil { // only a broken platform: crypto/rand never fails and the size is valid
		panic(fmt.Sprintf("oktaemu: generate RSA key: %v", err))
	}
	now := stamp(k.now())
	return signingKey{id: randomToken(), status: status, created: now, updated: now, private: private}
}

// active returns the key that signs.
func (k *keyring) active() signingKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.activeLocked()
}

func (k *keyring) activeLocked() signingKey {
	if len(k.keys) == 0 {
		k.keys = append(k.keys, k.draw(keyActive))
	}
	return k.keys[0]
}

// published returns the keys that verify tokens: the active one and expired ones.
func (k *keyring) published() []signingKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.activeLocked()
	return slices.Clone(k.keys)
}

// all returns the published keys and the next one.
func (k *keyring) all() []signingKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.activeLocked()
	k.nextLocked()
	return append(slices.Clone(k.keys), *k.next)
}

func (k *keyring) nextLocked() {
	if k.next == nil {
		next := k.draw(keyNext)
		k.next = &next
	}
}

// rotate makes the next key active. The key that was active stays published.
func (k *keyring) rotate() {
	k.mu.Lock()
	defer k.mu.Unlock()
	old := k.activeLocked()
	k.nextLocked()
	now := stamp(k.now())
	old.status, old.updated = keyExpired, now
	fresh := *k.next
	fresh.status, fresh.updated = keyActive, now
	expired := append([]signingKey{old}, k.keys[1:]...)
	k.keys = append([]signingKey{fresh}, expired[:min(len(expired), maxOldKeys)]...)
	k.next = nil
}

// jwks is the set of published keys as a client reads it (RFC 7517).
func (k *keyring) jwks() jose.JSONWebKeySet {
	var set jose.JSONWebKeySet
	for _, key := range k.published() {
		set.Keys = append(set.Keys, key.publicJWK())
	}
	return set
}

// sign makes a compact JWS (RFC 7515) over payload with header members kid and alg,
// as Okta's tokens have them.
func (key signingKey) sign(payload []byte) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.RS256,
		Key:       jose.JSONWebKey{Key: key.private, KeyID: key.id},
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

// base64Int is the JWK form of an integer (RFC 7518, section 6.3).
func base64Int(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
