package rp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/oauth2"

	"pschook/internal/jwks"
	"pschook/internal/mishap"
	"pschook/internal/outside"
	"pschook/verify"
	"pschook/verify/words"
)

const (
	// discoveryTTL is how long discovered metadata is used.
	discoveryTTL = time.Hour
	// discoveryRetryWait is the least time between a failed discovery and the next one.
	discoveryRetryWait = 5 * time.Second
	// discoveryTimeout bounds one discovery.
	discoveryTimeout = 4 * time.Second
)

// metadata holds the members that are read from a provider's metadata (OpenID Connect Discovery §3,
// RFC 8414 §2, RFC 9207 §3).
type metadata struct {
	Issuer        string   `json:"issuer"`
	AuthURL       string   `json:"authorization_endpoint"`
	TokenURL      string   `json:"token_endpoint"`
	UserInfoURL   string   `json:"userinfo_endpoint"`
	JWKSURL       string   `json:"jwks_uri"`
	PKCEMethods   []string `json:"code_challenge_methods_supported"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	IssInResponse bool     `json:"authorization_response_iss_parameter_supported"`
	// MTLS holds the endpoints for clients with a certificate, if they differ (RFC 8705 §5).
	MTLS struct {
		TokenURL    string `json:"token_endpoint"`
		UserInfoURL string `json:"userinfo_endpoint"`
	} `json:"mtls_endpoint_aliases"`
	// JWKS holds the keys themselves, imported once. Only metadata given by hand has it.
	JWKS jsontext.Value `json:"jwks"`
}

// provider is a provider whose metadata is known.
type provider struct {
	meta     metadata
	document jsontext.Value // the metadata as published or given by hand
	keys     verify.KeySet
}

// MetadataIssuer returns the issuer of provider metadata (OpenID Connect Discovery §3).
func MetadataIssuer(text []byte) (string, error) {
	m, err := readMetadata(text)
	if err == nil && m.Issuer == "" {
		err = errors.New("provider metadata: no issuer in them")
	}
	return m.Issuer, err
}

func readMetadata(text []byte) (metadata, error) {
	var m metadata
	if err := providerLimits().Check(text); err != nil {
		return m, fmt.Errorf("provider metadata: %w", err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("provider metadata: not the JSON object expected: %w", err)
	}
	return m, nil
}

// parseMetadata reads metadata given by hand. Its issuer must be the configured one, so that a
// wrong file cannot replace the trusted provider. The URLs are those of its endpoints.
func parseMetadata(text []byte, issuer string) (metadata, []*url.URL, error) {
	m, err := readMetadata(text)
	if err != nil {
		return m, nil, err
	}
	if m.Issuer != issuer {
		return m, nil, fmt.Errorf("provider metadata: issuer is %q, configured is %q", m.Issuer, issuer)
	}
	endpoints, err := m.endpoints()
	return m, endpoints, err
}

// endpoints returns the endpoints that a sign-in needs. All must be safe.
func (m metadata) endpoints() ([]*url.URL, error) {
	var urls []*url.URL
	var errs []error
	for _, e := range []struct {
		name, value string
		wanted      bool
	}{
		{"authorization_endpoint", m.AuthURL, true},
		{"token_endpoint", m.TokenURL, true},
		{"jwks_uri", m.JWKSURL, m.JWKS == nil},
		{"userinfo_endpoint", m.UserInfoURL, m.UserInfoURL != ""},
		{"mtls_endpoint_aliases.token_endpoint", m.MTLS.TokenURL, m.MTLS.TokenURL != ""},
		{"mtls_endpoint_aliases.userinfo_endpoint", m.MTLS.UserInfoURL, m.MTLS.UserInfoURL != ""},
	} {
		if !e.wanted {
			continue
		}
		u, err := checkURL("provider metadata: "+e.name, e.value)
		urls, errs = append(urls, u), append(errs, err)
	}
	return urls, errors.Join(errs...)
}

// checkLed requires the endpoints of discovered metadata to be as safe as the issuer.
func (m metadata) checkLed(issuer *url.URL) error {
	urls, err := m.endpoints()
	if err != nil {
		return err
	}
	for _, u := range urls {
		if err := outside.Led(issuer, u); err != nil {
			return fmt.Errorf("provider metadata: %q %w", u, err)
		}
	}
	return nil
}

// provider makes a provider from metadata and the document that it was read from.
func (m metadata) provider(document []byte, client *http.Client, now func() time.Time) (*provider, error) {
	p := &provider{meta: m, document: document}
	if m.JWKS == nil {
		p.keys = jwks.NewRemote(m.JWKSURL, client, now)
		return p, nil
	}
	keys, err := jwks.Parse(m.JWKS)
	if err != nil {
		return nil, fmt.Errorf("provider metadata: jwks: %w", err)
	}
	p.keys = keys
	return p, nil
}

// endpoint says how the client authenticates at the token endpoint. A client without a secret sends
// only its id, and its certificate if it has one (RFC 8705 §2). A client with a secret uses a
// method that the metadata allows, by default client_secret_basic (OpenID Connect Discovery §3).
func (p *provider) endpoint(opts ClientOptions) oauth2.Endpoint {
	e := oauth2.Endpoint{AuthURL: p.meta.AuthURL, TokenURL: p.meta.TokenURL, AuthStyle: oauth2.AuthStyleInParams}
	if opts.Certificate != nil {
		e.TokenURL = cmp.Or(p.meta.MTLS.TokenURL, e.TokenURL)
	}
	if opts.ClientSecret != "" && (len(p.meta.TokenAuth) == 0 || slices.Contains(p.meta.TokenAuth, "client_secret_basic")) {
		e.AuthStyle = oauth2.AuthStyleInHeader
	}
	return e
}

// WellKnown returns the documents below /.well-known/ in which a profile's party publishes its
// metadata, in the order in which they are tried. PSC has its own document, whose authorization
// endpoint must be used. Keycloak also answers at the usual place, so that comes second.
func WellKnown(profile string) []string {
	const usual = "openid-configuration" // OpenID Connect Discovery §4
	if profile == "psc-op" {
		return []string{"wallet-openid-configuration", usual}
	}
	return []string{usual}
}

// providerSource finds the provider on first use, so that a service can start while its provider is
// down.
type providerSource struct {
	issuer *url.URL
	name   string // the issuer exactly as configured
	client *http.Client
	now    func() time.Time
	// documents are the names below /.well-known/ that may hold the metadata, in the order in which
	// they are tried.
	documents []string

	lock    chan struct{} // holds one item; whoever took it may use the fields below
	fixed   bool          // metadata given by hand: no discovery
	current *provider
	foundAt time.Time
	triedAt time.Time
	lastErr error
}

func (s *providerSource) get(ctx context.Context) (*provider, error) {
	select {
	case s.lock <- struct{}{}:
		defer func() { <-s.lock }()
	case <-ctx.Done():
		return nil, &UnavailableError{Issuer: s.name, Err: ctx.Err()}
	}
	if s.current != nil && (s.fixed || s.now().Sub(s.foundAt) < discoveryTTL) {
		return s.current, nil
	}
	if s.lastErr == nil || s.now().Sub(s.triedAt) >= discoveryRetryWait {
		s.discover(ctx)
	}
	if s.lastErr != nil {
		return nil, &UnavailableError{Issuer: s.name, Err: s.lastErr}
	}
	return s.current, nil
}

func (s *providerSource) discover(ctx context.Context) {
	// A caller that goes away must not count as a failure of the provider.
	ctx, cancel := outside.Detach(ctx, discoveryTimeout)
	defer cancel()
	p, err := s.fetch(ctx)
	s.triedAt, s.lastErr = s.now(), err
	if err == nil {
		s.current, s.foundAt = p, s.now()
	}
}

// fetch tries the documents in turn, until one is the provider's metadata or the provider does not
// answer.
func (s *providerSource) fetch(ctx context.Context) (*provider, error) {
	var errs []error
	for _, name := range s.documents {
		p, err := s.read(ctx, strings.TrimSuffix(s.name, "/")+"/.well-known/"+name)
		if err == nil {
			return p, nil
		}
		errs = append(errs, err)
		if _, answered := errors.AsType[*documentError](err); !answered {
			break
		}
	}
	return nil, documentErrors(errs)
}

// documentErrors say why none of several documents is the provider's metadata.
type documentErrors []error

func (e documentErrors) Error() string { return e.text().In(words.English) }

func (e documentErrors) Unwrap() []error { return e }

func (e documentErrors) text() words.Text {
	texts := make([]words.Text, len(e))
	for i, err := range e {
		texts[i] = told(err)
	}
	return words.Join("; ", " ; ", texts...)
}

// told is what happened, in words.
func told(err error) words.Text {
	if document, ok := errors.AsType[*documentError](err); ok {
		return document.text()
	}
	what, _, _ := mishap.Explain(err)
	return what
}

// documentError is an answer that is not the provider's metadata: of no use, or those of another issuer.
type documentError struct {
	answer           *mishap.AnswerError // nil: they are those of issuer
	address          string
	issuer, expected string
}

func (e *documentError) Error() string { return e.text().In(words.English) }

func (e *documentError) Unwrap() error {
	if e.answer == nil {
		return nil
	}
	return e.answer
}

func (e *documentError) text() words.Text {
	if e.answer != nil {
		return e.answer.Text()
	}
	return words.Say("%s is the metadata of issuer %q, configured is %q", "%s est le document de l'émetteur %q, alors que %q est configuré", e.address, e.issuer, e.expected)
}

// metadataError says that the provider's own metadata cannot be used.
type metadataError struct{ error }

func (e *metadataError) Unwrap() error { return e.error }

// read fetches the metadata at a URL and checks that it is the issuer's (OpenID Connect Discovery
// §4.3).
func (s *providerSource) read(ctx context.Context, address string) (*provider, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body) // bounded by the client
	if err != nil {
		return nil, err
	}
	useless := func(lacks string) error {
		return &documentError{answer: &mishap.AnswerError{Address: plainAddress(req.URL), Status: resp.StatusCode, Content: mishap.Look(text), Lacks: lacks}}
	}
	if resp.StatusCode != http.StatusOK {
		return nil, useless("")
	}
	m, err := readMetadata(text)
	switch {
	case err != nil:
		return nil, useless("")
	case m.Issuer == "":
		return nil, useless("issuer")
	case m.Issuer != s.name:
		return nil, &documentError{address: plainAddress(req.URL), issuer: words.Printable(words.Shorten(m.Issuer, maxFault)), expected: s.name}
	}
	m.JWKS = nil
	if err := m.checkLed(s.issuer); err != nil {
		return nil, &metadataError{err}
	}
	return m.provider(text, s.client, s.now)
}

// Keys implements [KeySet] with the provider's keys.
func (s *providerSource) Keys(ctx context.Context, kid string) ([]jwks.Key, error) {
	p, err := s.get(ctx)
	if err != nil {
		return nil, err
	}
	return p.keys.Keys(ctx, kid)
}
