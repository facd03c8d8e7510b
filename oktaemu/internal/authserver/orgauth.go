package authserver

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"pschook/oktaemu/internal/keys"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// orgTokenSeconds is the life of an access token for the Management API.
const orgTokenSeconds = 3600

// serveOrgToken is the token endpoint of the org authorization server: client
// credentials with private_key_jwt, for the scopes of the Management API that the
// app was granted (Okta developer docs, guides/implement-oauth-for-okta-serviceapp).
// The org authorization server calls no hook.
func (srv *Server) serveOrgToken(w http.ResponseWriter, r *http.Request) {
	// Okta's SDK for Go sends the parameters in the query, with an empty body.
	if err := r.ParseForm(); err != nil {
		wire.WriteOAuthError(w, wire.OAuthErr("invalid_request", "The request cannot be read."))
		return
	}
	answer, fault := store.Ask(srv.store, func(st *store.State) (TokenAnswer, *wire.OAuthError) { return srv.grantOrgToken(st, r) })
	if fault != nil {
		wire.WriteOAuthError(w, fault)
		return
	}
	wire.NoStore(w)
	wire.WriteJSON(w, http.StatusOK, answer)
}

func (srv *Server) grantOrgToken(st *store.State, r *http.Request) (TokenAnswer, *wire.OAuthError) {
	kind, scopes := r.Form.Get("grant_type"), words(r.Form.Get("scope"))
	if kind != "client_credentials" {
		return TokenAnswer{}, wire.OAuthErr("unsupported_grant_type", "The org authorization server of the emulator takes client_credentials only.")
	}
	if r.Form.Get("client_assertion") == "" {
		return TokenAnswer{}, wire.OAuthErr("invalid_client", "Client credentials requests to the org authorization server must use the private_key_jwt token_endpoint_auth_method.")
	}
	c, fault := authenticateByAssertion(st, r, r.Form)
	if fault != nil {
		return TokenAnswer{}, fault
	}
	if !c.AllowsGrant(kind) {
		return TokenAnswer{}, wire.OAuthErr("unauthorized_client", "The client is not authorized to use the provided grant type.")
	}
	a, _ := st.ActiveClient(c.ID)
	for _, name := range scopes {
		if !slices.ContainsFunc(a.Grants, func(g store.Grant) bool { return g.ScopeID == name }) {
			return TokenAnswer{}, wire.OAuthErr("consent_required", "You are not allowed any of the requested scopes.")
		}
	}
	if len(scopes) == 0 {
		return TokenAnswer{}, wire.OAuthErr("invalid_scope", "The authorization server resource does not have any configured default scopes, 'scope' must be provided.")
	}
	token, jti, err := st.OrgKeys.Active().SignToken(map[string]any{
		"ver": tokenVersion, "jti": "AT." + wire.RandomToken(), "iss": srv.store.URL(), "aud": srv.store.URL(), "cid": c.ID, "sub": c.ID, "scp": scopes,
	}, orgTokenSeconds, st.Now())
	if err != nil {
		return TokenAnswer{}, srv.internalFault(err)
	}
	st.Tokens.Put(st.Now(), jti, store.Issued{ClientID: c.ID}, st.Now().Add(orgTokenSeconds*time.Second))
	return TokenAnswer{TokenType: "Bearer", ExpiresIn: orgTokenSeconds, AccessToken: token, Scope: strings.Join(scopes, " ")}, nil
}

// serveOrgDiscovery is the metadata of the org authorization server: what a client
// of the Management API needs.
func (srv *Server) serveOrgDiscovery(w http.ResponseWriter, _ *http.Request) {
	wire.WriteJSON(w, http.StatusOK, map[string]any{
		"issuer": srv.store.URL(), "token_endpoint": srv.store.URL() + "/oauth2/v1/token", "jwks_uri": srv.store.URL() + "/oauth2/v1/keys",
		"grant_types_supported":                            []string{"client_credentials"},
		"response_types_supported":                         []string{},
		"token_endpoint_auth_methods_supported":            []string{store.AuthPrivateKey},
		"token_endpoint_auth_signing_alg_values_supported": assertionAlgorithms(),
	})
}

func (srv *Server) serveOrgKeys(w http.ResponseWriter, _ *http.Request) {
	var keys keys.Set
	srv.store.Do(func(st *store.State) { keys = st.OrgKeys.Published() })
	wire.WriteJSON(w, http.StatusOK, keys.JWKS())
}
