package hook

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/textproto"
)

// Authenticator decides whether a request comes from the Okta org.
type Authenticator interface {
	// Authenticate returns nil for a request that carries a live credential, else an
	// error that says what is missing or wrong without quoting what was sent. It
	// reads headers only, never the body. It is safe for concurrent use.
	Authenticate(r *http.Request) error
}

// errNoCredential and errWrongCredential are all that a caller learns.
const (
	errNoCredential    = constError("the credential is missing")
	errWrongCredential = constError("the credential is wrong")
)

// constError is an error that cannot change.
type constError string

// Error returns the text.
func (e constError) Error() string { return string(e) }

// HeaderSecrets accepts requests whose header carries one of several live secrets,
// verbatim: a bare string, "Basic …" or "Bearer …", as the administrator typed it
// into Okta's Authentication Secret (Okta developer docs, guides/secure-hooks).
// Several live secrets make rotation possible. It is immutable and safe for
// concurrent use.
type HeaderSecrets struct {
	header  string
	digests [][sha256.Size]byte
}

// NewHeaderSecrets returns an Authenticator for the given header name and secrets.
// At least one secret is required; none may be empty.
func NewHeaderSecrets(header string, secrets []string) (*HeaderSecrets, error) {
	if header == "" {
		return nil, errors.New("header secrets: no header name")
	}
	if len(secrets) == 0 {
		return nil, errors.New("header secrets: no secret")
	}
	a := &HeaderSecrets{header: textproto.CanonicalMIMEHeaderKey(header)}
	for _, s := range secrets {
		if s == "" {
			return nil, errors.New("header secrets: an empty secret")
		}
		a.digests = append(a.digests, sha256.Sum256([]byte(s)))
	}
	return a, nil
}

// Authenticate compares digests, all of them, in constant time: how long it takes
// tells neither which secret matched, nor how many there are beyond their hashing,
// nor where a wrong one differs.
func (a *HeaderSecrets) Authenticate(r *http.Request) error {
	values := r.Header[a.header]
	if len(values) == 0 {
		return errNoCredential
	}
	if len(values) > 1 {
		return errWrongCredential
	}
	given := sha256.Sum256([]byte(values[0]))
	match := 0
	for i := range a.digests {
		match |= subtle.ConstantTimeCompare(given[:], a.digests[i][:])
	}
	if match != 1 {
		return errWrongCredential
	}
	return nil
}
