package oktaemu

import (
	"context"
	"net/http"
)

// grantClientCredentials serves a client that acts for itself (RFC 6749, section
// 4.4): an access token with custom scopes only, no user, no session.
func (o *Org) grantClientCredentials(ctx context.Context, call tokenCall) (tokenAnswer, *oauthError) {
	if call.client.public() {
		return tokenAnswer{}, oauthErr("unauthorized_client", "A public client cannot use the grant type 'client_credentials'.")
	}
	scopes, fault := o.scopesFor(call)
	if fault != nil {
		return tokenAnswer{}, fault
	}
	for _, name := range scopes {
		switch name {
		case "openid", "profile", "email", "address", "phone", "offline_access":
			return tokenAnswer{}, oauthErr("invalid_scope", "The scope '%s' needs a user: it cannot be requested with client credentials.", name)
		}
	}
	m := minting{
		asID: call.asID, clientID: call.client.id, grant: "client_credentials", scopes: scopes, accessToken: true,
		origin: call.origin, request: call.protocolRequest(scopes), family: newID(idGrant),
	}
	return o.finish(ctx, m, call.client)
}

// grantPassword signs a user in by password alone (RFC 6749, section 4.3). No
// browser is involved, so there is no session, and only the password was verified.
func (o *Org) grantPassword(ctx context.Context, call tokenCall) (tokenAnswer, *oauthError) {
	scopes, fault := o.scopesFor(call)
	if fault != nil {
		return tokenAnswer{}, fault
	}
	o.mu.Lock()
	u, ok := o.authenticate(call.form.Get("username"), call.form.Get("password"))
	now := o.now()
	o.mu.Unlock()
	if !ok {
		return tokenAnswer{}, oauthErr("invalid_grant", "The credentials provided were invalid.")
	}
	byPassword := passwordMethod()
	m := minting{
		asID: call.asID, clientID: call.client.id, userID: u.ID, grant: "password", scopes: scopes,
		idToken: hasScope(scopes, "openid"), accessToken: true, authTime: now, amr: byPassword.amr, idpType: byPassword.idpType,
		origin: call.origin, request: call.protocolRequest(scopes), family: newID(idGrant),
	}
	return o.finish(ctx, m, call.client)
}

// scopesFor returns the scopes that a token request asks for.
func (o *Org) scopesFor(call tokenCall) ([]string, *oauthError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	as, ok := o.state.authServerFor(call.asID)
	if !ok {
		return nil, &oauthError{http.StatusNotFound, "invalid_request", "The authorization server does not exist or is inactive."}
	}
	return as.grantScopes(words(call.form.Get("scope")))
}

// protocolRequest is the token request as a hook sees it.
func (call tokenCall) protocolRequest(scopes []string) protocolRequest {
	return protocolRequest{Scope: joinWords(scopes), ClientID: call.client.id, GrantType: call.form.Get("grant_type")}
}
