package management

import (
	"net/http"
	"slices"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// linkedObjectRoutes are the relations that may be between users, such as manager and subordinate, and those that are.
func (api *API) linkedObjectRoutes(mux *http.ServeMux) {
	const kinds = "/api/v1/meta/schemas/user/linkedObjects"
	api.handle(mux, "GET "+kinds, "okta.linkedObjects.read", (*call).listRelations)
	api.handle(mux, "POST "+kinds, "okta.linkedObjects.manage", (*call).createRelation)
	api.handle(mux, "GET "+kinds+"/{name}", "okta.linkedObjects.read", (*call).readRelation)
	api.handle(mux, "DELETE "+kinds+"/{name}", "okta.linkedObjects.manage", (*call).deleteRelation)
	const values = "/api/v1/users/{user}/linkedObjects/{name}"
	api.handle(mux, "GET "+values, "okta.users.read", (*call).listRelated)
	api.handle(mux, "PUT "+values+"/{primary}", "okta.users.manage", (*call).relate)
	api.handle(mux, "DELETE "+values, "okta.users.manage", (*call).unrelate)
}

func (c *call) relationJSON(r store.Relation) any {
	return struct {
		store.Relation
		Links wire.Links `json:"_links"`
	}{r, wire.Links{"self": {Href: c.URL + "/api/v1/meta/schemas/user/linkedObjects/" + r.Primary.Name}}}
}

// findRelation finds a relation by the name of either end.
func (c *call) findRelation() (store.Relation, *wire.APIError) {
	name := c.r.PathValue("name")
	if r, there := c.Relations.Find(func(r store.Relation) bool { return r.Primary.Name == name || r.Associated.Name == name }); there {
		return r, nil
	}
	return store.Relation{}, wire.ErrNotFound("LinkedObjectDefinition", name)
}

func (c *call) listRelations() (answer, *wire.APIError) {
	list := []any{}
	for _, r := range c.Relations.List() {
		list = append(list, c.relationJSON(r))
	}
	return ok(list), nil
}

func (c *call) readRelation() (answer, *wire.APIError) {
	r, fault := c.findRelation()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.relationJSON(r)), nil
}

func (c *call) createRelation() (answer, *wire.APIError) {
	var r store.Relation
	if fault := c.readBody(&r); fault != nil {
		return answer{}, fault
	}
	for _, end := range []store.RelationEnd{r.Primary, r.Associated} {
		if end.Name == "" || end.Title == "" || end.Type != "USER" {
			return answer{}, wire.ErrInvalid("linkedObject", "linkedObject: primary and associated need a name, a title and the type USER")
		}
		if _, taken := c.Relations.Find(func(o store.Relation) bool { return o.Primary.Name == end.Name || o.Associated.Name == end.Name }); taken {
			return answer{}, wire.ErrAPI(http.StatusConflict, "E0000127", "Linked object name already in use: "+end.Name)
		}
	}
	if !c.Relations.Put(r.Primary.Name, r) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return answer{status: http.StatusCreated, body: c.relationJSON(r)}, nil
}

func (c *call) deleteRelation() (answer, *wire.APIError) {
	r, fault := c.findRelation()
	if fault != nil {
		return answer{}, fault
	}
	c.Relations.Delete(r.Primary.Name)
	delete(c.Related, r.Primary.Name)
	return noContent(), nil
}

// listRelated links to the user at the primary end, or to all users at the other one.
func (c *call) listRelated() (answer, *wire.APIError) {
	u, r, fault := c.relationOfUser()
	if fault != nil {
		return answer{}, fault
	}
	var ids []string
	for associated, primary := range c.Related[r.Primary.Name] {
		switch {
		case r.Primary.Name == c.r.PathValue("name") && associated == u.ID:
			ids = append(ids, primary)
		case r.Associated.Name == c.r.PathValue("name") && primary == u.ID:
			ids = append(ids, associated)
		}
	}
	slices.Sort(ids)
	list := []any{}
	for _, id := range ids {
		list = append(list, map[string]any{"_links": wire.Links{"self": {Href: c.URL + "/api/v1/users/" + id}}})
	}
	return ok(list), nil
}

func (c *call) relationOfUser() (store.User, store.Relation, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return u, store.Relation{}, fault
	}
	r, fault := c.findRelation()
	return u, r, fault
}

// relate gives the user of the path, who is at the associated end, the primary one.
func (c *call) relate() (answer, *wire.APIError) {
	u, r, fault := c.relationOfUser()
	if fault != nil {
		return answer{}, fault
	}
	primary, there := c.Users.Get(c.r.PathValue("primary"))
	if !there || r.Primary.Name != c.r.PathValue("name") {
		return answer{}, wire.ErrNotFound("User", c.r.PathValue("primary"))
	}
	if c.Related[r.Primary.Name] == nil {
		c.Related[r.Primary.Name] = map[string]string{}
	}
	c.Related[r.Primary.Name][u.ID] = primary.ID
	return noContent(), nil
}

func (c *call) unrelate() (answer, *wire.APIError) {
	u, r, fault := c.relationOfUser()
	if fault != nil {
		return answer{}, fault
	}
	for associated, primary := range c.Related[r.Primary.Name] {
		if associated == u.ID && r.Primary.Name == c.r.PathValue("name") || primary == u.ID && r.Associated.Name == c.r.PathValue("name") {
			delete(c.Related[r.Primary.Name], associated)
		}
	}
	return noContent(), nil
}
