package commands

// Facts is what is known about one minting, from Okta's request and the org lookup. Every field may
// be missing, because Okta's schema requires nothing. docs/contract.md says which fields count, and
// when.
type Facts struct {
	IDToken     bool // an ID token is being minted
	AccessToken bool // an access token is being minted

	IdentitySub   string // data.identity.claims.sub
	AccessUID     string // data.access.claims.uid; never the access token's sub, which is a login
	ContextUserID string // data.context.user.id: the user that Okta's own context names

	IdentityAMR []string // data.identity.claims.amr; nil when absent

	GrantType    string // data.context.protocol.request.grant_type
	ResponseType string // data.context.protocol.request.response_type
	Renewal      bool   // a member of the call suggests that an earlier grant is being renewed
	RefreshToken bool   // the call has a data.refresh_token
	Session      Session

	OrgID         string // "" when no org id is known
	IssuerUnknown bool   // the org's hosts are not known yet, so the tokens' issuer cannot be judged
}

// Session is the browser session at Okta, data.context.session.
type Session struct {
	UserID    string
	Status    string
	Unexpired bool     // its expiresAt comes after the call's eventTime
	AMR       []string // hook spelling; nil when absent
}

// UserID returns the Okta user id of the tokens' user, or "" when the call names no user. The
// tokens themselves decide. Okta's context decides only when the tokens name nobody and a person
// has just signed in. On a renewal, the context has been seen to name whoever was sitting at the
// browser (Okta release notes, 2025.03). The error is a *ContradictionError: the two tokens name
// different users.
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

// Error names the two members that disagree.
func (*ContradictionError) Error() string {
	return "data.identity.claims.sub and data.access.claims.uid name different users"
}

// evidence returns what Okta said about how the tokens' user signed in, in RFC 8176 spelling. The
// ID token's own amr counts first. Without it, the browser session's amr counts, but only if the
// session is known to be the sign-in that the tokens stem from.
func (f *Facts) evidence(userID string) []string {
	if f.IdentityAMR != nil {
		return NormalizeAMR(f.IdentityAMR)
	}
	if f.interactive() && f.sessionOf(userID) {
		return NormalizeAMR(f.Session.AMR)
	}
	return nil
}
