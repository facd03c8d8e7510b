package authserver

import (
	"maps"
	"net/http"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// serveIntrospect says whether a token is active (RFC 7662). The caller must be a client that
// authenticates; a public client only names itself.
func (srv *Server) serveIntrospect(w http.ResponseWriter, r *http.Request) {
	call, fault := srv.readTokenCall(r)
	if fault == nil && call.form.Get("token") == "" {
		fault = wire.OAuthErr("invalid_request", "The 'token' parameter is required.")
	}
	if fault != nil {
		wire.WriteOAuthError(w, fault)
		return
	}
	var answer map[string]any
	srv.store.Do(func(st *store.State) { answer = introspect(st, call) })
	wire.NoStore(w)
	wire.WriteJSON(w, http.StatusOK, answer)
}

// introspect returns the token's state; {"active":false} for anything that is not
// a live token of this server and client.
func introspect(st *store.State, call tokenCall) map[string]any {
	inactive := map[string]any{"active": false}
	token := call.form.Get("token")
	if g, ok := st.Refresh.Get(st.Now(), token); ok {
		if g.Minting.ClientID != call.client.ID || g.Minting.ServerID != call.asID || !g.Replaced.IsZero() {
			return inactive
		}
		return introspectRefresh(st, g)
	}
	as, ok := st.AuthServerFor(call.asID)
	if !ok {
		return inactive
	}
	claims, record, ok := readToken(st, as, token)
	if !ok || record.ClientID != call.client.ID {
		return inactive
	}
	answer := maps.Clone(claims.All) // with claims that a hook or a custom claim added
	answer["active"], answer["client_id"] = true, record.ClientID
	if strings.HasPrefix(claims.JTI, "AT.") {
		answer["token_type"], answer["scope"] = "Bearer", strings.Join(claims.Scopes, " ")
	}
	if u, ok := st.Users.Get(record.UserID); ok {
		answer["username"] = u.Login()
	}
	return answer
}

func introspectRefresh(st *store.State, g store.RefreshGrant) map[string]any {
	answer := map[string]any{
		"active": true, "token_type": "Bearer", "scope": strings.Join(g.Minting.Scopes, " "), "client_id": g.Minting.ClientID,
		"iat": g.Issued.Unix(), "jti": g.Minting.RefreshJTI, "iss": st.Issuer(g.Minting.ServerID),
	}
	if g.Expires.Sub(st.Now()) < endless/2 {
		answer["exp"] = g.Expires.Unix()
	}
	if u, ok := st.Users.Get(g.Minting.UserID); ok {
		answer["uid"], answer["sub"], answer["username"] = u.ID, u.Login(), u.Login()
	}
	return answer
}

// serveRevoke revokes a token (RFC 7009). It answers 200 even if there was none. Revoking a refresh
// token also revokes its access tokens.
func (srv *Server) serveRevoke(w http.ResponseWriter, r *http.Request) {
	call, fault := srv.readTokenCall(r)
	if fault == nil && call.form.Get("token") == "" {
		fault = wire.OAuthErr("invalid_request", "The 'token' parameter is required.")
	}
	if fault != nil {
		wire.WriteOAuthError(w, fault)
		return
	}
	srv.store.Do(func(st *store.State) { revoke(st, call) })
	wire.NoStore(w)
	w.WriteHeader(http.StatusOK)
}

// revoke revokes the client's own token, if it is one.
func revoke(st *store.State, call tokenCall) {
	token := call.form.Get("token")
	if g, ok := st.Refresh.Get(st.Now(), token); ok {
		if g.Minting.ClientID == call.client.ID {
			st.RevokeFamily(g.Minting.Family)
		}
		return
	}
	as, ok := st.AuthServerFor(call.asID)
	if !ok {
		return
	}
	if claims, record, ok := readToken(st, as, token); ok && record.ClientID == call.client.ID {
		st.Tokens.Delete(claims.JTI)
	}
}
