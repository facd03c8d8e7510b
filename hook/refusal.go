package hook

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"
)

// refusal is an answer that is not 2xx: Okta then mints the tokens without our
// claims and writes it into its System Log, where an administrator reads it.
type refusal struct {
	status       int
	outcome      string // as in the metric pschook_hook_requests_total
	summary      string
	reason       string
	locationType string // body, header, url
	location     string
}

// Outcomes of calls that were refused; those of decisions are commands.Outcome.
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
	return &refusal{http.StatusMethodNotAllowed, outcomeMalformed, "this is a token inline hook: it takes POST", "METHOD_NOT_ALLOWED", "url", Path}
}

func badMediaType() *refusal {
	return &refusal{http.StatusUnsupportedMediaType, outcomeMalformed, "the body must be application/json in UTF-8", "UNSUPPORTED_MEDIA_TYPE", "header", "Content-Type"}
}

func tooLarge() *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, outcomeTooLarge, "the body is larger than 256 KiB", "TOO_LARGE", "body", ""}
}

func unreadable() *refusal {
	return &refusal{http.StatusBadRequest, outcomeMalformed, "the body ended early", "INCOMPLETE", "body", ""}
}

func unauthorized(header string, err error) *refusal {
	return &refusal{http.StatusUnauthorized, outcomeUnauthorized, err.Error() + ": compare the hook's Authentication in Okta with this service's secrets", "UNAUTHORIZED", "header", header}
}

func foreignIssuer(location string) *refusal {
	return &refusal{http.StatusForbidden, outcomeForbidden, "the issuer does not belong to the Okta org this service is set up for", "FOREIGN_ISSUER", "body", location}
}

func malformedCall(e *MalformedError) *refusal {
	return &refusal{http.StatusBadRequest, outcomeMalformed, e.Error(), e.Reason, "body", e.Location}
}

func internalFault() *refusal {
	return &refusal{http.StatusInternalServerError, outcomeError, "internal fault", "INTERNAL", "", ""}
}

// asRefusal finds the answer for an error of one of the steps.
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

// body is Okta's error object for inline hooks (Okta developer docs,
// concepts/inline-hooks, "error").
func (r *refusal) body() ([]byte, error) {
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
	return json.Marshal(map[string]object{"error": {
		ErrorSummary: r.summary,
		ErrorCauses:  []cause{{r.summary, r.reason, r.locationType, r.location, "external-service"}},
	}})
}
