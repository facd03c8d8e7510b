package authserver

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// authorizationFault says what is wrong with an authorization request. As long as no redirect URI
// can be trusted, only the user at the browser sees it; after that, the client gets it.
type authorizationFault struct {
	page   string
	client *wire.OAuthError
}

// maxAgeBound is longer than any session, in seconds: more would not fit into a duration.
const maxAgeBound = 1 << 31

// request is an authorization request while it is read.
type request struct{ store.Authorization }

// readAuthorization reads the parameters of r, or those that its client has pushed before.
func readAuthorization(st *store.State, r *http.Request) (store.Authorization, *authorizationFault) {
	form := r.Form
	if r.Method == http.MethodPost { // the query does not count then (Okta developer docs, "/authorize" with POST)
		form = r.PostForm
	}
	if strings.HasPrefix(form.Get("request_uri"), pushedPrefix) {
		var ok bool
		if form, ok = pushedForm(st, r, form); !ok {
			return store.Authorization{}, &authorizationFault{page: "the 'request_uri' is not one of this client, or is too old"}
		}
	}
	return parseAuthorization(st, r.PathValue("as"), form)
}

// parseAuthorization checks the parameters of an authorization request.
func parseAuthorization(st *store.State, asID string, form url.Values) (store.Authorization, *authorizationFault) {
	var a request
	as, ok := st.AuthServerFor(asID)
	if !ok {
		return a.Authorization, &authorizationFault{page: fmt.Sprintf("the authorization server %q does not exist or is inactive", asID)}
	}
	target, ok := st.ActiveClient(form.Get("client_id"))
	if !ok {
		return a.Authorization, &authorizationFault{page: "invalid value for 'client_id' parameter"}
	}
	c := target.Client
	a.Authorization = store.Authorization{
		ID: wire.RandomToken(), ServerID: asID, ClientID: c.ID, RedirectURI: form.Get("redirect_uri"), State: form.Get("state"),
		Nonce: form.Get("nonce"), LoginHint: form.Get("login_hint"), SessionToken: form.Get("sessionToken"), MaxAge: -1,
		Scopes: spaced(form.Get("scope")), Prompts: spaced(form.Get("prompt")), ACRValues: spaced(form.Get("acr_values")),
	}
	// Exact comparison: RFC 9700, section 4.1.3, and Okta's rule.
	if !slices.Contains(c.RedirectURIs, a.RedirectURI) {
		return a.Authorization, &authorizationFault{page: "the 'redirect_uri' parameter must be a Login redirect URI in the client app settings"}
	}
	a.ResponseTypes = spaced(form.Get("response_type"))
	slices.Sort(a.ResponseTypes)
	a.ResponseMode = form.Get("response_mode")
	err := a.checkResponse(c)
	if err == nil {
		err = a.checkRest(as, c, form)
	}
	if err != nil {
		return a.Authorization, &authorizationFault{client: err}
	}
	return a.Authorization, nil
}

// checkResponse checks response_type and response_mode against OAuth 2.0 Multiple Response Type
// Encoding Practices and against what the client may use.
func (a *request) checkResponse(c store.Client) *wire.OAuthError {
	front := a.Wants("token") || a.Wants("id_token")
	mode := a.ResponseMode
	a.ResponseMode = "query"
	if front {
		a.ResponseMode = "fragment"
	}
	switch {
	case mode == "form_post", mode == "fragment", mode == "query" && !front, mode == "okta_post_message" && store.OriginOf(a.RedirectURI) != "":
		a.ResponseMode = mode
	case mode == "query":
		return wire.OAuthErr("unsupported_response_mode", "The response mode is not supported by the authorization server: query cannot carry tokens.")
	case mode != "":
		return wire.OAuthErr("unsupported_response_mode", "The response mode is not supported by the authorization server.")
	}
	if len(a.ResponseTypes) == 0 || len(slices.Compact(slices.Clone(a.ResponseTypes))) != len(a.ResponseTypes) {
		return wire.OAuthErr("invalid_request", "The 'response_type' parameter is missing or repeats a value.")
	}
	for _, t := range a.ResponseTypes {
		if t != "code" && t != "id_token" && t != "token" {
			return wire.OAuthErr("unsupported_response_type", "The response type is not supported by the authorization server. Configured response types: [id_token, code, token].")
		}
		if !slices.Contains(c.ResponseTypes, t) {
			return wire.OAuthErr("unauthorized_client", "The client is not authorized to use the response type %q.", t)
		}
	}
	if front && !c.AllowsGrant("implicit") {
		return wire.OAuthErr("unauthorized_client", "The client is not authorized to use the provided grant type 'implicit'.")
	}
	if a.Wants("code") && !c.AllowsGrant("authorization_code") {
		return wire.OAuthErr("unauthorized_client", "The client is not authorized to use the provided grant type 'authorization_code'.")
	}
	return nil
}

