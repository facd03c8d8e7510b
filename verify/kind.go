package verify

import (
	"slices"
	"strings"

	"pschook/internal/outside"
)

// kind is what a JWT was made for.
type kind int

const (
	kindUnknown kind = iota // nothing says, or what there is contradicts itself
	kindID
	kindAccess
	kindRefresh
	kindLogout
)

// kindOf says what a token was made for, by what the standards and providers write into every one of a kind. A claim
// that an administrator may add to either, such as cid, says nothing.
func kindOf(t *token, clientID string) kind {
	if k := t.declared(); k != kindUnknown {
		return k
	}
	jti, _ := t.claims.Text("jti")
	id := strings.HasPrefix(jti, "ID.") || t.claims.Has("at_hash") || t.claims.Has("c_hash")
	access := strings.HasPrefix(jti, "AT.") // Okta's own, as ID.
	switch {
	case id && !access:
		return kindID
	case access && !id:
		return kindAccess
	case id && access:
		return kindUnknown
	}
	// Scopes are what an access token is about (RFC 9068 §2.2.3; Okta: scp), the client is whom an ID token is for (OpenID
	// Connect Core §2), and nonce ties one to a sign-in.
	aud, _ := t.claims.Audience()
	scoped, mine := t.claims.Has("scp") || t.claims.Has("scope"), slices.Contains(aud, clientID)
	switch {
	case scoped && !mine:
		return kindAccess
	case mine && !scoped && t.claims.Has("nonce"):
		return kindID
	}
	return kindUnknown
}

// declared is the kind that header or claims name outright: by typ in the header (RFC 9068 §2.1; Okta writes
// application/okta-internal-at+jwt; OpenID Connect Back-Channel Logout §2.4), or by Keycloak's claim typ.
func (t *token) declared() kind {
	typ := strings.ToLower(t.typ)
	claim, p := t.claims.Text("typ")
	switch {
	case strings.HasSuffix(typ, "at+jwt"), p == outside.Present && claim == "Bearer":
		return kindAccess
	case strings.HasSuffix(typ, "logout+jwt"), claim == "Logout":
		return kindLogout
	case claim == "ID":
		return kindID
	case claim == "Refresh", claim == "Offline":
		return kindRefresh
	}
	return kindUnknown
}
