package oktaemu

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// tokenClaims are the claims of the emulator's own tokens that it reads back.
type tokenClaims struct {
	Issuer  string   `json:"iss"`
	JTI     string   `json:"jti"`
	Subject string   `json:"sub"`
	Client  string   `json:"cid"`
	User    string   `json:"uid"`
	Scopes  []string `json:"scp"`
	Expiry  int64    `json:"exp"`
	Issued  int64    `json:"iat"`

	all map[string]any
}

// readToken verifies a token of the authorization server and returns its claims
// if it is still valid: signed by a published key, not expired, not revoked. The
// caller holds the lock.
func (o *Org) readToken(as *authServer, token string) (tokenClaims, issued, bool) {
	claims, ok := readSigned(as.keys, token)
	if !ok || claims.Issuer != o.issuer(as.ID) || o.now().Unix() >= claims.Expiry {
		return tokenClaims{}, issued{}, false
	}
	record, ok := o.state.tokens.get(o.now(), claims.JTI)
	return claims, record, ok
}

// readSigned verifies the signature of a token by keys, and reads its claims.
func readSigned(keys *keyring, token string) (tokenClaims, bool) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return tokenClaims{}, false
	}
	for _, key := range keys.published() {
		if key.id != jws.Signatures[0].Header.KeyID {
			continue
		}
		payload, err := jws.Verify(key.private.Public())
		if err != nil {
			return tokenClaims{}, false
		}
		var claims tokenClaims
		if json.Unmarshal(payload, &claims) != nil || json.Unmarshal(payload, &claims.all) != nil {
			return tokenClaims{}, false
		}
		return claims, true
	}
	return tokenClaims{}, false
}

// bearer returns the token of the Authorization header (RFC 6750, section 2.1).
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return token, ok && strings.EqualFold(scheme, "Bearer")
}
