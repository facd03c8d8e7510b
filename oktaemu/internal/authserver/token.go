package authserver

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

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// TokenAnswer is a good answer of the token endpoint (RFC 6749, section 5.1).
type TokenAnswer struct {
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"` // seconds
	AccessToken  string `json:"access_token"`
	Scope        string `json:"scope"`
	RefreshToken string `json:"refresh_token,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
}

// tokenCall is a request to the token endpoint from an authenticated client.
type tokenCall struct {
	asID   string
	client store.Client
	form   url.Values
	origin wire.Origin
}

// serveToken is the token endpoint.
func (srv *Server) serveToken(w http.ResponseWriter, r *http.Request) {
	call, fault := srv.readTokenCall(r)
	if fault == nil && call.client.DPoP {
		fault = proofFault(r)
	}
	if fault != nil {
		wire.WriteOAuthError(w, fault)
		return
	}
	answer, fault := srv.grant(r.Context(), call)
	if fault != nil {
		wire.WriteOAuthError(w, fault)
		return
	}
	wire.NoStore(w)
	wire.WriteJSON(w, http.StatusOK, answer)
}

// proofFault refuses a client whose tokens are to be bound to a key: the emulator plays no DPoP (RFC 9449).
func proofFault(r *http.Request) *wire.OAuthError {
	if r.Header.Get("DPoP") == "" {
		return wire.OAuthErr("invalid_dpop_proof", "The DPoP proof JWT header is missing.")
	}
	return wire.OAuthStatus(http.StatusNotImplemented, "server_error", "The emulator does not play DPoP.")
}

// readTokenCall reads the form and authenticates the client.
func (srv *Server) readTokenCall(r *http.Request) (tokenCall, *wire.OAuthError) {
	form, fault := postForm(r)
	if fault != nil {
		return tokenCall{}, fault
	}
	call := tokenCall{asID: r.PathValue("as"), form: form, origin: wire.OriginOf(r, "token")}
	call.client, fault = store.Ask(srv.store, func(st *store.State) (store.Client, *wire.OAuthError) {
		if _, ok := st.AuthServerFor(call.asID); !ok {
			return store.Client{}, errNoServer()
		}
		return srv.authenticateClient(st, r, form)
	})
	return call, fault
}

func errNoServer() *wire.OAuthError {
	return wire.OAuthStatus(http.StatusNotFound, "invalid_request", "The authorization server does not exist or is inactive.")
}

// postForm reads a form body. No parameter may repeat (RFC 6749, section 3.2). The org
// authorization server also reads the query, because Okta's SDK for Go sends everything there, with
// an empty body.
func postForm(r *http.Request) (url.Values, *wire.OAuthError) {
	if r.PathValue("as") == store.OrgServer && r.URL.RawQuery != "" {
		if err := r.ParseForm(); err != nil {
			return nil, wire.OAuthErr("invalid_request", "The request cannot be read.")
		}
		return r.Form, nil
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
		return nil, wire.OAuthErr("invalid_request", "The accept and/or content-type headers provided in the request do not match the accepted content-types.")
	}
	if err := r.ParseForm(); err != nil {
		return nil, wire.OAuthErr("invalid_request", "The request body cannot be read.")
	}
	for name, values := range r.PostForm {
		if len(values) > 1 {
			return nil, wire.OAuthErr("invalid_request", "The parameter '%s' is given more than once.", name)
		}
	}
	return r.PostForm, nil
}

// grant turns a token request into tokens.
func (srv *Server) grant(ctx context.Context, call tokenCall) (TokenAnswer, *wire.OAuthError) {
	grants := map[string]func(context.Context, tokenCall) (TokenAnswer, *wire.OAuthError){
		"authorization_code":  srv.grantCode,
		"refresh_token":       srv.grantRefresh,
		"client_credentials":  srv.grantClientCredentials,
		"password":            srv.grantPassword,
		store.DeviceGrantType: srv.grantDevice,
	}
	kind := call.form.Get("grant_type")
	if kind == "" {
		return TokenAnswer{}, wire.OAuthErr("invalid_request", "The token request must specify a 'grant_type'.")
	}
	handler, played := grants[kind]
	allowed := call.client.AllowsGrant(kind)
	switch {
	case !played && allowed:
		return TokenAnswer{}, wire.OAuthErr("unsupported_grant_type", "The emulator does not play the grant type %s.", kind)
	case !played && !slices.Contains(otherGrants(), kind):
		return TokenAnswer{}, wire.OAuthErr("unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
	case !allowed:
		return TokenAnswer{}, wire.OAuthErr("unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [%s].",
			strings.Join(call.client.GrantTypes, ", "))
	}
	for _, name := range map[string][]string{
		"authorization_code": {"code", "redirect_uri"}, "refresh_token": {"refresh_token"}, "password": {"username", "password"}, store.DeviceGrantType: {"device_code"},
	}[kind] {
		if call.form.Get(name) == "" { // RFC 6749, section 5.2: a required parameter is missing
			return TokenAnswer{}, wire.OAuthErr("invalid_request", "The '%s' parameter is required.", name)
		}
	}
	return handler(ctx, call)
}

// otherGrants are the grant types that Okta has and the emulator does not play.
func otherGrants() []string {
	const ietf = "urn:ietf:params:oauth:grant-type:"
	return []string{"interaction_code", "urn:openid:params:grant-type:ciba", ietf + "token-exchange", ietf + "saml2-bearer", ietf + "jwt-bearer"}
}

// grantCode redeems an authorization code (RFC 6749, section 4.1.3).
func (srv *Server) grantCode(ctx context.Context, call tokenCall) (TokenAnswer, *wire.OAuthError) {
	g, fault := store.Ask(srv.store, func(st *store.State) (store.CodeGrant, *wire.OAuthError) { return redeem(st, call) })
	if fault != nil {
		return TokenAnswer{}, fault
	}
	m := store.Minting{
		ServerID: call.asID, ClientID: call.client.ID, UserID: g.Session.UserID, Grant: "authorization_code", Scopes: g.Auth.Scopes,
		IDToken: hasScope(g.Auth.Scopes, "openid"), AccessToken: true, Nonce: g.Auth.Nonce,
		Session: &g.Session, AuthTime: g.Session.AuthTime, AMR: g.Session.Method.AMR, IDPType: g.Session.Method.IDPType,
		ACR: acrReached(g.Auth.ACRValues, g.Session.Method.AMR), Origin: call.origin,
		Request: authorizationRequest(g.Auth, "authorization_code"), Family: g.Family,
	}
	return srv.finish(ctx, m, call.client)
}

// redeem checks a code and marks it used. If a code is used twice, one of the two users stole it,
// so its tokens are revoked (RFC 6749, section 4.1.2).
func redeem(st *store.State, call tokenCall) (store.CodeGrant, *wire.OAuthError) {
	invalid := wire.OAuthErr("invalid_grant", "The authorization code is invalid or has expired.")
	code := call.form.Get("code")
	g, ok := st.Codes.Get(st.Now(), code)
	if !ok || g.Auth.ServerID != call.asID || g.Auth.ClientID != call.client.ID {
		return store.CodeGrant{}, invalid
	}
	if g.Used {
		st.RevokeFamily(g.Family)
		return store.CodeGrant{}, invalid
	}
	g.Used = true
	st.Codes.Update(code, g)
	if call.form.Get("redirect_uri") != g.Auth.RedirectURI {
		return store.CodeGrant{}, wire.OAuthErr("invalid_grant", "The 'redirect_uri' does not match the redirection URI used in the authorization request.")
	}
	if g.Auth.Challenge != "" && call.form.Get("code_verifier") == "" {
		return store.CodeGrant{}, wire.OAuthErr("invalid_request", "PKCE code verifier is required by the application.")
	}
	if !verifierFits(call.form.Get("code_verifier"), g.Auth.Challenge) {
		return store.CodeGrant{}, wire.OAuthErr("invalid_grant", "PKCE verification failed.")
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
func (srv *Server) finish(ctx context.Context, m store.Minting, c store.Client) (TokenAnswer, *wire.OAuthError) {
	offline := hasScope(m.Scopes, "offline_access") && c.AllowsGrant("refresh_token")
	if offline {
		m.RefreshJTI = "oar" + wire.RandomWord(17)
	}
	p, fault := store.Ask(srv.store, func(st *store.State) (store.Plan, *wire.OAuthError) { return prepare(st, m) })
	if fault != nil {
		return TokenAnswer{}, fault
	}
	var refresh string
	tokens, fault := srv.mint(ctx, m, p, func(st *store.State, fault *wire.OAuthError) *wire.OAuthError {
		if offline && fault == nil {
			refresh = newRefreshToken(st, m, p.Rule)
		}
		return fault
	})
	if fault != nil {
		return TokenAnswer{}, fault
	}
	answer := answerOf(m, tokens)
	answer.RefreshToken = refresh
	return answer, nil
}

func answerOf(m store.Minting, tokens minted) TokenAnswer {
	return TokenAnswer{
		TokenType: "Bearer", ExpiresIn: tokens.expiresIn, AccessToken: tokens.accessToken, IDToken: tokens.idToken, Scope: strings.Join(m.Scopes, " "),
	}
}

// narrowed returns the requested scopes if all were granted before.
func narrowed(requested string, granted []string) ([]string, bool) {
	if requested == "" {
		return granted, true
	}
	list := spaced(requested)
	return list, !slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(granted, s) })
}
