package verify

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"slices"
	"strings"

	"pschook/internal/jwks"
)

// KeySet returns the provider's keys.
type KeySet interface {
	// Keys returns the published keys with that key id, or all keys for "". It includes keys that
	// cannot check signatures (see [jwks.Key]). No keys and a nil error mean that the provider has
	// no such key. An error means that its keys are not known. Implementations are safe for
	// concurrent use.
	Keys(ctx context.Context, kid string) ([]jwks.Key, error)
}

// keyAnswer is the answer of a key set for one token.
type keyAnswer struct {
	keys []jwks.Key // with the token's kid
	all  []jwks.Key // every key
	err  error
}

var errNoKeys = errors.New("no key set is configured")

// askKeys asks for the keys that may have signed t. It does not ask if the alg of t is refused
// anyway.
func askKeys(ctx context.Context, set KeySet, t *token) keyAnswer {
	if t == nil || !algAllowed(t.alg) {
		return keyAnswer{}
	}
	if set == nil {
		return keyAnswer{err: errNoKeys}
	}
	var a keyAnswer
	if a.keys, a.err = set.Keys(ctx, t.kid); a.err == nil {
		a.all, a.err = set.Keys(ctx, "")
	}
	return a
}

// allowedAlgs are the accepted signature algorithms. They all use public keys, so neither "none"
// nor a public key used as an HMAC secret is accepted (RFC 8725 §2.1, §3.1).
func allowedAlgs() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
}

func algAllowed(alg string) bool { return slices.Contains(allowedAlgs(), alg) }

// keyFits reports whether the key may be used with alg. If the key has its own "alg", both must
// agree (RFC 7517 §4.4).
func keyFits(k jwks.Key, alg string) bool {
	return (k.Alg == "" || k.Alg == alg) && typeFits(k, alg)
}

// typeFits reports whether keys of that type can make signatures of alg (RFC 7518 §3.1).
func typeFits(k jwks.Key, alg string) bool {
	switch public := k.Public.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	case *ecdsa.PublicKey:
		curves := map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}
		return curves[alg] == public.Curve
	}
	return false
}

// keyType names the type of a key as issuers and consoles do.
func keyType(k jwks.Key) string {
	switch public := k.Public.(type) {
	case *rsa.PublicKey:
		return "RSA"
	case *ecdsa.PublicKey:
		return "EC " + public.Curve.Params().Name
	}
	return "Ed25519"
}
