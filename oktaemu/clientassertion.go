package oktaemu

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// assertionType is the only kind of client assertion (RFC 7523, section 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// maxAssertionLife bounds how far in the future an assertion ends (Okta developer
// docs, private_key_jwt: at most one hour).
const maxAssertionLife = time.Hour

func assertionAlgorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}
}

// clockSkew is how far a client's clock may be ahead.
const clockSkew = time.Minute

// authenticateByAssertion checks a private_key_jwt (OpenID Connect Core 1.0,
// section 9). The caller holds the lock.
func (o *Org) authenticateByAssertion(r *http.Request, form url.Values) (client, *oauthError) {
	invalid := func(why string) (client, *oauthError) {
		return client{}, oauthErr("invalid_client", "The client_assertion is invalid: %s.", why)
	}
	if form.Get("client_assertion_type") != assertionType {
		return invalid("its type is not " + assertionType)
	}
	token, err := jwt.ParseSigned(form.Get("client_assertion"), assertionAlgorithms())
	if err != nil {
		return invalid("it is not a JWT signed by RSA or ECDSA")
	}
	var claims jwt.Claims
	if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil {
		return invalid("its claims cannot be read")
	}
	found, ok := o.state.activeClient(claims.Subject)
	if !ok || claims.Issuer != claims.Subject || form.Get("client_id") != "" && form.Get("client_id") != claims.Subject {
		return invalid("iss and sub must both be the client id")
	}
	c := found.client
	if c.authMethod != authPrivateKey {
		return client{}, oauthErr("invalid_client", "Client authentication failed. The client is registered for %q, the request used %q.", c.authMethod, authPrivateKey)
	}
	if !c.signed(token, &claims) {
		return invalid("no key of the client verifies it")
	}
	if why := o.assertionFault(r, claims); why != "" {
		return invalid(why)
	}
	return c, nil
}

// signed reports whether a key of the client verifies token, and then reads claims from it.
func (c client) signed(token *jwt.JSONWebToken, claims *jwt.Claims) bool {
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

// assertionFault checks times, audience and single use. The caller holds the lock.
func (o *Org) assertionFault(r *http.Request, claims jwt.Claims) string {
	now := o.now()
	endpoint := o.url + r.URL.Path
	issuer := endpoint[:max(len(endpoint)-len("/v1/token"), 0)]
	switch {
	case claims.Expiry == nil || !claims.Expiry.Time().After(now):
		return "it has expired or has no exp"
	case claims.Expiry.Time().Sub(now) > maxAssertionLife+clockSkew:
		return "exp is more than one hour ahead"
	case claims.IssuedAt != nil && claims.IssuedAt.Time().Sub(now) > clockSkew:
		return "iat lies in the future"
	case !slices.Contains(claims.Audience, endpoint) && !slices.Contains(claims.Audience, issuer):
		return "aud is not this token endpoint"
	}
	if claims.ID == "" {
		return ""
	}
	key := claims.Issuer + " " + claims.ID
	if _, seen := o.state.assertions.get(now, key); seen {
		return "its jti was used before"
	}
	o.state.assertions.put(now, key, struct{}{}, claims.Expiry.Time())
	return ""
}
