package authserver

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// authenticateClient finds the client of a token request and checks its credential (RFC 6749,
// section 2.3). It accepts the secret in any place, unless the server is strict. Okta's libraries
// name a public client in the header, with or without a colon, or in the query.
func (srv *Server) authenticateClient(st *store.State, r *http.Request, form url.Values) (store.Client, *wire.OAuthError) {
	basicID, basicSecret, basic, fault := basicCredentials(r)
	if fault != nil {
		return store.Client{}, fault
	}
	if form.Get("client_assertion") != "" {
		return authenticateByAssertion(st, r, form)
	}
	id, used, secret := cmp.Or(form.Get("client_id"), r.URL.Query().Get("client_id")), store.AuthNone, ""
	switch {
	case basic && form.Get("client_secret") != "":
		return store.Client{}, wire.OAuthStatus(http.StatusUnauthorized, "invalid_request", "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, credentials in the post body, or a client_assertion in the post body.")
	case basic:
		if id != "" && id != basicID {
			return store.Client{}, wire.OAuthErr("invalid_request", "The 'client_id' differs from the one in the Authorization header.")
		}
		if id, secret = basicID, basicSecret; secret != "" {
			used = store.AuthBasic
		}
	case form.Get("client_secret") != "":
		used, secret = store.AuthPost, form.Get("client_secret")
	}
	if id == "" {
		return store.Client{}, wire.OAuthErr("invalid_client", "No client credentials found.")
	}
	found, ok := st.ActiveClient(id)
	if !ok {
		return store.Client{}, wire.OAuthErr("invalid_client", "Invalid value for 'client_id' parameter.")
	}
	c := found.Client
	bySecret := !srv.strictClientAuth && bySecret(used) && bySecret(c.AuthMethod)
	if used != c.AuthMethod && !bySecret {
		return store.Client{}, wire.OAuthErr("invalid_client", "Client authentication failed. The client is registered for %q, the request used %q.", c.AuthMethod, used)
	}
	if used != store.AuthNone && !c.KnowsSecret(secret) {
		return store.Client{}, wire.OAuthErr("invalid_client", "The client secret supplied for a confidential client is invalid.")
	}
	return c, nil
}

func bySecret(method string) bool { return method == store.AuthBasic || method == store.AuthPost }

// basicCredentials reads HTTP Basic credentials, which are form-encoded first
// (RFC 6749, section 2.3.1).
func basicCredentials(r *http.Request) (id, secret string, ok bool, fault *wire.OAuthError) {
	scheme, encoded, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Basic") {
		return "", "", false, nil
	}
	text, err := base64.StdEncoding.DecodeString(encoded)
	id, secret, _ = strings.Cut(string(text), ":")
	if err == nil {
		id, err = url.QueryUnescape(id)
	}
	if err == nil {
		secret, err = url.QueryUnescape(secret)
	}
	if err != nil {
		return "", "", false, wire.OAuthErr("invalid_client", "The Authorization header cannot be read.")
	}
	return id, secret, true, nil
}
