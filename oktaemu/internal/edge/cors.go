package edge

import (
	"net/http"
	"slices"
	"strings"
)

// cors allows pages of other origins to call what single-page applications need: documents and keys
// from everywhere, the rest from origins that the org trusts, with cookies (Okta developer docs,
// guides/enable-cors). It reports whether r was a preflight, which it has then answered.
func cors(w http.ResponseWriter, r *http.Request, trusted bool) bool {
	origin := r.Header.Get("Origin")
	open := openPath(r.URL.Path)
	if origin == "" || !open && !trusted {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	if !open {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	h.Set("Access-Control-Expose-Headers", "X-Okta-Request-Id, X-Rate-Limit-Limit, X-Rate-Limit-Remaining, X-Rate-Limit-Reset, WWW-Authenticate")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	h.Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// openPath reports whether everybody may read what is at path.
func openPath(path string) bool {
	return strings.HasPrefix(path, "/.well-known/") ||
		strings.HasPrefix(path, "/oauth2/") && (strings.HasSuffix(path, "/v1/keys") || strings.Contains(path, "/.well-known/"))
}

// appPath reports whether path is for the applications of the org's people. It includes paths that
// the emulator does not support, so that a page can read the answer that says so. It excludes
// authorize and logout, because browsers go there themselves.
func appPath(path string) bool {
	for _, end := range []string{"/v1/authorize", "/v1/logout"} {
		if strings.HasSuffix(path, end) {
			return false
		}
	}
	below := func(root string) bool {
		rest, ok := strings.CutPrefix(path, root)
		return ok && (rest == "" || rest[0] == '/')
	}
	return !below("/oauth2/v1/clients") && slices.ContainsFunc([]string{"/api/v1/authn", "/api/v1/sessions", "/api/v1/users/me", "/oauth2", "/idp/idx"}, below)
}
