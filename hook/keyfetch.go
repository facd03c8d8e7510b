package hook

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"

	"pschook/orglookup"
)

const (
	// maxKeyDocument bounds metadata and key set. Okta's have 3 KiB each, with 2 to 3 keys.
	maxKeyDocument = 256 << 10
	maxKeys        = 64
	// keyFetchTimeout bounds one request to the issuer.
	keyFetchTimeout = 5 * time.Second
	// minRSABits is the least size of an RSA key (RFC 7518, section 3.3).
	minRSABits = 2048
)

// keyFetcher reads an issuer's metadata and the keys that they point to.
type keyFetcher struct {
	issuer string
	client *http.Client
}

func newKeyFetcher(opts OAuthOptions) *keyFetcher {
	transport := opts.Transport
	if transport == nil {
		transport = orglookup.NewTransport()
	}
	return &keyFetcher{issuer: opts.Issuer, client: &http.Client{
		Transport: transport, Timeout: keyFetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// fetch returns the issuer's signing keys; there is at least one.
func (f *keyFetcher) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	uri, err := f.discover(ctx)
	if err != nil {
		return nil, err
	}
	text, err := f.get(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("key set at %q: %w", uri, err)
	}
	return keys, nil
}

// statusError is an answer other than 200.
type statusError struct{ status int }

// Error names the status.
func (e *statusError) Error() string { return fmt.Sprintf("status %d", e.status) }

// discover finds the URL of the key set. Authorization servers publish it at either
// of two places (OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3, which
// Okta serves below the issuer, too).
func (f *keyFetcher) discover(ctx context.Context) (string, error) {
	var absent *statusError
	var err error
	for _, document := range []string{"openid-configuration", "oauth-authorization-server"} {
		var text []byte
		text, err = f.get(ctx, strings.TrimSuffix(f.issuer, "/")+"/.well-known/"+document)
		if errors.As(err, &absent) && absent.status == http.StatusNotFound {
			continue
		}
		if err == nil {
			return f.parseMetadata(text)
		}
		break
	}
	return "", fmt.Errorf("metadata of %q: %w", f.issuer, err)
}

// parseMetadata holds that the document is the issuer's own (RFC 8414, section 3.3)
// and that the keys travel safely.
func (f *keyFetcher) parseMetadata(text []byte) (string, error) {
	var document struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return "", fmt.Errorf("metadata of %q: not the JSON that is expected", f.issuer)
	}
	if document.Issuer != f.issuer {
		return "", fmt.Errorf("metadata of %q: they are those of %q", f.issuer, document.Issuer)
	}
	if err := checkSecureURL(document.JWKSURI); err != nil {
		return "", fmt.Errorf("metadata of %q: jwks_uri %w", f.issuer, err)
	}
	return document.JWKSURI, nil
}

func (f *keyFetcher) get(ctx context.Context, uri string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set(echo.HeaderAccept, echo.MIMEApplicationJSON)
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &statusError{resp.StatusCode}
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxKeyDocument+1))
	if err == nil && len(text) > maxKeyDocument {
		err = fmt.Errorf("more than %d bytes", maxKeyDocument)
	}
	return text, err
}

// parseKeys reads a JWK set. Keys of kinds that are not understood are left out, as
// RFC 7517, section 5 asks, and so are those that no token may be signed with.
func parseKeys(text []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if json.Unmarshal(text, &set) != nil {
		return nil, errors.New("not a JWK set")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("%d keys, more than %d", len(set.Keys), maxKeys)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil && usableKey(key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("no usable signing key")
	}
	return keys, nil
}

func usableKey(key jose.JSONWebKey) bool {
	if key.KeyID == "" || !key.Valid() || key.Use != "" && key.Use != "sig" {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey:
		return public.Curve == elliptic.P256()
	default:
		return false
	}
}

// checkSecureURL wants https, or http on loopback, where nobody listens in.
func checkSecureURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil {
		return fmt.Errorf("%q is not a URL of a host", text)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return fmt.Errorf("%q is not an https URL", text)
	}
	return nil
}
