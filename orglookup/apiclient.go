package orglookup

import (
	"net/http"
)

// maxListBytes bounds one page of the Management API. A page of the System Log has 1,000 events of
// some KiB, other lists have 200 objects of some 8 KiB.
const maxListBytes = 32 << 20

// NewAPIClient checks opts and returns an HTTP client for the rest of the org's Management API. It
// is for tools that an administrator runs. Like the sources, it sends the credential only to the
// org's own host, follows no redirect, takes no setting from the environment and bounds answers,
// which it does not read itself.
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
	tokens, err := e.authorizeBy(opts, scopes...)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: apiEdge{e, tokens}, Timeout: maxCallTime, CheckRedirect: asTheyAre}, nil
}

// apiEdge is an edge whose caller judges the answers.
type apiEdge struct {
	edge   *edge
	tokens *accessTokens // nil with an API token
}

// RoundTrip implements [http.RoundTripper]. An access token from an earlier call may have been
// revoked since, so a refused request is sent once more with a new one.
func (a apiEdge) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := a.edge.send(req, maxListBytes)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || a.tokens == nil || req.Body != nil && req.GetBody == nil || !a.tokens.forget() {
		return resp, err
	}
	again := req.Clone(req.Context())
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return resp, nil //nolint:nilerr // the first answer stands
		}
	}
	_ = resp.Body.Close() // it is not read
	return a.edge.send(again, maxListBytes)
}

func asTheyAre(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
