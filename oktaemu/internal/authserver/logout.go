package authserver

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// serveLogout ends the browser's session, if it is that of the ID token's user (OpenID Connect RP-Initiated Logout 1.0).
// The hint may have expired, but we must have signed it.
func (srv *Server) serveLogout(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		srv.servePageError(w, r, http.StatusBadRequest, "the request cannot be read")
		return
	}
	target, fault := store.Ask(srv.store, func(st *store.State) (string, *wire.OAuthError) { return logout(st, r) })
	if fault != nil {
		srv.servePageError(w, r, fault.Status, fault.Description)
		return
	}
	srv.dropCookie(w)
	http.Redirect(w, r, cmp.Or(target, wire.Org(r)+"/"), http.StatusFound) //nolint:gosec // a registered URI, or our own page, where Okta has its page for signing in
}

// logout checks the request, ends the session and returns where to go.
func logout(st *store.State, r *http.Request) (string, *wire.OAuthError) {
	as, ok := st.AuthServerFor(r.PathValue("as"))
	if !ok {
		return "", wire.OAuthErr("invalid_request", "The authorization server does not exist or is inactive.")
	}
	hint := r.Form.Get("id_token_hint")
	if hint == "" {
		return "", wire.OAuthErr("invalid_request", "The 'id_token_hint' parameter is required.")
	}
	claims, ok := as.Keys.Published().Read(hint)
	clientID, _ := claims.All["aud"].(string)
	if !ok || !st.Issues(as, claims.Issuer) || !strings.HasPrefix(claims.JTI, "ID.") {
		return "", wire.OAuthErr("invalid_token", "The id token provided is invalid.")
	}
	target, fault := logoutTarget(st, clientID, r.Form)
	if fault != nil {
		return "", fault
	}
	if cookie, err := r.Cookie(store.SessionCookie); err == nil {
		if s, ok := st.Sessions.Get(st.Now(), cookie.Value); ok && s.UserID == claims.Subject {
			st.Sessions.Delete(cookie.Value)
		}
	}
	st.Log(store.Event{EventType: "user.session.end", DisplayMessage: "User logout from Okta",
		Outcome: store.LogOutcome{Result: "SUCCESS"}}, wire.OriginOf(r, "logout"), claims.Subject, clientID)
	return target, nil
}

// logoutTarget returns the post_logout_redirect_uri with state; "" when none was asked for.
func logoutTarget(st *store.State, clientID string, form url.Values) (string, *wire.OAuthError) {
	found, ok := st.ActiveClient(clientID)
	if !ok {
		return "", wire.OAuthErr("invalid_client", "Invalid value for 'client_id' parameter.")
	}
	uri := form.Get("post_logout_redirect_uri")
	if uri == "" {
		return "", nil
	}
	if !slices.Contains(found.Client.PostLogoutURIs, uri) {
		return "", wire.OAuthErr("invalid_request", "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.")
	}
	if state := form.Get("state"); state != "" {
		separator := "?"
		if strings.Contains(uri, "?") {
			separator = "&"
		}
		uri += separator + url.Values{"state": {state}}.Encode()
	}
	return uri, nil
}
