package verify

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxJWKSBytes and maxJWKSKeys bound a key set. Okta publishes 2 to 3 keys of
	// 0.5 kB each; Keycloak with certificates some 10 kB.
	maxJWKSBytes = 256 << 10
	maxJWKSKeys  = 100
	// jwksTTL is how long fetched keys are used. A key that the provider withdrew
	// is refused after that at the latest.
	jwksTTL = time.Hour
	// jwksUnknownKeyWait is the least time between two fetches for a kid that the
	// set does not hold (OpenID Connect Core §10.1.1 asks to fetch again then), so that
	// made-up tokens cannot turn this service against the provider.
	jwksUnknownKeyWait = time.Minute
	// jwksRetryWait is the least time after a fetch that failed.
	jwksRetryWait = 10 * time.Second
	// jwksFetchTimeout bounds one fetch. Key sets are static files as a rule.
	jwksFetchTimeout = 4 * time.Second
	// minRSABits is the least size of an RSA key (RFC 7518 §3.3).
	minRSABits = 2048
)

// KeySet gives the provider's signing keys.
type KeySet interface {
	// Keys returns the public signing keys with that key id, or all for "". None
	// and a nil error say that the provider has no such key; an error says that
	// its keys are not known. Implementations are safe for concurrent use.
	Keys(ctx context.Context, kid string) ([]jose.JSONWebKey, error)
}

// StaticKeys is a [KeySet] that never changes, such as a JWKS imported once.
type StaticKeys struct {
	keys []jose.JSONWebKey
}

// ParseKeys reads a JWK Set (RFC 7517 §5). Keys that cannot verify signatures
// (symmetric, private, for encryption, of unknown type) are left out; a set
// without any other is an error.
func ParseKeys(jwks []byte) (*StaticKeys, error) {
	keys, err := parseJWKS(jwks)
	if err != nil {
		return nil, err
	}
	return &StaticKeys{keys: keys}, nil
}

// Keys implements [KeySet].
// It never fails.
func (s *StaticKeys) Keys(_ context.Context, kid string) ([]jose.JSONWebKey, error) {
	return withID(s.keys, kid), nil
}

func withID(keys []jose.JSONWebKey, kid string) []jose.JSONWebKey {
	var found []jose.JSONWebKey
	for _, k := range keys {
		if kid == "" || k.KeyID == kid {
			found = append(found, k)
		}
	}
	return found
}

func parseJWKS(jwks []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, errors.New("not a JWK Set")
	}
	if len(set.Keys) > maxJWKSKeys {
		return nil, fmt.Errorf("JWK Set of %d keys (at most %d)", len(set.Keys), maxJWKSKeys)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		// RFC 7517 §5: keys that are not understood are ignored, not an error.
		if err := k.UnmarshalJSON(raw); err != nil || !usable(k) {
			continue
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("JWK Set without a public signing key")
	}
	return keys, nil
}

func usable(k jose.JSONWebKey) bool {
	return k.Valid() && k.IsPublic() && (k.Use == "" || k.Use == "sig")
}

// RemoteKeys is a [KeySet] behind a URL. It fetches on first use, keeps the keys
// for an hour and fetches again for an unknown key id, at most once a minute.
type RemoteKeys struct {
	url    string
	client *http.Client
	now    func() time.Time

	lock      chan struct{} // holds one element while someone reads or changes what follows
	keys      []jose.JSONWebKey
	fetchedAt time.Time
	triedAt   time.Time
	lastErr   error
}

// NewRemoteKeys makes a key set of a jwks_uri. It sends nothing yet. client
// bounds the time of a fetch; now is the clock.
func NewRemoteKeys(url string, client *http.Client, now func() time.Time) *RemoteKeys {
	return &RemoteKeys{url: url, client: client, now: now, lock: make(chan struct{}, 1)}
}

// Keys implements [KeySet]. Callers wait for one another while a fetch runs.
// The error is that of ctx, or that of the last fetch when there are no keys younger
// than an hour.
func (r *RemoteKeys) Keys(ctx context.Context, kid string) ([]jose.JSONWebKey, error) {
	select {
	case r.lock <- struct{}{}:
		defer func() { <-r.lock }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if r.due(kid) {
		r.refresh(ctx)
	}
	if r.lastErr != nil && r.stale() {
		return nil, r.lastErr
	}
	return withID(r.keys, kid), nil
}

func (r *RemoteKeys) stale() bool {
	return r.fetchedAt.IsZero() || r.now().Sub(r.fetchedAt) >= jwksTTL
}

// due reports whether to fetch before answering for kid.
func (r *RemoteKeys) due(kid string) bool {
	sinceTry := r.now().Sub(r.triedAt)
	switch {
	case r.stale():
		return r.lastErr == nil || sinceTry >= jwksRetryWait
	case len(withID(r.keys, kid)) == 0:
		return sinceTry >= jwksUnknownKeyWait
	}
	return false
}

func (r *RemoteKeys) refresh(ctx context.Context) {
	// A caller that goes away must not count as a failure of the provider, nor as
	// a way to fetch again at once.
	ctx, cancel := detach(ctx, jwksFetchTimeout)
	defer cancel()
	keys, err := r.fetch(ctx)
	r.triedAt, r.lastErr = r.now(), err
	if err == nil {
		r.keys, r.fetchedAt = keys, r.now()
	}
}

func (r *RemoteKeys) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url, nil) //nolint:gosec // as below
	if err != nil {
		return nil, fmt.Errorf("jwks_uri %q: %w", r.url, err)
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := r.client.Do(req) //nolint:gosec // the address comes from configuration or discovery, never from a token
	if err != nil {
		return nil, fmt.Errorf("fetching signing keys: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetching signing keys: %s answered status %d", r.url, resp.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxJWKSBytes+1))
	if err != nil {
		return nil, fmt.Errorf("fetching signing keys: %w", err)
	}
	if len(body) > maxJWKSBytes {
		return nil, fmt.Errorf("fetching signing keys: more than %d bytes", maxJWKSBytes)
	}
	keys, err := parseJWKS(body)
	if err != nil {
		return nil, fmt.Errorf("fetching signing keys: %s: %w", r.url, err)
	}
	return keys, nil
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
