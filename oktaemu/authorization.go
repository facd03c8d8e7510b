package oktaemu

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// authorization is an authorization request that was found good (RFC 6749,
// section 4.1.1; OpenID Connect Core 1.0, section 3.1.2.1).
type authorization struct {
	id            string
	asID          string
	clientID      string
	redirectURI   string
	responseTypes []string // sorted
	responseMode  string   // query, fragment, form_post
	scopes        []string
	state         string
	nonce         string
	challenge     string // PKCE S256; empty: none
	prompts       []string
	maxAge        time.Duration // negative: not asked
	loginHint     string
	acrValues     []string
	sessionToken  string

	origin callOrigin
}

// callOrigin is the request that caused tokens to be minted, as a hook sees it.
type callOrigin struct {
	endpoint  string // authorize, token
	requestID string
	method    string
	url       string
	ip        string
}

func (a authorization) wants(responseType string) bool {
	return slices.Contains(a.responseTypes, responseType)
}

// origin describes r for hook calls and the System Log.
func (o *Org) origin(r *http.Request, endpoint string) callOrigin {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}
	return callOrigin{endpoint: endpoint, requestID: requestID(r), method: r.Method, url: o.url + r.URL.RequestURI(), ip: ip}
}

// authorizationFault is what is wrong with an authorization request: for the eyes
// of the browser's user, as long as no redirect URI can be trusted, else for the client.
type authorizationFault struct {
	page   string
	client *oauthError
}

// parseAuthorization checks the parameters of an authorization request. The caller
// holds the lock.
func (o *Org) parseAuthorization(asID string, form url.Values) (a authorization, fault *authorizationFault) {
	as, ok := o.state.authServerFor(asID)
	if !ok {
		return a, &authorizationFault{page: fmt.Sprintf("the authorization server %q does not exist or is inactive", asID)}
	}
	target, ok := o.state.activeClient(form.Get("client_id"))
	if !ok {
		return a, &authorizationFault{page: "invalid value for 'client_id' parameter"}
	}
	c := target.client
	a = authorization{
		id: randomToken(), asID: asID, clientID: c.id, redirectURI: form.Get("redirect_uri"), state: form.Get("state"),
		nonce: form.Get("nonce"), loginHint: form.Get("login_hint"), sessionToken: form.Get("sessionToken"), maxAge: -1,
		scopes: words(form.Get("scope")), prompts: words(form.Get("prompt")), acrValues: words(form.Get("acr_values")),
	}
	// Exact comparison: RFC 9700, section 4.1.3, and Okta's rule.
	if !slices.Contains(c.RedirectURIs, a.redirectURI) {
		return a, &authorizationFault{page: "the 'redirect_uri' parameter must be a Login redirect URI in the client app settings"}
	}
	a.responseTypes = words(form.Get("response_type"))
	slices.Sort(a.responseTypes)
	a.responseMode = form.Get("response_mode")
	err := a.checkResponse(c)
	if err == nil {
		err = a.checkRest(as, c, form)
	}
	if err != nil {
		return a, &authorizationFault{client: err}
	}
	return a, nil
}

// checkResponse holds response_type and response_mode to OAuth 2.0 Multiple
// Response Type Encoding Practices and to what the client may use.
func (a *authorization) checkResponse(c client) *oauthError {
	front := a.wants("token") || a.wants("id_token")
	mode := a.responseMode
	a.responseMode = "query"
	if front {
		a.responseMode = "fragment"
	}
	switch {
	case mode == "form_post", mode == "fragment", mode == "query" && !front:
		a.responseMode = mode
	case mode == "query":
		return oauthErr("invalid_request", "The response type and response mode are not compatible: query cannot carry tokens.")
	case mode != "":
		return oauthErr("invalid_request", "The response mode is not supported by the authorization server.")
	}
	if len(a.responseTypes) == 0 || len(slices.Compact(slices.Clone(a.responseTypes))) != len(a.responseTypes) {
		return oauthErr("invalid_request", "The 'response_type' parameter is missing or repeats a value.")
	}
	for _, t := range a.responseTypes {
		if t != "code" && t != "id_token" && t != "token" {
			return oauthErr("unsupported_response_type", "The response type is not supported by the authorization server. Configured response types: [id_token, code, token].")
		}
		if !slices.Contains(c.ResponseTypes, t) {
			return oauthErr("unauthorized_client", "The client is not authorized to use the response type %q.", t)
		}
	}
	if front && !c.allowsGrant("implicit") {
		return oauthErr("unauthorized_client", "The client is not authorized to use the provided grant type 'implicit'.")
	}
	if a.wants("code") && !c.allowsGrant("authorization_code") {
		return oauthErr("unauthorized_client", "The client is not authorized to use the provided grant type 'authorization_code'.")
	}
	return nil
}

