package oktaemu

import (
	"net/http"
	"slices"
	"strings"
)

func (o *Org) groupRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/groups", "okta.groups.read", "okta.groups.manage"
	mux.HandleFunc("GET "+base, o.managed(read, o.listGroups))
	mux.HandleFunc("POST "+base, o.managed(manage, o.createGroup))
	mux.HandleFunc("GET "+base+"/{group}", o.managed(read, o.readGroup))
	mux.HandleFunc("PUT "+base+"/{group}", o.managed(manage, o.replaceGroup))
	mux.HandleFunc("DELETE "+base+"/{group}", o.managed(manage, o.deleteGroup))
	mux.HandleFunc("GET "+base+"/{group}/users", o.managed(read, o.listMembers))
	mux.HandleFunc("PUT "+base+"/{group}/users/{user}", o.managed(manage, o.addMember))
	mux.HandleFunc("DELETE "+base+"/{group}/users/{user}", o.managed(manage, o.removeMember))
	mux.HandleFunc("GET "+base+"/{group}/apps", o.managed(read, o.listGroupApps))
}

func (o *Org) groupJSON(g group) any {
	self := o.url + "/api/v1/groups/" + g.ID
	return map[string]any{
		"id": g.ID, "created": g.Created, "lastUpdated": g.LastUpdated, "lastMembershipUpdated": g.LastMembershipUpdated,
		"objectClass": g.ObjectClass, "type": g.Type, "profile": g.Profile,
		"_links": map[string]any{"logo": []link{}, "users": link{Href: self + "/users"}, "apps": link{Href: self + "/apps"}},
	}
}

func (o *Org) findGroup(r *http.Request) (group, *apiError) {
	id := r.PathValue("group")
	if g, there := o.state.groups.get(id); there {
		return g, nil
	}
	return group{}, errNotFound("UserGroup", id)
}

// listGroups: q is the beginning of a name; search and filter are expressions.
func (o *Org) listGroups(r *http.Request) (apiAnswer, *apiError) {
	query := r.URL.Query()
	search, fault := parseFilter(query.Get("search"))
	if fault != nil {
		return apiAnswer{}, fault
	}
	filter, fault := parseFilter(query.Get("filter"))
	if fault != nil {
		return apiAnswer{}, fault
	}
	q := strings.ToLower(query.Get("q"))
	list := slices.DeleteFunc(o.state.groups.list(), func(g group) bool {
		return !strings.HasPrefix(strings.ToLower(g.name()), q) || !search(g) || !filter(g)
	})
	return listPage(r, list, func(g group) string { return g.ID }, o.groupJSON, 200, 10000)
}

func (o *Org) readGroup(r *http.Request) (apiAnswer, *apiError) {
	g, fault := o.findGroup(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.groupJSON(g)), nil
}

func (o *Org) createGroup(r *http.Request) (apiAnswer, *apiError) {
	now := stamp(o.now())
	return o.storeGroup(r, group{
		ID: newID(idGroup), Created: now, LastMembershipUpdated: now, ObjectClass: []string{"okta:user_group"}, Type: "OKTA_GROUP",
	})
}

func (o *Org) replaceGroup(r *http.Request) (apiAnswer, *apiError) {
	g, fault := o.findGroup(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if g.Type != "OKTA_GROUP" {
		return apiAnswer{}, errForbidden()
	}
	return o.storeGroup(r, g)
}

// storeGroup gives g the profile of the body, and stores it.
func (o *Org) storeGroup(r *http.Request, g group) (apiAnswer, *apiError) {
	var in struct {
		Profile map[string]any `json:"profile"`
	}
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	name, _ := in.Profile["name"].(string)
	if name == "" || len(name) > 255 {
		return apiAnswer{}, errInvalid("name", "name: The field must have 1 to 255 characters")
	}
	if _, taken := o.state.groups.find(func(other group) bool { return other.name() == name && other.ID != g.ID }); taken {
		return apiAnswer{}, errInvalid("name", "name: An object with this field already exists in the current organization")
	}
	if _, there := in.Profile["description"]; !there {
		in.Profile["description"] = nil
	}
	g.Profile, g.LastUpdated = in.Profile, stamp(o.now())
	if !o.state.groups.put(g.ID, g) {
		return apiAnswer{}, errFull()
	}
	return ok(o.groupJSON(g)), nil
}

// deleteGroup removes the group, its memberships and its assignments.
func (o *Org) deleteGroup(r *http.Request) (apiAnswer, *apiError) {
	g, fault := o.findGroup(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if g.Type != "OKTA_GROUP" {
		return apiAnswer{}, errForbidden()
	}
	o.state.groups.delete(g.ID)
	for _, u := range o.state.users.list() {
		u.Groups = without(u.Groups, g.ID)
		o.state.users.put(u.ID, u)
	}
	for _, a := range o.state.apps.list() {
		if i := assignmentIndex(a.groups, g.ID); i >= 0 {
			a.groups = slices.Delete(slices.Clone(a.groups), i, i+1)
			o.state.apps.put(a.id(), a)
		}
	}
	return noContent(), nil
}

// without returns list less item; list itself stays as it is.
func without(list []string, item string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == item })
}

func (o *Org) listMembers(r *http.Request) (apiAnswer, *apiError) {
	g, fault := o.findGroup(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	members := slices.DeleteFunc(o.state.users.list(), func(u user) bool {
		return g.ID != everyoneID() && !slices.Contains(u.Groups, g.ID)
	})
	return listPage(r, members, func(u user) string { return u.ID }, o.userJSON, 1000, 1000)
}

func (o *Org) addMember(r *http.Request) (apiAnswer, *apiError) {
	return o.changeMember(r, func(u *user, id string) { u.Groups = append(without(u.Groups, id), id) })
}

func (o *Org) removeMember(r *http.Request) (apiAnswer, *apiError) {
	return o.changeMember(r, func(u *user, id string) { u.Groups = without(u.Groups, id) })
}

func (o *Org) changeMember(r *http.Request, change func(*user, string)) (apiAnswer, *apiError) {
	g, fault := o.findGroup(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if g.Type != "OKTA_GROUP" {
		return apiAnswer{}, errForbidden()
	}
	u, fault := o.findUser(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	change(&u, g.ID)
	o.state.users.put(u.ID, u)
	g.LastMembershipUpdated = stamp(o.now())
	o.state.groups.put(g.ID, g)
	return noContent(), nil
}

func (o *Org) listGroupApps(r *http.Request) (apiAnswer, *apiError) {
	g, fault := o.findGroup(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	assigned := slices.DeleteFunc(o.state.apps.list(), func(a app) bool { return assignmentIndex(a.groups, g.ID) < 0 })
	return listPage(r, assigned, app.id, func(a app) any { return o.appJSON(a, false) }, 20, 200)
}
