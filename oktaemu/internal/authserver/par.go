package authserver

import (
	"maps"
	"net/http"
	"net/url"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// pushedPrefix begins the request_uri of a pushed request.
const pushedPrefix = "urn:okta:"

// pushedLife is how long a pushed request waits for its browser (Okta developer docs, reference/api/oidc, "/par").
const pushedLife = 5 * time.Minute

// servePushed takes an authorization request directly from the client. The client then sends the
// browser with only the name of that request (RFC 9126).
func (srv *Server) servePushed(w http.ResponseWriter, r *http.Request) {
	call, fault := srv.readTokenCall(r)
	if fault != nil {
		wire.WriteOAuthError(w, fault)
		return
	}
	uri, fault := store.Ask(srv.store, func(st *store.State) (string, *wire.OAuthError) { return push(st, call) })
	if fault != nil {
		wire.WriteOAuthError(w, fault)
		return
	}
	wire.NoStore(w)
	wire.WriteJSON(w, http.StatusCreated, map[string]any{"request_uri": uri, "expires_in": int(pushedLife.Seconds())})
}

// push stores the request, if the authorization endpoint would accept it.
func push(st *store.State, call tokenCall) (string, *wire.OAuthError) {
	form := maps.Clone(call.form)
	for _, credential := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		form.Del(credential)
	}
	if form.Has("request_uri") { // RFC 9126, section 2.1
		return "", wire.OAuthErr("invalid_request", "The parameter 'request_uri' cannot be pushed.")
	}
	form.Set("client_id", call.client.ID)
	_, fault := parseAuthorization(st, call.asID, form)
	switch {
	case fault != nil && fault.client == nil:
		return "", wire.OAuthErr("invalid_request", "%s", fault.page)
	case fault != nil:
		return "", fault.client
	}
	uri := pushedPrefix + wire.RandomToken()
	st.Pushed.Put(st.Now(), uri, store.Pushed{ServerID: call.asID, ClientID: call.client.ID, Form: form}, st.Now().Add(pushedLife))
	return uri, nil
}

// pushedForm returns the parameters that the client of form has pushed. They stay until they expire,
// because people reload pages.
func pushedForm(st *store.State, r *http.Request, form url.Values) (url.Values, bool) {
	pushed, ok := st.Pushed.Get(st.Now(), form.Get("request_uri"))
	return pushed.Form, ok && pushed.ClientID == form.Get("client_id") && pushed.ServerID == r.PathValue("as")
}
