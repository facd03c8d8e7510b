package oktaemu

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// tokenAnswer is a good answer of the token endpoint (RFC 6749, section 5.1).
type tokenAnswer struct {
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	AccessToken  string `json:"access_token"`
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
}

// tokenCall is a request to the token endpoint from a client that has proved itself.
type tokenCall struct {
	asID   string
	client client
	form   url.Values
	origin callOrigin
}

// serveToken is the token endpoint.
func (o *Org) serveToken(w http.ResponseWriter, r *http.Request) {
	call, fault := o.readTokenCall(r)
	if fault != nil {
		writeOAuthError(w, fault)
		return
	}
	answer, fault := o.grant(r.Context(), call)
	if fault != nil {
		writeOAuthError(w, fault)
		return
	}
	noStore(w)
	writeJSON(w, http.StatusOK, answer)
}

// readTokenCall reads the form and authenticates the client.
func (o *Org) readTokenCall(r *http.Request) (tokenCall, *oauthError) {
	form, fault := postForm(r)
	if fault != nil {
		return tokenCall{}, fault
	}
	call := tokenCall{asID: r.PathValue("as"), form: form, origin: o.origin(r, "token")}
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, ok := o.state.authServerFor(call.asID); !ok {
		return tokenCall{}, &oauthError{http.StatusNotFound, "invalid_request", "The authorization server does not exist or is inactive."}
	}
	call.client, fault = o.authenticateClient(r, form)
	return call, fault
}

// postForm reads a form body, in which no parameter may repeat (RFC 6749, section 3.2).
func postForm(r *http.Request) (url.Values, *oauthError) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		return nil, oauthErr("invalid_request", "The accept and/or content-type headers provided in the request do not match the accepted content-types.")
	}
	if err := r.ParseForm(); err != nil {
		return nil, oauthErr("invalid_request", "The request body cannot be read.")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, oauthErr("invalid_request", "The parameter '%s' is given more than once.", name)
		}
	}
	return r.PostForm, nil
}

// grant turns a token request into tokens.
func (o *Org) grant(ctx context.Context, call tokenCall) (tokenAnswer, *oauthError) {
	grants := map[string]func(context.Context, tokenCall) (tokenAnswer, *oauthError){
		"authorization_code": o.grantCode,
		"refresh_token":      o.grantRefresh,
		"client_credentials": o.grantClientCredentials,
		"password":           o.grantPassword,
	}
	kind := call.form.Get("grant_type")
	if kind == "" {
		return tokenAnswer{}, oauthErr("invalid_request", "The token request must specify a 'grant_type'.")
	}
	handler, ok := grants[kind]
	if !ok {
		return tokenAnswer{}, oauthErr("unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
	}
	if !call.client.allowsGrant(kind) {
		return tokenAnswer{}, oauthErr("unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [%s].",
			strings.Join(call.client.GrantTypes, ", "))
	}
	return handler(ctx, call)
}

// grantCode redeems an authorization code (RFC 6749, section 4.1.3).
func (o *Org) grantCode(ctx context.Context, call tokenCall) (tokenAnswer, *oauthError) {
	o.mu.Lock()
	g, fault := o.redeem(call)
	o.mu.Unlock()
	if fault != nil {
		return tokenAnswer{}, fault
	}
	m := minting{
		asID: call.asID, clientID: call.client.id, userID: g.session.userID, grant: "authorization_code", scopes: g.auth.scopes,
		idToken: hasScope(g.auth.scopes, "openid"), accessToken: true, nonce: g.auth.nonce,
		session: &g.session, authTime: g.session.authTime, amr: g.session.method.amr, idpType: g.session.method.idpType,
		acr: acrReached(g.auth.acrValues, g.session.method.amr), origin: call.origin,
		request: g.auth.protocolRequest("authorization_code"), family: g.family,
	}
	return o.finish(ctx, m, call.client)
}

// redeem checks a code and marks it used. A code that comes twice was stolen by
// one of the two: what it gave is revoked (RFC 6749, section 4.1.2). The caller
// holds the lock.
func (o *Org) redeem(call tokenCall) (codeGrant, *oauthError) {
	invalid := oauthErr("invalid_grant", "The authorization code is invalid or has expired.")
	code := call.form.Get("code")
	g, ok := o.state.codes.get(o.now(), code)
	if !ok || g.auth.asID != call.asID || g.auth.clientID != call.client.id {
		return codeGrant{}, invalid
	}
	if g.used {
		o.revokeFamily(g.family)
		return codeGrant{}, invalid
	}
	g.used = true
	o.state.codes.update(code, g)
	if call.form.Get("redirect_uri") != g.auth.redirectURI {
		return codeGrant{}, oauthErr("invalid_grant", "The 'redirect_uri' does not match the redirection URI used in the authorization request.")
	}
	if !verifierFits(call.form.Get("code_verifier"), g.auth.challenge) {
		return codeGrant{}, oauthErr("invalid_grant", "PKCE verification failed.")
	}
	return g, nil
}

// verifierFits checks a PKCE verifier (RFC 7636, sections 4.1 and 4.6). A verifier
// without a challenge is refused as well (RFC 9700, section 4.8.2: downgrade).
func verifierFits(verifier, challenge string) bool {
	if challenge == "" {
		return verifier == ""
	}
	if !regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`).MatchString(verifier) {
		return false
	}
	digest := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(digest[:])), []byte(challenge)) == 1
}

// finish mints the tokens of m and, where offline_access was granted, a refresh token.
func (o *Org) finish(ctx context.Context, m minting, c client) (tokenAnswer, *oauthError) {
	offline := hasScope(m.scopes, "offline_access") && c.allowsGrant("refresh_token")
	if offline {
		m.refreshJTI = "oar" + randomWord(17)
	}
	tokens, fault := o.mint(ctx, m)
	if fault != nil {
		return tokenAnswer{}, fault
	}
	answer := m.answer(tokens)
	if offline {
		answer.RefreshToken, fault = o.newRefreshToken(m)
	}
	return answer, fault
}

func (m minting) answer(tokens minted) tokenAnswer {
	return tokenAnswer{
		TokenType: "Bearer", ExpiresIn: tokens.expiresIn, AccessToken: tokens.accessToken, IDToken: tokens.idToken, Scope: joinWords(m.scopes),
	}
}

// revokeFamily revokes every token that goes back to one grant. The caller holds the lock.
func (o *Org) revokeFamily(family string) {
	o.state.families.put(o.now(), family, family, o.now().Add(familyLife))
	o.state.refresh.deleteFunc(func(g refreshGrant) bool { return g.minting.family == family })
	o.state.tokens.deleteFunc(func(t issued) bool { return t.family == family })
}

// familyLife is how long a revoked grant is remembered: longer than any token that
// may still be on its way.
const familyLife = 24 * time.Hour

// narrowed returns the requested scopes if all were granted before.
func narrowed(requested string, granted []string) ([]string, bool) {
	if requested == "" {
		return granted, true
	}
	list := words(requested)
	return list, !slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(granted, s) })
}
