package verify

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"pschook/internal/jwks"
	"pschook/internal/outside"
	"pschook/verify/words"
)

// token is a JWT in compact serialization. It is decoded but not yet trusted.
type token struct {
	raw            string
	alg, kid, typ  string
	header, claims outside.Object
}

// A parseError says why a text is not a JWT. The method text puts kind into words. detail is a
// technical reason that quotes nothing of the token. part and at say where the fault is; at counts
// characters from 1, and is 0 when the place is not known.
type parseError struct {
	kind   string
	detail string
	part   string // header, claims or signature
	at     int64
}

func (e *parseError) Error() string {
	said := "not a JWT: " + e.kind
	if e.part != "" {
		said += ": " + e.place().In(words.English)
	}
	if e.detail != "" {
		said += ": " + e.detail
	}
	return said
}

// parseToken decodes a signed JWT: three parts (RFC 7515 §7.1), of which header and claims are
// base64url without padding and strict JSON objects. It does not check the signature. The error is
// a *parseError.
func parseToken(text string) (*token, error) {
	raw := strings.TrimSpace(text)
	switch {
	case raw == "":
		return nil, &parseError{kind: "empty"}
	case len(raw) > outside.ObjectLimits().Bytes:
		return nil, &parseError{kind: "too_large"}
	case strings.ContainsAny(raw, "\r\n"):
		// encoding/base64 would skip line breaks, but a compact JWS holds none.
		return nil, &parseError{kind: "base64", part: "line break"}
	}
	parts := strings.SplitN(raw, ".", 6)
	switch len(parts) {
	case 3:
	case 5: // RFC 7516 §7.1, §4.1.2
		if o, fault := decodePart(parts[0], "header"); fault == nil && o.Has("enc") {
			return nil, &parseError{kind: "encrypted"}
		}
		return nil, &parseError{kind: "parts"}
	default:
		if !strings.HasPrefix(raw, "eyJ") { // as headers begin, which are JSON objects in base64url
			return nil, &parseError{kind: "opaque"}
		}
		return nil, &parseError{kind: "parts"}
	}
	switch {
	case parts[1] == "":
		return nil, &parseError{kind: "detached"}
	case strings.HasPrefix(parts[1], nestedStart):
		return nil, &parseError{kind: "nested"}
	}
	header, fault := decodePart(parts[0], "header")
	if fault != nil {
		return nil, fault
	}
	claims, fault := decodePart(parts[1], "claims")
	if fault != nil {
		return nil, fault
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(parts[2]); err != nil {
		return nil, &parseError{kind: "base64", part: "signature", at: corruptAt(err)}
	}
	if len(claims.Names) == 0 {
		return nil, &parseError{kind: "no_claims"}
	}
	return newToken(raw, header, claims)
}

// nestedStart begins the claims part of a JWT whose content is another JWT (RFC 7519 §5.2): the text
// eyJ in base64url.
const nestedStart = "ZXlK"

func decodePart(part, name string) (outside.Object, *parseError) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return outside.Object{}, &parseError{kind: "base64", part: name, at: corruptAt(err)}
	}
	o, err := outside.ParseObject(bytes.TrimSpace(text))
	if err != nil {
		return outside.Object{}, &parseError{kind: "json", part: name, detail: err.Error()}
	}
	return o, nil
}

// corruptAt returns the place of the first character that is not base64url, counted from 1.
func corruptAt(err error) int64 {
	var at base64.CorruptInputError
	if errors.As(err, &at) {
		return int64(at) + 1
	}
	return 0
}

func newToken(raw string, header, claims outside.Object) (*token, error) {
	t := &token{raw: raw, header: header, claims: claims}
	var p outside.Presence
	if t.alg, p = header.Text("alg"); p != outside.Present || t.alg == "" {
		return nil, &parseError{kind: "header", detail: "alg"}
	}
	if t.kid, p = header.Text("kid"); p == outside.Malformed {
		return nil, &parseError{kind: "header", detail: "kid"}
	}
	if t.typ, p = header.Text("typ"); p == outside.Malformed {
		return nil, &parseError{kind: "header", detail: "typ"}
	}
	// RFC 7515 §4.1.11: refuse an extension that is not understood. We understand none.
	if header.Has("crit") {
		return nil, &parseError{kind: "header", detail: "crit"}
	}
	for _, name := range []string{"jwk", "x5c"} { // the library refuses a token for them
		if header.Has(name) {
			if _, err := t.parse(); err != nil {
				return nil, &parseError{kind: "header", detail: name}
			}
		}
	}
	return t, nil
}

// verify reports whether the signature is right for key. It accepts only t.alg, which the caller
// has checked against the key, so that the key decides and not the token (RFC 8725 §3.1).
func (t *token) verify(key jwks.Key) bool {
	jws, err := t.parse()
	if err != nil {
		return false
	}
	_, err = jws.Verify(key.Public)
	return err == nil
}

func (t *token) parse() (*jose.JSONWebSignature, error) {
	return jose.ParseSignedCompact(t.raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(t.alg)})
}
