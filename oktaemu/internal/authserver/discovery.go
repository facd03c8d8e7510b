package authserver

import (
	"net/http"
	"strings"

	"pschook/oktaemu/internal/keys"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// serveDiscovery answers with the metadata of an authorization server: OpenID Connect Discovery 1.0
// and RFC 8414. It names only what the emulator supports.
func (srv *Server) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	id, clientID := r.PathValue("as"), r.URL.Query().Get("client_id") // id is "" for the org authorization server
	document, fault := store.Ask(srv.store, func(st *store.State) (map[string]any, *wire.APIError) {
		as, ok := st.AuthServerFor(id)
		if !ok {
			return nil, wire.ErrNotFound("AuthorizationServer", id)
		}
		if _, known := st.ActiveClient(clientID); clientID != "" && !known {
			return nil, wire.ErrInvalid("client_id", "client_id: Invalid value for 'client_id' parameter.")
		}
		return metadata(st, as, wire.Org(r)), nil
	})
	if fault != nil {
		wire.WriteAPIError(w, fault)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/oauth-authorization-server") { // RFC 8414 has no userinfo and no ID token
		delete(document, "userinfo_endpoint")
		delete(document, "id_token_signing_alg_values_supported")
	}
	w.Header().Set("Cache-Control", "max-age=86400, must-revalidate")
	wire.WriteJSON(w, http.StatusOK, document)
}

// metadata returns the metadata of as for a client that uses that origin of the org.
func metadata(st *store.State, as *store.AuthServer, asked string) map[string]any {
	issuer := st.IssuerAsked(as, asked)
	endpoints := issuer + "/v1"
	if as.Slug() == store.OrgServer {
		endpoints = issuer + "/oauth2/v1"
	}
	var scopes []string
	for _, s := range as.Scopes.List() {
		if s.MetadataPublish == "ALL_CLIENTS" {
			scopes = append(scopes, s.Name)
		}
	}
	clientAuth := []string{store.AuthBasic, store.AuthPost, store.AuthSecretJWT, store.AuthPrivateKey, store.AuthNone}
	return map[string]any{
		"issuer":                                        issuer,
		"authorization_endpoint":                        endpoints + "/authorize",
		"pushed_authorization_request_endpoint":         endpoints + "/par",
		"device_authorization_endpoint":                 endpoints + "/device/authorize",
		"token_endpoint":                                endpoints + "/token",
		"userinfo_endpoint":                             endpoints + "/userinfo",
		"jwks_uri":                                      endpoints + "/keys",
		"introspection_endpoint":                        endpoints + "/introspect",
		"revocation_endpoint":                           endpoints + "/revoke",
		"end_session_endpoint":                          endpoints + "/logout",
		"introspection_endpoint_auth_methods_supported": clientAuth,
		"revocation_endpoint_auth_methods_supported":    clientAuth,
		"response_types_supported":                      []string{"code", "id_token", "token", "code id_token", "code token", "id_token token", "code id_token token"},
		"response_modes_supported":                      []string{"query", "fragment", "form_post", "okta_post_message"},
		"grant_types_supported":                         []string{"authorization_code", "implicit", "refresh_token", "client_credentials", "password", store.DeviceGrantType},
		"id_token_signing_alg_values_supported":         []string{"RS256"},
		"subject_types_supported":                       []string{"public"},
		"scopes_supported":                              scopes,
		"token_endpoint_auth_methods_supported":         clientAuth,
		"claims_supported": []string{
			"iss", "ver", "sub", "aud", "iat", "exp", "jti", "auth_time", "amr", "idp", "nonce", "name", "preferred_username",
			"given_name", "family_name", "locale", "zoneinfo", "updated_at", "email", "email_verified", "at_hash", "c_hash", "acr",
		},
		"code_challenge_methods_supported":                 []string{"S256"},
		"acr_values_supported":                             acrValues(),
		"prompt_values_supported":                          []string{"none", "login", "consent"},
		"request_parameter_supported":                      false,
		"request_uri_parameter_supported":                  false,
		"token_endpoint_auth_signing_alg_values_supported": assertionAlgorithms(),
	}
}

func acrValues() []string {
	var values []string
	for _, rule := range acrRules() {
		values = append(values, rule.value)
	}
	return values
}

// serveKeys publishes the keys that verify the server's tokens.
func (srv *Server) serveKeys(w http.ResponseWriter, r *http.Request) {
	keys, ok := store.Ask(srv.store, func(st *store.State) (keys.Set, bool) {
		as, ok := st.AuthServerFor(r.PathValue("as"))
		if !ok {
			return nil, false
		}
		return as.Keys.Published(), true
	})
	if !ok {
		wire.WriteAPIError(w, wire.ErrNotFound("AuthorizationServer", r.PathValue("as")))
		return
	}
	w.Header().Set("Cache-Control", "max-age=3600, must-revalidate")
	wire.WriteJSON(w, http.StatusOK, keys.JWKS())
}
