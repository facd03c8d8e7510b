package oktaemu

import (
	"net/http"
	"net/url"
	"strings"
)

// respondError tells the client by its redirect URI what went wrong (RFC 6749,
// section 4.1.2.1).
func (o *Org) respondError(w http.ResponseWriter, r *http.Request, auth authorization, fault *oauthError) {
	answer := url.Values{"error": {fault.code}, "error_description": {fault.description}}
	if auth.state != "" {
		answer.Set("state", auth.state)
	}
	o.respond(w, r, auth, answer)
}

// respond sends the browser to the redirect URI with the answer's parameters, in
// the way the request asked for.
func (o *Org) respond(w http.ResponseWriter, r *http.Request, auth authorization, answer url.Values) {
	noStore(w)
	switch auth.responseMode {
	case "form_post":
		writePage(w, http.StatusOK, formPostPage(auth.redirectURI, answer))
	case "fragment":
		http.Redirect(w, r, auth.redirectURI+"#"+answer.Encode(), http.StatusFound) //nolint:gosec // registered by the client: parseAuthorization
	default:
		separator := "?"
		if strings.Contains(auth.redirectURI, "?") {
			separator = "&"
		}
		http.Redirect(w, r, auth.redirectURI+separator+answer.Encode(), http.StatusFound) //nolint:gosec // registered by the client: parseAuthorization
	}
}

func joinWords(list []string) string { return strings.Join(list, " ") }
