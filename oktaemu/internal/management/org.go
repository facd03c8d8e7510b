package management

import (
	"net/http"
	"net/url"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// serveWellKnown is the org's public document: no credential (Okta Management API,
// getWellknownOrgMetadata). alternate is there only with a custom domain.
func (api *API) serveWellKnown(w http.ResponseWriter, _ *http.Request) {
	links := wire.Links{"organization": {Href: api.store.URL()}}
	var itp bool
	api.store.Do(func(st *store.State) {
		itp = st.Has(store.FeatureThreatProtection)
		if st.CustomURL != "" {
			links["alternate"] = wire.Link{Href: st.CustomURL}
		}
	})
	wire.WriteJSON(w, http.StatusOK, map[string]any{
		"id": api.store.OrgID(), "cell": "emu", "pipeline": "idx",
		"settings": map[string]bool{
			"analyticsCollectionEnabled": false, "bugReportingEnabled": false, "omEnabled": false, "pssoEnabled": false, "desktopMFAEnabled": false,
			"itpEnabled": itp,
		},
		"_links": links,
	})
}

// readOrg is GET /api/v1/org.
func (c *call) readOrg() (answer, *wire.APIError) {
	host := ""
	if u, err := url.Parse(c.URL); err == nil {
		host = u.Hostname()
	}
	return ok(map[string]any{
		"id": c.OrgID, "status": "ACTIVE", "companyName": "Hôpital de démonstration", "subdomain": host, "website": c.URL,
		"created": c.Created, "lastUpdated": c.Created, "expiresAt": nil, "country": "FR", "city": nil, "state": nil, "postalCode": nil,
		"address1": nil, "address2": nil, "phoneNumber": nil, "supportPhoneNumber": nil, "endUserSupportHelpURL": nil,
		"_links": wire.Links{
			"preferences": {Href: c.URL + "/api/v1/org/preferences"}, "uploadLogo": {Href: c.URL + "/api/v1/org/logo", Hints: wire.Allow("POST")},
			"oktaCommunication": {Href: c.URL + "/api/v1/org/privacy/oktaCommunication"},
			"oktaSupport":       {Href: c.URL + "/api/v1/org/privacy/oktaSupport"}, "contacts": {Href: c.URL + "/api/v1/org/contacts"},
		},
	}), nil
}
