package orglookup

import (
	"net/http"
)

// maxListBytes bounds one page of the Management API: 200 apps of 8 KiB each, with
// room to spare.
const maxListBytes = 4 << 20

// NewAPIClient checks opts and returns an HTTP client for the rest of the org's
// Management API, for tools that an administrator runs. Like the sources it sends
// the credential to the org's own host only, follows no redirect, takes no setting
// from the environment and bounds answers; unlike them it hands on answers of every
// status as they are, because the SDK drops members and decodes what an inline hook
// answers as strings. scopes are what OAuth 2.0 for Okta asks for; an API
// token has its user's rights. It sends nothing; the client's errors wrap [*Error].
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

// apiEdge is an edge that leaves judging the answer to the caller.
type apiEdge struct{ edge *edge }

// RoundTrip implements [http.RoundTripper].
func (a apiEdge) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, _, err := a.edge.send(req, maxListBytes)
	return resp, err
}

func asTheyAre(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
