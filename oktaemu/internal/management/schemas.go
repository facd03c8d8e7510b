package management

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

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
	return map[string]any{
		"id": c.URL + "/meta/schemas/user/default", "$schema": "http://json-schema.org/draft-04/schema#", "name": "user", "title": "User",
		"description": "Okta user profile template with default permission settings", "type": "object", "created": c.Created, "lastUpdated": c.Created,
		"definitions": map[string]any{
			"base":   map[string]any{"id": "#base", "type": "object", "properties": baseSchema(), "required": requiredAttributes()},
			"custom": map[string]any{"id": "#custom", "type": "object", "properties": maps.Clone(c.UserAttributes), "required": []string{}},
		},
		"properties": map[string]any{"profile": map[string]any{"allOf": []any{
			map[string]any{"$ref": "#/definitions/custom"}, map[string]any{"$ref": "#/definitions/base"},
		}}},
		"_links": map[string]any{
			"self": map[string]any{"rel": "self", "href": c.URL + "/api/v1/meta/schemas/user/" + userSchemaID(), "method": http.MethodGet},
			"type": map[string]any{"rel": "type", "href": c.URL + "/api/v1/meta/types/user/" + userTypeID(), "method": http.MethodGet},
		},
	}
}

// requiredAttributes are those that no user can be without.
func requiredAttributes() []string { return []string{"login", "firstName", "lastName", "email"} }

// baseSchema describes the attributes that every user has, as a new org does.
func baseSchema() map[string]any {
	all := map[string]any{}
	for _, name := range store.BaseAttributes() {
		all[name] = map[string]any{
			"title": attributeTitle(name), "type": "string", "mutability": "READ_WRITE", "scope": "NONE",
			"permissions": []any{map[string]any{"principal": "SELF", "action": ownAccess(name)}},
		}
	}
	for name, more := range map[string]map[string]any{
		"login":        {"minLength": 5, "maxLength": 100},
		"firstName":    {"minLength": 1, "maxLength": 50},
		"lastName":     {"minLength": 1, "maxLength": 50},
		"mobilePhone":  {"maxLength": 100},
		"primaryPhone": {"maxLength": 100},
		"email":        {"format": "email"}, "secondEmail": {"format": "email"}, "profileUrl": {"format": "uri"}, "countryCode": {"format": "country-code"},
		"preferredLanguage": {"format": "language-code"}, "locale": {"format": "locale"}, "timezone": {"format": "timezone"},
	} {
		maps.Copy(store.Object(all[name]), more)
	}
	for _, name := range requiredAttributes() {
		store.Object(all[name])["required"] = true
	}
	return all
}

// attributeTitle is the name of an attribute on pages: "firstName" is "First name".
func attributeTitle(name string) string {
	switch name {
	case "login":
		return "Username"
	case "email":
		return "Primary email"
	case "secondEmail":
		return "Secondary email"
	case "timezone":
		return "Time zone"
	case "nickName":
		return "Nickname"
	case "profileUrl":
		return "Profile Url"
	case "postalAddress":
		return "Postal Address"
	case "managerId":
		return "ManagerId"
	}
	words := strings.ReplaceAll(snake(name), "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// ownAccess is what people may do with the attribute in their own profile.
func ownAccess(name string) string {
	switch name {
	case "firstName", "lastName", "email", "secondEmail", "mobilePhone":
		return "READ_WRITE"
	case "primaryPhone", "streetAddress", "city", "state", "zipCode", "countryCode", "postalAddress":
		return "HIDE"
	}
	return "READ_ONLY"
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
			Base struct {
				Properties map[string]map[string]any `json:"properties"`
			} `json:"base"`
			Custom struct {
				Properties map[string]map[string]any `json:"properties"`
			} `json:"custom"`
		} `json:"definitions"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if !isBaseSchema(in.Definitions.Base.Properties) {
		return answer{}, wire.ErrNotPlayed("changes of the attributes that every user has")
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

// isBaseSchema reports whether these attributes, as far as they are described, are those of the base schema. A client may
// send back what it has read.
func isBaseSchema(described map[string]map[string]any) bool {
	base := baseSchema()
	for name, members := range described {
		for member, value := range members {
			if fmt.Sprint(value) != fmt.Sprint(store.Object(base[name])[member]) { // 5 may be an int or a float64
				return false
			}
		}
	}
	return true
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
