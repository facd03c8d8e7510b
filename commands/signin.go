package commands

import "strings"

// The grants that the rules know (RFC 6749, sections 4.1, 4.2 and 4.4). For any other grant, also a
// future one, nobody knows whether the browser session in the call has anything to do with the
// tokens.
const (
	grantCode              = "authorization_code"
	grantImplicit          = "implicit"
	grantClientCredentials = "client_credentials"
)

// interactive reports whether a person has just signed in, in a browser, for these tokens. That is
// so for the authorization code grant, and for tokens from the authorize endpoint, where Okta's
// documented sample has a response_type and no grant_type. No other grant counts, and no member of
// the call may suggest a renewal.
func (f *Facts) interactive() bool {
	if f.Renewal {
		return false
	}
	code, token, known := responseType(f.ResponseType)
	switch f.GrantType {
	case grantCode:
		return f.ResponseType == "" || known && code
	case "", grantImplicit:
		return known && token && !f.RefreshToken // the authorize endpoint gives no refresh tokens
	}
	return false
}

// responseType reads a response_type (OAuth 2.0 Multiple Response Type Encoding Practices). It
// reports whether it asks for a code, and for an access token or an ID token. known is false if it
// asks for anything else, or for one thing twice.
func responseType(s string) (code, token, known bool) {
	var idToken, accessToken bool
	for word := range strings.SplitSeq(s, " ") {
		seen := &code
		switch word {
		case "code":
		case "id_token":
			seen = &idToken
		case "token":
			seen = &accessToken
		default:
			return false, false, false
		}
		if *seen {
			return false, false, false
		}
		*seen = true
	}
	return code, idToken || accessToken, true
}

// machine reports whether no person is involved. That is so for client credentials: Okta then mints
// only an access token, and nothing can be renewed.
func (f *Facts) machine() bool {
	return f.GrantType == grantClientCredentials && !f.IDToken && !f.Renewal && !f.RefreshToken
}

// sessionOf reports whether the browser session certainly belongs to this user and was alive at the
// time of the call.
func (f *Facts) sessionOf(userID string) bool {
	s := &f.Session
	return userID != "" && s.UserID == userID && (f.ContextUserID == "" || f.ContextUserID == userID) &&
		s.Status == "ACTIVE" && s.Unexpired
}

func (f *Facts) sessionOfAnother(userID string) bool {
	return userID != "" && f.Session.UserID != "" && f.Session.UserID != userID
}
