package authserver

import (
	"net/http"
	"net/url"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// refusal returns the error parameters for the client (RFC 6749, section 4.1.2.1).
func refusal(auth store.Authorization, fault *wire.OAuthError) url.Values {
	answer := url.Values{"error": {fault.Code}, "error_description": {fault.Description}}
	if auth.State != "" {
		answer.Set("state", auth.State)
	}
	return answer
}

// respond sends the browser to the redirect URI with the answer's parameters, in
// the way the request asked for.
func (srv *Server) respond(w http.ResponseWriter, r *http.Request, auth store.Authorization, answer url.Values) {
	wire.NoStore(w)
	switch auth.ResponseMode {
	case "form_post":
		writePage(w, http.StatusOK, formPostPage(readerOf(r), auth.RedirectURI, answer))
	case "okta_post_message":
		origin := store.OriginOf(auth.RedirectURI)
		writeFramed(w, origin, http.StatusOK, postMessagePage(origin, answer))
	case "fragment":
		http.Redirect(w, r, auth.RedirectURI+"#"+answer.Encode(), http.StatusFound)
	default:
		separator := "?"
		if strings.Contains(auth.RedirectURI, "?") {
			separator = "&"
		}
		http.Redirect(w, r, auth.RedirectURI+separator+answer.Encode(), http.StatusFound)
	}
}
