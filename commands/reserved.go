package commands

import "slices"

// ReservedTable names one of the two lists of reserved claims that Okta
// publishes. They disagree on amr, so both are kept and an administrator picks.
type ReservedTable string

const (
	// ReservedDeveloper is the table of Okta's developer reference (token inline
	// hook): amr is reserved in ID tokens only.
	ReservedDeveloper ReservedTable = "developer"
	// ReservedSupport is the table of Okta's support article "List of Reserved
	// Claims": amr is reserved in access tokens, not in ID tokens.
	ReservedSupport ReservedTable = "support"
)

// ReservedTables returns the tables there are.
func ReservedTables() []ReservedTable { return []ReservedTable{ReservedDeveloper, ReservedSupport} }

// Valid reports whether t is one of [ReservedTables].
func (t ReservedTable) Valid() bool { return slices.Contains(ReservedTables(), t) }

// Reserved reports whether Okta refuses a patch of claim in token. Claims that
// both of Okta's documents leave out are free. An unknown table reserves what
// either document does.
func (t ReservedTable) Reserved(token Token, claim string) bool {
	switch {
	case reservedInBoth(claim):
		return true
	case claim == string(AMR):
		return t.reservesAMR(token)
	case token == IDToken:
		return reservedInIDTokens(claim)
	default:
		return reservedInAccessTokens(claim)
	}
}

// IDToken reports whether claim is reserved in ID tokens.
func (t ReservedTable) IDToken(claim string) bool { return t.Reserved(IDToken, claim) }

// AccessToken reports whether claim is reserved in access tokens. The claims aud
// and sub may be replaced there although they are listed as reserved.
func (t ReservedTable) AccessToken(claim string) bool { return t.Reserved(AccessToken, claim) }

// reservesAMR is the one point on which Okta's two documents differ.
func (t ReservedTable) reservesAMR(token Token) bool {
	switch t {
	case ReservedDeveloper:
		return token == IDToken
	case ReservedSupport:
		return token == AccessToken
	default:
		return true
	}
}

// reservedInBoth lists the claims that cannot be patched in any token.
func reservedInBoth(claim string) bool {
	switch claim {
	case "acr", "auth_time", "cid", "cnf", "exp", "groups", "iat", "iss", "jti", "sid", "token_type", "ver":
		return true
	}
	return false
}

// reservedInIDTokens lists the claims that only ID tokens reserve, amr left aside.
func reservedInIDTokens(claim string) bool {
	switch claim {
	case "active", "aid", "app_id", "app_type", "at_hash", "aud", "c_hash", "client_id", "client_ip",
		"client_req_id", "client_type", "client_user_agent", "device_compliance", "device_id", "device_known",
		"device_managed", "device_name", "device_trust", "did", "dst", "group", "hotk", "idp", "idp_iss",
		"mac_key", "may_act", "nonce", "oid", "okta_emailVerified", "okta_lastUpdated", "orig", "permissions",
		"purpose", "pwd_exp_days", "pwd_exp_time", "rid", "role", "scope", "scopes", "sub", "term", "user_ip":
		return true
	}
	return false
}

// reservedInAccessTokens lists the claims that only access tokens reserve, amr
// left aside. aud and sub cannot be added or removed, only replaced.
func reservedInAccessTokens(claim string) bool {
	switch claim {
	case "as_uri", "authorization_details", "aud", "rpt", "rsi", "scp", "sub", "uid", "username":
		return true
	}
	return false
}
