package authserver

import (
	"net/http"
	"strings"

	"pschook/oktaemu/internal/keys"
	"pschook/oktaemu/internal/store"
)

// readToken verifies a token of the authorization server and returns its claims
// if it is still valid: signed by a published key, not expired, not revoked.
func readToken(st *store.State, as *store.AuthServer, token string) (keys.TokenClaims, store.Issued, bool) {
	claims, ok := as.Keys.Published().Read(token)
	if !ok || !st.Issues(as, claims.Issuer) || st.Now().Unix() >= claims.Expiry {
		return keys.TokenClaims{}, store.Issued{}, false
	}
	record, ok := st.Tokens.Get(st.Now(), claims.JTI)
	return claims, record, ok
}

// bearer returns the token of the Authorization header (RFC 6750, section 2.1).
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, ok && strings.EqualFold(scheme, "Bearer")
}
