package hook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"pschook/internal/jwks"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/metric"
)

const (
	// clockSkew is how far the issuer's clock and ours may differ.
	clockSkew = time.Minute
	// maxTokenBytes bounds a token before it is parsed. Okta's tokens have about 1 KiB.
	maxTokenBytes = 8 << 10
)

// OAuthOptions say whose access tokens an [OAuth] accepts. All fields are required except Scope and
// Transport.
type OAuthOptions struct {
	Issuer    string   // authorization server, exactly as in iss; https, or http on loopback
	Audience  string   // must be one of aud
	ClientIDs []string // must include the client that the token was issued to, because every client of the server can ask for the audience
	Scope     string   // must be one of the token's scopes; empty: any

	Transport http.RoundTripper // for requests to the issuer; nil: orglookup.NewTransport()
	Logger    *slog.Logger
	Meter     metric.Meter
	Now       func() time.Time
}

// OAuth accepts requests that carry an access token in JWT form (RFC 6750, section 2.1; RFC 9068).
// Okta sends one when the hook's authentication is OAuth 2.0 (Okta developer docs,
// guides/secure-hooks). [OAuth.Run] fetches the issuer's keys. OAuth is safe for concurrent use.
type OAuth struct {
	opts OAuthOptions
	keys *jwks.Cache
}

// NewOAuth checks opts. It sends nothing, and accepts no token before the issuer's keys were
// fetched. The error says which option is missing, that the issuer's URL is not trustworthy
// (neither https nor http on loopback), or that the meter refuses an instrument.
func NewOAuth(opts OAuthOptions) (*OAuth, error) {
	for _, option := range []struct {
		name    string
		missing bool
	}{
		{"Audience", opts.Audience == ""}, {"ClientIDs", len(opts.ClientIDs) == 0},
		{"Logger", opts.Logger == nil}, {"Meter", opts.Meter == nil}, {"Now", opts.Now == nil},
	} {
		if option.missing {
			return nil, fmt.Errorf("oauth: the option %s is missing", option.name)
		}
	}
	keys, err := newKeyCache(opts)
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	return &OAuth{opts: opts, keys: keys}, nil
}

// Run keeps the issuer's keys fresh until ctx ends. Call it once. The error is always nil: Run logs
// keys that cannot be fetched, and tries again.
func (o *OAuth) Run(ctx context.Context) error {
	o.keys.Run(ctx)
	return nil
}

// accessToken holds the claims that are read from a token.
type accessToken struct {
	jwt.Claims
	SCP      any    `json:"scp"`       // Okta: array of strings; others: space-separated words
	Scope    string `json:"scope"`     // space-separated words (RFC 9068, section 2.2.3)
	CID      string `json:"cid"`       // Okta
	ClientID string `json:"client_id"` // RFC 9068, section 2.2
	AZP      string `json:"azp"`
}

// Authenticate implements [Authenticator]. It checks the signature before any claim. So only the
// holder of a token that the issuer signed learns what the token lacks.
//
// The error is an [*UnavailableError] when the issuer's keys are not known. Otherwise it says what
// is missing or wrong, such as the signature, the audience, the time or the client. It quotes
// nothing of the token.
func (o *OAuth) Authenticate(r *http.Request) error {
	text, err := bearer(r)
	if err != nil {
		return err
	}
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil || len(token.Headers) != 1 || token.Headers[0].KeyID == "" {
		return constError("the access token is not a JWT signed with RS256 or ES256 and a named key")
	}
	if !typeAllowed(token.Headers[0].ExtraHeaders["typ"]) {
		return constError("the JWT is not an access token, by its typ")
	}
	// Check the issuer before looking for a key, so that tokens of strangers cause no fetch.
	var unverified jwt.Claims
	if token.UnsafeClaimsWithoutVerification(&unverified) != nil {
		return constError("the access token's claims cannot be read")
	}
	if unverified.Issuer != o.opts.Issuer {
		return constError("the access token is of another issuer")
	}
	keys, err := o.findKeys(r.Context(), token.Headers[0].KeyID)
	if err != nil {
		return err
	}
	for _, key := range keys {
		var claims accessToken
		if fits(key, token.Headers[0].Algorithm) && token.Claims(key.Public, &claims) == nil {
			return o.judge(claims)
		}
	}
	return constError("the access token's signature does not match")
}

// bearer returns the token of the header (RFC 6750, section 2.1).
func bearer(r *http.Request) (string, error) {
	values := r.Header[echo.HeaderAuthorization]
	if len(values) != 1 {
		return "", errNoCredential
	}
	scheme, text, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || len(text) > maxTokenBytes {
		return "", errNoCredential
	}
	return text, nil
}

// typeAllowed reports whether typ is the type of an access token: at+jwt (RFC 9068, section 2.1),
// JWT, nothing at all, or okta-internal-at+jwt, which Okta's org authorization server uses.
func typeAllowed(typ any) bool {
	if typ == nil {
		return true
	}
	text, ok := typ.(string)
	text = strings.TrimPrefix(strings.ToLower(text), "application/")
	return ok && (text == "at+jwt" || text == "jwt" || text == "okta-internal-at+jwt")
}

// fits reports whether a key may be used with the algorithm (RFC 8725, section 3.1).
func fits(key jwks.Key, algorithm string) bool {
	return key.Alg == "" || key.Alg == algorithm
}

// judge checks the claims of a token that the issuer has signed.
func (o *OAuth) judge(c accessToken) error {
	if c.Expiry == nil {
		return constError("the access token does not say when it expires")
	}
	err := c.ValidateWithLeeway(jwt.Expected{Issuer: o.opts.Issuer, AnyAudience: jwt.Audience{o.opts.Audience}, Time: o.opts.Now()}, clockSkew)
	switch {
	case errors.Is(err, jwt.ErrExpired):
		return constError("the access token has expired")
	case errors.Is(err, jwt.ErrNotValidYet), errors.Is(err, jwt.ErrIssuedInTheFuture):
		return constError("the access token is not valid yet")
	case errors.Is(err, jwt.ErrInvalidAudience):
		return constError("the access token is for another audience")
	case err != nil:
		return constError("the access token is not valid")
	case !slices.Contains(o.opts.ClientIDs, c.client()):
		return constError("the access token was issued to a client that may not call this hook")
	case o.opts.Scope != "" && !slices.Contains(c.scopes(), o.opts.Scope):
		return constError("the access token lacks the scope for this hook")
	}
	return nil
}

func (c accessToken) client() string {
	for _, id := range []string{c.CID, c.ClientID, c.AZP} {
		if id != "" {
			return id
		}
	}
	return ""
}

func (c accessToken) scopes() []string {
	scopes := strings.Fields(c.Scope)
	switch scp := c.SCP.(type) {
	case string:
		scopes = append(scopes, strings.Fields(scp)...)
	case []any:
		for _, item := range scp {
			if text, ok := item.(string); ok {
				scopes = append(scopes, text)
			}
		}
	}
	return scopes
}
