package orglookup

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pschook/internal/secret"

	"github.com/okta/okta-sdk-golang/v5/okta"
)

// Token is an Okta API token (SSWS). It prints as [redacted] everywhere.
type Token = secret.Text

// ManagementOptions configure [NewManagement]. OrgURL and one credential are required: APIToken, or
// ClientID with PrivateKey and PrivateKeyID.
type ManagementOptions struct {
	OrgURL       *url.URL          // scheme and host, as "https://acme.okta.com"; http on loopback only
	APIToken     Token             // sent as "SSWS …"
	ClientID     string            // of an API service app that has the scope okta.orgs.read
	PrivateKey   *PrivateKey       // the app's key, see ParsePrivateKey
	PrivateKeyID string            // its kid, as the settings of the app show it
	Transport    http.RoundTripper // nil: NewTransport()
	Now          func() time.Time  // nil: time.Now
}

// Management is a [Source] that asks the Management API, GET /api/v1/org, with
// an API token or with OAuth 2.0 for Okta. It is safe for concurrent use.
type Management struct {
	api    okta.OrgSettingAPI
	now    func() time.Time
	tokens *accessTokens // nil with an API token
}

// NewManagement checks opts. It sends nothing.
// The error says which option is missing or wrong, and quotes no credential.
func NewManagement(opts ManagementOptions) (*Management, error) {
	if err := opts.checkCredential(); err != nil {
		return nil, err
	}
	e, err := newEdge(SourceManagement, opts.OrgURL, opts.Transport, opts.Now)
	if err != nil {
		return nil, err
	}
	m := &Management{now: e.now}
	if m.tokens, err = e.authorizeBy(opts, orgScope); err != nil {
		return nil, err
	}
	m.api = newOrgAPI(e.org, e.client())
	return m, nil
}

// authorizeBy makes e send the credential in opts; scopes are for OAuth 2.0. It returns the store
// of access tokens; nil with an API token.
func (e *edge) authorizeBy(opts ManagementOptions, scopes ...string) (*accessTokens, error) {
	if opts.PrivateKey == nil {
		e.authorize = func(req *http.Request) error {
			req.Header.Set("Authorization", "SSWS "+string(opts.APIToken))
			return nil
		}
		return nil, nil
	}
	tokens, err := newAccessTokens(*e, opts, scopes...)
	if err != nil {
		return nil, err
	}
	e.authorize = tokens.authorize
	return tokens, nil
}

func (o ManagementOptions) checkCredential() error {
	oauth := o.ClientID != "" || o.PrivateKey != nil || o.PrivateKeyID != ""
	switch {
	case o.APIToken != "" && oauth:
		return errors.New("orglookup: both an API token and an OAuth 2.0 client are set; set one")
	case oauth && (o.ClientID == "" || o.PrivateKey == nil || o.PrivateKeyID == ""):
		return errors.New("orglookup: OAuth 2.0 for Okta needs all of client id, private key and private key id")
	case !oauth && o.APIToken == "":
		return errors.New("orglookup: the Management API needs an API token or an OAuth 2.0 client")
	case strings.ContainsFunc(string(o.APIToken), func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		return errors.New("orglookup: the API token holds a space or a character that no header can carry")
	}
	return nil
}

// Name returns [SourceManagement].
func (*Management) Name() string { return SourceManagement }

// Org asks once. The Hosts of its answer are nil, because the Management API does not tell them; a
// [Lookup] adds them from Options.WellKnown. Errors are [*Error].
func (m *Management) Org(ctx context.Context) (Org, error) {
	id, err := readOrg(ctx, m.api)
	if m.tokens != nil && isUnauthorized(err) && m.tokens.forget() {
		// The token came from an earlier call and may have been revoked since.
		id, err = readOrg(ctx, m.api)
	}
	if err != nil {
		return Org{}, err
	}
	return Org{ID: id, Source: SourceManagement, FetchedAt: m.now()}, nil
}

func isUnauthorized(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusUnauthorized
}

// newEdge checks the options that all sources share.
func newEdge(source string, org *url.URL, next http.RoundTripper, now func() time.Time) (*edge, error) {
	org, err := canonicalOrgURL(org)
	if err != nil {
		return nil, err
	}
	if next == nil {
		next = NewTransport()
	}
	if now == nil {
		now = time.Now
	}
	return &edge{source: source, org: org, next: next, now: now}, nil
}
