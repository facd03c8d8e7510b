package verify

import (
	"context"
	"crypto/rsa"
	"errors"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// KeySet gives the provider's signing keys.
type KeySet interface {
	// Keys returns the public signing keys with that key id, or all for "". None
	// and a nil error say that the provider has no such key; an error says that
	// its keys are not known. Implementations are safe for concurrent use.
	Keys(ctx context.Context, kid string) ([]jose.JSONWebKey, error)
}

// keyAnswer is what a key set said for one token.
type keyAnswer struct {
	keys []jose.JSONWebKey
	err  error
}

var errNoKeys = errors.New("no key set is configured")

// askKeys asks for the keys that may have signed t, and not at all when its alg
// is refused anyway.
func askKeys(ctx context.Context, set KeySet, t *token) keyAnswer {
	if t == nil || !algAllowed(t.alg) {
		return keyAnswer{}
	}
	if set == nil {
		return keyAnswer{err: errNoKeys}
	}
	keys, err := set.Keys(ctx, t.kid)
	return keyAnswer{keys: keys, err: err}
}

// allowedAlgs are the signature algorithms that are accepted: public-key ones
// only, so that neither "none" nor a public key used as an HMAC secret can pass
// (RFC 8725 §2.1, §3.1).
func allowedAlgs() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
}

func algAllowed(alg string) bool { return slices.Contains(allowedAlgs(), alg) }

// minRSABits is the least size of an RSA key (RFC 7518 §3.3).
const minRSABits = 2048

// keyFits reports whether the key may be used with alg: its own "alg" must agree
// where it has one (RFC 7517 §4.4), and an RSA key must be long enough.
func keyFits(k jose.JSONWebKey, alg string) bool {
	if k.Algorithm != "" && k.Algorithm != alg {
		return false
	}
	if pub, ok := k.Key.(*rsa.PublicKey); ok {
		return pub.N.BitLen() >= minRSABits
	}
	return true
}
