package authserver

import (
	"maps"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// idTokenSeconds is the life of an ID token: one hour, which Okta fixes.
const idTokenSeconds = 3600

// tokenVersion is the claim ver of Okta's tokens.
const tokenVersion = 1

// accessClaims are the claims of an access token before any hook. sub is the
// user's login, not the id; uid is the id. A client that acts for itself is its
// own subject and has no uid (Okta developer docs, reference/api/oidc, "Access token payload").
func (srv *Server) accessClaims(m store.Minting, p store.Plan) map[string]any {
	claims := customClaims(store.ResourceClaim, m, p)
	jti := "AT." + wire.RandomToken()
	if m.RefreshJTI != "" {
		jti += "." + m.RefreshJTI
	}
	maps.Copy(claims, map[string]any{
		"ver": tokenVersion, "jti": jti, "iss": p.Issuer, "aud": audience(p.Audience), "cid": m.ClientID,
	})
	if m.UserID == "" {
		claims["sub"] = m.ClientID
		return claims
	}
	claims["sub"], claims["uid"] = p.User.Login(), p.User.ID
	if !m.AuthTime.IsZero() {
		claims["auth_time"] = m.AuthTime.Unix()
	}
	return claims
}

// audience returns a string if there is one value, as Okta writes it.
func audience(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// identityClaims are the claims of an ID token before any hook.
func (srv *Server) identityClaims(m store.Minting, p store.Plan) map[string]any {
	claims := customClaims(store.IdentityClaim, m, p)
	// Together with an access token, an ID token has only a few claims of the scopes; userinfo has
	// the rest (Okta developer docs, "Get all the claims in a token": thin ID tokens).
	profile := userClaims(p.User, m.Scopes)
	if m.AccessToken || m.Code != "" {
		profile = keepOnly(profile, alwaysIncluded(p.Claims)...)
	}
	maps.Copy(claims, profile)
	maps.Copy(claims, map[string]any{
		"sub": p.User.ID, "ver": tokenVersion, "iss": p.Issuer, "aud": m.ClientID, "jti": "ID." + wire.RandomToken(),
		"amr": slices.Clone(m.AMR), "idp": srv.store.IDPID(m.IDPType), "auth_time": m.AuthTime.Unix(),
	})
	if m.Nonce != "" {
		claims["nonce"] = m.Nonce
	}
	if m.ACR != "" {
		claims["acr"] = m.ACR
	}
	return claims
}

// userClaims are the claims that the scopes profile and email give (OpenID Connect
// Core 1.0, section 5.4).
func userClaims(u store.User, scopes []string) map[string]any {
	claims := map[string]any{}
	set := func(claim, value string) {
		if value != "" {
			claims[claim] = value
		}
	}
	if hasScope(scopes, "profile") {
		set("name", u.Name())
		set("preferred_username", u.Login())
		set("given_name", u.Text("firstName"))
		set("family_name", u.Text("lastName"))
		set("locale", strings.ReplaceAll(u.Text("locale"), "_", "-"))
		set("zoneinfo", u.Text("timezone"))
		claims["updated_at"] = u.LastUpdated.Unix()
	}
	if hasScope(scopes, "email") {
		set("email", u.Email())
		claims["email_verified"] = true
	}
	return claims
}

// alwaysIncluded names the system claims that an ID token has even together with an access token.
func alwaysIncluded(claims []store.CustomClaim) []string {
	var names []string
	for _, c := range claims {
		if c.System && c.AlwaysInclude {
			names = append(names, c.Name)
		}
	}
	return names
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

// customClaims evaluates the claims of that kind for m. An ID token that is minted
// beside an access token holds only those marked to be always included.
func customClaims(kind string, m store.Minting, p store.Plan) map[string]any {
	claims := map[string]any{}
	thin := kind == store.IdentityClaim && (m.AccessToken || m.Code != "")
	for _, c := range p.Claims {
		if c.System || c.ClaimType != kind || c.Status != "ACTIVE" || thin && !c.AlwaysInclude || !granted(c, m.Scopes) {
			continue
		}
		if value, ok := p.Evaluate(c); ok {
			claims[c.Name] = value
		}
	}
	return claims
}

// granted reports whether one of the scopes adds the claim; without a condition, every scope does.
func granted(c store.CustomClaim, scopes []string) bool {
	return len(c.Conditions.Scopes) == 0 ||
		slices.ContainsFunc(c.Conditions.Scopes, func(s string) bool { return slices.Contains(scopes, s) })
}
