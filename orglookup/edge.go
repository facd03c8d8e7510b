package orglookup

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxAnswerBytes bounds the body of an answer. An org document with every member of Okta's
	// schema filled has under 4 KiB, and so has an access token.
	maxAnswerBytes = 64 << 10
	// maxHeaderBytes bounds the header of an answer. Okta's header has about 2 KiB.
	maxHeaderBytes = 64 << 10
	// maxCallTime bounds one HTTP call, even if the caller's context allows more.
	maxCallTime = 10 * time.Second
)

// NewTransport returns the default transport of the sources. It is bounded in time and size, opens
// a new connection for each call (there is about one call an hour), and uses no proxy, even if the
// environment names one. A caller may set Proxy and TLSClientConfig, or wrap it, and pass it to the
// sources.
func NewTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  maxCallTime,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
	}
}

// edge makes every request to Okta. It sends requests only to the org's own host, sets the
// credential only there, and turns everything but a JSON answer of status 200 into an [*Error],
// redirects included.
type edge struct {
	source    string
	org       *url.URL
	next      http.RoundTripper
	now       func() time.Time
	authorize func(*http.Request) error // sets Authorization; nil: send none
}

func (e *edge) client() *http.Client {
	return &http.Client{Transport: e, Timeout: maxCallTime}
}

// exchange keeps the error of a call, because okta-sdk-golang keeps only its text.
type exchange struct{ err error }

type exchangeKey struct{}

// RoundTrip implements [http.RoundTripper].
func (e *edge) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := e.roundTrip(req)
	if x, ok := req.Context().Value(exchangeKey{}).(*exchange); ok {
		x.err = err
	}
	return resp, err
}

func (e *edge) roundTrip(req *http.Request) (*http.Response, error) {
	resp, err := e.send(req, maxAnswerBytes)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := cmp.Or(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if resp.StatusCode != http.StatusOK {
		return nil, e.refusal(req, resp, body)
	}
	if err := checkJSON(resp.Header.Get("Content-Type"), body); err != nil {
		return nil, e.answered(req, resp, ResultInvalid, err)
	}
	return resp, nil
}

// send sends req with the credential to the org, and to no other host. The answer may have any
// status. Reading more than most bytes of its body fails.
func (e *edge) send(req *http.Request, most int64) (*http.Response, error) {
	if req.URL.Scheme != e.org.Scheme || req.URL.Host != e.org.Host {
		return nil, e.fail(req, ResultInvalid, fmt.Errorf("a call to host %q is not a call to %q", req.URL.Host, e.org.Host))
	}
	req = req.Clone(req.Context())
	req.Header.Del("Authorization")
	if e.authorize != nil {
		if err := e.authorize(req); err != nil {
			return nil, err
		}
	}
	resp, err := e.next.RoundTrip(req)
	if err != nil {
		return nil, e.fail(req, transportResult(err), err)
	}
	resp.Body = &boundedBody{body: resp.Body, left: most, most: most, failed: func(result Result, err error) error {
		return e.answered(req, resp, result, err)
	}}
	return resp, nil
}

// boundedBody is the body of an answer. Reading it fails when it has more than most bytes.
type boundedBody struct {
	body       io.ReadCloser
	left, most int64
	failed     func(Result, error) error
}

// Read implements [io.Reader].
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	switch b.left -= int64(n); {
	case b.left < 0:
		return 0, b.failed(ResultInvalid, fmt.Errorf("the answer has more than %d bytes", b.most))
	case err != nil && !errors.Is(err, io.EOF):
		return n, b.failed(transportResult(err), err)
	}
	return n, err
}

// Close implements [io.Closer].
func (b *boundedBody) Close() error { return b.body.Close() }

// checkJSON accepts JSON as RFC 8259 and RFC 7493 define it, with a JSON media type.
func checkJSON(contentType string, body []byte) error {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" && !strings.HasSuffix(media, "+json") {
		return errors.New("the answer is not of type application/json")
	}
	if v := jsontext.Value(body); !v.IsValid() || v.Kind() != '{' {
		return errors.New("the answer is not a JSON object")
	}
	return nil
}

func (e *edge) fail(req *http.Request, result Result, err error) *Error {
	return &Error{Source: e.source, Op: req.Method + " " + req.URL.Path, Result: result, Err: err}
}

func (e *edge) answered(req *http.Request, resp *http.Response, result Result, err error) *Error {
	failure := e.fail(req, result, err)
	failure.Status = resp.StatusCode
	if id := resp.Header.Get("X-Okta-Request-Id"); requestID.MatchString(id) {
		failure.RequestID = id
	}
	return failure
}

// refusal turns an answer other than 200 into an error.
func (e *edge) refusal(req *http.Request, resp *http.Response, body []byte) *Error {
	failure := e.answered(req, resp, ResultInvalid, nil)
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden,
		status == http.StatusBadRequest && req.URL.Path == tokenPath: // RFC 6749 section 5.2
		failure.Result = ResultRefused
	case status == http.StatusNotFound:
		failure.Result = ResultNotFound
	case status == http.StatusTooManyRequests:
		failure.Result = ResultRateLimited
	case status >= 500:
		failure.Result = ResultUnavailable
	case status >= 300 && status < 400:
		failure.Err = errors.New("redirects are not followed; check the org URL")
	}
	failure.Code = errorCode(body)
	if nonce, ok := req.Context().Value(nonceKey{}).(*string); ok {
		*nonce = resp.Header.Get("DPoP-Nonce")
	}
	failure.RetryAfter = retryAfter(resp.Header, e.now())
	return failure
}

// errorCode returns the code of Okta's error object or of an OAuth 2.0 error.
func errorCode(body []byte) string {
	var object struct {
		ErrorCode string `json:"errorCode"`
		Error     string `json:"error"`
	}
	if json.Unmarshal(body, &object) != nil {
		return ""
	}
	if oktaCode.MatchString(object.ErrorCode) {
		return object.ErrorCode
	}
	if oauthCode.MatchString(object.Error) {
		return object.Error
	}
	return ""
}

// Text from outside goes into logs only if it has the expected form.
var (
	oktaCode  = regexp.MustCompile(`^E[0-9]{7}$`)
	oauthCode = regexp.MustCompile(`^[a-z_]{1,40}$`)
	requestID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// withExchange runs call, which makes its requests through an edge. It returns the edge's error if
// there is one, otherwise that of call.
func withExchange(ctx context.Context, call func(context.Context) error) error {
	x := &exchange{}
	err := call(context.WithValue(ctx, exchangeKey{}, x))
	if x.err != nil {
		return x.err
	}
	return err
}
