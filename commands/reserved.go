package commands

import "slices"

// ReservedTable names one of the two lists of reserved claims that Okta publishes. The lists
// disagree on amr and other claims. Both are kept whole, and the administrator picks one.
type ReservedTable string

const (
	// ReservedDeveloper is the table of Okta's developer reference (token inline
	// hook): amr is reserved in ID tokens only.
	ReservedDeveloper ReservedTable = "developer"
	// ReservedSupport is the table of Okta's support article "List of Reserved
	// Claims": amr is reserved in access tokens, not in ID tokens.
	ReservedSupport ReservedTable = "support"
)

// ReservedTables returns all tables.
func ReservedTables() []ReservedTable { return []ReservedTable{ReservedDeveloper, ReservedSupport} }

// Valid reports whether t is one of [ReservedTables].
func (t ReservedTable) Valid() bool { return slices.Contains(ReservedTables(), t) }

// Reserved reports whether Okta refuses a patch of claim in token. A claim that neither of Okta's
// documents lists is free. An unknown table reserves every claim that either document lists.
func (t ReservedTable) Reserved(token Token, claim string) bool {
	switch t {
	case ReservedDeveloper:
		return reservedByDeveloper(token, claim)
	case ReservedSupport:
		return reservedBySupport(token, claim)
	default:
		return reservedByDeveloper(token, claim) || reservedBySupport(token, claim)
	}
}

// IDToken reports whether claim is reserved in ID tokens.
func (t ReservedTable) IDToken(claim string) bool { return t.Reserved(IDToken, claim) }

// AccessToken reports whether claim is reserved in access tokens. The developer reference lists aud
// and sub as reserved, but says that they may be replaced in access tokens.
func (t ReservedTable) AccessToken(claim string) bool { return t.Reserved(AccessToken, claim) }

func reservedByDeveloper(token Token, claim string) bool {
	switch claim {
	case "acr", "auth_time", "cid", "cnf", "exp", "groups", "iat", "iss", "jti", "sid", "token_type", "ver",
		"aud", "sub":
		return true
	case "amr":
		return token == IDToken
	case "as_uri", "authorization_details", "rpt", "rsi", "scp", "uid", "username":
		return token == AccessToken
	}
	return token == IDToken && reservedInIDTokens(claim)
}

func reservedBySupport(token Token, claim string) bool {
	switch claim {
	case "iss", "jti", "token_type", "ver":
		return true
	case "acr", "amr", "as_uri", "cid", "groups", "rpt", "rsi", "uid", "username":
		return token == AccessToken
	case "aud", "auth_time", "cnf", "sid", "sub":
		return token == IDToken
	}
	return token == IDToken && reservedInIDTokens(claim)
}

// reservedInIDTokens lists the claims that both documents reserve only in ID tokens, and okta_auth,
// which Okta added for claims sharing.
func reservedInIDTokens(claim string) bool {
	switch claim {
	case "active", "aid", "app_id", "app_type", "at_hash", "c_hash", "client_id", "client_ip",
		"client_req_id", "client_type", "client_user_agent", "device_compliance", "device_id", "device_known",
		"device_managed", "device_name", "device_trust", "did", "dst", "group", "hotk", "idp", "idp_iss",
		"mac_key", "may_act", "nonce", "oid", "okta_auth", "okta_emailVerified", "okta_lastUpdated", "orig",
		"permissions", "purpose", "pwd_exp_days", "pwd_exp_time", "rid", "role", "scope", "scopes", "term", "user_ip":
		return true
	}
	return false
}
