package orglookup

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Result is the outcome of one question to a source. The values up to ResultInvalid are the values
// of the label result of pschook_org_lookup_total.
type Result string

// All results of a question.
const (
	ResultOK          Result = "ok"
	ResultRefused     Result = "refused"      // 401 or 403; at the token endpoint also 400
	ResultNotFound    Result = "not_found"    // 404: no such org, or not an Okta host
	ResultRateLimited Result = "rate_limited" // 429
	ResultUnavailable Result = "unavailable"  // 5xx
	ResultTimeout     Result = "timeout"      // no complete answer in time
	ResultNetwork     Result = "network"      // DNS, connect, or a cut connection
	ResultTLS         Result = "tls"          // the host did not prove its identity
	ResultInvalid     Result = "invalid"      // an answer that is not an org document
	ResultChanged     Result = "changed"      // an id that differs from the known one; counted by pschook_org_id_changed_total
	ResultMismatch    Result = "mismatch"     // the id and the hosts belong to two orgs; only logged
	ResultCanceled    Result = "canceled"     // the caller gave up; never counted
)

// Error says why a question got no usable answer. It quotes neither credentials nor the body of an
// answer. Match it with [errors.As].
type Error struct {
	Source     string        // name of the source, such as "management"
	Op         string        // "GET /api/v1/org"
	Result     Result        // what kind of failure
	Status     int           // HTTP status; 0 when there was no answer
	Code       string        // Okta errorCode ("E0000011") or OAuth error ("invalid_client"); may be empty
	RequestID  string        // X-Okta-Request-Id, for Okta's support; may be empty
	RetryAfter time.Duration // how long Okta asked to wait; 0 when it did not say
	Err        error         // the cause; may be nil
}

// Error describes the failure in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "orglookup: %s: %s: %s", e.Source, e.Op, e.explain())
	if e.Status != 0 {
		fmt.Fprintf(&b, " (status %d", e.Status)
		if e.Code != "" {
			fmt.Fprintf(&b, ", code %s", e.Code)
		}
		if e.RequestID != "" {
			fmt.Fprintf(&b, ", request id %s", e.RequestID)
		}
		b.WriteByte(')')
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *Error) explain() string {
	if e.Code == codeDPoP {
		return "the app demands DPoP, and the proof was refused; compare this machine's clock with Okta's"
	}
	switch e.Result {
	case ResultRefused:
		return "the credential was refused; check it, and that it may read the org (scope okta.orgs.read)"
	case ResultNotFound:
		return "not found; check the org URL"
	case ResultRateLimited:
		return "over the rate limit"
	case ResultUnavailable:
		return "unavailable"
	case ResultTimeout:
		return "no answer in time"
	case ResultNetwork:
		return "the network failed"
	case ResultTLS:
		return "the host did not prove its identity"
	case ResultChanged:
		return "the org id changed"
	case ResultMismatch:
		return "two documents name two orgs"
	case ResultCanceled:
		return "given up"
	default:
		return "not the answer of an Okta org"
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same question may be answered later although nobody changes a
// setting.
func (e *Error) Temporary() bool {
	switch e.Result {
	case ResultRateLimited, ResultUnavailable, ResultTimeout, ResultNetwork, ResultCanceled:
		return true
	default:
		return false
	}
}

// NotKnownError says that the org's id, or its hosts, were not known in time.
type NotKnownError struct {
	What string // "id" or "hosts"
	// Ended is why waiting ended: the error of the caller's context, or nil when the next attempt
	// comes after the caller's deadline.
	Ended error
	// Last is the failure of the last attempt; nil before the first attempt has ended.
	Last error
}

// Error describes the last failure.
func (e *NotKnownError) Error() string {
	what := "id is"
	if e.What == "hosts" {
		what = "hosts are"
	}
	if e.Last == nil {
		return fmt.Sprintf("orglookup: the org %s not known yet: %v", what, e.Ended)
	}
	return fmt.Sprintf("orglookup: the org %s not known: %v", what, e.Last)
}

// Unwrap returns both causes.
func (e *NotKnownError) Unwrap() []error { return []error{e.Ended, e.Last} }

// resultOf returns the Result of err.
func resultOf(err error) Result {
	if err == nil {
		return ResultOK
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Result
	}
	return transportResult(err)
}

// transportResult classifies an error of the network stack.
func transportResult(err error) Result {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return ResultCanceled
	case errors.As(err, &certificate), errors.As(err, &record), errors.As(err, &alert):
		return ResultTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return ResultTimeout
	default:
		return ResultNetwork
	}
}
