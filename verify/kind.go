package verify

import (
	"slices"
	"strings"
)

// kind says what a JWT was made for.
type kind int

const (
	kindUnknown kind = iota // no sign of a kind, or contradictory signs
	kindID
	kindAccess
	kindRefresh
	kindLogout
	kindOther
)

// kindOf finds out what a token was made for, from what the standards and providers write into
// every token of a kind. It ignores claims that an administrator may add to any token, such as cid.
func kindOf(t *token, clientID string) kind {
	if k := t.declared(); k != kindUnknown {
		return k
	}
	jti, _ := t.claims.Text("jti")
	claim, _ := t.claims.Text("typ") // Keycloak's; elsewhere an administrator may add it
	id := strings.HasPrefix(jti, "ID.") || t.claims.Has("at_hash") || t.claims.Has("c_hash")
	access := strings.HasPrefix(jti, "AT.") // Okta begins jti with AT. or ID.
	switch {
	case !id && !access && (claim == "Refresh" || claim == "Offline"):
		return kindRefresh
	case !id && !access && claim == "Logout":
		return kindLogout
	case !access && claim == "ID":
		return kindID
	case !id && claim == "Bearer":
		return kindAccess
	case id && !access:
		return kindID
	case access && !id:
		return kindAccess
	case id && access:
		return kindUnknown
	}
	// Access tokens have scopes (RFC 9068 §2.2.3; Okta: scp). ID tokens name the client as audience
	// (OpenID Connect Core §2). A nonce belongs to a sign-in, so it marks an ID token.
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

// declared returns the kind that typ in the header states (RFC 9068 §2.1; Okta writes
// application/okta-internal-at+jwt; OpenID Connect Back-Channel Logout §2.4).
func (t *token) declared() kind {
	typ := strings.TrimPrefix(strings.ToLower(t.typ), "application/")
	switch {
	case strings.HasSuffix(typ, "logout+jwt"):
		return kindLogout
	case strings.HasSuffix(typ, "at+jwt"):
		return kindAccess
	case slices.Contains(otherTypes(), typ):
		return kindOther
	}
	return kindUnknown
}

// otherTypes are registered types of JWTs that are neither ID nor access tokens (IANA, media types;
// RFC 8725 §3.11).
func otherTypes() []string {
	return []string{
		"dpop+jwt", "secevent+jwt", "token-introspection+jwt", "oauth-authz-req+jwt", "client-authentication+jwt",
		"entity-statement+jwt", "vc+sd-jwt", "dc+sd-jwt", "kb+jwt", "vp+jwt", "vc+jwt",
	}
}
