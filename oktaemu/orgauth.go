package oktaemu

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"pschook/oktaemu/internal/hookanswer"
)

// orgTokenSeconds is the life of an access token for the Management API.
const orgTokenSeconds = 3600

// grant is an Okta API scope that a service app was granted.
type grant struct {
	ID          string  `json:"id"`
	Status      string  `json:"status"`
	Created     stamp   `json:"created"`
	LastUpdated stamp   `json:"lastUpdated"`
	Issuer      string  `json:"issuer"`
	ClientID    string  `json:"clientId"`
	ScopeID     string  `json:"scopeId"`
	Source      string  `json:"source"`
	Links       apiLink `json:"_links,omitempty"`
}

// serveOrgToken is the token endpoint of the org authorization server: client
// credentials with private_key_jwt, for the scopes of the Management API that the
// app was granted (Okta developer docs, guides/implement-oauth-for-okta-serviceapp).
// The org authorization server calls no hook.
func (o *Org) serveOrgToken(w http.ResponseWriter, r *http.Request) {
	// Okta's SDK for Go sends the parameters in the query, with an empty body.
	if err := r.ParseForm(); err != nil {
		writeOAuthError(w, oauthErr("invalid_request", "The request cannot be read."))
		return
	}
	o.mu.Lock()
	answer, fault := o.grantOrgToken(r)
	o.mu.Unlock()
	if fault != nil {
		writeOAuthError(w, fault)
		return
	}
	noStore(w)
	writeJSON(w, http.StatusOK, answer)
}

func (o *Org) grantOrgToken(r *http.Request) (tokenAnswer, *oauthError) {
	kind, scopes := r.Form.Get("grant_type"), words(r.Form.Get("scope"))
	if kind != "client_credentials" {
		return tokenAnswer{}, oauthErr("unsupported_grant_type", "The org authorization server of the emulator takes client_credentials only.")
	}
	if r.Form.Get("client_assertion") == "" {
		return tokenAnswer{}, oauthErr("invalid_client", "Client credentials requests to the org authorization server must use the private_key_jwt token_endpoint_auth_method.")
	}
	c, fault := o.authenticateByAssertion(r, r.Form)
	if fault != nil {
		return tokenAnswer{}, fault
	}
	if !c.allowsGrant(kind) {
		return tokenAnswer{}, oauthErr("unauthorized_client", "The client is not authorized to use the provided grant type.")
	}
	a, _ := o.state.activeClient(c.id)
	for _, name := range scopes {
		if !slices.ContainsFunc(a.grants, func(g grant) bool { return g.ScopeID == name }) {
			return tokenAnswer{}, oauthErr("consent_required", "You are not allowed any of the requested scopes.")
		}
	}
	if len(scopes) == 0 {
		return tokenAnswer{}, oauthErr("invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
	}
	token, jti, err := signToken(o.orgKeys.active(), &hookanswer.Token{Lifetime: orgTokenSeconds, Claims: map[string]any{
		"ver": tokenVersion, "jti": "AT." + randomToken(), "iss": o.url, "aud": o.url, "cid": c.id, "sub": c.id, "scp": scopes,
	}}, o.now())
	if err != nil {
		return tokenAnswer{}, o.internalFault(err)
	}
	o.state.tokens.put(o.now(), jti, issued{clientID: c.id}, o.now().Add(orgTokenSeconds*time.Second))
	return tokenAnswer{TokenType: "Bearer", ExpiresIn: orgTokenSeconds, AccessToken: token, Scope: joinWords(scopes)}, nil
}

// authorizeBearer checks an access token of the org authorization server. A write
// scope (okta.x.manage) allows reading too. The caller holds the lock.
func (o *Org) authorizeBearer(token, scope string) *apiError {
	claims, ok := readSigned(&o.orgKeys, token)
	if !ok || claims.Issuer != o.url || o.now().Unix() >= claims.Expiry {
		return errInvalidToken()
	}
	if _, ok := o.state.tokens.get(o.now(), claims.JTI); !ok {
		return errInvalidToken()
	}
	manage := strings.TrimSuffix(scope, ".read") + ".manage"
	if !slices.Contains(claims.Scopes, scope) && !slices.Contains(claims.Scopes, manage) {
		return errForbidden()
	}
	return nil
}

// serveOrgDiscovery is the metadata of the org authorization server: what a client
// of the Management API needs.
func (o *Org) serveOrgDiscovery(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": o.url, "token_endpoint": o.url + "/oauth2/v1/token", "jwks_uri": o.url + "/oauth2/v1/keys",
		"grant_types_supported":                            []string{"client_credentials"},
		"response_types_supported":                         []string{},
		"token_endpoint_auth_methods_supported":            []string{authPrivateKey},
		"token_endpoint_auth_signing_alg_values_supported": assertionAlgorithms(),
	})
}

func (o *Org) serveOrgKeys(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, o.orgKeys.jwks())
}
