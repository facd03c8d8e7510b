package oktaemu

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"pschook/oktaemu/internal/authserver"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// SignIn says who signs in, and where. Only Login is required.
type SignIn struct {
	Login        string   // "cpx@hopital.example", or a persona's name, "cpx"
	Password     string   // default [PersonaPassword]
	ClientID     string   // default the org's own, a public client
	ClientSecret string   // of a confidential client; default none
	RedirectURI  string   // default the first one of the options
	Scopes       []string // default openid, profile, email
	Nonce        string   // default random
	AuthServerID string   // default "default"
	OrgURL       string   // origin that is used; default [Org.URL]; with a custom domain also [Org.CustomURL]
}

// Tokens is the result of a sign-in.
type Tokens struct {
	IDToken      string
	AccessToken  string
	RefreshToken string // only with scope offline_access
	TokenType    string
	ExpiresIn    int // seconds
	Scope        string
	Nonce        string // nonce of the request
}

// OAuthError is an error answer of the authorization or the token endpoint. Match
// it with [errors.As].
type OAuthError struct {
	Code        string // such as "server_error"
	Description string
}

// Error names code and description.
func (e *OAuthError) Error() string { return e.Code + ": " + e.Description }

// SignIn signs a person in without a browser. It gets a session token and goes through the
// authorization code flow with PKCE over HTTP, as an app would. It returns the tokens of the token
// endpoint without verifying them. An error of the server is an [*OAuthError].
func (o *Org) SignIn(ctx context.Context, s SignIn) (Tokens, error) {
	s.Password = cmp.Or(s.Password, PersonaPassword)
	s.ClientID = cmp.Or(s.ClientID, o.opts.ClientID)
	if s.RedirectURI == "" && len(o.opts.RedirectURIs) == 0 {
		return Tokens{}, errors.New("sign in: the org's seed has no public client: give ClientID and RedirectURI")
	}
	s.RedirectURI = cmp.Or(append([]string{s.RedirectURI}, o.opts.RedirectURIs...)...)
	s.AuthServerID = cmp.Or(s.AuthServerID, store.DefaultServer)
	s.OrgURL = cmp.Or(s.OrgURL, o.URL())
	s.Nonce = cmp.Or(s.Nonce, wire.RandomToken())
	if len(s.Scopes) == 0 {
		s.Scopes = []string{"openid", "profile", "email"}
	}
	if !strings.Contains(s.Login, "@") {
		s.Login += "@" + store.PersonaDomain
	}
	f := flow{client: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     o.self,
	}, org: s.OrgURL, issuer: s.OrgURL + "/oauth2/" + s.AuthServerID, s: s, verifier: wire.RandomToken()}
	sessionToken, err := f.authenticate(ctx)
	if err != nil {
		return Tokens{}, fmt.Errorf("sign in %q: %w", s.Login, err)
	}
	code, err := f.authorize(ctx, sessionToken)
	if err != nil {
		return Tokens{}, fmt.Errorf("sign in %q: %w", s.Login, err)
	}
	tokens, err := f.redeem(ctx, code)
	if err != nil {
		return Tokens{}, fmt.Errorf("sign in %q: %w", s.Login, err)
	}
	return tokens, nil
}

// flow is one sign-in by the authorization code flow.
type flow struct {
	client   *http.Client
	org      string
	issuer   string
	s        SignIn
	verifier string
}

func (f flow) authenticate(ctx context.Context) (string, error) {
	body, err := json.Marshal(map[string]string{"username": f.s.Login, "password": f.s.Password})
	if err != nil {
		return "", err
	}
	var answer struct {
		SessionToken string `json:"sessionToken"`
		ErrorSummary string `json:"errorSummary"`
	}
	status, err := f.post(ctx, f.org+"/api/v1/authn", "application/json", body, &answer)
	if err != nil {
		return "", err
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("primary authentication: status %d: %s", status, answer.ErrorSummary)
	}
	return answer.SessionToken, nil
}

func (f flow) authorize(ctx context.Context, sessionToken string) (string, error) {
	digest := sha256.Sum256([]byte(f.verifier))
	state := wire.RandomToken()
	query := url.Values{
		"client_id": {f.s.ClientID}, "redirect_uri": {f.s.RedirectURI}, "response_type": {"code"}, "scope": {strings.Join(f.s.Scopes, " ")},
		"state": {state}, "nonce": {f.s.Nonce}, "sessionToken": {sessionToken}, "prompt": {"none"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])}, "code_challenge_method": {"S256"},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.issuer+"/v1/authorize?"+query.Encode(), nil)
	if err != nil {
		return "", err
	}
	response, err := f.client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusFound {
		return "", fmt.Errorf("authorization: status %d instead of a redirect", response.StatusCode)
	}
	target, err := response.Location()
	if err != nil {
		return "", fmt.Errorf("authorization: %w", err)
	}
	answer := target.Query()
	if code := answer.Get("error"); code != "" {
		return "", &OAuthError{code, answer.Get("error_description")}
	}
	if answer.Get("state") != state {
		return "", fmt.Errorf("authorization: state does not come back as sent")
	}
	return answer.Get("code"), nil
}

func (f flow) redeem(ctx context.Context, code string) (Tokens, error) {
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {f.s.ClientID}, "redirect_uri": {f.s.RedirectURI},
		"code": {code}, "code_verifier": {f.verifier},
	}
	if f.s.ClientSecret != "" {
		form.Set("client_secret", f.s.ClientSecret)
	}
	var answer struct {
		authserver.TokenAnswer
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	status, err := f.post(ctx, f.issuer+"/v1/token", "application/x-www-form-urlencoded", []byte(form.Encode()), &answer)
	switch {
	case err != nil:
		return Tokens{}, err
	case answer.Error != "":
		return Tokens{}, &OAuthError{answer.Error, answer.Description}
	case status != http.StatusOK:
		return Tokens{}, fmt.Errorf("token: status %d", status)
	}
	return Tokens{
		IDToken: answer.IDToken, AccessToken: answer.AccessToken, RefreshToken: answer.RefreshToken,
		TokenType: answer.TokenType, ExpiresIn: answer.ExpiresIn, Scope: answer.Scope, Nonce: f.s.Nonce,
	}, nil
}

// post sends body and decodes the JSON answer.
func (f flow) post(ctx context.Context, target, contentType string, body []byte, into any) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json")
	response, err := f.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, wire.MaxBody))
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return 0, fmt.Errorf("%s answered status %d with something that is not JSON", target, response.StatusCode)
	}
	return response.StatusCode, nil
}

// ownHosts connects to the org itself for each of its hosts, even if this machine cannot resolve
// their names.
func ownHosts(own net.Addr) func(ctx context.Context, network, address string) (net.Conn, error) {
	_, port, _ := net.SplitHostPort(own.String()) // the address of a listener is one
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if _, asked, err := net.SplitHostPort(address); err == nil && asked == port {
			address = own.String()
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}

// selfTransport returns a transport to the org itself. It trusts the org's own certificates.
func selfTransport(config *tls.Config) *http.Transport {
	transport := &http.Transport{}
	if config == nil {
		return transport
	}
	pool := x509.NewCertPool()
	for _, certificate := range config.Certificates {
		for _, der := range certificate.Certificate {
			if parsed, err := x509.ParseCertificate(der); err == nil {
				pool.AddCert(parsed)
			}
		}
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return transport
}
