package oktaemu

import (
	"html/template"
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
		serveFormPost(w, auth.redirectURI, answer)
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

// serveFormPost answers by a form that sends itself (OAuth 2.0 Form Post Response
// Mode). Without scripts, the button does it.
func serveFormPost(w http.ResponseWriter, target string, answer url.Values) {
	pageHeaders(w)
	fields := make(map[string]string, len(answer))
	for name := range answer {
		fields[name] = answer.Get(name)
	}
	_ = formPostPage().Execute(w, struct { // fails only when the browser is gone
		Target template.URL
		Fields map[string]string
	}{template.URL(target), fields}) //nolint:gosec // target is a registered redirect URI, and may have an app's own scheme
}

func serveFormPostScript(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write([]byte("document.forms[0].submit();\n"))
}

func joinWords(list []string) string { return strings.Join(list, " ") }
