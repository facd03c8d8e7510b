package management

import (
	"maps"
	"net/http"
	"slices"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// schemaRoutes are the schema of user profiles: what attributes there may be. The
// emulator has one type of users and plays no other schema.
func (api *API) schemaRoutes(mux *http.ServeMux) {
	const base = "/api/v1/meta/schemas/user/{schema}"
	api.handle(mux, "GET "+base, "okta.schemas.read", (*call).readUserSchema)
	api.handle(mux, "POST "+base, "okta.schemas.manage", (*call).changeUserSchema)
}

func (c *call) userSchemaJSON() any {
	base := map[string]any{}
	for _, name := range store.BaseAttributes() {
		base[name] = map[string]any{"title": name, "type": "string", "scope": "NONE", "master": map[string]any{"type": "PROFILE_MASTER"}}
	}
	return map[string]any{
		"id": c.URL + "/meta/schemas/user/default", "$schema": "http://json-schema.org/draft-04/schema#", "name": "user", "title": "User",
		"description": "Okta user profile template with default permission settings", "type": "object", "created": c.Created, "lastUpdated": c.Created,
		"definitions": map[string]any{
			"base":   map[string]any{"id": "#base", "type": "object", "properties": base, "required": []string{"login", "firstName", "lastName", "email"}},
			"custom": map[string]any{"id": "#custom", "type": "object", "properties": maps.Clone(c.UserAttributes), "required": []string{}},
		},
		"properties": map[string]any{"profile": map[string]any{"allOf": []any{
			map[string]any{"$ref": "#/definitions/custom"}, map[string]any{"$ref": "#/definitions/base"},
		}}},
	}
}

func (c *call) checkSchema() *wire.APIError {
	if id := c.r.PathValue("schema"); id != "default" && id != userSchemaID() {
		return wire.ErrNotFound("Schema", id)
	}
	return nil
}

func (c *call) readUserSchema() (answer, *wire.APIError) {
	if fault := c.checkSchema(); fault != nil {
		return answer{}, fault
	}
	return ok(c.userSchemaJSON()), nil
}

// changeUserSchema adds and changes custom attributes; one that is null goes away, and people's values with it.
func (c *call) changeUserSchema() (answer, *wire.APIError) {
	if fault := c.checkSchema(); fault != nil {
		return answer{}, fault
	}
	var in struct {
		Definitions struct {
			Custom struct {
				Properties map[string]map[string]any `json:"properties"`
			} `json:"custom"`
		} `json:"definitions"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	attributes := maps.Clone(c.UserAttributes)
	for name, definition := range in.Definitions.Custom.Properties {
		switch {
		case slices.Contains(store.BaseAttributes(), name):
			return answer{}, wire.ErrInvalid("definitions", name+": An attribute of this name exists in the base schema")
		case definition == nil:
			delete(attributes, name)
		default:
			attributes[name] = definition
		}
	}
	if len(attributes) > store.MaxObjects {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	for name := range c.UserAttributes {
		if _, stays := attributes[name]; !stays {
			c.forgetAttribute(name)
		}
	}
	c.UserAttributes = attributes
	return ok(c.userSchemaJSON()), nil
}

// forgetAttribute takes an attribute out of all profiles.
func (c *call) forgetAttribute(name string) {
	for _, u := range c.Users.List() {
		if _, there := u.Profile[name]; there {
			u.Profile = maps.Clone(u.Profile)
			delete(u.Profile, name)
			c.Users.Put(u.ID, u)
		}
	}
}
