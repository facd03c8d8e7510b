package rp

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
)

// Endpoints are the addresses of a provider, for programs that speak to it beside a [Client].
type Endpoints struct {
	Authorization, Token, UserInfo, Keys string
	// Revocation (RFC 7009) and EndSession (OpenID Connect RP-Initiated Logout 1.0) are empty where the provider has
	// none, or names one that is less safe or nearer than itself.
	Revocation, EndSession string
	BasicAuth              bool     // a client with a secret authenticates by client_secret_basic
	IssInResponse          bool     // it promises iss in its answers (RFC 9207)
	ACRValues              []string // acr_values_supported; nil when the metadata do not say
	Document               jsontext.Value
}

// HTTP is the client by which everything is asked of the provider: bounded in size and time, without redirects, and kept
// to where the provider may lead.
func (c *Client) HTTP() *http.Client { return c.http }

// Endpoints returns what the provider's metadata name. The error is an *UnavailableError.
func (c *Client) Endpoints(ctx context.Context) (Endpoints, error) {
	p, err := c.source.get(ctx) // checks the addresses
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

// safe is the address, or "" if it may not be used.
func (c *Client) safe(address string) string {
	u, err := outside.ParseURL(address)
	if err != nil || (c.opts.Metadata == nil && outside.Led(c.source.issuer, u) != nil) {
		return ""
	}
	return address
}
