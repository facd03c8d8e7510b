package rp

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"pschook/internal/mishap"
	"pschook/internal/outside"
	"pschook/verify"
	"pschook/verify/words"
)

// ClientOptions say who signs in, and where. Issuer and ClientID are required, and RedirectURL for
// signing in.
type ClientOptions struct {
	Issuer       string   // https (http on loopback), exactly as in the provider's tokens
	ClientID     string   //
	ClientSecret Secret   // "" makes a public client
	RedirectURL  string   // where the provider sends the browser back, as registered there
	Scopes       []string // nil means openid profile email
	ACRValues    []string // acr_values to ask for; nil asks for none
	Hint         string   // kc_idp_hint, by which PSC and other Keycloaks go straight to a provider behind them; "" sends none
	// Metadata is the provider's metadata as JSON, given by hand; nil means
	// discovery. It may hold the keys in "jwks" in place of "jwks_uri".
	Metadata   []byte
	HTTPClient *http.Client // its transport is used; nil means a new one
	// Certificate returns the client certificate for a provider that asks for one (RFC 8705). It is
	// called at each handshake. It may be nil, and may return nil, for no certificate.
	Certificate func() *tls.Certificate `json:"-"`
	// WellKnown lists the documents below /.well-known/ of the issuer that may hold its metadata,
	// in the order in which they are tried; nil means openid-configuration. See [WellKnown].
	WellKnown []string
	// InsecureAnyAddress allows a provider to name endpoints that are nearer than itself: at
	// private addresses although it is on the Internet, or on this machine. It is for test
	// environments.
	InsecureAnyAddress bool
	// PublicOnly requires a public address for the issuer too, because somebody other than the
	// operator named it.
	PublicOnly bool
	Now        func() time.Time // nil means time.Now
}

// Client signs in with the Authorization Code flow, PKCE S256, state and nonce (RFC 6749 §4.1, RFC
// 7636, OpenID Connect Core §3.1, RFC 9700 §2.1). It is safe for concurrent use.
type Client struct {
	opts     ClientOptions
	http     *http.Client
	source   *providerSource
	recorder *recorder
}

// UnavailableError says that the provider cannot be reached or its metadata cannot be used.
type UnavailableError struct {
	Issuer string
	Err    error
}

// Error names the issuer and the cause.
func (e *UnavailableError) Error() string { return e.Text().In(words.English) }

// Text names the issuer and the cause.
func (e *UnavailableError) Text() words.Text {
	what := told(e.Err)
	if several, ok := errors.AsType[documentErrors](e.Err); ok {
		what = several.text()
	}
	return words.Say("provider %q: %s", "fournisseur %q : %s", e.Issuer, what)
}

// answers reports whether somebody answers, and not as a provider should.
func (e *UnavailableError) answers() bool {
	_, answered := errors.AsType[*mishap.AnswerError](e.Err)
	_, document := errors.AsType[*documentError](e.Err)
	_, redirected := errors.AsType[*mishap.RedirectError](e.Err)
	_, limit := errors.AsType[*outside.LimitError](e.Err)
	_, metadata := errors.AsType[*metadataError](e.Err)
	return answered || document || redirected || limit || metadata
}

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// ProviderError is an error from the provider (RFC 6749 §4.1.2.1, §5.2).
type ProviderError struct {
	Endpoint    string // "authorization" or "token"
	Code        string // such as "access_denied"
	Description string // the provider's own words; may be empty
}

// Error names the endpoint and its error.
func (e *ProviderError) Error() string { return e.Text().In(words.English) }

// Text names the endpoint and its error.
func (e *ProviderError) Text() words.Text {
	if e.Description == "" {
		return words.Say("the provider's %s endpoint answered %s", "le point d'accès %s du fournisseur a répondu %s", e.Endpoint, e.Code)
	}
	return words.Say("the provider's %s endpoint answered %s: %s", "le point d'accès %s du fournisseur a répondu %s : %s", e.Endpoint, e.Code, e.Description)
}

// SignIn is a sign-in that has begun. Keep it for the browser for which it was begun, hide it from
// others, and use it once.
type SignIn struct {
	State, Nonce, Verifier string

	Ask Ask
}

// Ask is what one authorization request asks for in addition to [ClientOptions] (OpenID Connect
// Core §3.1.2.1). The zero value asks for nothing more.
type Ask struct {
	Prompt    string  `json:"p,omitzero"` // "login" makes the person authenticate again, even within a session
	LoginHint string  `json:"h,omitzero"`
	MaxAge    string  `json:"m,omitzero"` // in seconds
	More      []Field `json:"x,omitzero"` // additional parameters; none may be one of [Reserved]
}

// Reserved returns the parameters in more that only the client may set, and those that would set
// them in another way.
func Reserved(more []Field) []string {
	own := []string{"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge", "code_challenge_method",
		"acr_values", "prompt", "login_hint", "max_age", "request", "request_uri", "client_secret", "sessionToken"}
	var taken []string
	for _, f := range more {
		if slices.Contains(own, f.Name) {
			taken = append(taken, f.Name)
		}
	}
	return taken
}