// checkRest checks everything after the response type.
func (a *authorization) checkRest(as *authServer, c client, form url.Values) *oauthError {
	for name, values := range form {
		if len(values) > 1 { // RFC 6749, section 3.1
			return oauthErr("invalid_request", "The parameter '%s' is given more than once.", name)
		}
	}
	if a.state == "" { // Okta demands state always.
		return oauthErr("invalid_request", "The authentication request has an invalid 'state' parameter.")
	}
	if a.wants("id_token") && a.nonce == "" { // OpenID Connect Core 1.0, section 3.2.2.1
		return oauthErr("invalid_request", "The authentication request has an invalid 'nonce' parameter.")
	}
	for name, sense := range map[string]string{"request": "request_not_supported", "request_uri": "request_uri_not_supported"} {
		if form.Get(name) != "" {
			return oauthErr(sense, "The parameter '%s' is not supported.", name)
		}
	}
	for _, p := range a.prompts {
		if p != "none" && p != "login" && p != "consent" || p == "none" && len(a.prompts) > 1 {
			return oauthErr("invalid_request", "The 'prompt' parameter is invalid.")
		}
	}
	if text := form.Get("max_age"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 0 {
			return oauthErr("invalid_request", "The 'max_age' parameter is not a whole number of seconds.")
		}
		a.maxAge = time.Duration(seconds) * time.Second
	}
	if fault := a.checkScopes(as, c); fault != nil {
		return fault
	}
	return a.checkChallenge(c, form)
}

// checkScopes refuses scopes that the server does not know.
func (a *authorization) checkScopes(as *authServer, c client) *oauthError {
	granted, fault := as.grantScopes(a.scopes)
	if fault != nil {
		return fault
	}
	a.scopes = granted
	if a.wants("id_token") && !slices.Contains(granted, "openid") {
		return oauthErr("invalid_scope", "The 'openid' scope is required for the response type 'id_token'.")
	}
	if slices.Contains(granted, "offline_access") && (!a.wants("code") || !c.allowsGrant("refresh_token")) {
		return oauthErr("invalid_scope", "The client is not authorized to use the scope 'offline_access' in this request.")
	}
	return nil
}

// grantScopes returns the requested scopes, or the default ones when none is asked.
func (as *authServer) grantScopes(requested []string) ([]string, *oauthError) {
	if len(requested) == 0 {
		for _, s := range as.scopes.list() {
			if s.Default {
				requested = append(requested, s.Name)
			}
		}
		if len(requested) == 0 {
			return nil, oauthErr("invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
		}
		return requested, nil
	}
	for _, name := range requested {
		if _, ok := as.knows(name); !ok {
			return nil, oauthErr("invalid_scope", "One or more scopes are not configured for the authorization server resource.")
		}
	}
	return requested, nil
}

// checkChallenge: Okta takes S256 only (its discovery document lists nothing
// else), and demands it of public clients and of clients set to need it (RFC 7636;
// RFC 9700, section 2.1.1). A tokens-only response has no code to protect.
func (a *authorization) checkChallenge(c client, form url.Values) *oauthError {
	challenge, codeMethod := form.Get("code_challenge"), form.Get("code_challenge_method")
	if challenge == "" {
		switch {
		case codeMethod != "":
			return oauthErr("invalid_request", "PKCE code challenge is required when a code challenge method is given.")
		case a.wants("code") && c.public():
			return oauthErr("invalid_request", "PKCE code challenge is required when the token endpoint authentication method is 'NONE'.")
		case a.wants("code") && c.pkceRequired:
			return oauthErr("invalid_request", "PKCE code challenge is required by the application.")
		}
		return nil
	}
	if codeMethod != "S256" { // absent means plain (RFC 7636, section 4.3)
		return oauthErr("invalid_request", "The code challenge method must be 'S256'.")
	}
	if digest, err := base64.RawURLEncoding.DecodeString(challenge); err != nil || len(digest) != 32 {
		return oauthErr("invalid_request", "The code challenge is not the base64url encoding of a SHA-256 digest.")
	}
	a.challenge = challenge
	return nil
}

// words splits a space-separated list and drops repetitions.
func words(s string) []string {
	var list []string
	for _, w := range strings.Fields(s) {
		if !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	return list
}
