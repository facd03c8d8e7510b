package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"net/textproto"
	"sync/atomic"
)

// Authenticator decides whether a request comes from the Okta org.
type Authenticator interface {
	// Authenticate returns nil for a request that carries a valid credential. Otherwise the error
	// says what is missing or wrong, without quoting what was sent. An [*UnavailableError] says
	// that the credential could not be judged. Authenticate reads only headers, never the body, and
	// returns within half a second. It is safe for concurrent use.
	Authenticate(r *http.Request) error
}

// A caller learns only errNoCredential or errWrongCredential.
const (
	errNoCredential    = constError("the credential is missing")
	errWrongCredential = constError("the credential is wrong")
)

// constError is an error that is a constant.
type constError string

// Error returns the text.
func (e constError) Error() string { return string(e) }

// UnavailableError says that a credential could not be judged, and that this was not the caller's
// fault.
type UnavailableError struct {
	Err error // why; for the log, not for the caller
}

// Error says why.
func (e *UnavailableError) Error() string {
	return "the credential cannot be checked now: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// AnyOf accepts a request that one of the authenticators accepts. It asks them in the given order,
// so put the cheapest first. [AnyOf] returns the error of the last authenticator for which the
// request carried a credential.
func AnyOf(all ...Authenticator) Authenticator {
	if len(all) == 1 {
		return all[0]
	}
	return anyOf(all)
}

type anyOf []Authenticator

// Authenticate implements [Authenticator]. The error is that of the last authenticator for which
// the request carried a credential. Without any, it says that the credential is missing.
func (all anyOf) Authenticate(r *http.Request) error {
	var worst error = errNoCredential
	for _, a := range all {
		err := a.Authenticate(r)
		if err == nil {
			return nil
		}
		if err != errNoCredential { //nolint:errorlint // it is never wrapped
			worst = err
		}
	}
	return worst
}

// RotatingSecrets is an [Authenticator] whose [HeaderSecrets] can be replaced while
// it is in use. It is safe for concurrent use.
type RotatingSecrets struct{ current atomic.Pointer[HeaderSecrets] }

// NewRotatingSecrets returns an Authenticator that accepts secrets until [RotatingSecrets.Replace]
// is called.
func NewRotatingSecrets(secrets *HeaderSecrets) *RotatingSecrets {
	var r RotatingSecrets
	r.Replace(secrets)
	return &r
}

// Replace makes secrets the ones that every later request must carry.
func (r *RotatingSecrets) Replace(secrets *HeaderSecrets) { r.current.Store(secrets) }

// Fingerprints returns the fingerprints of the current secrets; see [HeaderSecrets.Fingerprints].
func (r *RotatingSecrets) Fingerprints(key []byte) []string {
	return r.current.Load().Fingerprints(key)
}

// Authenticate implements [Authenticator] with the current secrets. Its errors are those of
// [HeaderSecrets.Authenticate].
func (r *RotatingSecrets) Authenticate(req *http.Request) error {
	return r.current.Load().Authenticate(req)
}

// HeaderSecrets accepts requests whose header carries one of several valid secrets exactly: a bare
// string, "Basic …" or "Bearer …", as the administrator typed it into Okta's Authentication Secret
// (Okta developer docs, guides/secure-hooks). Having several valid secrets makes rotation possible.
// It is immutable and safe for concurrent use.
type HeaderSecrets struct {
	header  string
	digests [][sha256.Size]byte
}

// NewHeaderSecrets returns an Authenticator for the given header name and secrets. The error says
// that the name is empty, that there is no secret, or that a secret is empty. It quotes no secret.
func NewHeaderSecrets(header string, secrets []string) (*HeaderSecrets, error) {
	if header == "" {
		return nil, errors.New("hook: header secrets: no header name")
	}
	if len(secrets) == 0 {
		return nil, errors.New("hook: header secrets: no secret")
	}
	a := &HeaderSecrets{header: textproto.CanonicalMIMEHeaderKey(header)}
	for _, s := range secrets {
		if s == "" {
			return nil, errors.New("hook: header secrets: an empty secret")
		}
		a.digests = append(a.digests, sha256.Sum256([]byte(s)))
	}
	return a, nil
}

// fingerprintBytes is how much of a keyed digest is shown. It is enough to tell the valid secrets
// apart.
const fingerprintBytes = 4

// Fingerprints returns the first 8 hexadecimal digits of each secret's HMAC-SHA-256 with the key,
// in order. Without the key, nobody can use them to test guesses of a secret.
func (a *HeaderSecrets) Fingerprints(key []byte) []string {
	out := make([]string, len(a.digests))
	for i := range a.digests {
		mac := hmac.New(sha256.New, key)
		_, _ = mac.Write(a.digests[i][:]) // never fails
		out[i] = hex.EncodeToString(mac.Sum(nil)[:fingerprintBytes])
	}
	return out
}

// Authenticate compares digests, all of them, in constant time. The time it takes shows neither
// which secret matched nor where a wrong one differs. The error says that the credential is missing
// or wrong. A header that is sent twice is wrong. The error is never an [UnavailableError].
func (a *HeaderSecrets) Authenticate(r *http.Request) error {
	values := r.Header[a.header]
	if len(values) == 0 {
		return errNoCredential
	}
	if len(values) > 1 {
		return errWrongCredential
	}
	var stack [64]byte // large enough for most secrets, so that nothing is allocated
	given := sha256.Sum256(append(stack[:0], values[0]...))
	match := 0
	for i := range a.digests {
		match |= subtle.ConstantTimeCompare(given[:], a.digests[i][:])
	}
	if match != 1 {
		return errWrongCredential
	}
	return nil
}
