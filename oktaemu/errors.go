package oktaemu

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is an error of the Management API and the authentication API, with
// Okta's code and summary (Okta developer docs, reference/error-codes).
type apiError struct {
	status  int
	code    string
	summary string
	causes  []string
}

func (e *apiError) Error() string { return e.code + ": " + e.summary }

func errInvalid(object string, causes ...string) *apiError {
	return &apiError{http.StatusBadRequest, "E0000001", "Api validation failed: " + object, causes}
}

func errMalformed() *apiError {
	return &apiError{http.StatusBadRequest, "E0000003", "The request body was not well-formed.", nil}
}

func errAuthentication() *apiError {
	return &apiError{http.StatusUnauthorized, "E0000004", "Authentication failed", nil}
}

func errForbidden() *apiError {
	return &apiError{http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action", nil}
}

func errNotFound(kind, id string) *apiError {
	return &apiError{http.StatusNotFound, "E0000007", fmt.Sprintf("Not found: Resource not found: %s (%s)", id, kind), nil}
}

func errInvalidToken() *apiError {
	return &apiError{http.StatusUnauthorized, "E0000011", "Invalid token provided", nil}
}

func errMethod() *apiError {
	return &apiError{http.StatusMethodNotAllowed, "E0000022", "The endpoint does not support the provided HTTP method", nil}
}

func errRate() *apiError {
	return &apiError{http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests.", nil}
}

func errFull() *apiError {
	return errInvalid("limit", fmt.Sprintf("limit: the emulator keeps at most %d objects of a kind", maxObjects))
}

// errUnknownPath is not Okta's: it says that the emulator ends here.
func errUnknownPath(r *http.Request) *apiError {
	return &apiError{http.StatusNotImplemented, "EMULATOR",
		fmt.Sprintf("the emulator does not implement %s %s", r.Method, r.URL.Path), nil}
}

// writeAPIError writes e in Okta's form.
func writeAPIError(w http.ResponseWriter, e *apiError) {
	causes := make([]map[string]string, len(e.causes))
	for i, c := range e.causes {
		causes[i] = map[string]string{"errorSummary": c}
	}
	writeJSON(w, e.status, map[string]any{
		"errorCode": e.code, "errorSummary": e.summary, "errorLink": e.code, "errorId": "oae" + randomWord(22), "errorCauses": causes,
	})
}

// oauthError is an error of an OAuth endpoint (RFC 6749, sections 4.1.2.1 and 5.2).
type oauthError struct {
	status      int
	code        string
	description string
}

func (e *oauthError) Error() string { return e.code + ": " + e.description }

func oauthErr(code, format string, args ...any) *oauthError {
	status := http.StatusBadRequest // also for server_error: RFC 6749, section 5.2
	if code == "invalid_client" {
		status = http.StatusUnauthorized
	}
	return &oauthError{status, code, fmt.Sprintf(format, args...)}
}

// writeOAuthError writes e as the token endpoint does.
func writeOAuthError(w http.ResponseWriter, e *oauthError) {
	if e.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="oktaemu"`)
	}
	noStore(w)
	writeJSON(w, e.status, map[string]string{"error": e.code, "error_description": e.description})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil { // only values built here come in, and all of them can be encoded
		http.Error(w, "oktaemu: encode answer: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// noStore keeps credentials out of caches (RFC 6749, section 5.1).
func noStore(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-cache, no-store")
	w.Header().Set("Pragma", "no-cache")
}
