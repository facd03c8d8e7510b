package oktaemu

import (
	"net/http"
	"strings"
)

// serveIntrospect says whether a token is active (RFC 7662). The caller must be a
// client that proves itself; a public client names itself.
func (o *Org) serveIntrospect(w http.ResponseWriter, r *http.Request) {
	call, fault := o.readTokenCall(r)
	if fault == nil && call.form.Get("token") == "" {
		fault = oauthErr("invalid_request", "The 'token' parameter is required.")
	}
	if fault != nil {
		writeOAuthError(w, fault)
		return
	}
	noStore(w)
	writeJSON(w, http.StatusOK, o.introspect(call))
}

// introspect returns the token's state; {"active":false} for anything that is not
// a live token of this server and client.
func (o *Org) introspect(call tokenCall) map[string]any {
	o.mu.Lock()
	defer o.mu.Unlock()
	inactive := map[string]any{"active": false}
	token := call.form.Get("token")
	if g, ok := o.state.refresh.get(o.now(), token); ok {
		if g.minting.clientID != call.client.id || g.minting.asID != call.asID || !g.replaced.IsZero() {
			return inactive
		}
		return o.introspectRefresh(g)
	}
	as, ok := o.state.authServerFor(call.asID)
	if !ok {
		return inactive
	}
	claims, record, ok := o.readToken(as, token)
	if !ok || record.clientID != call.client.id {
		return inactive
	}
	answer := map[string]any{"active": true, "client_id": record.clientID}
	for _, name := range []string{"iss", "sub", "aud", "iat", "exp", "jti", "uid", "auth_time", "amr", "idp", "nonce"} {
		if value, there := claims.all[name]; there {
			answer[name] = value
		}
	}
	if strings.HasPrefix(claims.JTI, "AT.") {
		answer["token_type"], answer["scope"] = "Bearer", joinWords(claims.Scopes)
	}
	if u, ok := o.state.users.get(record.userID); ok {
		answer["username"] = u.login()
	}
	return answer
}

func (o *Org) introspectRefresh(g refreshGrant) map[string]any {
	answer := map[string]any{
		"active": true, "token_type": "Bearer", "scope": joinWords(g.minting.scopes), "client_id": g.minting.clientID,
		"iat": g.issued.Unix(), "jti": g.minting.refreshJTI, "iss": o.issuer(g.minting.asID),
	}
	if g.expires.Sub(g.issued) < endless {
		answer["exp"] = g.expires.Unix()
	}
	if u, ok := o.state.users.get(g.minting.userID); ok {
		answer["uid"], answer["sub"], answer["username"] = u.ID, u.login(), u.login()
	}
	return answer
}

// serveRevoke revokes a token (RFC 7009): 200 whether or not there was one. A
// revoked refresh token takes its access tokens with it.
func (o *Org) serveRevoke(w http.ResponseWriter, r *http.Request) {
	call, fault := o.readTokenCall(r)
	if fault == nil && call.form.Get("token") == "" {
		fault = oauthErr("invalid_request", "The 'token' parameter is required.")
	}
	if fault != nil {
		writeOAuthError(w, fault)
		return
	}
	o.mu.Lock()
	o.revoke(call)
	o.mu.Unlock()
	noStore(w)
	w.WriteHeader(http.StatusOK)
}

// revoke revokes the client's own token, if it is one. The caller holds the lock.
func (o *Org) revoke(call tokenCall) {
	token := call.form.Get("token")
	if g, ok := o.state.refresh.get(o.now(), token); ok {
		if g.minting.clientID == call.client.id {
			o.revokeFamily(g.minting.family)
		}
		return
	}
	as, ok := o.state.authServerFor(call.asID)
	if !ok {
		return
	}
	if claims, record, ok := o.readToken(as, token); ok && record.clientID == call.client.id {
		o.state.tokens.delete(claims.JTI)
	}
}
