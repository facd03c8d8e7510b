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
	"pschook/verify/words"
)

// serveAuthorize is the authorization endpoint. It finds out what the request asks for and who is
// signed in, and continues from there.
func (srv *Server) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		srv.servePageError(w, r, http.StatusBadRequest, "the request cannot be read")
		return
	}
	var next step
	srv.store.Do(func(st *store.State) { next = srv.decide(st, r).prepared(st) })
	srv.proceed(w, r, next)
}

// step is what comes next in an authorization request: an error page, the sign-in page, or an
// answer to the client.
type step struct {
	wrong    string // for the person at the browser; "": nothing
	auth     store.Authorization
	fault    *wire.OAuthError // for the client
	session  store.Session
	signedIn bool
	fresh    bool // the browser does not have the session's cookie yet

	message words.Text // for the sign-in page: why the previous sign-in failed
	app     store.App
	people  []store.Persona

	code    string        // for the client; "": it wants none
	minting store.Minting // the tokens for the client
	plan    store.Plan
}

// decide reads r and returns what comes next. It stores a request that waits for a sign-in.
func (srv *Server) decide(st *store.State, r *http.Request) step {
	auth, fault := readAuthorization(st, r)
	auth.Origin = wire.OriginOf(r, "authorize")
	if fault != nil {
		return step{wrong: fault.page, auth: auth, fault: fault.client}
	}
	if s, opened := tokenSession(st, auth); opened {
		return step{auth: auth, session: s, signedIn: true, fresh: true}
	}
	s, signedIn := sessionFor(st, r, auth)
	switch {
	case signedIn:
	case slices.Contains(auth.Prompts, "none"):
		return step{auth: auth, fault: wire.OAuthErr("login_required", "The client specified not to prompt, but the user is not signed in.")}
	default:
		if srv.signInByHint {
			if s, opened := hintedSession(st, auth); opened {
				return step{auth: auth, session: s, signedIn: true, fresh: true}
			}
		}
		st.Authorizations.Put(st.Now(), auth.ID, auth, st.Now().Add(authorizationLife))
	}
	return step{auth: auth, session: s, signedIn: signedIn}
}

// proceed shows the next page, or makes the answer and sends it.
func (srv *Server) proceed(w http.ResponseWriter, r *http.Request, next step) {
	if next.fresh {
		srv.setCookie(w, next.session.ID, 0)
	}
	switch {
	case next.wrong != "":
		srv.servePageError(w, r, http.StatusBadRequest, next.wrong)
	case next.fault != nil:
		srv.respond(w, r, next.auth, refusal(next.auth, next.fault))
	case !next.signedIn:
		srv.serveSignInPage(w, r, next)
	case next.auth.Device != "":
		srv.serveActivated(w, r)
	default:
		srv.respond(w, r, next.auth, srv.answer(r.Context(), next))
	}
}

// tokenSession opens the session for the request's session token.
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

// prepared collects what the next page shows of the org, or issues the code and collects what the
// tokens for the client need. The policies may refuse either.
func (next step) prepared(st *store.State) step {
	auth, s := next.auth, next.session
	switch {
	case next.wrong != "", next.fault != nil:
		return next
	case !next.signedIn:
		next.app, _ = st.ActiveClient(auth.ClientID)
		next.people = st.Personas()
		return next
	case auth.Device != "":
		return next
	}
	if auth.Wants("code") {
		if next.code, next.fault = issueCode(st, auth, s); next.fault != nil {
			return next
		}
	}
	if !auth.Wants("id_token") && !auth.Wants("token") {
		return next
	}
	next.minting = store.Minting{
		ServerID: auth.ServerID, ClientID: auth.ClientID, UserID: s.UserID, Grant: "implicit", Scopes: auth.Scopes,
		IDToken: auth.Wants("id_token"), AccessToken: auth.Wants("token"), Code: next.code,
		Nonce: auth.Nonce, Session: &s, AuthTime: s.AuthTime, AMR: s.Method.AMR, IDPType: s.Method.IDPType, ACR: acrReached(auth.ACRValues, s.Method.AMR),
		Origin: auth.Origin, Request: authorizationRequest(auth, ""), Family: wire.NewID(wire.IDGrant),
	}
	next.plan, next.fault = prepare(st, next.minting)
	next.withdraw(st)
	return next
}

// withdraw deletes the code if the answer is a fault.
func (next step) withdraw(st *store.State) {
	if next.fault != nil {
		st.Codes.Delete(next.code)
	}
}

// answer returns the parameters of the answer: a code, tokens, or both; or an error. It may call a
// hook.
func (srv *Server) answer(ctx context.Context, next step) url.Values {
	auth := next.auth
	answer := url.Values{"state": {auth.State}}
	if next.code != "" {
		answer.Set("code", next.code)
	}
	if !next.minting.IDToken && !next.minting.AccessToken {
		return answer
	}
	tokens, fault := srv.mint(ctx, next.minting, next.plan, func(st *store.State, fault *wire.OAuthError) *wire.OAuthError {
		next.fault = fault
		next.withdraw(st)
		return fault
	})
	if fault != nil {
		return refusal(auth, fault)
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
	return answer
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
