package orglookup

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/okta/okta-sdk-golang/v5/okta"
)

// WellKnownOptions configure [NewWellKnown]. OrgURL is required.
type WellKnownOptions struct {
	OrgURL    *url.URL          // scheme and host, as "https://acme.okta.com"; http on loopback only
	Transport http.RoundTripper // nil: NewTransport()
	Now       func() time.Time  // nil: time.Now
}

// WellKnown is a [Source] that reads the public document
// /.well-known/okta-organization. It needs and sends no credential.
type WellKnown struct {
	api okta.OrgSettingAPI
	now func() time.Time
}

// NewWellKnown checks opts. It sends nothing.
// The error says what is wrong with OrgURL.
func NewWellKnown(opts WellKnownOptions) (*WellKnown, error) {
	e, err := newEdge(SourceWellKnown, opts.OrgURL, opts.Transport, opts.Now)
	if err != nil {
		return nil, err
	}
	return &WellKnown{api: newOrgAPI(e.org, e.client()), now: e.now}, nil
}

// Name returns [SourceWellKnown].
func (*WellKnown) Name() string { return SourceWellKnown }

// Org reads the document once. The Hosts of its answer are never nil. Errors are [*Error].
func (w *WellKnown) Org(ctx context.Context) (Org, error) {
	id, hosts, err := readWellKnown(ctx, w.api)
	if err != nil {
		return Org{}, err
	}
	return Org{ID: id, Hosts: hosts, Source: SourceWellKnown, FetchedAt: w.now()}, nil
}
