// Package jwks holds the public keys of an issuer (RFC 7517): read from a text, or fetched and kept for a while.
package jwks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

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
