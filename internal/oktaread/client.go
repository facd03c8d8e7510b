package oktaread

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pschook/internal/wait"

	"github.com/go-json-experiment/json"
)

const (
	// maxPages bounds how far a list is followed: 200 objects a page.
	maxPages = 50
	// maxReplyBytes bounds one answer. A page of 200 apps of 8 KiB each is well below it.
	maxReplyBytes = 4 << 20
	// maxWaits is how often one request waits for the rate limit. Okta counts by the minute, so a
	// second wait means that others use up the limit (Okta developer docs, reference/rate-limits).
	maxWaits = 3
	// maxWait bounds one such wait: a minute for the limit, and a minute for clocks that differ.
	maxWait = 2 * time.Minute
)

// Client reads and writes one Okta org through its Management API. OrgURL, HTTP and Now are
// required. It is safe for concurrent use if its functions are.
type Client struct {
	OrgURL *url.URL     // scheme and host
	HTTP   *http.Client // adds the credential and must follow no redirect
	Now    func() time.Time

	// Wait waits for the rate limit and returns an error when ctx ends first. nil waits with a
	// timer. A caller can set it to report the wait.
	Wait func(ctx context.Context, d time.Duration) error
}

// Request is one request to the org.
type Request struct {
	Method string // "" means GET
	Path   string // with query, from the org's root: "/api/v1/apps?limit=200"
	Scope  string // scope of OAuth 2.0 for Okta that the request needs, for error messages
	Body   []byte // JSON; nil: none
}

// Reply is an answer of the org with a status below 300.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
	// Times of the request and of its answer, by Now. They do not include waits for the rate limit.
	Asked, Answered time.Time
}

// Error is an answer that is not what was wanted. Match it with [errors.As].
type Error struct {
	Op        string    // "GET /api/v1/inlineHooks", without query
	Scope     string    // scope that the operation needs
	Status    int       // 0: no answer came
	Code      string    // Okta's errorCode, such as E0000011; may be empty
	Summary   string    // Okta's errorSummary and causes; may be empty
	RequestID string    // Okta's id of the request, for its support; may be empty
	Reset     time.Time // when the rate limit ends, for status 429; by Okta's clock
	Broken    bool      // the answer is incomplete
	Err       error     // cause, when no answer came or it could not be read
}

// Error names the operation and its outcome.
func (e *Error) Error() string {
	text := e.Op + ": "
	if e.Status != 0 {
		text += fmt.Sprintf("status %d ", e.Status)
	}
	if e.Err != nil {
		return text + e.Err.Error()
	}
	return strings.TrimSpace(text + e.Code + " " + e.Summary)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Unclear reports whether Okta may have carried out the request although it failed: no answer came,
// or the answer says that a server failed.
func (e *Error) Unclear() bool {
	return e.Status == 0 || e.Broken || e.Status >= http.StatusInternalServerError
}

// Missing reports whether err says that the object does not exist.
func Missing(err error) bool { return status(err) == http.StatusNotFound }

// Refused reports whether err says that the credential is not sufficient.
func Refused(err error) bool {
	s := status(err)
	return s == http.StatusUnauthorized || s == http.StatusForbidden
}

// Forbidden reports whether err says that the credential is valid, but lacks a right.
func Forbidden(err error) bool { return status(err) == http.StatusForbidden }

// Limited reports whether err says that the org's rate limit is used up.
func Limited(err error) bool { return status(err) == http.StatusTooManyRequests }

func status(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status
	}
	return 0
}

// Call makes one request and waits for the rate limit, up to maxWaits times. If Okta does not do
// what was asked, the error is an [*Error], and the reply holds as much of the answer as there was.
func (c Client) Call(ctx context.Context, r Request) (Reply, error) {
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	for waits := 0; ; waits++ {
		reply, err := c.once(ctx, r)
		d, limited := untilReset(reply, err)
		if !limited || waits == maxWaits || d > maxWait {
			return reply, err
		}
		if waitErr := c.wait(ctx, d); waitErr != nil {
			return reply, errors.Join(err, waitErr)
		}
	}
}

func (c Client) wait(ctx context.Context, d time.Duration) error {
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	return wait.For(ctx, d)
}

