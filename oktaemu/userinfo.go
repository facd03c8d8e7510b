package oktaemu

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// serveUserinfo is the userinfo endpoint (OpenID Connect Core 1.0, section 5.3).
func (o *Org) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	token, ok := bearer(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	claims, fault := o.userinfo(r.PathValue("as"), token)
	if fault != nil {
		// RFC 6750, section 3: the header carries the error; Okta's body is empty.
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer error=%q, error_description=%q`, fault.code, fault.description))
		w.WriteHeader(fault.status)
		return
	}
	noStore(w)
	writeJSON(w, http.StatusOK, claims)
}

// userinfo returns the claims of the token's user. sub is the user id here.
func (o *Org) userinfo(asID, token string) (map[string]any, *oauthError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	invalid := &oauthError{http.StatusUnauthorized, "invalid_token", "The access token is invalid or has expired."}
	as, ok := o.state.authServerFor(asID)
	if !ok {
		return nil, invalid
	}
	claims, record, ok := o.readToken(as, token)
	if !ok || !strings.HasPrefix(claims.JTI, "AT.") {
		return nil, invalid
	}
	u, ok := o.state.users.get(record.userID)
	if !ok || u.Status != "ACTIVE" {
		return nil, invalid
	}
	if !hasScope(claims.Scopes, "openid") {
		return nil, &oauthError{http.StatusForbidden, "insufficient_scope", "The access token must provide the scope 'openid'."}
	}
	m := minting{asID: asID, clientID: record.clientID, userID: u.ID, scopes: claims.Scopes}
	info := o.customClaims(identityClaim, m, mintPlan{user: u, groups: o.state.groupsOf(u), claims: as.claims.list()})
	maps.Copy(info, userClaims(u, claims.Scopes))
	info["sub"] = u.ID
	return info, nil
}
