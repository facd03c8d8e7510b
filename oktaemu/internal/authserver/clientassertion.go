package authserver

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// maxAssertionLife bounds how far in the future an assertion ends (Okta developer
// docs, private_key_jwt: at most one hour).
const maxAssertionLife = time.Hour

func assertionAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.HS256, jose.HS384, jose.HS512, jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}
}

// clockSkew is how far a client's clock may be ahead.
const clockSkew = time.Minute

// authenticateByAssertion checks a private_key_jwt or a client_secret_jwt (OpenID Connect Core 1.0,
// section 9).
func authenticateByAssertion(st *store.State, r *http.Request, form url.Values) (store.Client, *wire.OAuthError) {
	invalid := func(why string) (store.Client, *wire.OAuthError) {
		return store.Client{}, wire.OAuthErr("invalid_client", "The client_assertion is invalid: %s.", why)
	}
	if form.Get("client_assertion_type") != store.AssertionType {
		return invalid("its type is not " + store.AssertionType)
	}
	token, err := jwt.ParseSigned(form.Get("client_assertion"), assertionAlgorithms())
	if err != nil {
		return invalid("it is not a JWT signed by RSA, ECDSA or HMAC")
	}
	var claims jwt.Claims
	if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return invalid("its claims cannot be read")
	}
	found, ok := st.ActiveClient(claims.Subject)
	if !ok || claims.Issuer != claims.Subject || form.Get("client_id") != "" && form.Get("client_id") != claims.Subject {
		return invalid("iss and sub must both be the client id")
	}
	c := found.Client
	used := store.AuthPrivateKey
	if strings.HasPrefix(token.Headers[0].Algorithm, "HS") {
		used = store.AuthSecretJWT
	}
	if c.AuthMethod != used {
		return store.Client{}, wire.OAuthErr("invalid_client", "Client authentication failed. The client is registered for %q, the request used %q.", c.AuthMethod, used)
	}
	if used == store.AuthSecretJWT && !slices.ContainsFunc(c.Secrets(), func(s string) bool { return token.Claims([]byte(s), &claims) == nil }) {
		return invalid("no secret of the client verifies it")
	}
	if used == store.AuthPrivateKey && !signed(c, token, &claims) {
		return invalid("no key of the client verifies it")
	}
	if why := assertionFault(st, r, claims); why != "" {
		return invalid(why)
	}
	return c, nil
}

// signed reports whether a key of the client verifies token, and then reads claims from it.
func signed(c store.Client, token *jwt.JSONWebToken, claims *jwt.Claims) bool {
	var set jose.JSONWebKeySet
	if len(c.JWKS) == 0 || json.Unmarshal(c.JWKS, &set) != nil {
		return false
	}
	for _, key := range set.Keys {
		if kid := token.Headers[0].KeyID; kid != "" && key.KeyID != "" && kid != key.KeyID {
			continue
		}
		if token.Claims(key.Key, claims) == nil {
			return true
		}
	}
	return false
}

// assertionFault checks times, audience and single use.
func assertionFault(st *store.State, r *http.Request, claims jwt.Claims) string {
	now := st.Now()
	as := r.PathValue("as")
	var audiences []string
	for _, origin := range []string{st.URL, wire.Org(r)} {
		audiences = append(audiences, origin+r.URL.Path, store.Endpoints(origin, as)+"/token", store.IssuerAt(origin, as))
	}
	switch {
	case claims.Expiry == nil || !claims.Expiry.Time().After(now):
		return "it has expired or has no exp"
	case claims.Expiry.Time().Sub(now) > maxAssertionLife+clockSkew:
		return "exp is more than one hour ahead"
	case claims.IssuedAt != nil && claims.IssuedAt.Time().Sub(now) > clockSkew:
		return "iat lies in the future"
	case !slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(claims.Audience, a) }):
		return "aud is not this token endpoint"
	}
	if claims.ID == "" {
		return ""
	}
	key := claims.Issuer + " " + claims.ID
	if _, seen := st.Assertions.Get(now, key); seen {
		return "its jti was used before"
	}
	st.Assertions.Put(now, key, struct{}{}, claims.Expiry.Time())
	return ""
}
