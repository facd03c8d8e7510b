package oktaemu

import (
	"maps"
	"slices"
	"strings"
)

// idTokenSeconds is the life of an ID token: one hour, which Okta fixes.
const idTokenSeconds = 3600

// tokenVersion is the claim ver of Okta's tokens.
const tokenVersion = 1

// accessClaims are the claims of an access token before any hook. sub is the
// user's login, not the id; uid is the id. A client that acts for itself is its
// own subject and has no uid (Okta developer docs, reference/api/oidc, "Access token payload").
func (o *Org) accessClaims(m minting, p mintPlan) map[string]any {
	claims := o.customClaims(resourceClaim, m, p)
	jti := "AT." + randomToken()
	if m.refreshJTI != "" {
		jti += "." + m.refreshJTI
	}
	maps.Copy(claims, map[string]any{
		"ver": tokenVersion, "jti": jti, "iss": o.issuer(m.asID), "aud": audience(p.audience), "cid": m.clientID,
	})
	if m.userID == "" {
		claims["sub"] = m.clientID
		return claims
	}
	claims["sub"], claims["uid"] = p.user.login(), p.user.ID
	if !m.authTime.IsZero() {
		claims["auth_time"] = m.authTime.Unix()
	}
	return claims
}

// audience is a string where there is one, as Okta writes it.
func audience(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// identityClaims are the claims of an ID token before any hook.
func (o *Org) identityClaims(m minting, p mintPlan) map[string]any {
	claims := o.customClaims(identityClaim, m, p)
	// With an access token beside it, an ID token carries only a few of the claims
	// of the scopes; the rest is at userinfo (Okta developer docs, "Get all the
	// claims in a token": thin ID tokens).
	profile := userClaims(p.user, m.scopes)
	if m.accessToken || m.code != "" {
		profile = keepOnly(profile, "name", "preferred_username", "email")
	}
	maps.Copy(claims, profile)
	maps.Copy(claims, map[string]any{
		"sub": p.user.ID, "ver": tokenVersion, "iss": o.issuer(m.asID), "aud": m.clientID, "jti": "ID." + randomToken(),
		"amr": slices.Clone(m.amr), "idp": o.idpID(m.idpType), "auth_time": m.authTime.Unix(),
	})
	if m.nonce != "" {
		claims["nonce"] = m.nonce
	}
	if m.acr != "" {
		claims["acr"] = m.acr
	}
	return claims
}

// idpID is the identity provider that a sign-in used: the org itself, or the smart
// card provider.
func (o *Org) idpID(kind string) string {
	if kind == "FEDERATION" {
		return fixedID(idIDP, "emusmartcard")
	}
	return o.opts.OrgID
}

// userClaims are the claims that the scopes profile and email give (OpenID Connect
// Core 1.0, section 5.4).
func userClaims(u user, scopes []string) map[string]any {
	claims := map[string]any{}
	set := func(claim, value string) {
		if value != "" {
			claims[claim] = value
		}
	}
	if hasScope(scopes, "profile") {
		set("name", u.name())
		set("preferred_username", u.login())
		set("given_name", u.text("firstName"))
		set("family_name", u.text("lastName"))
		set("locale", strings.ReplaceAll(u.text("locale"), "_", "-"))
		set("zoneinfo", u.text("timezone"))
		claims["updated_at"] = unix(u.LastUpdated)
	}
	if hasScope(scopes, "email") {
		set("email", u.email())
		claims["email_verified"] = true
	}
	return claims
}

func keepOnly(claims map[string]any, names ...string) map[string]any {
	kept := map[string]any{}
	for _, name := range names {
		if value, ok := claims[name]; ok {
			kept[name] = value
		}
	}
	return kept
}
