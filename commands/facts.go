package commands

// Facts is what is known of one minting, from Okta's request and the org lookup.
// Every field may be missing: nothing in Okta's schema is required. Which of them
// count, and when, is said in docs/contract.md.
type Facts struct {
	IDToken     bool // an ID token is being minted
	AccessToken bool // an access token is being minted

	IdentitySub   string // data.identity.claims.sub
	AccessUID     string // data.access.claims.uid; never the access token's sub, which is a login
	ContextUserID string // data.context.user.id: whom Okta's own context names, not the tokens

	IdentityAMR []string // data.identity.claims.amr; nil when absent

	GrantType    string // data.context.protocol.request.grant_type
	ResponseType string // data.context.protocol.request.response_type
	Renewal      bool   // something in the call speaks of an earlier grant
	RefreshToken bool   // the call has a data.refresh_token
	Session      Session

	OrgID         string // "" when no org id is known
	IssuerUnknown bool   // whether the tokens' issuer is the org's depends on what is not known
}

// Session is the browser session at Okta, data.context.session.
type Session struct {
	UserID    string
	Status    string
	Unexpired bool     // its expiresAt is known to come after the call's eventTime
	AMR       []string // hook spelling; nil when absent
}

// UserID returns the Okta user id of the tokens' user, or "" when nobody is named. The
// tokens say who that is. Only where a person has just signed in for tokens that name
// nobody does Okta's context say so: on a renewal, Okta has sent there whoever was
// sitting at the browser (Okta release notes, 2025.03). The error is a
// *ContradictionError: the two tokens name different users.
func (f *Facts) UserID() (string, error) {
	switch {
	case f.IdentitySub != "" && f.AccessUID != "" && f.IdentitySub != f.AccessUID:
		return "", &ContradictionError{}
	case f.IdentitySub != "":
		return f.IdentitySub, nil
	case f.AccessUID != "":
		return f.AccessUID, nil
	case f.interactive():
		return f.ContextUserID, nil
	}
	return "", nil
}

// ContradictionError says that the ID token's sub and the access token's uid name
// different users. It holds no values: they are personal data.
type ContradictionError struct{}

// Error names the two places.
func (*ContradictionError) Error() string {
	return "data.identity.claims.sub and data.access.claims.uid name different users"
}

// evidence returns what Okta said of how the tokens' user signed in, in RFC 8176
// spelling. The ID token's own amr decides where it is present; else the browser
// session's, where the session is known to be the sign-in that the tokens stem from.
func (f *Facts) evidence(userID string) []string {
	if f.IdentityAMR != nil {
		return NormalizeAMR(f.IdentityAMR)
	}
	if f.interactive() && f.sessionOf(userID) {
		return NormalizeAMR(f.Session.AMR)
	}
	return nil
}
