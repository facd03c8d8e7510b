package oktaemu

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// serveAuthorize is the authorization endpoint: it signs the user in, or finds
// that a session already does, and answers to the redirect URI.
func (o *Org) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		o.servePageError(w, r, http.StatusBadRequest, "the request cannot be read")
		return
	}
	o.mu.Lock()
	auth, fault := o.parseAuthorization(r.PathValue("as"), r.Form)
	auth.origin = o.origin(r, "authorize")
	switch {
	case fault != nil && fault.client == nil:
		o.mu.Unlock()
		o.servePageError(w, r, http.StatusBadRequest, fault.page)
		return
	case fault != nil:
		o.mu.Unlock()
		o.respondError(w, r, auth, fault.client)
		return
	}
	s, signedIn := o.sessionFor(w, r, auth)
	if signedIn {
		o.mu.Unlock()
		o.complete(w, r, auth, s)
		return
	}
	if slices.Contains(auth.prompts, "none") {
		o.mu.Unlock()
		o.respondError(w, r, auth, oauthErr("login_required", "The client specified not to prompt, but the user is not signed in."))
		return
	}
	o.state.authorizations.put(o.now(), auth.id, auth, o.now().Add(authorizationLife))
	o.mu.Unlock()
	o.serveSignInPage(w, r, auth, http.StatusOK, "")
}

// sessionFor finds the session that answers auth: a fresh one by session token,
// else the browser's, if it is good enough. The caller holds the lock.
func (o *Org) sessionFor(w http.ResponseWriter, r *http.Request, auth authorization) (session, bool) {
	if auth.sessionToken != "" {
		if s, ok := o.state.sessionTokens.take(o.now(), auth.sessionToken); ok && acrSatisfied(auth.acrValues, s.method.amr) {
			o.openSession(w, s)
			return s, true
		}
	}
	s, ok := o.browserSession(r)
	switch {
	case !ok, slices.Contains(auth.prompts, "login"), !acrSatisfied(auth.acrValues, s.method.amr):
		return session{}, false
	case auth.maxAge >= 0 && o.now().Sub(s.authTime) > auth.maxAge:
		return session{}, false
	}
	return s, true
}

// complete answers auth for the user of s: a code, tokens, or both.
func (o *Org) complete(w http.ResponseWriter, r *http.Request, auth authorization, s session) {
	answer, fault := o.authorize(r.Context(), auth, s)
	if fault != nil {
		o.respondError(w, r, auth, fault)
		return
	}
	o.respond(w, r, auth, answer)
}

// authorize makes the parameters of a good answer. It may call a hook, and so
// takes the lock only in between.
func (o *Org) authorize(ctx context.Context, auth authorization, s session) (url.Values, *oauthError) {
	answer := url.Values{"state": {auth.state}}
	if auth.wants("code") {
		code, fault := o.issueCode(auth, s)
		if fault != nil {
			return nil, fault
		}
		answer.Set("code", code)
	}
	if !auth.wants("id_token") && !auth.wants("token") {
		return answer, nil
	}
	tokens, fault := o.mint(ctx, minting{
		asID: auth.asID, clientID: auth.clientID, userID: s.userID, grant: "implicit", scopes: auth.scopes,
		idToken: auth.wants("id_token"), accessToken: auth.wants("token"), code: answer.Get("code"),
		nonce: auth.nonce, session: &s, authTime: s.authTime, amr: s.method.amr, idpType: s.method.idpType, acr: acrReached(auth.acrValues, s.method.amr),
		origin: auth.origin, request: auth.protocolRequest(""), family: newID(idGrant),
	})
	if fault != nil {
		o.revokeCode(answer.Get("code"))
		return nil, fault
	}
	if tokens.idToken != "" {
		answer.Set("id_token", tokens.idToken)
	}
	if tokens.accessToken != "" {
		answer.Set("access_token", tokens.accessToken)
		answer.Set("token_type", "Bearer")
		answer.Set("expires_in", strconv.Itoa(tokens.expiresIn))
		answer.Set("scope", joinWords(auth.scopes))
	}
	return answer, nil
}

// codeGrant is what an authorization code stands for.
type codeGrant struct {
	auth    authorization
	session session
	family  string // of the tokens that the code was turned into
	used    bool
}

// issueCode makes a code, if the user and the policies allow it.
func (o *Org) issueCode(auth authorization, s session) (string, *oauthError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, fault := o.plan(minting{
		asID: auth.asID, clientID: auth.clientID, userID: s.userID, grant: "authorization_code", scopes: auth.scopes,
	}); fault != nil {
		return "", fault
	}
	code := randomToken()
	grant := codeGrant{auth: auth, session: s, family: newID(idGrant)}
	o.state.codes.put(o.now(), code, grant, o.now().Add(codeLife))
	o.logEvent(logEvent{EventType: "app.oauth2.as.authorize.code", DisplayMessage: "OAuth2 authorization code request",
		Outcome: logOutcome{Result: "SUCCESS"}}, auth.origin, s.userID, auth.clientID)
	return code, nil
}

func (o *Org) revokeCode(code string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.state.codes.delete(code)
}

// protocolRequest is the request as a hook call shows it.
func (a authorization) protocolRequest(grant string) protocolRequest {
	return protocolRequest{
		Scope: joinWords(a.scopes), State: a.state, RedirectURI: a.redirectURI, ResponseMode: a.responseMode,
		ResponseType: joinWords(a.responseTypes), ClientID: a.clientID, GrantType: grant,
	}
}
