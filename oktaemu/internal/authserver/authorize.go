package authserver

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// serveAuthorize is the authorization endpoint: it signs the user in, or finds
// that a session already does, and answers to the redirect URI.
func (srv *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		srv.servePageError(w, r, http.StatusBadRequest, "the request cannot be read")
		return
	}
	var next step
	srv.store.Do(func(st *store.State) { next = decide(st, r) })
	switch {
	case next.fault != nil && next.fault.client == nil:
		srv.servePageError(w, r, http.StatusBadRequest, next.fault.page)
	case next.fault != nil:
		srv.respondError(w, r, next.auth, next.fault.client)
	case !next.signedIn:
		srv.serveSignInPage(w, r, next.auth, http.StatusOK, "")
	default:
		if next.fresh {
			srv.setCookie(w, next.session.ID, 0)
		}
		srv.complete(w, r, next.auth, next.session)
	}
}

// step is what comes next in an authorization request: a fault to tell, the page
// where somebody signs in, or the answer for the session.
type step struct {
	auth     store.Authorization
	fault    *authorizationFault
	session  store.Session
	signedIn bool
	fresh    bool // the browser does not know the session yet
}

// decide reads r and finds what comes next. A request that waits for a sign-in is kept.
func decide(st *store.State, r *http.Request) (next step) {
	form, fault := requested(st, r)
	if fault != nil {
		return step{fault: fault}
	}
	next.auth, next.fault = parseAuthorization(st, r.PathValue("as"), form)
	next.auth.Origin = wire.OriginOf(r, st.URL, "authorize")
	if next.fault != nil {
		return next
	}
	next.session, next.fresh = tokenSession(st, next.auth)
	if next.signedIn = next.fresh; !next.signedIn {
		next.session, next.signedIn = sessionFor(st, r, next.auth)
	}
	switch {
	case next.signedIn:
	case slices.Contains(next.auth.Prompts, "none"):
		next.fault = &authorizationFault{client: wire.OAuthErr("login_required", "The client specified not to prompt, but the user is not signed in.")}
	default:
		st.Authorizations.Put(st.Now(), next.auth.ID, next.auth, st.Now().Add(authorizationLife))
	}
	return next
}

// tokenSession opens the session that the request's session token stands for.
func tokenSession(st *store.State, auth store.Authorization) (store.Session, bool) {
	if auth.SessionToken == "" {
		return store.Session{}, false
	}
	s, ok := st.SessionTokens.Take(st.Now(), auth.SessionToken)
	if !ok || !acrSatisfied(auth.ACRValues, s.Method.AMR) {
		return store.Session{}, false
	}
	st.Sessions.Put(st.Now(), s.ID, s, s.Expires)
	return s, true
}

// sessionFor returns the browser's session, if it is good enough for auth.
func sessionFor(st *store.State, r *http.Request, auth store.Authorization) (store.Session, bool) {
	s, ok := browserSession(st, r)
	switch {
	case !ok, slices.Contains(auth.Prompts, "login"), !acrSatisfied(auth.ACRValues, s.Method.AMR):
		return store.Session{}, false
	case auth.MaxAge >= 0 && st.Now().Sub(s.AuthTime) > auth.MaxAge:
		return store.Session{}, false
	}
	return s, true
}

// complete answers auth for the user of s: a code, tokens, or both.
func (srv *Server) complete(w http.ResponseWriter, r *http.Request, auth store.Authorization, s store.Session) {
	answer, fault := srv.authorize(r.Context(), auth, s)
	if fault != nil {
		srv.respondError(w, r, auth, fault)
		return
	}
	srv.respond(w, r, auth, answer)
}

// authorize makes the parameters of a good answer. It may call a hook.
func (srv *Server) authorize(ctx context.Context, auth store.Authorization, s store.Session) (url.Values, *wire.OAuthError) {
	answer := url.Values{"state": {auth.State}}
	if auth.Wants("code") {
		code, fault := store.Ask(srv.store, func(st *store.State) (string, *wire.OAuthError) { return issueCode(st, auth, s) })
		if fault != nil {
			return nil, fault
		}
		answer.Set("code", code)
	}
	if !auth.Wants("id_token") && !auth.Wants("token") {
		return answer, nil
	}
	tokens, fault := srv.mint(ctx, store.Minting{
		ServerID: auth.ServerID, ClientID: auth.ClientID, UserID: s.UserID, Grant: "implicit", Scopes: auth.Scopes,
		IDToken: auth.Wants("id_token"), AccessToken: auth.Wants("token"), Code: answer.Get("code"),
		Nonce: auth.Nonce, Session: &s, AuthTime: s.AuthTime, AMR: s.Method.AMR, IDPType: s.Method.IDPType, ACR: acrReached(auth.ACRValues, s.Method.AMR),
		Origin: auth.Origin, Request: authorizationRequest(auth, ""), Family: wire.NewID(wire.IDGrant),
	})
	if fault != nil {
		srv.store.Do(func(st *store.State) { st.Codes.Delete(answer.Get("code")) })
		return nil, fault
	}
	if tokens.idToken != "" {
		answer.Set("id_token", tokens.idToken)
	}
	if tokens.accessToken != "" {
		answer.Set("access_token", tokens.accessToken)
		answer.Set("token_type", "Bearer")
		answer.Set("expires_in", strconv.Itoa(tokens.expiresIn))
		answer.Set("scope", strings.Join(auth.Scopes, " "))
	}
	return answer, nil
}

// issueCode makes a code, if the user and the policies allow it.
func issueCode(st *store.State, auth store.Authorization, s store.Session) (string, *wire.OAuthError) {
	if _, fault := plan(st, store.Minting{
		ServerID: auth.ServerID, ClientID: auth.ClientID, UserID: s.UserID, Grant: "authorization_code", Scopes: auth.Scopes,
	}); fault != nil {
		return "", fault
	}
	code := wire.RandomToken()
	grant := store.CodeGrant{Auth: auth, Session: s, Family: wire.NewID(wire.IDGrant)}
	st.Codes.Put(st.Now(), code, grant, st.Now().Add(codeLife))
	st.Log(store.Event{EventType: eventType(auth.ServerID, "authorize.code"), DisplayMessage: "OAuth2 authorization code request",
		Outcome: store.LogOutcome{Result: "SUCCESS"}}, auth.Origin, s.UserID, auth.ClientID)
	return code, nil
}

// authorizationRequest is the request as a hook call shows it.
func authorizationRequest(a store.Authorization, grant string) store.ProtocolRequest {
	return store.ProtocolRequest{
		Scope: strings.Join(a.Scopes, " "), State: a.State, RedirectURI: a.RedirectURI, ResponseMode: a.ResponseMode,
		ResponseType: strings.Join(a.ResponseTypes, " "), ClientID: a.ClientID, GrantType: grant,
	}
}
