package hook

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"pschook/commands"
)

// refusal is an answer that is not 2xx. Okta then mints the tokens without our claims and writes
// the refusal into its System Log, where an administrator can read it.
type refusal struct {
	status       int
	outcome      string // as in the metric pschook_hook_requests_total
	summary      string
	reason       string
	locationType string // body, header, url
	location     string
	retryAfter   time.Duration // for the header Retry-After, rounded up; 0: no header
}

// Outcomes of refused calls. commands.Outcome has the outcomes of decisions.
const (
	outcomeUnauthorized = "unauthorized"
	outcomeForbidden    = "forbidden"
	outcomeMalformed    = "malformed"
	outcomeTooLarge     = "too_large"
	outcomeError        = "error"
)

// Error is the sentence that the caller gets.
func (r *refusal) Error() string { return r.summary }

func badMethod() *refusal {
	return &refusal{status: http.StatusMethodNotAllowed, outcome: outcomeMalformed, summary: "this is a token inline hook: it takes POST", reason: "METHOD_NOT_ALLOWED", locationType: "url", location: Path}
}

func badMediaType() *refusal {
	return &refusal{status: http.StatusUnsupportedMediaType, outcome: outcomeMalformed, summary: "the body must be application/json in UTF-8", reason: "UNSUPPORTED_MEDIA_TYPE", locationType: "header", location: "Content-Type"}
}

func tooLarge(most int64) *refusal {
	return &refusal{status: http.StatusRequestEntityTooLarge, outcome: outcomeTooLarge, summary: fmt.Sprintf("the body is larger than %d KiB", most>>10), reason: "TOO_LARGE", locationType: "body", location: ""}
}

func unreadable() *refusal {
	return &refusal{status: http.StatusBadRequest, outcome: outcomeMalformed, summary: "the body ended early", reason: "INCOMPLETE", locationType: "body", location: ""}
}

func unauthorized(header string, err error) *refusal {
	return &refusal{status: http.StatusUnauthorized, outcome: outcomeUnauthorized, summary: err.Error() + ": compare the hook's Authentication in Okta with this service's secrets", reason: "UNAUTHORIZED", locationType: "header", location: header}
}

// tooManyFailures answers a caller that sends wrong credentials too often. It does not say that the
// address is blocked, because a right credential is still accepted.
func tooManyFailures(header string, retryAfter time.Duration) *refusal {
	return &refusal{
		status: http.StatusTooManyRequests, outcome: outcomeUnauthorized, reason: "TOO_MANY_FAILURES", locationType: "header", location: header,
		summary: "the credential is missing or wrong, once too often: compare the hook's Authentication in Okta with this service's secrets", retryAfter: retryAfter,
	}
}

func cannotAuthenticate(header string) *refusal {
	return &refusal{
		status: http.StatusServiceUnavailable, outcome: outcomeError, reason: "CANNOT_AUTHENTICATE", locationType: "header", location: header,
		summary: "the credential cannot be checked now", retryAfter: busyRetry,
	}
}

func foreignAddress() *refusal {
	return &refusal{
		status: http.StatusForbidden, outcome: outcomeForbidden, reason: "FOREIGN_ADDRESS",
		summary: "calls from this address are not allowed",
	}
}

// busyRetry is when the caller may try again. Calls take milliseconds.
const busyRetry = time.Second

func busy() *refusal {
	return &refusal{
		status: http.StatusServiceUnavailable, outcome: outcomeError, reason: "BUSY",
		summary: "too many calls at a time", retryAfter: busyRetry,
	}
}

// foreignIssuer names the issuer that was found and those that are accepted. Neither is secret:
// every token of the org holds them.
func foreignIssuer(location, found, accepted string) *refusal {
	what := "the call names no issuer"
	if found != "" {
		what = "the issuer " + quoteIssuer(found) + " does not belong to the Okta org this service is set up for"
	}
	return &refusal{
		status: http.StatusForbidden, outcome: outcomeForbidden, reason: "FOREIGN_ISSUER", locationType: "body", location: location,
		summary: what + "; accepted are issuers on " + accepted + ", and those that PSCHOOK_OKTA_ISSUERS names",
	}
}

func malformedCall(e *MalformedError) *refusal {
	return &refusal{status: http.StatusBadRequest, outcome: outcomeMalformed, summary: e.Error(), reason: e.Reason, locationType: "body", location: e.Location}
}

func internalFault() *refusal {
	return &refusal{status: http.StatusInternalServerError, outcome: outcomeError, summary: "internal fault", reason: "INTERNAL", locationType: "", location: ""}
}

// asRefusal returns the refusal for an error of any step.
func asRefusal(err error) *refusal {
	var r *refusal
	var m *MalformedError
	switch {
	case errors.As(err, &r):
		return r
	case errors.As(err, &m):
		return malformedCall(m)
	default:
		return internalFault()
	}
}

// body returns Okta's error object for inline hooks (Okta developer docs, concepts/inline-hooks,
// "error"), with the debug context unless it is nil.
func (r *refusal) body(debug *commands.DebugContext) ([]byte, error) {
	type cause struct {
		ErrorSummary string `json:"errorSummary"`
		Reason       string `json:"reason"`
		LocationType string `json:"locationType,omitzero"`
		Location     string `json:"location,omitzero"`
		Domain       string `json:"domain"`
	}
	type object struct {
		ErrorSummary string  `json:"errorSummary"`
		ErrorCauses  []cause `json:"errorCauses"`
	}
	return json.Marshal(struct {
		Error        object                 `json:"error"`
		DebugContext *commands.DebugContext `json:"debugContext,omitzero"`
	}{object{r.summary, []cause{{r.summary, r.reason, r.locationType, r.location, "external-service"}}}, debug})
}
