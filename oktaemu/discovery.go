package oktaemu

import (
	"net/http"
	"strings"
)

// serveDiscovery is the metadata of an authorization server: OpenID Connect
// Discovery 1.0 and RFC 8414. It names only what the emulator does.
func (o *Org) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	as, ok := o.state.authServerFor(r.PathValue("as"))
	if !ok {
		o.mu.Unlock()
		writeAPIError(w, errNotFound("AuthorizationServer", r.PathValue("as")))
		return
	}
	document := o.metadata(as)
	o.mu.Unlock()
	if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
		document["userinfo_endpoint"] = o.issuer(as.ID) + "/v1/userinfo"
		document["id_token_signing_alg_values_supported"] = []string{"RS256"}
	}
	w.Header().Set("Cache-Control", "max-age=86400, must-revalidate")
	writeJSON(w, http.StatusOK, document)
}

func (o *Org) metadata(as *authServer) map[string]any {
	issuer := o.issuer(as.ID)
	var scopes []string
	for _, s := range as.scopes.list() {
		if s.MetadataPublish == "ALL_CLIENTS" {
			scopes = append(scopes, s.Name)
		}
	}
	clientAuth := []string{authBasic, authPost, authPrivateKey, authNone}
	return map[string]any{
		"issuer":                 issuer,
		"authorization_endpoint": issuer + "/v1/authorize",
		"token_endpoint":         issuer + "/v1/token",
		"jwks_uri":               issuer + "/v1/keys",
		"introspection_endpoint": issuer + "/v1/introspect",
		"revocation_endpoint":    issuer + "/v1/revoke",
		"end_session_endpoint":   issuer + "/v1/logout",
		"introspection_endpoint_auth_methods_supported": clientAuth,
		"revocation_endpoint_auth_methods_supported":    clientAuth,
		"response_types_supported":                      []string{"code", "id_token", "token", "code id_token", "code token", "id_token token", "code id_token token"},
		"response_modes_supported":                      []string{"query", "fragment", "form_post"},
		"grant_types_supported":                         []string{"authorization_code", "implicit", "refresh_token", "client_credentials", "password"},
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
func (o *Org) serveKeys(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	as, ok := o.state.authServerFor(r.PathValue("as"))
	o.mu.Unlock()
	if !ok {
		writeAPIError(w, errNotFound("AuthorizationServer", r.PathValue("as")))
		return
	}
	w.Header().Set("Cache-Control", "max-age=3600, must-revalidate")
	writeJSON(w, http.StatusOK, as.keys.jwks())
}
