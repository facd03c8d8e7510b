package management

import (
	"net/http"
	"net/url"

	"pschook/oktaemu/internal/wire"
)

// domainRoutes show the org's custom domain. It is given to the emulator, so that it is neither made nor taken away here.
func (api *API) domainRoutes(mux *http.ServeMux) {
	api.handle(mux, "GET /api/v1/domains", "okta.domains.read", (*call).listDomains)
	api.handle(mux, "GET /api/v1/domains/{id}", "okta.domains.read", (*call).readDomain)
	for _, pattern := range []string{"POST /api/v1/domains", "PUT /api/v1/domains/{id}", "DELETE /api/v1/domains/{id}"} {
		api.notPlayed(mux, pattern, "changes of the custom domain: it is given when the emulator starts")
	}
}

func domainID() string { return wire.FixedID("OcD", "emucustom") }

// domainJSON is the custom domain (Okta Management API, schema DomainResponse); nil without one.
func (c *call) domainJSON() map[string]any {
	custom, err := url.Parse(c.CustomURL)
	own, ownErr := url.Parse(c.URL)
	if err != nil || ownErr != nil || custom.Host == "" {
		return nil
	}
	self := c.URL + "/api/v1/domains/" + domainID()
	return map[string]any{
		"id": domainID(), "domain": custom.Hostname(), "certificateSourceType": "MANUAL", "validationStatus": "COMPLETED",
		"dnsRecords": []any{map[string]any{"fqdn": custom.Hostname(), "recordType": "CNAME", "values": []string{own.Hostname()}, "expiration": nil}},
		"_links": wire.Links{
			"self": {Href: self, Hints: wire.Allow("GET", "DELETE")}, "certificate": {Href: self + "/certificate", Hints: wire.Allow("PUT")},
			"verify": {Href: self + "/verify", Hints: wire.Allow("POST")},
		},
	}
}

func (c *call) listDomains() (answer, *wire.APIError) {
	domains := []any{}
	if domain := c.domainJSON(); domain != nil {
		domains = append(domains, domain)
	}
	return ok(map[string]any{"domains": domains}), nil
}

func (c *call) readDomain() (answer, *wire.APIError) {
	if domain := c.domainJSON(); domain != nil && c.r.PathValue("id") == domainID() {
		return ok(domain), nil
	}
	return answer{}, wire.ErrNotFound("Domain", c.r.PathValue("id"))
}
