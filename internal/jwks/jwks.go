// Package jwks holds the public keys of an issuer (RFC 7517): read from a text, or fetched and kept for a while.
package jwks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

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
)

// Static is a key set that never changes, such as a JWKS imported once.
type Static struct {
	keys []Key
}

// SetError says why a text is no set of keys (RFC 7517 §5).
type SetError struct {
	Why string // quotes nothing of it
}

// Error says what it is instead.
func (e *SetError) Error() string { return e.Why }

// StatusError is an answer other than 200 to the request for a key set.
type StatusError struct {
	URL    string
	Status int
}

// Error names address and status.
func (e *StatusError) Error() string { return fmt.Sprintf("%s answered status %d", e.URL, e.Status) }

// Parse reads a JWK Set (RFC 7517 §5) that is not going to change. A set without any key that can check signatures is an
// error that names each, as is a text that is no set: a *[SetError].
func Parse(jwks []byte) (*Static, error) {
	keys, err := parseJWKS(jwks)
	if err != nil {
		return nil, err
	}
	if len(usable(keys)) == 0 {
		return nil, &SetError{Why: "JWK Set without a public signing key" + faults(keys)}
	}
	return &Static{keys: keys}, nil
}

// faults lists why keys cannot be used.
func faults(keys []Key) string {
	var list strings.Builder
	for i, k := range keys {
		if k.Fault != nil && i < maxNamed {
			fmt.Fprintf(&list, "; key %q: %v", k.ID, k.Fault)
		}
	}
	return list.String()
}

// maxNamed is how many keys an error names.
const maxNamed = 10

// Keys implements verify.KeySet.
// It never fails.
func (s *Static) Keys(_ context.Context, kid string) ([]Key, error) {
	return withID(s.keys, kid), nil
}

func withID(keys []Key, kid string) []Key {
	var found []Key
	for _, k := range keys {
		if kid == "" || k.ID == kid {
			found = append(found, k)
		}
	}
	return found
}

func usable(keys []Key) []Key {
	return slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k.Fault != nil })
}

// parseJWKS reads all keys of a set, whatever their state; there is at least one.
func parseJWKS(jwks []byte) ([]Key, error) {
	var set struct {
		Keys    []jsontext.Value `json:"keys"`
		KeyType jsontext.Value   `json:"kty"`
		KeysURL jsontext.Value   `json:"jwks_uri"`
	}
	var limit *outside.LimitError
	err := outside.JSONLimits{Bytes: maxBytes, Depth: maxDepth, Values: maxValues}.Check(jwks)
	if errors.As(err, &limit) {
		return nil, &SetError{Why: "JWK Set " + limit.Error()}
	}
	err = json.Unmarshal(jwks, &set)
	switch {
	case err != nil:
		return nil, &SetError{Why: "not a JWK Set: not the JSON object expected"}
	case set.Keys == nil && set.KeyType != nil:
		return nil, &SetError{Why: "not a JWK Set: a single key, without the list keys around it"}
	case set.Keys == nil && set.KeysURL != nil:
		return nil, &SetError{Why: "not a JWK Set: provider metadata, whose jwks_uri leads to it"}
	case set.Keys == nil:
		return nil, &SetError{Why: "not a JWK Set: without the member keys"}
	case len(set.Keys) == 0:
		return nil, &SetError{Why: "JWK Set without a public signing key: it is empty"}
	case len(set.Keys) > maxKeys:
		return nil, &SetError{Why: fmt.Sprintf("JWK Set of %d keys (at most %d)", len(set.Keys), maxKeys)}
	}
	keys := make([]Key, len(set.Keys))
	for i, raw := range set.Keys {
		keys[i] = parseKey(raw)
	}
	return keys, nil
}

// Remote is a key set behind a URL. It fetches on first use, keeps the keys
// for an hour and fetches again for a key id that is unknown or whose key cannot be used, at most once a minute.
type Remote struct {
	url    string
	client *http.Client
	now    func() time.Time

	lock      chan struct{} // holds one element while someone reads or changes what follows
	keys      []Key
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
func (r *Remote) Keys(ctx context.Context, kid string) ([]Key, error) {
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
	case len(usable(withID(r.keys, kid))) == 0:
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

func (r *Remote) fetch(ctx context.Context) ([]Key, error) {
	keys, err := Fetch(ctx, r.url, r.client)
	if err != nil {
		return nil, fmt.Errorf("fetching signing keys: %w", err)
	}
	return keys, nil
}

// Fetch gets the key set at a URL, which comes from configuration or discovery, never from a token. It bounds what it
// reads; client bounds the time and says which redirects are followed. All keys are returned, at least one: those that
// cannot be used say why. Errors are a *[StatusError], a *[SetError] or those of the network.
func Fetch(ctx context.Context, url string, client *http.Client) ([]Key, error) {
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
		return nil, &StatusError{URL: url, Status: resp.StatusCode}
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