// checkRest checks everything after the response type.
func (a *request) checkRest(as *store.AuthServer, c store.Client, form url.Values) *wire.OAuthError {
	for name, values := range form {
		if len(values) > 1 { // RFC 6749, section 3.1
			return wire.OAuthErr("invalid_request", "The parameter '%s' is given more than once.", name)
		}
	}
	if a.State == "" { // Okta demands state always.
		return wire.OAuthErr("invalid_request", "The authentication request has an invalid 'state' parameter.")
	}
	if a.Wants("id_token") && a.Nonce == "" { // OpenID Connect Core 1.0, section 3.2.2.1
		return wire.OAuthErr("invalid_request", "The authentication request has an invalid 'nonce' parameter.")
	}
	for name, sense := range map[string]string{"request": "request_not_supported", "request_uri": "request_uri_not_supported"} {
		if form.Get(name) != "" {
			return wire.OAuthErr(sense, "The parameter '%s' is not supported.", name)
		}
	}
	for _, p := range a.Prompts {
		if p != "none" && p != "login" && p != "consent" || p == "none" && len(a.Prompts) > 1 {
			return wire.OAuthErr("invalid_request", "The 'prompt' parameter is invalid.")
		}
	}
	if text := form.Get("max_age"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil || seconds < 0 {
			return wire.OAuthErr("invalid_request", "The 'max_age' parameter is not a whole number of seconds.")
		}
		a.MaxAge = time.Duration(min(seconds, maxAgeBound)) * time.Second
	}
	if fault := a.checkScopes(as, c); fault != nil {
		return fault
	}
	return a.checkChallenge(c, form)
}

// checkScopes refuses scopes that the server does not know.
func (a *request) checkScopes(as *store.AuthServer, c store.Client) *wire.OAuthError {
	granted, fault := grantScopes(as, a.Scopes)
	if fault != nil {
		return fault
	}
	a.Scopes = granted
	if a.Wants("id_token") && !slices.Contains(granted, "openid") {
		return wire.OAuthErr("invalid_scope", "The 'openid' scope is required for the response type 'id_token'.")
	}
	if !a.Wants("code") { // then Okta ignores it
		a.Scopes = slices.DeleteFunc(a.Scopes, func(name string) bool { return name == "offline_access" })
	}
	if slices.Contains(a.Scopes, "offline_access") && !c.AllowsGrant("refresh_token") {
		return wire.OAuthErr("invalid_scope", "The client is not authorized to use the scope 'offline_access' in this request.")
	}
	return nil
}

// grantScopes returns the requested scopes, or the default ones when none is asked.
func grantScopes(as *store.AuthServer, requested []string) ([]string, *wire.OAuthError) {
	if len(requested) == 0 {
		for _, s := range as.Scopes.List() {
			if s.Default {
				requested = append(requested, s.Name)
			}
		}
		if len(requested) == 0 {
			return nil, wire.OAuthErr("invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
		}
		return requested, nil
	}
	for _, name := range requested {
		if _, ok := as.Knows(name); !ok {
			return nil, wire.OAuthErr("invalid_scope", "One or more scopes are not configured for the authorization server resource.")
		}
	}
	return requested, nil
}

// checkChallenge checks PKCE. Okta accepts only S256 (its discovery document lists nothing else),
// and requires it for public clients and for clients that are set to need it (RFC 7636; RFC 9700,
// section 2.1.1). A tokens-only response has no code to protect.
func (a *request) checkChallenge(c store.Client, form url.Values) *wire.OAuthError {
	challenge, codeMethod := form.Get("code_challenge"), form.Get("code_challenge_method")
	if challenge == "" {
		switch {
		case codeMethod != "":
			return wire.OAuthErr("invalid_request", "PKCE code challenge is required when a code challenge method is given.")
		case a.Wants("code") && c.Public():
			return wire.OAuthErr("invalid_request", "PKCE code challenge is required when the token endpoint authentication method is 'NONE'.")
		case a.Wants("code") && c.PKCERequired:
			return wire.OAuthErr("invalid_request", "PKCE code challenge is required by the application.")
		}
		return nil
	}
	if codeMethod != "S256" { // absent means plain (RFC 7636, section 4.3)
		return wire.OAuthErr("invalid_request", "The code challenge method must be 'S256'.")
	}
	if digest, err := base64.RawURLEncoding.DecodeString(challenge); err != nil || len(digest) != 32 {
		return wire.OAuthErr("invalid_request", "The code challenge is not the base64url encoding of a SHA-256 digest.")
	}
	a.Challenge = challenge
	return nil
}

// spaced splits a space-separated list and drops repetitions.
func spaced(s string) []string {
	var list []string
	for _, w := range strings.Fields(s) {
		if !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	return list
}
