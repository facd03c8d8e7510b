package oktaemu

import (
	"crypto/subtle"
	"net/http"
	"net/url"
)

// authenticateClient finds the client of a token request and checks that it is
// who it says, by the one method registered for it (RFC 6749, section 2.3). The
// caller holds the lock.
func (o *Org) authenticateClient(r *http.Request, form url.Values) (client, *oauthError) {
	basicID, basicSecret, basic, fault := basicCredentials(r)
	if fault != nil {
		return client{}, fault
	}
	if form.Get("client_assertion") != "" {
		return o.authenticateByAssertion(r, form)
	}
	id, used, secret := form.Get("client_id"), authNone, ""
	switch {
	case basic && form.Get("client_secret") != "":
		return client{}, oauthErr("invalid_request", "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body.")
	case basic:
		if id != "" && id != basicID {
			return client{}, oauthErr("invalid_request", "The 'client_id' differs from the one in the Authorization header.")
		}
		id, used, secret = basicID, authBasic, basicSecret
	case form.Get("client_secret") != "":
		used, secret = authPost, form.Get("client_secret")
	}
	found, ok := o.state.activeClient(id)
	if !ok {
		return client{}, oauthErr("invalid_client", "Invalid value for 'client_id' parameter.")
	}
	c := found.client
	if used != c.authMethod {
		return client{}, oauthErr("invalid_client", "Client authentication failed. The client is registered for %q, the request used %q.", c.authMethod, used)
	}
	if used != authNone && subtle.ConstantTimeCompare([]byte(secret), []byte(c.secret)) != 1 {
		return client{}, oauthErr("invalid_client", "The client secret supplied for a confidential client is invalid.")
	}
	return c, nil
}

// basicCredentials reads HTTP Basic credentials, which are form-encoded first
// (RFC 6749, section 2.3.1).
func basicCredentials(r *http.Request) (id, secret string, ok bool, fault *oauthError) {
	id, secret, ok = r.BasicAuth()
	if !ok {
		return "", "", false, nil
	}
	id, err := url.QueryUnescape(id)
	if err == nil {
		secret, err = url.QueryUnescape(secret)
	}
	if err != nil {
		return "", "", false, oauthErr("invalid_client", "The Authorization header cannot be read.")
	}
	return id, secret, true, nil
}
