package authserver

import (
	"crypto/subtle"
	"net/http"
	"net/url"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// authenticateClient finds the client of a token request and checks that it is
// who it says, by the one method registered for it (RFC 6749, section 2.3).
func authenticateClient(st *store.State, r *http.Request, form url.Values) (store.Client, *wire.OAuthError) {
	basicID, basicSecret, basic, fault := basicCredentials(r)
	if fault != nil {
		return store.Client{}, fault
	}
	if form.Get("client_assertion") != "" {
		return authenticateByAssertion(st, r, form)
	}
	id, used, secret := form.Get("client_id"), store.AuthNone, ""
	switch {
	case basic && form.Get("client_secret") != "":
		return store.Client{}, wire.OAuthErr("invalid_request", "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body.")
	case basic:
		if id != "" && id != basicID {
			return store.Client{}, wire.OAuthErr("invalid_request", "The 'client_id' differs from the one in the Authorization header.")
		}
		id, used, secret = basicID, store.AuthBasic, basicSecret
	case form.Get("client_secret") != "":
		used, secret = store.AuthPost, form.Get("client_secret")
	}
	found, ok := st.ActiveClient(id)
	if !ok {
		return store.Client{}, wire.OAuthErr("invalid_client", "Invalid value for 'client_id' parameter.")
	}
	c := found.Client
	if used != c.AuthMethod {
		return store.Client{}, wire.OAuthErr("invalid_client", "Client authentication failed. The client is registered for %q, the request used %q.", c.AuthMethod, used)
	}
	if used != store.AuthNone && subtle.ConstantTimeCompare([]byte(secret), []byte(c.Secret)) != 1 {
		return store.Client{}, wire.OAuthErr("invalid_client", "The client secret supplied for a confidential client is invalid.")
	}
	return c, nil
}

// basicCredentials reads HTTP Basic credentials, which are form-encoded first
// (RFC 6749, section 2.3.1).
func basicCredentials(r *http.Request) (id, secret string, ok bool, fault *wire.OAuthError) {
	id, secret, ok = r.BasicAuth()
	if !ok {
		return "", "", false, nil
	}
	id, err := url.QueryUnescape(id)
	if err == nil {
		secret, err = url.QueryUnescape(secret)
	}
	if err != nil {
		return "", "", false, wire.OAuthErr("invalid_client", "The Authorization header cannot be read.")
	}
	return id, secret, true, nil
}
