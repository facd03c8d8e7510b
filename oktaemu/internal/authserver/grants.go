package authserver

import (
	"context"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// grantClientCredentials serves a client that acts for itself (RFC 6749, section
// 4.4): an access token with custom scopes only, no user, no session.
func (srv *Server) grantClientCredentials(ctx context.Context, call tokenCall) (TokenAnswer, *wire.OAuthError) {
	if call.client.Public() {
		return TokenAnswer{}, wire.OAuthErr("unauthorized_client", "A public client cannot use the grant type 'client_credentials'.")
	}
	if call.asID == store.OrgServer {
		return srv.grantManagementAPI(ctx, call)
	}
	scopes, fault := srv.scopesFor(call)
	if fault != nil {
		return TokenAnswer{}, fault
	}
	for _, name := range scopes {
		switch name {
		case "openid", "profile", "email", "address", "phone", "offline_access":
			return TokenAnswer{}, wire.OAuthErr("invalid_scope", "The scope '%s' needs a user: it cannot be requested with client credentials.", name)
		}
	}
	return srv.finish(ctx, call.forItself(scopes), call.client)
}

// grantManagementAPI serves a service app at the org authorization server: an access token for the scopes of the
// Management API that the app was granted (Okta developer docs, guides/implement-oauth-for-okta-serviceapp).
func (srv *Server) grantManagementAPI(ctx context.Context, call tokenCall) (TokenAnswer, *wire.OAuthError) {
	scopes := spaced(call.form.Get("scope"))
	if len(scopes) == 0 {
		return TokenAnswer{}, wire.OAuthErr("invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
	}
	if call.client.AuthMethod != store.AuthPrivateKey {
		return TokenAnswer{}, wire.OAuthErr("invalid_client", "Client credentials requests to the org authorization server must use the private_key_jwt token_endpoint_auth_method.")
	}
	var app store.App
	srv.store.Do(func(st *store.State) { app, _ = st.ActiveClient(call.client.ID) })
	for _, name := range scopes {
		if !slices.ContainsFunc(app.Grants, func(g store.Grant) bool { return g.ScopeID == name }) {
			return TokenAnswer{}, wire.OAuthErr("consent_required", "You are not allowed any of the requested scopes.")
		}
	}
	return srv.finish(ctx, call.forItself(scopes), call.client)
}

// forItself is the minting of a client that acts for itself.
func (call tokenCall) forItself(scopes []string) store.Minting {
	return store.Minting{
		ServerID: call.asID, ClientID: call.client.ID, Grant: "client_credentials", Scopes: scopes, AccessToken: true,
		Origin: call.origin, Request: call.protocolRequest(scopes), Family: wire.NewID(wire.IDGrant),
	}
}

// grantPassword signs a user in by password alone (RFC 6749, section 4.3). No
// browser is involved, so there is no session, and only the password was verified.
func (srv *Server) grantPassword(ctx context.Context, call tokenCall) (TokenAnswer, *wire.OAuthError) {
	scopes, fault := srv.scopesFor(call)
	if fault != nil {
		return TokenAnswer{}, fault
	}
	u, ok := store.Ask(srv.store, func(st *store.State) (store.User, bool) {
		return authenticate(st, call.form.Get("username"), call.form.Get("password"))
	})
	now := srv.store.Now()
	if !ok {
		return TokenAnswer{}, wire.OAuthErr("invalid_grant", "The credentials provided were invalid.")
	}
	byPassword := store.PasswordMethod()
	m := store.Minting{
		ServerID: call.asID, ClientID: call.client.ID, UserID: u.ID, Grant: "password", Scopes: scopes,
		IDToken: hasScope(scopes, "openid"), AccessToken: true, AuthTime: now, AMR: byPassword.AMR, IDPType: byPassword.IDPType,
		Origin: call.origin, Request: call.protocolRequest(scopes), Family: wire.NewID(wire.IDGrant),
	}
	return srv.finish(ctx, m, call.client)
}

// scopesFor returns the scopes that a token request asks for.
func (srv *Server) scopesFor(call tokenCall) ([]string, *wire.OAuthError) {
	return store.Ask(srv.store, func(st *store.State) ([]string, *wire.OAuthError) {
		as, ok := st.AuthServerFor(call.asID)
		if !ok {
			return nil, errNoServer()
		}
		return grantScopes(as, spaced(call.form.Get("scope")))
	})
}

// protocolRequest is the token request as a hook sees it.
func (call tokenCall) protocolRequest(scopes []string) store.ProtocolRequest {
	return store.ProtocolRequest{Scope: strings.Join(scopes, " "), ClientID: call.client.ID, GrantType: call.form.Get("grant_type")}
}
