package oktaemu

import (
	"net/http"
	"net/url"
)

// apiLink is a _links object: links by name.
type apiLink map[string]link

type link struct {
	Href  string     `json:"href"`
	Name  string     `json:"name,omitempty"`
	Type  string     `json:"type,omitempty"`
	Hints *linkHints `json:"hints,omitempty"`
}

type linkHints struct {
	Allow []string `json:"allow"`
}

// serveWellKnown is the org's public document: no credential (Okta Management API,
// getWellknownOrgMetadata). alternate is there only when clients use another
// origin than the listener's own, as with a custom domain.
func (o *Org) serveWellKnown(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"id": o.opts.OrgID, "pipeline": "idx",
		"_links": map[string]any{
			"organization": link{Href: o.url},
		},
	})
}

// readOrg is GET /api/v1/org.
func (o *Org) readOrg(*http.Request) (apiAnswer, *apiError) {
	host := ""
	if u, err := url.Parse(o.url); err == nil {
		host = u.Hostname()
	}
	return ok(map[string]any{
		"id": o.opts.OrgID, "status": "ACTIVE", "companyName": "Hôpital de démonstration", "subdomain": host, "website": o.url,
		"created": o.created, "lastUpdated": o.created, "expiresAt": nil, "country": "FR", "city": nil, "state": nil, "postalCode": nil,
		"address1": nil, "address2": nil, "phoneNumber": nil, "supportPhoneNumber": nil, "endUserSupportHelpURL": nil,
		"_links": apiLink{
			"preferences": {Href: o.url + "/api/v1/org/preferences"}, "uploadLogo": {Href: o.url + "/api/v1/org/logo", Hints: &linkHints{[]string{"POST"}}},
			"oktaCommunication": {Href: o.url + "/api/v1/org/privacy/oktaCommunication"},
			"oktaSupport":       {Href: o.url + "/api/v1/org/privacy/oktaSupport"}, "contacts": {Href: o.url + "/api/v1/org/contacts"},
		},
	}), nil
}

func allow(methods ...string) *linkHints { return &linkHints{Allow: methods} }
