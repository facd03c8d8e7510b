package rp

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pschook/internal/mishap"
	"pschook/internal/outside"
)

const (
	// providerTimeout bounds one request to the provider. Okta answers within a second, and a
	// person is waiting at the browser.
	providerTimeout = 10 * time.Second
)

// providerLimits bounds each answer of the provider. Discovery documents have up to 10 kB and about
// 200 values, token responses up to 20 kB, key sets with certificates about 10 kB.
func providerLimits() outside.JSONLimits {
	limits := outside.ObjectLimits()
	return outside.JSONLimits{Bytes: 1 << 20, Depth: limits.Depth + 1, Values: 2 * limits.Values}
}

// noRedirect keeps redirects from being followed: the provider's addresses come
// from configuration and discovery, never from an answer (RFC 9700 §4.12 warns of
// forwarded credentials).
func noRedirect(_ *http.Request, via []*http.Request) error {
	return &mishap.RedirectError{Address: plainAddress(via[len(via)-1].URL)}
}

// idleProviderConns is how many connections to the provider are kept. A few are enough, because
// people sign in by hand.
const idleProviderConns = 2

// newHTTPClient makes the client for all requests to the provider, based on base (nil: a new one).
// It follows no redirect, has a timeout and bounds answers. It connects only to addresses that the
// leash allows (nil: any), records each exchange in notes, and presents the certificate (nil: none)
// to servers that ask for one.
func newHTTPClient(base *http.Client, leash *outside.Leash, certificate func() *tls.Certificate, notes *recorder) *http.Client {
	transport := http.RoundTripper(&http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: idleProviderConns,
		IdleConnTimeout:     time.Minute,
	})
	if base != nil && base.Transport != nil {
		transport = base.Transport
	}
	t, ok := transport.(*http.Transport)
	if ok && certificate != nil {
		t = showing(t, certificate)
		transport = t
	}
	if ok && leash != nil {
		transport = leash.Hold(t)
	}
	return &http.Client{
		Transport:     boundedTransport{next: transport, notes: notes},
		Timeout:       providerTimeout,
		CheckRedirect: noRedirect,
	}
}

// showing returns a transport like t that presents the certificate to servers that ask for one.
func showing(t *http.Transport, certificate func() *tls.Certificate) *http.Transport {
	t = t.Clone()
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	t.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if c := certificate(); c != nil {
			return c, nil
		}
		return &tls.Certificate{}, nil // how crypto/tls expresses "none"
	}
	return t
}

// boundedTransport reads an answer whole, and fails unless the answer keeps [providerLimits]. All
// answers of a provider pass through it.
type boundedTransport struct {
	next  http.RoundTripper
	notes *recorder
}

func (t boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	began := t.notes.now()
	resp, text, err := t.ask(req)
	t.notes.note(req, began, resp, text, err)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return resp, nil
}

// ask returns an answer with its whole body, which is closed.
func (t boundedTransport) ask(req *http.Request) (*http.Response, []byte, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	limits := providerLimits()
	text, err := io.ReadAll(io.LimitReader(resp.Body, int64(limits.Bytes)+1))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return resp, nil, fmt.Errorf("reading the provider's answer: %w", err)
	}
	if err := limits.Check(text); err != nil {
		return resp, nil, fmt.Errorf("the provider's answer %w", err)
	}
	return resp, text, nil
}

// notedTransport keeps Okta's id of the last request, which oauth2 does not return. It is for one
// use.
type notedTransport struct {
	next      http.RoundTripper
	requestID string
	status    int
	body      []byte // bounded by the client
}

func (t *notedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	t.requestID, t.status = "", resp.StatusCode
	if t.body, err = io.ReadAll(resp.Body); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(t.body))
	if id := resp.Header.Get("X-Okta-Request-Id"); isRequestID(id) {
		t.requestID = id
	}
	return resp, nil
}

// isRequestID reports whether a text can be shown as Okta's id of a request. Okta's ids have 20 to
// 40 characters.
func isRequestID(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-@"
	return text != "" && len(text) <= 64 && strings.Trim(text, letters) == ""
}

// CloseIdleConnections makes [http.Client.CloseIdleConnections] work.
func (t boundedTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// checkURL reads a URL that may be trusted, see [outside.ParseURL]. The error begins with name.
func checkURL(name, text string) (*url.URL, error) {
	u, err := outside.ParseURL(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %q %w", name, text, err)
	}
	return u, nil
}
