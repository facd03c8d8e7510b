package rp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/oauth2"

	"pschook/internal/jwks"
	"pschook/internal/outside"
	"pschook/verify"
)

const (
	// discoveryTTL is how long discovered metadata is used.
	discoveryTTL = time.Hour
	// discoveryRetryWait is the least time after a discovery that failed.
	discoveryRetryWait = 5 * time.Second
	// discoveryTimeout bounds one discovery.
	discoveryTimeout = 4 * time.Second
)

// metadata is what is read of a provider's metadata (OpenID Connect Discovery
// §3, RFC 8414 §2, RFC 9207 §3).
type metadata struct {
	Issuer        string   `json:"issuer"`
	AuthURL       string   `json:"authorization_endpoint"`
	TokenURL      string   `json:"token_endpoint"`
	UserInfoURL   string   `json:"userinfo_endpoint"`
	JWKSURL       string   `json:"jwks_uri"`
	PKCEMethods   []string `json:"code_challenge_methods_supported"`
	TokenAuth     []string `json:"token_endpoint_auth_methods_supported"`
	IssInResponse bool     `json:"authorization_response_iss_parameter_supported"`
	// JWKS holds the keys themselves, imported once; only metadata given by hand
	// has it.
	JWKS jsontext.Value `json:"jwks"`
}

// provider is a provider whose metadata is known.
type provider struct {
	meta metadata
	oidc *oidc.Provider
	keys verify.KeySet
}

// MetadataIssuer is the issuer that provider metadata (OpenID Connect Discovery §3) are of.
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

// parseMetadata reads metadata given by hand. The issuer must be the configured
// one, so that a wrong file cannot move the trust elsewhere.
// The URLs are those of its endpoints.
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

// endpoints returns those that a sign-in needs, and all must be safe.
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
	} {
		if !e.wanted {
			continue
		}
		u, err := checkURL("provider metadata: "+e.name, e.value)
		urls, errs = append(urls, u), append(errs, err)
	}
	return urls, errors.Join(errs...)
}

// checkLed wants the endpoints of discovered metadata to be as safe as the issuer.
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

func (m metadata) provider(client *http.Client, now func() time.Time) (*provider, error) {
	config := oidc.ProviderConfig{
		IssuerURL: m.Issuer, AuthURL: m.AuthURL, TokenURL: m.TokenURL, UserInfoURL: m.UserInfoURL, JWKSURL: m.JWKSURL,
	}
	p := &provider{meta: m, oidc: config.NewProvider(oidc.ClientContext(context.Background(), client))}
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

// endpoint tells how the client authenticates at the token endpoint: a public
// one by its id alone, a confidential one as the metadata allow, by default with
// client_secret_basic (OpenID Connect Discovery §3).
func (p *provider) endpoint(confidential bool) oauth2.Endpoint {
	e := oauth2.Endpoint{AuthURL: p.meta.AuthURL, TokenURL: p.meta.TokenURL, AuthStyle: oauth2.AuthStyleInParams}
	if confidential && (len(p.meta.TokenAuth) == 0 || slices.Contains(p.meta.TokenAuth, "client_secret_basic")) {
		e.AuthStyle = oauth2.AuthStyleInHeader
	}
	return e
}

// providerSource finds the provider on first use, so that a service starts
// while its provider is down.
type providerSource struct {
	issuer *url.URL
	name   string // the issuer exactly as configured
	client *http.Client
	now    func() time.Time

	lock    chan struct{} // holds one element while someone reads or changes what follows
	fixed   bool          // given by hand, never discovered
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

func (s *providerSource) fetch(ctx context.Context) (*provider, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, s.client), s.name)
	if err != nil {
		return nil, err
	}
	var m metadata
	if err := found.Claims(&m); err != nil {
		return nil, err
	}
	m.JWKS = nil
	if err := m.checkLed(s.issuer); err != nil {
		return nil, err
	}
	return m.provider(s.client, s.now)
}

// Keys implements [KeySet] with the provider's keys.
func (s *providerSource) Keys(ctx context.Context, kid string) ([]jwks.Key, error) {
	p, err := s.get(ctx)
	if err != nil {
		return nil, err
	}
	return p.keys.Keys(ctx, kid)
}
