package management

import (
	"net/http"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// userTypeRoutes show the one type of users that the emulator has. Others cannot be made, since users could not have them.
func (api *API) userTypeRoutes(mux *http.ServeMux) {
	const base = "/api/v1/meta/types/user"
	api.handle(mux, "GET "+base, "okta.userTypes.read", func(c *call) (answer, *wire.APIError) { return ok([]any{c.userTypeJSON()}), nil })
	api.handle(mux, "GET "+base+"/{type}", "okta.userTypes.read", func(c *call) (answer, *wire.APIError) {
		if id := c.r.PathValue("type"); id != userTypeID() && id != "default" {
			return answer{}, wire.ErrNotFound("UserType", id)
		}
		return ok(c.userTypeJSON()), nil
	})
	api.notPlayed(mux, "POST "+base, "types of users beside the default one")
	api.notPlayed(mux, "POST "+base+"/{type}", "changes of the default type of users")
	api.notPlayed(mux, "PUT "+base+"/{type}", "changes of the default type of users")
	api.notPlayed(mux, "DELETE "+base+"/{type}", "types of users beside the default one")
}

func (c *call) userTypeJSON() any {
	return map[string]any{
		"id": userTypeID(), "name": "user", "displayName": "User", "description": "Okta user profile template with default permission settings",
		"default": true, "created": c.Created, "createdBy": store.AdminID(), "lastUpdated": c.Created, "lastUpdatedBy": store.AdminID(),
		"_links": wire.Links{
			"self":   {Href: c.URL + "/api/v1/meta/types/user/" + userTypeID(), Hints: wire.Allow("GET")},
			"schema": {Href: c.URL + "/api/v1/meta/schemas/user/" + userSchemaID(), Hints: wire.Allow("GET")},
		},
	}
}
