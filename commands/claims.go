package commands

import (
	"fmt"
	"slices"
	"strings"
)

// Claim is the name of a token claim that this service may add.
type Claim string

// The claims that Pro Santé Connect expects of a delegated identity provider. The names are those
// of Microsoft Entra ID, the provider that PSC supported first.
const (
	OID Claim = "oid" // immutable user id: Okta's 00u…, the ID token's sub
	TID Claim = "tid" // tenant id: the Okta org id 00o…
	AMR Claim = "amr" // authentication methods, RFC 8176 spelling, array of strings
)

// KnownClaims returns every claim this service can add, in the order in which
// they appear in answers.
func KnownClaims() []Claim { return []Claim{OID, TID, AMR} }

// Token is one of the two kinds of token a hook call can patch.
type Token int

// The tokens that Okta mints with a hook.
const (
	IDToken Token = iota
	AccessToken
)

// String returns "ID token" or "access token".
func (t Token) String() string {
	if t == IDToken {
		return "ID token"
	}
	return "access token"
}

// CommandType is Okta's name for a patch of this token (Okta developer docs,
// guides/token-inline-hook, "commands").
func (t Token) CommandType() string {
	if t == IDToken {
		return "com.okta.identity.patch"
	}
	return "com.okta.access.patch"
}

// checkClaims reports every reason why claims cannot be placed in token.
func checkClaims(token Token, claims []Claim, table ReservedTable, allowed []string) []error {
	var faults []error
	seen := make(map[Claim]bool, len(claims))
	for _, c := range claims {
		switch {
		case !slices.Contains(KnownClaims(), c):
			faults = append(faults, fmt.Errorf("%s claims: %q is not one of oid, tid, amr", token, string(c)))
		case seen[c]:
			faults = append(faults, fmt.Errorf("%s claims: %q is listed twice", token, string(c)))
		case table.Reserved(token, string(c)) && !slices.Contains(allowed, string(c)):
			faults = append(faults, &ReservedClaimError{Token: token, Claim: c, Table: table})
		}
		seen[c] = true
	}
	return faults
}

// ReservedClaimError says that a claim was placed in a token where Okta reserves it. Okta would
// drop the whole answer, so New refuses such settings.
type ReservedClaimError struct {
	Token Token
	Claim Claim
	Table ReservedTable
}

// Error explains Okta's rule and what to do about it.
func (e *ReservedClaimError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s claims: Okta reserves %q in the %s (table %q) and drops the whole answer of a hook that patches it",
		e.Token, string(e.Claim), e.Token, string(e.Table))
	if e.Claim == OID && e.Token == IDToken {
		b.WriteString("; the ID token's sub already holds this value")
	}
	return b.String()
}
