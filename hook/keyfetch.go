package hook

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"pschook/internal/jwks"
	"pschook/internal/outside"
	"pschook/orglookup"
)

const (
	// keyFetchTimeout bounds one request to the issuer. keysTimeout bounds a whole fetch: metadata
	// at two places, and the keys.
	keyFetchTimeout = 5 * time.Second
	keysTimeout     = 3 * keyFetchTimeout
	// minRSABits is the least size of an RSA key (RFC 7518, section 3.3).
	minRSABits = 2048
)

// metadataLimits bounds an issuer's metadata. Okta's metadata has 3 KiB and two levels.
func metadataLimits() outside.JSONLimits {
	return outside.JSONLimits{Bytes: 256 << 10, Depth: 20, Values: 5000}
}

// keyFetcher reads an issuer's metadata and the keys that the metadata points to.
type keyFetcher struct {
	issuer *url.URL
	name   string // the issuer exactly as configured
	client *http.Client
}

func newKeyFetcher(opts OAuthOptions) (*keyFetcher, error) {
	issuer, err := outside.ParseURL(opts.Issuer)
	if err != nil {
		return nil, fmt.Errorf("issuer %w", err)
	}
	transport := opts.Transport
	if transport == nil {
		transport = orglookup.NewTransport()
	}
	return &keyFetcher{issuer: issuer, name: opts.Issuer, client: &http.Client{
		Transport: transport, Timeout: keyFetchTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// fetch returns the issuer's signing keys; there is at least one.
func (f *keyFetcher) fetch(ctx context.Context) ([]jwks.Key, error) {
	uri, err := f.discover(ctx)
	if err != nil {
		return nil, err
	}
	published, err := jwks.Fetch(ctx, uri, f.client)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	keys := slices.DeleteFunc(jwks.Signing(published), func(key jwks.Key) bool { return !usableKey(key) })
	if len(keys) == 0 {
		return nil, fmt.Errorf("key set at %q: no usable signing key", uri)
	}
	return keys, nil
}

// statusError reports a status other than 200.
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
		text, err = f.get(ctx, strings.TrimSuffix(f.name, "/")+"/.well-known/"+document)
		if errors.As(err, &absent) && absent.status == http.StatusNotFound {
			continue
		}
		if err == nil {
			return f.parseMetadata(text)
		}
		break
	}
	return "", fmt.Errorf("metadata of %q: %w", f.name, err)
}

// parseMetadata returns the URL of the key set. It refuses metadata that names another issuer (RFC
// 8414, section 3.3), and a URL that is less safe than the issuer's.
func (f *keyFetcher) parseMetadata(text []byte) (string, error) {
	var document struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := metadataLimits().Check(text); err != nil {
		return "", fmt.Errorf("metadata of %q: the text %w", f.name, err)
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return "", fmt.Errorf("metadata of %q: not the JSON that is expected", f.name)
	}
	if document.Issuer != f.name {
		return "", fmt.Errorf("metadata of %q: they are those of %q", f.name, document.Issuer)
	}
	uri, err := outside.ParseURL(document.JWKSURI)
	if err == nil {
		err = outside.Led(f.issuer, uri)
	}
	if err != nil {
		return "", fmt.Errorf("metadata of %q: jwks_uri %w", f.name, err)
	}
	return document.JWKSURI, nil
}

// get reads a metadata document.
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
	return outside.Read(resp.Body, metadataLimits().Bytes)
}

// usableKey reports whether a key is of a type and size that we accept. Package jwks has already
// checked that it is a public key for signatures.
func usableKey(key jwks.Key) bool {
	if key.ID == "" {
		return false
	}
	switch public := key.Public.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey:
		return public.Curve == elliptic.P256()
	default:
		return false
	}
}
