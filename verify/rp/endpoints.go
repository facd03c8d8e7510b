package rp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
)

// Endpoints are the URLs of a provider, for programs that use it together with a [Client].
type Endpoints struct {
	Authorization, Token, UserInfo, Keys string
	// Revocation (RFC 7009) and EndSession (OpenID Connect RP-Initiated Logout 1.0) are empty if
	// the provider has none, or names one that is less safe or nearer than itself.
	Revocation, EndSession string
	BasicAuth              bool     // a client with a secret authenticates by client_secret_basic
	IssInResponse          bool     // the provider promises iss in its answers (RFC 9207)
	ACRValues              []string // acr_values_supported; nil when the metadata does not say
	Document               jsontext.Value
}

// HTTP returns the HTTP client for all requests to the provider. It is bounded in size and time,
// follows no redirects, and only connects to addresses to which the provider may send it.
func (c *Client) HTTP() *http.Client { return c.http }

// Endpoints returns the endpoints in the provider's metadata. The error is an *UnavailableError.
func (c *Client) Endpoints(ctx context.Context) (Endpoints, error) {
	p, err := c.source.get(ctx) // get checks the URLs
	if err != nil {
		return Endpoints{}, err
	}
	var m struct {
		Revocation string   `json:"revocation_endpoint"`
		EndSession string   `json:"end_session_endpoint"`
		ACRValues  []string `json:"acr_values_supported"`
	}
	if err := json.Unmarshal(p.document, &m); err != nil {
		return Endpoints{}, &UnavailableError{Issuer: c.opts.Issuer, Err: errors.New("the metadata are not the JSON object expected")}
	}
	return Endpoints{
		Authorization: p.meta.AuthURL, Token: p.meta.TokenURL, UserInfo: p.meta.UserInfoURL, Keys: p.meta.JWKSURL,
		Revocation: c.safe(m.Revocation), EndSession: c.safe(m.EndSession),
		BasicAuth:     len(p.meta.TokenAuth) == 0 || slices.Contains(p.meta.TokenAuth, "client_secret_basic"),
		IssInResponse: p.meta.IssInResponse, ACRValues: m.ACRValues, Document: p.document,
	}, nil
}

// safe returns the address, or "" if it may not be used.
func (c *Client) safe(address string) string {
	u, err := outside.ParseURL(address)
	if err != nil || (c.opts.Metadata == nil && outside.Led(c.source.issuer, u) != nil) {
		return ""
	}
	return address
}

func (c *Client) fetch(ctx context.Context, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body) // bounded by the client
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%q answers status %d", address, resp.StatusCode)
	}
	return text, err
}

// KeySet returns the provider's keys as published, a JWK set (RFC 7517 §5), or the keys in metadata
// given by hand. The error is an *UnavailableError.
func (c *Client) KeySet(ctx context.Context) ([]byte, error) {
	p, err := c.source.get(ctx)
	if err != nil {
		return nil, err
	}
	if p.meta.JWKS != nil {
		return p.meta.JWKS, nil
	}
	text, err := c.fetch(ctx, p.meta.JWKSURL)
	if err != nil {
		return nil, &UnavailableError{Issuer: c.opts.Issuer, Err: err}
	}
	return text, nil
}
