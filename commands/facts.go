package commands

// Facts is what is known of one minting, from Okta's request and the org lookup.
// Every field may be missing: nothing in Okta's schema is required.
type Facts struct {
	IDToken     bool // an ID token is being minted
	AccessToken bool // an access token is being minted

	IdentitySub   string // data.identity.claims.sub
	AccessUID     string // data.access.claims.uid; never the access token's sub, which is a login
	ContextUserID string // data.context.user.id

	IdentityAMR   []string // data.identity.claims.amr; nil when absent
	SessionAMR    []string // data.context.session.amr; nil when absent
	SessionUserID string   // data.context.session.userId
	Renewal       bool     // the call names an original grant: an earlier sign-in is being renewed

	OrgID string // "" when no org id is known
}

// UserID returns the Okta user id, or "" when no person is involved (client
// credentials). It returns *ContradictionError when the two tokens name different users.
func (f Facts) UserID() (string, error) {
	switch {
	case f.IdentitySub != "" && f.AccessUID != "" && f.IdentitySub != f.AccessUID:
		return "", &ContradictionError{}
	case f.IdentitySub != "":
		return f.IdentitySub, nil
	case f.AccessUID != "":
		return f.AccessUID, nil
	default:
		return f.ContextUserID, nil
	}
}

// ContradictionError says that the ID token's sub and the access token's uid name
// different users. It holds no values: they are personal data.
type ContradictionError struct{}

// Error names the two places.
func (*ContradictionError) Error() string {
	return "data.identity.claims.sub and data.access.claims.uid name different users"
}

// evidence returns what Okta said of how the person signed in, in RFC 8176
// spelling. The ID token's own amr decides where it is present; the browser
// session's only counts when it is this user's session and the tokens stem from it:
// on refresh Okta has sent another person's, and even the user's own may hold a
// stronger sign-in than the one that is being renewed.
func (f *Facts) evidence(userID string) []string {
	if f.IdentityAMR != nil {
		return NormalizeAMR(f.IdentityAMR)
	}
	if f.Renewal || f.sessionOfAnother(userID) {
		return nil
	}
	return NormalizeAMR(f.SessionAMR)
}

func (f *Facts) sessionOfAnother(userID string) bool {
	return f.SessionUserID != "" && f.SessionUserID != userID
}
