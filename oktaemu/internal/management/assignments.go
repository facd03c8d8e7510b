package management

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// assigned is one of the two ways of giving an app to somebody: to users or to groups.
type assigned struct {
	path   string // in the app's URL
	kind   string // in errors, of the assignment
	whom   string // in errors, of what is assigned
	list   func(*store.App) *[]store.Assignment
	exists func(*store.State, string) bool
	show   func(*call, store.App, store.Assignment) any
	usual  int // size of a page
	most   int
}

func assignedUsers() assigned {
	return assigned{
		path: "users", kind: "AppUser", whom: "User", list: func(a *store.App) *[]store.Assignment { return &a.Users },
		exists: func(st *store.State, id string) bool { _, there := st.Users.Get(id); return there },
		show:   (*call).appUserJSON, usual: 50, most: 500,
	}
}

func assignedGroups() assigned {
	return assigned{
		path: "groups", kind: "ApplicationGroupAssignment", whom: "UserGroup", list: func(a *store.App) *[]store.Assignment { return &a.Groups },
		exists: func(st *store.State, id string) bool { _, there := st.Groups.Get(id); return there },
		show:   (*call).appGroupJSON, usual: 20, most: 200,
	}
}

func (api *API) assignmentRoutes(mux *http.ServeMux, base, read, manage string) {
	for _, kind := range []assigned{assignedUsers(), assignedGroups()} {
		all := base + "/" + kind.path
		api.handle(mux, "GET "+all, read, kind.readAll)
		api.handle(mux, "GET "+all+"/{id}", read, kind.read)
		api.handle(mux, "DELETE "+all+"/{id}", manage, kind.remove)
		if kind.path == "users" {
			api.handle(mux, "POST "+all, manage, kind.assign)
			api.handle(mux, "POST "+all+"/{id}", manage, kind.change)
		} else {
			api.handle(mux, "PUT "+all+"/{id}", manage, kind.assign)
			api.handle(mux, "PATCH "+all+"/{id}", manage, kind.patch)
		}
	}
}

func (c *call) appGroupJSON(a store.App, g store.Assignment) any {
	return map[string]any{
		"id": g.ID, "priority": g.Priority, "profile": store.Object(any(g.Profile)), "lastUpdated": g.LastUpdated,
		"_links": wire.Links{
			"app":   {Href: c.URL + "/api/v1/apps/" + a.ID()},
			"self":  {Href: c.URL + "/api/v1/apps/" + a.ID() + "/groups/" + g.ID},
			"group": {Href: c.URL + "/api/v1/groups/" + g.ID},
		},
	}
}

func (c *call) appUserJSON(a store.App, given store.Assignment) any {
	u, _ := c.Users.Get(given.ID)
	scope, links := "USER", wire.Links{
		"app":  {Href: c.URL + "/api/v1/apps/" + a.ID()},
		"user": {Href: c.URL + "/api/v1/users/" + given.ID},
	}
	if given.Group != "" {
		scope, links["group"] = "GROUP", wire.Link{Href: c.URL + "/api/v1/groups/" + given.Group}
	}
	shown := map[string]any{
		"id": given.ID, "externalId": nil, "status": "ACTIVE", "scope": scope, "syncState": "DISABLED", "created": given.Created, "passwordChanged": nil,
		"lastUpdated": given.LastUpdated, "statusChanged": given.Created, "profile": store.Object(any(given.Profile)),
		"credentials": map[string]any{"userName": cmp.Or(given.UserName, u.Login())},
		"_links":      links,
	}
	if c.r.URL.Query().Get("expand") == "user" {
		shown["_embedded"] = map[string]any{"user": c.userJSON(u)}
	}
	return shown
}

func (kind assigned) readAll(c *call) (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	list := kind.shown(c, a)
	if q := strings.ToLower(c.r.URL.Query().Get("q")); q != "" {
		list = slices.DeleteFunc(slices.Clone(list), func(g store.Assignment) bool { return !kind.begins(c, g.ID, q) })
	}
	return listPage(c, list, func(g store.Assignment) string { return g.ID },
		func(g store.Assignment) any { return kind.show(c, a, g) }, kind.usual, kind.most)
}

// shown are the assignments that can be read: those of users through groups, too.
func (kind assigned) shown(c *call, a store.App) []store.Assignment {
	if kind.path == "users" {
		return c.UsersOf(a)
	}
	return a.Groups
}

// begins reports whether the name of the user or group with that id begins with q, in lower case.
func (kind assigned) begins(c *call, id, q string) bool {
	if kind.path == "users" {
		u, _ := c.Users.Get(id)
		return u.Begins(q) || strings.HasPrefix(strings.ToLower(u.Login()), q)
	}
	g, _ := c.Groups.Get(id)
	return strings.HasPrefix(strings.ToLower(g.Name()), q)
}

