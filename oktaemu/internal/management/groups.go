package management

import (
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) groupRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/groups", "okta.groups.read", "okta.groups.manage"
	api.handle(mux, "GET "+base, read, (*call).listGroups)
	api.handle(mux, "POST "+base, manage, logged("group.lifecycle.create", "group", (*call).createGroup))
	api.handle(mux, "GET "+base+"/{group}", read, (*call).readGroup)
	api.handle(mux, "PUT "+base+"/{group}", manage, logged("group.profile.update", "group", (*call).replaceGroup))
	api.handle(mux, "DELETE "+base+"/{group}", manage, logged("group.lifecycle.delete", "group", (*call).deleteGroup))
	api.groupPartRoutes(mux, base, read, manage)
	api.handle(mux, "PUT "+base+"/{group}/users/{user}", manage, logged("group.user_membership.add", "user", (*call).addMember))
	api.handle(mux, "DELETE "+base+"/{group}/users/{user}", manage, logged("group.user_membership.remove", "user", (*call).removeMember))
}

// groupInList shows g as lists do: with how much belongs to it, if expand asks for it.
func (c *call) groupInList(g store.Group) any {
	shown := c.groupJSON(g)
	if !slices.Contains(strings.Split(c.r.URL.Query().Get("expand"), ","), "stats") {
		return shown
	}
	users := slices.DeleteFunc(c.Users.List(), func(u store.User) bool { return !c.Holds(g.ID, u) })
	apps := slices.DeleteFunc(c.Apps.List(), func(a store.App) bool { return store.AssignmentIndex(a.Groups, g.ID) < 0 })
	shown["_embedded"] = map[string]any{"stats": map[string]any{
		"usersCount": len(users), "appsCount": len(apps), "groupPushMappingsCount": 0, "hasAdminPrivilege": len(c.Roles[g.ID]) > 0,
		"_links": wire.Links{"users": {Href: c.URL + "/api/v1/groups/" + g.ID + "/users"}, "apps": {Href: c.URL + "/api/v1/groups/" + g.ID + "/apps"}},
	}}
	return shown
}

func (c *call) groupJSON(g store.Group) map[string]any {
	self := c.URL + "/api/v1/groups/" + g.ID
	links := map[string]any{
		"logo":  []wire.Link{c.logo("group-medium", "medium"), c.logo("group-large", "large")},
		"users": wire.Link{Href: self + "/users"}, "apps": wire.Link{Href: self + "/apps"},
	}
	if c.Has(store.FeatureGroupOwners) {
		links["owners"] = wire.Link{Href: self + "/owners"}
	}
	return map[string]any{
		"id": g.ID, "created": g.Created, "lastUpdated": g.LastUpdated, "lastMembershipUpdated": g.LastMembershipUpdated,
		"objectClass": g.ObjectClass, "type": g.Type, "profile": g.Profile, "_links": links,
	}
}

// logo links to a picture of Okta's, which the emulator does not have.
func (c *call) logo(file, size string) wire.Link {
	return wire.Link{Name: size, Href: c.URL + "/assets/img/logos/" + file + ".png", Type: "image/png"}
}

func (c *call) findGroup() (store.Group, *wire.APIError) {
	id := c.r.PathValue("group")
	if g, there := c.Groups.Get(id); there {
		return g, nil
	}
	return store.Group{}, wire.ErrNotFound("UserGroup", id)
}

// listGroups: q is the beginning of a name; search and filter are expressions.
func (c *call) listGroups() (answer, *wire.APIError) {
	query := c.r.URL.Query()
	if fault := searchOrFilter(query); fault != nil {
		return answer{}, fault
	}
	search, fault := parseFilter(query.Get("search"), searchGrammar("profile.name", "profile.description"))
	if fault != nil {
		return answer{}, fault
	}
	filter, fault := parseFilter(query.Get("filter"), filterGrammar("lastUpdated lastMembershipUpdated", "id", "type"))
	if fault != nil {
		return answer{}, fault
	}
	q := strings.ToLower(query.Get("q"))
	list := slices.DeleteFunc(c.Groups.List(), func(g store.Group) bool {
		return !strings.HasPrefix(strings.ToLower(g.Name()), q) || !search(g) || !filter(g)
	})
	if fault := sortBy(c, list, func(g store.Group) any { return g }); fault != nil {
		return answer{}, fault
	}
	id := func(g store.Group) string { return g.ID }
	if q != "" {
		return unpaged(listPage(c, list, id, c.groupInList, 300, 10000))
	}
	return listPage(c, list, id, c.groupInList, 10000, 10000)
}

