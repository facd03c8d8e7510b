// Package jwks holds the public keys of an issuer (RFC 7517). They are read from a text, or fetched
// and cached.
package jwks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/mishap"
	"pschook/internal/outside"
)

const (
	// maxBytes and maxKeys bound a key set. Okta publishes 2 to 3 keys of
	// 0.5 kB each; Keycloak with certificates some 10 kB.
	maxBytes = 256 << 10
	maxKeys  = 100
	// maxDepth and maxValues bound the form of a key set. A key is on the third level and has about
	// a dozen values.
	maxDepth  = 20
	maxValues = 5000
)

// Static is a key set that never changes, such as a JWKS imported once.
type Static struct {
	keys []Key
}

// SetError says why a text is not a set of keys (RFC 7517 §5). It quotes nothing of it.
type SetError struct {
	Why    SetFault
	Detail string // beside it: a bound, or the faults of the keys; may be empty
}

// SetFault is what a text is instead of a set of keys.
type SetFault string

// The faults of sets.
const (
	SetTooLarge  SetFault = "JWK Set out of bounds"
	SetNotJSON   SetFault = "not a JWK Set: not the JSON object expected"
	SetSingleKey SetFault = "not a JWK Set: a single key, without the list keys around it"
	SetMetadata  SetFault = "not a JWK Set: provider metadata, whose jwks_uri leads to it"
	SetNoKeys    SetFault = "not a JWK Set: without the member keys"
	SetEmpty     SetFault = "JWK Set without a public signing key: it is empty"
	SetUnusable  SetFault = "JWK Set without a public signing key"
)

// Error says what it is instead.
func (e *SetError) Error() string {
	if e.Detail == "" {
		return string(e.Why)
	}
	return string(e.Why) + ": " + e.Detail
}

// Parse reads a JWK Set (RFC 7517 §5) that never changes. It returns a *[SetError] for a text that
// is no set. A set without a key that can check signatures is an error too, which names each key.
func Parse(jwks []byte) (*Static, error) {
	keys, err := parseJWKS(jwks)
	if err != nil {
		return nil, err
	}
	if len(usable(keys)) == 0 {
		return nil, &SetError{Why: SetUnusable, Detail: faults(keys)}
	}
	return &Static{keys: keys}, nil
}

// faults lists why the keys cannot be used.
func faults(keys []Key) string {
	var list strings.Builder
	for i, k := range keys {
		if k.Fault != nil && i < maxNamed {
			fmt.Fprintf(&list, "; key %q: %v", k.ID, k.Fault)
		}
	}
	return strings.TrimPrefix(list.String(), "; ")
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

// parseJWKS returns all keys of a set, usable or not; there is at least one.
func parseJWKS(jwks []byte) ([]Key, error) {
	var set struct {
		Keys    []jsontext.Value `json:"keys"`
		KeyType jsontext.Value   `json:"kty"`
		KeysURL jsontext.Value   `json:"jwks_uri"`
	}
	var limit *outside.LimitError
	err := outside.JSONLimits{Bytes: maxBytes, Depth: maxDepth, Values: maxValues}.Check(jwks)
	if errors.As(err, &limit) {
		return nil, &SetError{Why: SetTooLarge, Detail: limit.Error()}
	}
	err = json.Unmarshal(jwks, &set)
	switch {
	case err != nil:
		return nil, &SetError{Why: SetNotJSON, Detail: notJSON(jwks, err)}
	case set.Keys == nil && set.KeyType != nil:
		return nil, &SetError{Why: SetSingleKey}
	case set.Keys == nil && set.KeysURL != nil:
		return nil, &SetError{Why: SetMetadata}
	case set.Keys == nil:
		return nil, &SetError{Why: SetNoKeys}
	case len(set.Keys) == 0:
		return nil, &SetError{Why: SetEmpty}
	case len(set.Keys) > maxKeys:
		return nil, &SetError{Why: SetTooLarge, Detail: fmt.Sprintf("%d keys (at most %d)", len(set.Keys), maxKeys)}
	}
	keys := make([]Key, len(set.Keys))
	for i, raw := range set.Keys {
		keys[i] = parseKey(raw)
	}
	return keys, nil
}

// notJSON says what is wrong with the text of a set, without quoting it.
func notJSON(text []byte, err error) string {
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		return "it begins with a byte order mark (RFC 8259 §8.1)"
	case errors.As(err, &syntactic):
		return fmt.Sprintf("%v at byte %d", syntactic.Err, syntactic.ByteOffset)
	case errors.As(err, &semantic) && semantic.JSONPointer != "":
		return fmt.Sprintf("%q is of another type", semantic.JSONPointer)
	}
	return ""
}

// Fetch gets the key set at a URL. The URL comes from configuration or discovery, never from a
// token. Fetch bounds what it reads; client bounds the time and decides which redirects are
// followed. Fetch returns all keys, at least one; unusable keys say why in Fault. Errors are a
// *[mishap.AnswerError], a *[SetError] or those of the network.
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
	body, err := outside.Read(resp.Body, maxBytes)
	if resp.StatusCode != http.StatusOK {
		return nil, &mishap.AnswerError{Address: mishap.Plain(req.URL), Status: resp.StatusCode, Content: mishap.Look(body)}
	}
	if err != nil {
		return nil, err
	}
	if content := mishap.Look(body); content != mishap.JSON {
		return nil, &mishap.AnswerError{Address: mishap.Plain(req.URL), Status: resp.StatusCode, Content: content}
	}
	keys, err := parseJWKS(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", url, err)
	}
	return keys, nil
}