func (a Ask) params() []oauth2.AuthCodeOption {
	var out []oauth2.AuthCodeOption
	for _, f := range append([]Field{{"prompt", a.Prompt}, {"login_hint", a.LoginHint}, {"max_age", a.MaxAge}}, a.More...) {
		if f.Value != "" {
			out = append(out, oauth2.SetAuthURLParam(f.Name, f.Value))
		}
	}
	return out
}

// Tokens are the result of a sign-in.
type Tokens struct {
	IDToken, AccessToken string
	UserInfo             []byte // nil when the provider has no userinfo endpoint or it failed
	UserInfoFault        error  // why it failed
	RequestID            string // X-Okta-Request-Id of the answer that the tokens came in; "": none was sent
}

// NewClient checks the options. It sends nothing: the provider's metadata is fetched on first use.
// The error names every wrong option.
func NewClient(opts ClientOptions) (*Client, error) {
	if opts.Scopes == nil {
		opts.Scopes = []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.WellKnown == nil {
		opts.WellKnown = WellKnown("")
	}
	issuer, err := checkURL("issuer", opts.Issuer)
	if err == nil && (issuer.RawQuery != "") {
		err = fmt.Errorf("issuer: %q has a query, which OpenID Connect Discovery §3 does not allow", opts.Issuer)
	}
	var errRedirectURL, errClient, errScope error
	if opts.RedirectURL != "" {
		_, errRedirectURL = checkURL("redirect URL", opts.RedirectURL)
	}
	if opts.ClientID == "" {
		errClient = errors.New("client id: missing")
	}
	if !slices.Contains(opts.Scopes, oidc.ScopeOpenID) {
		errScope = fmt.Errorf("scopes: %q lacks openid", strings.Join(opts.Scopes, " "))
	}
	if err := errors.Join(err, errRedirectURL, errClient, errScope); err != nil {
		return nil, err
	}
	return newClient(opts, issuer)
}

// newClient makes a client from checked options.
func newClient(opts ClientOptions, issuer *url.URL) (*Client, error) {
	c := &Client{opts: opts, recorder: &recorder{now: opts.Now, seen: make(map[string]Exchange)}, source: &providerSource{documents: opts.WellKnown, issuer: issuer, name: opts.Issuer, now: opts.Now, lock: make(chan struct{}, 1)}}
	var m metadata
	var named []*url.URL // hosts that the operator named
	var err error
	if opts.Metadata != nil {
		if m, named, err = parseMetadata(opts.Metadata, opts.Issuer); err != nil {
			return nil, err
		}
	}
	leash := outside.NewLeash(issuer, named...)
	if opts.PublicOnly {
		leash = outside.NewPublicLeash(issuer)
	}
	if opts.InsecureAnyAddress {
		leash = nil
	}
	c.http = newHTTPClient(opts.HTTPClient, leash, opts.Certificate, c.recorder)
	c.source.client = c.http
	if opts.Metadata != nil {
		if c.source.current, err = m.provider(opts.Metadata, c.http, opts.Now); err != nil {
			return nil, err
		}
		c.source.fixed = true
	}
	return c, nil
}

// Close closes idle connections to the provider. The client can still be used.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Keys returns the provider's signing keys, which are fetched on first use.
func (c *Client) Keys() verify.KeySet { return c.source }

// Provider returns what the provider's metadata says. It fetches the metadata if necessary. The
// error is an *UnavailableError.
func (c *Client) Provider(ctx context.Context) (*verify.Provider, error) {
	p, err := c.source.get(ctx)
	if err != nil {
		return nil, err
	}
	return &verify.Provider{PKCEMethods: p.meta.PKCEMethods}, nil
}

func (c *Client) config(p *provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.opts.ClientID, ClientSecret: string(c.opts.ClientSecret), RedirectURL: c.opts.RedirectURL,
		Scopes: c.opts.Scopes, Endpoint: p.endpoint(c.opts),
	}
}

// Begin returns the URL to send the browser to, and what to remember. again asks the provider to
// authenticate the person again, even within a session (prompt=login). The error is an
// *UnavailableError.
func (c *Client) Begin(ctx context.Context, again bool) (string, SignIn, error) {
	ask := Ask{}
	if again {
		ask.Prompt = "login"
	}
	return c.BeginWith(ctx, ask)
}

// BeginWith is Begin for a request with particular wishes.
func (c *Client) BeginWith(ctx context.Context, ask Ask) (string, SignIn, error) {
	p, err := c.source.get(ctx)
	if err != nil {
		return "", SignIn{}, err
	}
	s := SignIn{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Ask: ask}
	return c.address(p, s), s, nil
}

