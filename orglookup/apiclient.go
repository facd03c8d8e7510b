package orglookup

import (
	"net/http"
)

// maxListBytes bounds one page of the Management API. A page of 200 apps of 8 KiB each is well
// below it.
const maxListBytes = 4 << 20

// NewAPIClient checks opts and returns an HTTP client for the rest of the org's Management API. It
// is for tools that an administrator runs. Like the sources, it sends the credential only to the
// org's own host, follows no redirect, takes no setting from the environment and bounds answers.
// Unlike them, it returns answers of every status unchanged, because the SDK drops members and
// decodes the answers of inline hooks as strings. scopes are those of OAuth 2.0 for Okta; an API
// token has the rights of its user. NewAPIClient sends nothing. The client's errors wrap [*Error].
func NewAPIClient(opts ManagementOptions, scopes ...string) (*http.Client, error) {
	if err := opts.checkCredential(); err != nil {
		return nil, err
	}
	e, err := newEdge(SourceManagement, opts.OrgURL, opts.Transport, opts.Now)
	if err != nil {
		return nil, err
	}
	if _, err := e.authorizeBy(opts, scopes...); err != nil {
		return nil, err
	}
	return &http.Client{Transport: apiEdge{e}, Timeout: maxCallTime, CheckRedirect: asTheyAre}, nil
}

// apiEdge is an edge whose caller judges the answers.
type apiEdge struct{ edge *edge }

// RoundTrip implements [http.RoundTripper].
func (a apiEdge) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, _, err := a.edge.send(req, maxListBytes)
	return resp, err
}

func asTheyAre(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
