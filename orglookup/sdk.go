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

// newOrgAPI returns an SDK client that depends only on its arguments.
//
// okta.NewConfiguration would read ~/.okta/okta.yaml, a .okta.yaml beside the SDK's source and the
// OKTA_* environment, and drop the port of the org URL. So the struct is filled by hand. The SDK
// never holds a credential. It writes "SSWS " without one, and the edge in client replaces or drops
// that.
//
// MaxRetries is -1, not 0. The SDK does not count attempts that end in EOF, so with 0 it would
// repeat them without a pause for as long as the connection is cut.
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

// readOrg reads the id from GET /api/v1/org.
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

// readWellKnown reads id and hosts from GET /.well-known/okta-organization. The hosts are never
// nil.
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

// unread replaces the SDK's own error, which may quote the document.
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

// hostsOf returns the links' hosts without duplicates. It skips hosts that cannot belong to an
// issuer.
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