// untilReset returns how long to wait by Okta's own clock, at least a second, because both headers
// are cut to seconds (Okta developer docs, reference/rl-best-practices). Okta does not carry out a
// request that it answers with 429.
func untilReset(r Reply, err error) (time.Duration, bool) {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Status != http.StatusTooManyRequests {
		return 0, false
	}
	date, dateErr := http.ParseTime(r.Header.Get("Date"))
	if dateErr != nil {
		date = r.Answered
	}
	if e.Reset.IsZero() {
		return time.Second, true
	}
	return max(time.Second, e.Reset.Sub(date)+time.Second), true
}

// once makes the request once, without waiting.
func (c Client) once(ctx context.Context, r Request) (Reply, error) {
	failed := &Error{Op: r.Method + " " + strings.SplitN(r.Path, "?", 2)[0], Scope: r.Scope}
	req, err := http.NewRequestWithContext(ctx, r.Method, c.OrgURL.String()+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		failed.Err = err
		return Reply{}, failed
	}
	req.Header.Set("Accept", "application/json")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	reply := Reply{Asked: c.Now()}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		failed.Err = withoutURL(err)
		return reply, failed
	}
	defer resp.Body.Close()
	reply.Status, reply.Header = resp.StatusCode, resp.Header
	reply.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxReplyBytes+1))
	if len(reply.Body) > maxReplyBytes {
		err = fmt.Errorf("it has more than %d MiB", maxReplyBytes>>20)
	}
	reply.Answered = c.Now()
	switch {
	case err != nil: // the status may have been good, so the request may have been carried out
		failed.Status, failed.Broken, failed.Err = reply.Status, true, fmt.Errorf("the answer broke off: %w", err)
		return reply, failed
	case reply.Status >= http.StatusMultipleChoices:
		failed.describe(reply)
		return reply, failed
	}
	return reply, nil
}

// describe reads Okta's error object (Okta developer docs, reference/error-codes).
func (e *Error) describe(r Reply) {
	e.Status, e.RequestID = r.Status, r.Header.Get("X-Okta-Request-Id")
	if seconds, err := strconv.ParseInt(r.Header.Get("X-Rate-Limit-Reset"), 10, 64); err == nil && r.Status == http.StatusTooManyRequests {
		e.Reset = time.Unix(seconds, 0)
	}
	var object struct {
		Code    string `json:"errorCode"`
		Summary string `json:"errorSummary"`
		Causes  []struct {
			Summary string `json:"errorSummary"`
		} `json:"errorCauses"`
	}
	if json.Unmarshal(r.Body, &object) != nil {
		return
	}
	e.Code, e.Summary = object.Code, object.Summary
	for _, c := range object.Causes {
		e.Summary += "; " + c.Summary
	}
	const most = 300 // in characters: a sentence or two
	if text := []rune(e.Summary); len(text) > most {
		e.Summary = string(text[:most]) + "…"
	}
}

// withoutURL removes the method and URL that net/http puts before an error.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// Get reads one object.
func Get[T any](ctx context.Context, c Client, path, scope string) (T, error) {
	var object T
	r, err := c.Call(ctx, Request{Path: path, Scope: scope})
	if err != nil {
		return object, err
	}
	err = decode(r, path, scope, &object)
	return object, err
}

// List reads all pages of a list.
func List[T any](ctx context.Context, c Client, path, scope string) ([]T, error) {
	var all []T
	for range maxPages {
		r, err := c.Call(ctx, Request{Path: path, Scope: scope})
		if err != nil {
			return nil, err
		}
		var page []T
		if err := decode(r, path, scope, &page); err != nil {
			return nil, err
		}
		all = append(all, page...)
		if path = nextPage(r.Header); path == "" {
			return all, nil
		}
	}
	return nil, &Error{Op: "GET " + path, Scope: scope, Err: fmt.Errorf("the list has more than %d pages", maxPages)}
}

func decode(r Reply, path, scope string, into any) error {
	if json.Unmarshal(r.Body, into) != nil {
		return &Error{Op: "GET " + strings.SplitN(path, "?", 2)[0], Scope: scope, Status: r.Status, Err: errors.New("the answer is not what was asked for")}
	}
	return nil
}

// nextPage returns path and query of the next page, "" on the last one (Okta developer docs, "Link
// headers"; RFC 8288). The host is always the org's, whatever the link says.
func nextPage(h http.Header) string {
	for _, line := range h.Values("Link") {
		for link := range strings.SplitSeq(line, ",") {
			target, params, _ := strings.Cut(link, ";")
			u, err := url.Parse(strings.Trim(strings.TrimSpace(target), "<>"))
			if err == nil && strings.Contains(params, `rel="next"`) {
				return u.RequestURI()
			}
		}
	}
	return ""
}
