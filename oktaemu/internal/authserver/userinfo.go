package authserver

import (
	"maps"
	"net/http"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// serveUserinfo is the userinfo endpoint (OpenID Connect Core 1.0, section 5.3).
func (srv *Server) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	claims, fault := store.Ask(srv.store, func(st *store.State) (map[string]any, *wire.OAuthError) {
		token, ok := bearer(r)
		switch {
		case !ok && r.URL.Query().Has("access_token"):
			return nil, wire.OAuthErr("invalid_request", "The access token cannot be presented in a query string.")
		case !ok:
			return nil, wire.OAuthStatus(http.StatusUnauthorized, "", "") // RFC 6750, section 3.1: then no error is named
		}
		return userinfo(st, r.PathValue("as"), token)
	})
	if fault != nil { // the header says what is wrong; Okta's body is empty
		w.Header().Set("WWW-Authenticate", wire.Challenge(r, "openid", fault.Code, fault.Description))
		wire.NoStore(w)
		w.WriteHeader(fault.Status)
		return
	}
	wire.NoStore(w)
	wire.WriteJSON(w, http.StatusOK, claims)
}

// userinfo returns the claims of the token's user. sub is the user id here.
func userinfo(st *store.State, asID, token string) (map[string]any, *wire.OAuthError) {
	invalid := wire.OAuthStatus(http.StatusUnauthorized, "invalid_token", "The access token is invalid")
	as, ok := st.AuthServerFor(asID)
	if !ok {
		return nil, invalid
	}
	claims, record, ok := readToken(st, as, token)
	if !ok || !strings.HasPrefix(claims.JTI, "AT.") {
		return nil, invalid
	}
	u, ok := st.Users.Get(record.UserID)
	if !ok || u.Status != "ACTIVE" {
		return nil, invalid
	}
	if !hasScope(claims.Scopes, "openid") {
		return nil, wire.OAuthStatus(http.StatusForbidden, "insufficient_scope", "The access token must provide the scope 'openid'.")
	}
	m := store.Minting{ServerID: asID, ClientID: record.ClientID, UserID: u.ID, Scopes: claims.Scopes}
	info := customClaims(store.IdentityClaim, m, store.Plan{User: u, Groups: st.GroupsOf(u), Claims: as.Claims.List()})
	maps.Copy(info, userClaims(u, claims.Scopes))
	info["sub"] = u.ID
	return info, nil
}
