// Package jwks holds the public keys of an issuer (RFC 7517): read from a text, or fetched and kept for a while.
package jwks

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
)

const (
	// maxBytes and maxKeys bound a key set. Okta publishes 2 to 3 keys of
	// 0.5 kB each; Keycloak with certificates some 10 kB.
	maxBytes = 256 << 10
	maxKeys  = 100
	// maxDepth and maxValues bound its form. A key is on the third level, with a dozen values.
	maxDepth  = 20
	maxValues = 5000
	// ttl is how long fetched keys are used. A key that the provider withdrew
	// is refused after that at the latest.
	ttl = time.Hour
	// unknownKeyWait is the least time between two fetches for a kid that the
	// set does not hold (OpenID Connect Core §10.1.1 asks to fetch again then), so that
	// made-up tokens cannot turn this service against the provider.
	unknownKeyWait = time.Minute
	// retryWait is the least time after a fetch that failed.
	retryWait = 10 * time.Second
	// fetchTimeout bounds one fetch. Key sets are static files as a rule.
	fetchTimeout = 4 * time.Second
	// maxRSABits is the longest RSA key that is used: longer ones take seconds to check a signature. TLS of Go stops there, too.
	maxRSABits = 8192
)

// Static is a key set that never changes, such as a JWKS imported once.
type Static struct {
	keys []jose.JSONWebKey
}

// Parse reads a JWK Set (RFC 7517 §5). Keys that cannot verify signatures
// (symmetric, private, for encryption, of unknown type) are left out; a set
// without any other is an error.
func Parse(jwks []byte) (*Static, error) {
	keys, err := parseJWKS(jwks)
	if err != nil {
		return nil, err
	}
	return &Static{keys: keys}, nil
}

// Keys implements verify.KeySet.
// It never fails.
func (s *Static) Keys(_ context.Context, kid string) ([]jose.JSONWebKey, error) {
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
	if err := (outside.JSONLimits{Bytes: maxBytes, Depth: maxDepth, Values: maxValues}).Check(jwks); err != nil {
		return nil, fmt.Errorf("JWK Set %w", err)
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, errors.New("not a JWK Set")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("JWK Set of %d keys (at most %d)", len(set.Keys), maxKeys)
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
	if rsaKey, ok := k.Key.(*rsa.PublicKey); ok && rsaKey.N.BitLen() > maxRSABits {
		return false
	}
	return k.Valid() && k.IsPublic() && (k.Use == "" || k.Use == "sig")
}

// Remote is a key set behind a URL. It fetches on first use, keeps the keys
// for an hour and fetches again for an unknown key id, at most once a minute.
type Remote struct {
	url    string
	client *http.Client
	now    func() time.Time

	lock      chan struct{} // holds one element while someone reads or changes what follows
	keys      []jose.JSONWebKey
	fetchedAt time.Time
	triedAt   time.Time
	lastErr   error
}

// NewRemote makes a key set of a jwks_uri. It sends nothing yet. client
// bounds the time of a fetch; now is the clock.
func NewRemote(url string, client *http.Client, now func() time.Time) *Remote {
	return &Remote{url: url, client: client, now: now, lock: make(chan struct{}, 1)}
}

// Keys implements verify.KeySet. Callers wait for one another while a fetch runs.
// The error is that of ctx, or that of the last fetch when there are no keys younger
// than an hour.
func (r *Remote) Keys(ctx context.Context, kid string) ([]jose.JSONWebKey, error) {
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

func (r *Remote) stale() bool {
	return r.fetchedAt.IsZero() || r.now().Sub(r.fetchedAt) >= ttl
}

// due reports whether to fetch before answering for kid.
func (r *Remote) due(kid string) bool {
	sinceTry := r.now().Sub(r.triedAt)
	switch {
	case r.stale():
		return r.lastErr == nil || sinceTry >= retryWait
	case len(withID(r.keys, kid)) == 0:
		return sinceTry >= unknownKeyWait
	}
	return false
}

func (r *Remote) refresh(ctx context.Context) {
	// A caller that goes away must not count as a failure of the provider, nor as
	// a way to fetch again at once.
	ctx, cancel := outside.Detach(ctx, fetchTimeout)
	defer cancel()
	keys, err := r.fetch(ctx)
	r.triedAt, r.lastErr = r.now(), err
	if err == nil {
		r.keys, r.fetchedAt = keys, r.now()
	}
}

func (r *Remote) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	keys, err := Fetch(ctx, r.url, r.client)
	if err != nil {
		return nil, fmt.Errorf("fetching signing keys: %w", err)
	}
	return keys, nil
}

// Fetch gets the key set at a URL, which comes from configuration or discovery, never from a token. It bounds what it
// reads; client bounds the time and says which redirects are followed. Keys are left out as in [Parse].
func Fetch(ctx context.Context, url string, client *http.Client) ([]jose.JSONWebKey, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered status %d", url, resp.StatusCode)
	}
	body, err := outside.Read(resp.Body, maxBytes)
	if err != nil {
		return nil, err
	}
	keys, err := parseJWKS(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	return keys, nil
}