// find returns the app and where in its list the assignment is.
func (kind assigned) find(c *call) (store.App, int, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return a, 0, fault
	}
	i := store.AssignmentIndex(*kind.list(&a), c.r.PathValue("id"))
	if i < 0 {
		return a, 0, wire.ErrNotFound(kind.kind, c.r.PathValue("id"))
	}
	return a, i, nil
}

func (kind assigned) read(c *call) (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	list, id := kind.shown(c, a), c.r.PathValue("id")
	i := store.AssignmentIndex(list, id)
	if i < 0 {
		return answer{}, wire.ErrNotFound(kind.kind, id)
	}
	return ok(kind.show(c, a, list[i])), nil
}

// assignmentInput is an assignment as a client sends it.
type assignmentInput struct {
	ID          string         `json:"id"`
	Priority    *int           `json:"priority"`
	Profile     map[string]any `json:"profile"`
	Credentials struct {
		UserName string `json:"userName"`
	} `json:"credentials"`
}

// assign gives the app to the user in the body or the group in the path; what was
// assigned before is given again.
func (kind assigned) assign(c *call) (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	var in assignmentInput
	if c.r.ContentLength != 0 {
		if fault := c.readBody(&in); fault != nil {
			return answer{}, fault
		}
	}
	id := cmp.Or(c.r.PathValue("id"), in.ID)
	if !kind.exists(c.State, id) {
		return answer{}, wire.ErrNotFound(kind.whom, id)
	}
	list := *kind.list(&a)
	given := store.Assignment{ID: id, Created: c.Stamp()}
	if i := store.AssignmentIndex(list, id); i >= 0 {
		given = list[i]
	} else if last := len(list); kind.path == "groups" {
		given.Priority = &last
	}
	given.Profile = in.Profile
	return kind.store(c, a, given, in)
}

// change is a partial update of what is assigned already.
func (kind assigned) change(c *call) (answer, *wire.APIError) {
	a, i, fault := kind.find(c)
	if fault != nil {
		return answer{}, fault
	}
	var in assignmentInput
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	given := (*kind.list(&a))[i]
	if in.Profile != nil {
		given.Profile = in.Profile
	}
	return kind.store(c, a, given, in)
}

// patch changes priority and profile by JSON Patch (RFC 6902), of which Okta takes add, replace and remove.
func (kind assigned) patch(c *call) (answer, *wire.APIError) {
	a, i, fault := kind.find(c)
	if fault != nil {
		return answer{}, fault
	}
	var operations []struct {
		Op, Path string
		Value    any
	}
	if fault := c.readBody(&operations); fault != nil {
		return answer{}, fault
	}
	var in assignmentInput
	given := (*kind.list(&a))[i]
	given.Profile = maps.Clone(store.Object(any(given.Profile)))
	for _, o := range operations {
		attribute, inProfile := strings.CutPrefix(o.Path, "/profile/")
		number, isNumber := o.Value.(float64)
		switch {
		case o.Op != "add" && o.Op != "replace" && o.Op != "remove":
			return answer{}, wire.ErrInvalid("op", "op: must be add, replace or remove")
		case o.Path == "/priority" && isNumber && o.Op != "remove":
			priority := int(number)
			in.Priority = &priority
		case inProfile && o.Op == "remove":
			delete(given.Profile, attribute)
		case inProfile:
			given.Profile[attribute] = o.Value
		default:
			return answer{}, wire.ErrInvalid("path", "path: must be /priority with a number, or /profile/NAME")
		}
	}
	return kind.store(c, a, given, in)
}

// store takes over what in says beside the profile, and stores the assignment.
func (kind assigned) store(c *call, a store.App, given store.Assignment, in assignmentInput) (answer, *wire.APIError) {
	if in.Priority != nil {
		given.Priority = in.Priority
	}
	given.UserName, given.LastUpdated = cmp.Or(in.Credentials.UserName, given.UserName), c.Stamp()
	list := kind.list(&a)
	*list = slices.Clone(*list)
	if i := store.AssignmentIndex(*list, given.ID); i >= 0 {
		(*list)[i] = given
	} else {
		*list = append(*list, given)
	}
	c.Apps.Put(a.ID(), a)
	return ok(kind.show(c, a, given)), nil
}

func (kind assigned) remove(c *call) (answer, *wire.APIError) {
	a, i, fault := kind.find(c)
	if fault != nil {
		return answer{}, fault
	}
	kind.drop(c, a, i)
	return noContent(), nil
}

// drop takes the assignment at i away from a.
func (kind assigned) drop(c *call, a store.App, i int) {
	list := kind.list(&a)
	*list = slices.Delete(slices.Clone(*list), i, i+1)
	c.Apps.Put(a.ID(), a)
}

// dropEverywhere takes what was assigned to id away from all apps.
func (kind assigned) dropEverywhere(c *call, id string) {
	for _, a := range c.Apps.List() {
		if i := store.AssignmentIndex(*kind.list(&a), id); i >= 0 {
			kind.drop(c, a, i)
		}
	}
}