func (c *call) readGroup() (answer, *wire.APIError) {
	g, fault := c.findGroup()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.groupJSON(g)), nil
}

func (c *call) createGroup() (answer, *wire.APIError) {
	now := wire.Stamp(c.Now())
	return c.storeGroup(store.Group{
		ID: c.newID(wire.IDGroup), Created: now, LastMembershipUpdated: now, ObjectClass: []string{"okta:user_group"}, Type: "OKTA_GROUP",
	})
}

func (c *call) replaceGroup() (answer, *wire.APIError) {
	g, fault := c.findGroup()
	if fault != nil {
		return answer{}, fault
	}
	if g.Type != "OKTA_GROUP" {
		return answer{}, wire.ErrForbidden()
	}
	return c.storeGroup(g)
}

// storeGroup gives g the profile of the body, and stores it.
func (c *call) storeGroup(g store.Group) (answer, *wire.APIError) {
	var in struct {
		Profile map[string]any `json:"profile"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	name, _ := in.Profile["name"].(string)
	if badLength(name, 255) {
		return answer{}, wire.ErrInvalid("name", "name: The field must have 1 to 255 characters")
	}
	if _, taken := c.Groups.Find(func(other store.Group) bool { return other.Name() == name && other.ID != g.ID }); taken {
		return answer{}, wire.ErrInvalid("name", "name: An object with this field already exists in the current organization")
	}
	if _, there := in.Profile["description"]; !there {
		in.Profile["description"] = nil
	}
	g.Profile, g.LastUpdated = in.Profile, wire.Stamp(c.Now())
	if !c.Groups.Put(g.ID, g) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return ok(c.groupJSON(g)), nil
}

// deleteGroup removes the group, its memberships and its assignments.
func (c *call) deleteGroup() (answer, *wire.APIError) {
	g, fault := c.findGroup()
	if fault != nil {
		return answer{}, fault
	}
	if g.Type != "OKTA_GROUP" {
		return answer{}, wire.ErrForbidden()
	}
	c.Groups.Delete(g.ID)
	for _, u := range c.Users.List() {
		u.Groups = without(u.Groups, g.ID)
		c.Users.Put(u.ID, u)
	}
	c.invalidateGroupRules(g.ID)
	delete(c.GroupOwners, g.ID)
	delete(c.Roles, g.ID)
	assignedGroups().dropEverywhere(c, g.ID)
	return noContent(), nil
}

// without returns list less item; list itself stays as it is.
func without(list []string, item string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == item })
}

func (c *call) listMembers() (answer, *wire.APIError) {
	g, fault := c.findGroup()
	if fault != nil {
		return answer{}, fault
	}
	members := slices.DeleteFunc(c.Users.List(), func(u store.User) bool { return !c.Holds(g.ID, u) })
	return listPage(c, members, func(u store.User) string { return u.ID }, c.userInList, 1000, 1000)
}

func (c *call) addMember() (answer, *wire.APIError) {
	return c.changeMember(func(u *store.User, id string) {
		u.Groups = append(without(u.Groups, id), id)
		c.applyGroupRules(u)
	})
}

func (c *call) removeMember() (answer, *wire.APIError) {
	return c.changeMember(func(u *store.User, id string) { u.Groups = without(u.Groups, id) })
}

func (c *call) changeMember(change func(*store.User, string)) (answer, *wire.APIError) {
	g, fault := c.findGroup()
	if fault != nil {
		return answer{}, fault
	}
	if g.Type != "OKTA_GROUP" {
		return answer{}, wire.ErrForbidden()
	}
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	change(&u, g.ID)
	c.Users.Put(u.ID, u)
	g.LastMembershipUpdated = wire.Stamp(c.Now())
	c.Groups.Put(g.ID, g)
	return noContent(), nil
}

func (c *call) listGroupApps() (answer, *wire.APIError) {
	g, fault := c.findGroup()
	if fault != nil {
		return answer{}, fault
	}
	assigned := slices.DeleteFunc(c.Apps.List(), func(a store.App) bool { return store.AssignmentIndex(a.Groups, g.ID) < 0 })
	return listPage(c, assigned, store.App.ID, func(a store.App) any { return c.appJSON(a, false) }, 20, 200)
}
