package orglookup

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/okta/okta-sdk-golang/v5/okta"
)

// The paths that okta-sdk-golang and this package call.
const (
	orgPath       = "/api/v1/org"
	wellKnownPath = "/.well-known/okta-organization"
	tokenPath     = "/oauth2/v1/token"
)

// newOrgAPI makes an SDK client that nothing but its arguments influences.
//
// okta.NewConfiguration would read ~/.okta/okta.yaml, a .okta.yaml beside the
// SDK's source and the OKTA_* environment, and drop the port of the org URL.
// The struct is therefore filled by hand. The SDK never holds a credential: it
// writes "SSWS " without one, which the edge under client replaces or drops.
//
// MaxRetries is -1, not 0: the SDK does not count attempts that end in EOF, so
// with 0 it repeats them without a pause for as long as the connection is cut.
func newOrgAPI(org *url.URL, client *http.Client) okta.OrgSettingAPI {
	cfg := &okta.Configuration{
		Host:             org.Host,
		Scheme:           org.Scheme,
		DefaultHeader:    map[string]string{},
		UserAgentExtra:   "pschook",
		Servers:          okta.ServerConfigurations{{URL: org.String()}},
		OperationServers: map[string]okta.ServerConfigurations{},
		HTTPClient:       client,
	}
	cfg.Okta.Client.AuthorizationMode = "SSWS"
	cfg.Okta.Client.RateLimit.MaxRetries = -1
	return okta.NewAPIClient(cfg).OrgSettingAPI
}

var errNoDocument = errors.New("the SDK could not read the answer as an org document")

// readOrg asks GET /api/v1/org for the id.
func readOrg(ctx context.Context, api okta.OrgSettingAPI) (string, error) {
	var id string
	err := withExchange(ctx, func(ctx context.Context) error {
		settings, _, err := api.GetOrgSettings(ctx).Execute()
		if err != nil || settings == nil {
			return unread(SourceManagement, orgPath)
		}
		id = settings.GetId()
		return checkFetched(SourceManagement, orgPath, id)
	})
	return id, err
}

// readWellKnown asks GET /.well-known/okta-organization for id and hosts. The
// hosts are never nil.
func readWellKnown(ctx context.Context, api okta.OrgSettingAPI) (id string, hosts []string, err error) {
	err = withExchange(ctx, func(ctx context.Context) error {
		document, _, err := api.GetWellknownOrgMetadata(ctx).Execute()
		if err != nil || document == nil {
			return unread(SourceWellKnown, wellKnownPath)
		}
		id = document.GetId()
		links := document.GetLinks()
		hosts = hostsOf(links.GetOrganization(), links.GetAlternate())
		return checkFetched(SourceWellKnown, wellKnownPath, id)
	})
	return id, hosts, err
}

// unread hides the SDK's own error, which may quote the document.
func unread(source, path string) *Error {
	return &Error{Source: source, Op: http.MethodGet + " " + path, Result: ResultInvalid, Err: errNoDocument}
}

func checkFetched(source, path, id string) error {
	if isFetchedID(id) {
		return nil
	}
	return &Error{
		Source: source, Op: http.MethodGet + " " + path, Result: ResultInvalid,
		Err: errors.New("its member id is not an Okta org id (\"00o\" and 17 letters or digits)"),
	}
}

// hostsOf returns the links' hosts without repetition, skipping what cannot be
// the host of an issuer.
func hostsOf(links ...okta.HrefObject) []string {
	hosts := []string{}
	for _, link := range links {
		u, err := url.Parse(strings.TrimSpace(link.Href))
		if err != nil || u.Host == "" {
			continue
		}
		host, err := canonicalHost(u)
		if err == nil && !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return hosts
}
