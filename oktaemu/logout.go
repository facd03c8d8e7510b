package oktaemu

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// serveLogout ends the session that an ID token came from (OpenID Connect
// RP-Initiated Logout 1.0). The hint may have expired, but must be ours.
func (o *Org) serveLogout(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		o.servePageError(w, r, http.StatusBadRequest, "the request cannot be read")
		return
	}
	target, fault := o.logout(r)
	if fault != nil {
		o.servePageError(w, r, fault.status, fault.description)
		return
	}
	o.dropCookie(w)
	if target == "" {
		o.serveMessage(w, http.StatusOK, "Déconnexion / Signed out", "Vous êtes déconnecté. / You are signed out.")
		return
	}
	http.Redirect(w, r, target, http.StatusFound) //nolint:gosec // registered by the client: logoutTarget
}

// logout checks the request, ends the session and returns where to go.
func (o *Org) logout(r *http.Request) (string, *oauthError) {
	o.mu.Lock()
	defer o.mu.Unlock()
	as, ok := o.state.authServerFor(r.PathValue("as"))
	if !ok {
		return "", oauthErr("invalid_request", "The authorization server does not exist or is inactive.")
	}
	hint := r.Form.Get("id_token_hint")
	if hint == "" {
		return "", oauthErr("invalid_request", "The 'id_token_hint' parameter is required.")
	}
	claims, ok := readSigned(as.keys, hint)
	clientID, _ := claims.all["aud"].(string)
	if !ok || claims.Issuer != o.issuer(as.ID) || !strings.HasPrefix(claims.JTI, "ID.") {
		return "", oauthErr("invalid_token", "The id token provided is invalid.")
	}
	target, fault := o.logoutTarget(clientID, r.Form)
	if fault != nil {
		return "", fault
	}
	if record, ok := o.state.tokens.get(o.now(), claims.JTI); ok {
		o.state.sessions.delete(record.sessionID)
	}
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		if s, ok := o.state.sessions.get(o.now(), cookie.Value); ok && s.userID == claims.Subject {
			o.state.sessions.delete(cookie.Value)
		}
	}
	o.logEvent(logEvent{EventType: "user.session.end", DisplayMessage: "User logout from Okta",
		Outcome: logOutcome{Result: "SUCCESS"}}, o.origin(r, "logout"), claims.Subject, clientID)
	return target, nil
}

// logoutTarget returns the post_logout_redirect_uri with state; "" when none was asked for.
func (o *Org) logoutTarget(clientID string, form url.Values) (string, *oauthError) {
	found, ok := o.state.activeClient(clientID)
	if !ok {
		return "", oauthErr("invalid_client", "Invalid value for 'client_id' parameter.")
	}
	uri := form.Get("post_logout_redirect_uri")
	if uri == "" {
		return "", nil
	}
	if !slices.Contains(found.client.PostLogoutURIs, uri) {
		return "", oauthErr("invalid_request", "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.")
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