// address returns the authorization request of a sign-in.
func (c *Client) address(p *provider, s SignIn) string {
	params := []oauth2.AuthCodeOption{oidc.Nonce(s.Nonce), oauth2.S256ChallengeOption(s.Verifier)}
	if len(c.opts.ACRValues) > 0 {
		params = append(params, oauth2.SetAuthURLParam("acr_values", strings.Join(c.opts.ACRValues, " ")))
	}
	if c.opts.Hint != "" {
		params = append(params, oauth2.SetAuthURLParam("kc_idp_hint", c.opts.Hint))
	}
	return c.config(p).AuthCodeURL(s.State, append(params, s.Ask.params()...)...)
}

// Finish takes the parameters that the browser brought back and fetches the tokens. It does not
// check the tokens; [verify.Run] does. Errors are *RefusedError, *ProviderError or
// *UnavailableError.
func (c *Client) Finish(ctx context.Context, s SignIn, query url.Values) (Tokens, error) {
	p, err := c.source.get(ctx)
	if err != nil {
		return Tokens{}, err
	}
	if err := c.admit(p, s, query); err != nil {
		return Tokens{}, err
	}
	ctx = oidc.ClientContext(ctx, c.http)
	noted := notedTransport{next: c.http.Transport}
	exchange := *c.http
	exchange.Transport = &noted
	token, err := c.config(p).Exchange(oidc.ClientContext(ctx, &exchange), query.Get("code"), oauth2.VerifierOption(s.Verifier))
	if err != nil {
		return Tokens{}, c.exchangeError(err, p.endpoint(c.opts).TokenURL, &noted)
	}
	out := Tokens{AccessToken: token.AccessToken, RequestID: noted.requestID}
	out.IDToken, _ = token.Extra("id_token").(string)
	if p.meta.UserInfoURL != "" {
		out.UserInfo, out.UserInfoFault = c.userInfo(ctx, p, token.AccessToken)
	}
	return out, nil
}

// admit refuses an answer that does not belong to the sign-in: a repeated parameter (RFC 6749
// §3.1), another state (§10.12), another issuer (RFC 9207 §2.4). Only after that it trusts what the
// provider says.
func (c *Client) admit(p *provider, s SignIn, query url.Values) error {
	for name, values := range query {
		if len(values) > 1 {
			return refusal("twice", name, nil)
		}
	}
	state, iss := query.Get("state"), query.Get("iss")
	switch {
	case len(query) == 0:
		return refusal("empty", "", nil)
	case state == "":
		return refusal("state_missing", "", query)
	case s.State == "" || subtle.ConstantTimeCompare([]byte(state), []byte(s.State)) != 1:
		return refusal("state", "", query)
	case iss == "" && p.meta.IssInResponse:
		return refusal("iss_missing", "", query)
	case query.Has("iss") && iss != c.opts.Issuer:
		return refusal("iss", "iss="+iss, query)
	}
	if code := query.Get("error"); code != "" {
		return newProviderError("authorization", code, query.Get("error_description"))
	}
	if query.Get("code") == "" {
		return refusal("code", "", nil)
	}
	return nil
}

// Greatest lengths of the shown texts of a provider's error.
const (
	maxErrorCode        = 60
	maxErrorDescription = 500
)

func newProviderError(endpoint, code, description string) *ProviderError {
	return &ProviderError{
		Endpoint: endpoint, Code: words.Printable(words.Shorten(code, maxErrorCode)), Description: words.Printable(words.Shorten(description, maxErrorDescription)),
	}
}

// exchangeError says why there are no tokens: an error that the provider named, an answer that is of no use, or none.
func (c *Client) exchangeError(err error, address string, noted *notedTransport) error {
	var answered *oauth2.RetrieveError
	if errors.As(err, &answered) && answered.ErrorCode != "" {
		return newProviderError("token", answered.ErrorCode, answered.ErrorDescription)
	}
	if noted.status == 0 || noted.status/100 == 3 {
		return &UnavailableError{Issuer: c.opts.Issuer, Err: err}
	}
	useless := &mishap.AnswerError{Address: address, Status: noted.status, Content: mishap.Look(noted.body)}
	if useless.Content == mishap.JSON && noted.status/100 == 2 {
		useless.Lacks = "access_token"
	}
	return &UnavailableError{Issuer: c.opts.Issuer, Err: useless}
}

// maxFault is how much of a failure's reason is shown, in characters.
const maxFault = 200

// userInfo asks who the access token speaks for, and returns the answer as it is: JSON, or a signed JWT (OpenID Connect
// Core §5.3.2), whose signature the report judges. A failure spoils no sign-in: it is for the report to tell.
func (c *Client) userInfo(ctx context.Context, p *provider, accessToken string) (answer []byte, fault error) {
	address := p.meta.UserInfoURL
	if c.opts.Certificate != nil {
		address = cmp.Or(p.meta.MTLS.UserInfoURL, address)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+accessToken)
	req.Header.Set("Accept", "application/json, application/jwt")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err = io.ReadAll(resp.Body) // bounded by the client
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode != http.StatusOK, mishap.Look(answer) == mishap.HTML, mishap.Look(answer) == mishap.Empty:
		return nil, &mishap.AnswerError{Address: plainAddress(req.URL), Status: resp.StatusCode, Content: mishap.Look(answer)}
	}
	return answer, nil
}
