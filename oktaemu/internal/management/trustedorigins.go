package management

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) trustedOriginRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/trustedOrigins", "okta.trustedOrigins.read", "okta.trustedOrigins.manage"
	api.handle(mux, "GET "+base, read, (*call).listTrustedOrigins)
	api.handle(mux, "POST "+base, manage, (*call).createTrustedOrigin)
	api.handle(mux, "GET "+base+"/{id}", read, (*call).readTrustedOrigin)
	api.handle(mux, "PUT "+base+"/{id}", manage, (*call).replaceTrustedOrigin)
	api.handle(mux, "DELETE "+base+"/{id}", manage, (*call).deleteTrustedOrigin)
	api.handle(mux, "POST "+base+"/{id}/lifecycle/activate", manage, setTrustedOriginStatus("ACTIVE"))
	api.handle(mux, "POST "+base+"/{id}/lifecycle/deactivate", manage, setTrustedOriginStatus("INACTIVE"))
}

// trustedOriginJSON shows an origin (Okta Management API, schema TrustedOrigin).
func (c *call) trustedOriginJSON(o store.TrustedOrigin) any {
	scopes := []any{}
	for _, kind := range o.Scopes {
		scopes = append(scopes, map[string]any{"type": kind})
	}
	self := c.URL + "/api/v1/trustedOrigins/" + o.ID
	links := wire.Links{"self": {Href: self, Hints: wire.Allow("GET", "PUT", "DELETE")}}
	addLifecycle(links, self, o.Status)
	return map[string]any{
		"id": o.ID, "name": o.Name, "origin": o.Origin, "status": o.Status, "scopes": scopes, "created": o.Created, "createdBy": store.AdminID(),
		"lastUpdated": o.LastUpdated, "lastUpdatedBy": store.AdminID(), "_links": links,
	}
}

func (c *call) findTrustedOrigin() (store.TrustedOrigin, *wire.APIError) {
	id := c.r.PathValue("id")
	if o, there := c.TrustedOrigins.Get(id); there {
		return o, nil
	}
	return store.TrustedOrigin{}, wire.ErrNotFound("TrustedOrigin", id)
}

func (c *call) listTrustedOrigins() (answer, *wire.APIError) {
	filter, fault := parseFilter(c.r.URL.Query().Get("filter"), filterGrammar("", "name", "origin", "status", "type"))
	if fault != nil {
		return answer{}, fault
	}
	q := strings.ToLower(c.r.URL.Query().Get("q"))
	list := slices.DeleteFunc(c.TrustedOrigins.List(), func(o store.TrustedOrigin) bool {
		named := strings.HasPrefix(strings.ToLower(o.Name), q) || strings.HasPrefix(o.Origin, q)
		return !named || !filter(map[string]any{"name": o.Name, "origin": o.Origin, "status": o.Status, "type": o.Scopes})
	})
	return listPage(c, list, func(o store.TrustedOrigin) string { return o.ID }, c.trustedOriginJSON, 20, 200)
}

func (c *call) readTrustedOrigin() (answer, *wire.APIError) {
	o, fault := c.findTrustedOrigin()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.trustedOriginJSON(o)), nil
}

func (c *call) createTrustedOrigin() (answer, *wire.APIError) {
	return c.storeTrustedOrigin(store.TrustedOrigin{ID: c.newID("tos"), Status: "ACTIVE", Created: c.Stamp()})
}

func (c *call) replaceTrustedOrigin() (answer, *wire.APIError) {
	o, fault := c.findTrustedOrigin()
	if fault != nil {
		return answer{}, fault
	}
	return c.storeTrustedOrigin(o)
}

// storeTrustedOrigin reads the body and stores it as o.
func (c *call) storeTrustedOrigin(o store.TrustedOrigin) (answer, *wire.APIError) {
	var in struct {
		Name   string `json:"name"`
		Origin string `json:"origin"`
		Scopes []struct {
			Type string `json:"type"`
		} `json:"scopes"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	_, taken := c.TrustedOrigins.Find(func(other store.TrustedOrigin) bool { return other.Name == in.Name && other.ID != o.ID })
	switch {
	case badLength(in.Name, 255):
		return answer{}, wire.ErrInvalid("name", "name: The field must have 1 to 255 characters")
	case taken:
		return answer{}, wire.ErrInvalid("name", "name: An object with this field already exists in the current organization")
	case store.OriginOf(in.Origin) != strings.ToLower(in.Origin): // a path, a default port, a scheme that is not of the web
		return answer{}, wire.ErrInvalid("origin", "origin: must be scheme, host and port, such as https://app.example; the emulator knows http and https")
	case len(in.Scopes) == 0:
		return answer{}, wire.ErrInvalid("scopes", "scopes: name at least one of CORS, REDIRECT, IFRAME_EMBED")
	}
	o.Name, o.Origin, o.LastUpdated, o.Scopes = in.Name, in.Origin, c.Stamp(), nil
	for _, scope := range in.Scopes {
		if !slices.Contains([]string{store.OriginCORS, "REDIRECT", "IFRAME_EMBED"}, scope.Type) {
			return answer{}, wire.ErrInvalid("scopes", fmt.Sprintf("scopes: '%s' is not one of CORS, REDIRECT, IFRAME_EMBED", scope.Type))
		}
		o.Scopes = append(o.Scopes, scope.Type)
	}
	if !c.TrustedOrigins.Put(o.ID, o) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return ok(c.trustedOriginJSON(o)), nil
}

func setTrustedOriginStatus(status string) handler {
	return func(c *call) (answer, *wire.APIError) {
		o, fault := c.findTrustedOrigin()
		if fault != nil {
			return answer{}, fault
		}
		o.Status, o.LastUpdated = status, c.Stamp()
		c.TrustedOrigins.Put(o.ID, o)
		return ok(c.trustedOriginJSON(o)), nil
	}
}

func (c *call) deleteTrustedOrigin() (answer, *wire.APIError) {
	o, fault := c.findTrustedOrigin()
	if fault != nil {
		return answer{}, fault
	}
	c.TrustedOrigins.Delete(o.ID)
	return noContent(), nil
}
