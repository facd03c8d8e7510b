package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// MaxBody bounds what a client sends, in bytes.
const MaxBody = 1 << 20

// APIError is an error of the Management API and the authentication API, with
// Okta's code and summary (Okta developer docs, reference/error-codes).
type APIError struct {
	Status  int
	Code    string
	Summary string
	Causes  []string

	Challenge string // the header WWW-Authenticate; "": none
}

// Error names code and summary.
func (e *APIError) Error() string { return e.Code + ": " + e.Summary }

// ErrInvalid is for a request with missing or wrong values; causes say which.
func ErrInvalid(object string, causes ...string) *APIError {
	return ErrAPI(http.StatusBadRequest, "E0000001", "Api validation failed: "+object, causes...)
}

// ErrMalformed is for a body that is not JSON.
func ErrMalformed() *APIError {
	return ErrAPI(http.StatusBadRequest, "E0000003", "The request body was not well-formed.")
}

// ErrAuthentication is for a wrong login or password.
func ErrAuthentication() *APIError {
	return ErrAPI(http.StatusUnauthorized, "E0000004", "Authentication failed")
}

// ErrForbidden is for what this caller, or any caller, must not do.
func ErrForbidden() *APIError {
	return ErrAPI(http.StatusForbidden, "E0000006", "You do not have permission to perform the requested action")
}

// ErrNotFound is for an object that is not there.
func ErrNotFound(kind, id string) *APIError {
	return ErrAPI(http.StatusNotFound, "E0000007", fmt.Sprintf("Not found: Resource not found: %s (%s)", id, kind))
}

// ErrInvalidToken is for a credential that is not valid.
func ErrInvalidToken() *APIError {
	return ErrAPI(http.StatusUnauthorized, "E0000011", "Invalid token provided")
}

// ErrFeature is for a product that the org does not have. Okta answers 401 and not 403 (recorded
// with an org without API Access Management).
func ErrFeature() *APIError {
	return ErrAPI(http.StatusUnauthorized, "E0000015", "You do not have permission to access the feature you are requesting")
}

// ErrMethod is for a path that has other methods.
func ErrMethod() *APIError {
	return ErrAPI(http.StatusMethodNotAllowed, "E0000022", "The endpoint does not support the provided HTTP method")
}

// ErrInternal is for an internal fault; Okta has one code for all.
func ErrInternal(status int) *APIError {
	return ErrAPI(status, "E0000009", "Internal Server Error")
}

// ErrRate is for too many requests.
func ErrRate() *APIError {
	return ErrAPI(http.StatusTooManyRequests, "E0000047", "API call exceeded rate limit due to too many requests.")
}

// ErrFull is not Okta's: a collection of the emulator is full.
func ErrFull(most int) *APIError {
	return ErrInvalid("limit", fmt.Sprintf("limit: the emulator keeps at most %d objects of a kind", most))
}

// ErrNotPlayed is not Okta's: the emulator does not support what.
func ErrNotPlayed(what string) *APIError {
	return ErrAPI(http.StatusNotImplemented, "EMULATOR", "the emulator does not play "+what)
}

// ErrUnknownPath is not Okta's: the emulator does not have the path.
func ErrUnknownPath(r *http.Request) *APIError {
	return ErrAPI(http.StatusNotImplemented, "EMULATOR", fmt.Sprintf("the emulator does not implement %s %s", r.Method, r.URL.Path))
}

// WriteAPIError writes e in Okta's form.
func WriteAPIError(w http.ResponseWriter, e *APIError) {
	causes := make([]map[string]string, len(e.Causes))
	for i, c := range e.Causes {
		causes[i] = map[string]string{"errorSummary": c}
	}
	if e.Challenge != "" {
		w.Header().Set("WWW-Authenticate", e.Challenge)
	}
	WriteJSON(w, e.Status, map[string]any{
		"errorCode": e.Code, "errorSummary": e.Summary, "errorLink": e.Code, "errorId": "oae" + RandomWord(22), "errorCauses": causes,
	})
}

// OAuthError is an error of an OAuth endpoint (RFC 6749, sections 4.1.2.1 and 5.2).
type OAuthError struct {
	Status      int
	Code        string
	Description string
}

// Error names code and description.
func (e *OAuthError) Error() string { return e.Code + ": " + e.Description }

// OAuthErr is an error with that code and the status that goes with it.
func OAuthErr(code, format string, args ...any) *OAuthError {
	status := http.StatusBadRequest // also for server_error: RFC 6749, section 5.2
	if code == "invalid_client" {
		status = http.StatusUnauthorized
	}
	return &OAuthError{status, code, fmt.Sprintf(format, args...)}
}

// OAuthStatus is an error with another status than its code has.
func OAuthStatus(status int, code, description string) *OAuthError {
	return &OAuthError{status, code, description}
}

// WriteOAuthError writes e as the token endpoint does.
func WriteOAuthError(w http.ResponseWriter, e *OAuthError) {
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="oktaemu"`)
	}
	NoStore(w)
	WriteJSON(w, e.Status, map[string]string{"error": e.Code, "error_description": e.Description})
}

// Challenge is the header WWW-Authenticate of an endpoint that needs an access token with that scope (RFC 6750, section 3,
// with the members that Okta gives it). Without a code, the request had no token.
func Challenge(r *http.Request, scope, code, description string) string {
	text := fmt.Sprintf(`Bearer authorization_uri="%[1]s/oauth2/v1/authorize", realm="%[1]s", scope=%[2]q`, Org(r), scope)
	if code == "" {
		return text
	}
	return text + fmt.Sprintf(`, error=%q, error_description=%q, resource=%q`, code, description, r.URL.Path)
}

// WriteJSON answers with body as JSON.
func WriteJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil { // all values come from this program and can be encoded
		http.Error(w, "oktaemu: encode answer: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// NoStore keeps credentials out of caches (RFC 6749, section 5.1).
func NoStore(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-cache, no-store")
	w.Header().Set("Pragma", "no-cache")
}

// ReadJSON decodes the JSON body of a call of the Management API or the authentication API.
func ReadJSON(r *http.Request, into any) *APIError {
	if kind := r.Header.Get("Content-Type"); kind != "" && !strings.HasPrefix(strings.ToLower(kind), "application/json") {
		return ErrAPI(http.StatusBadRequest, "E0000021", "Bad request. Accept and/or Content-Type headers likely do not match supported values.")
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return ErrMalformed()
	}
	if err := json.Unmarshal(text, into); err != nil {
		var wrongType *json.UnmarshalTypeError
		if errors.As(err, &wrongType) {
			return ErrInvalid(wrongType.Field, wrongType.Field+": wrong type, found "+wrongType.Value)
		}
		return ErrMalformed()
	}
	return nil
}

// ErrAPI is an error with any of Okta's codes (reference/error-codes).
func ErrAPI(status int, code, summary string, causes ...string) *APIError {
	return &APIError{Status: status, Code: code, Summary: summary, Causes: causes}
}
