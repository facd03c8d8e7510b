package commands

import "strings"

// The grants that the rules know by name (RFC 6749, sections 4.1, 4.2 and 4.4). All
// others, those of tomorrow too, are mintings of which nobody knows what a browser
// session beside them has to do with them.
const (
	grantCode              = "authorization_code"
	grantImplicit          = "implicit"
	grantClientCredentials = "client_credentials"
)

// interactive reports whether these tokens come from a person's sign-in just now, in a
// browser: the authorization code grant, or tokens from the authorize endpoint, where
// Okta's documented sample has a response_type and no grant_type. It is a closed list,
// and nothing in the call may speak of an earlier grant.
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

// responseType reads a response_type (OAuth 2.0 Multiple Response Type Encoding
// Practices): whether it asks for a code, and for a token of either kind. It is not known
// if it asks for anything else, or for the same twice.
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

// machine reports whether no person is involved: client credentials, for which Okta
// mints an access token alone and there is nothing to renew.
func (f *Facts) machine() bool {
	return f.GrantType == grantClientCredentials && !f.IDToken && !f.Renewal && !f.RefreshToken
}

// sessionOf reports whether the browser session is this user's, beyond doubt, and alive
// at the time of the call.
func (f *Facts) sessionOf(userID string) bool {
	s := &f.Session
	return userID != "" && s.UserID == userID && (f.ContextUserID == "" || f.ContextUserID == userID) &&
		s.Status == "ACTIVE" && s.Unexpired
}

func (f *Facts) sessionOfAnother(userID string) bool {
	return userID != "" && f.Session.UserID != "" && f.Session.UserID != userID
}
