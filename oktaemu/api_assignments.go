package oktaemu

import (
	"net/http"
	"slices"
)

// assignment gives a user or a group an app.
type assignment struct {
	ID          string
	Priority    *int // groups only
	Profile     map[string]any
	LastUpdated stamp
}

func (o *Org) assignmentRoutes(mux *http.ServeMux, base, read, manage string) {
	mux.HandleFunc("GET "+base+"/groups", o.managed(read, o.listAppGroups))
	mux.HandleFunc("GET "+base+"/groups/{id}", o.managed(read, o.readAppGroup))
	mux.HandleFunc("PUT "+base+"/groups/{id}", o.managed(manage, o.assignAppGroup))
	mux.HandleFunc("DELETE "+base+"/groups/{id}", o.managed(manage, o.unassignAppGroup))
	mux.HandleFunc("GET "+base+"/users", o.managed(read, o.listAppUsers))
	mux.HandleFunc("POST "+base+"/users", o.managed(manage, o.assignAppUser))
	mux.HandleFunc("GET "+base+"/users/{id}", o.managed(read, o.readAppUser))
	mux.HandleFunc("DELETE "+base+"/users/{id}", o.managed(manage, o.unassignAppUser))
}

func assignmentIndex(list []assignment, id string) int {
	return slices.IndexFunc(list, func(a assignment) bool { return a.ID == id })
}

func (o *Org) appGroupJSON(a app, g assignment) any {
	return map[string]any{
		"id": g.ID, "priority": g.Priority, "profile": object(any(g.Profile)), "lastUpdated": g.LastUpdated,
		"_links": apiLink{
			"app":   {Href: o.url + "/api/v1/apps/" + a.id()},
			"self":  {Href: o.url + "/api/v1/apps/" + a.id() + "/groups/" + g.ID},
			"group": {Href: o.url + "/api/v1/groups/" + g.ID},
		},
	}
}

func (o *Org) listAppGroups(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return listPage(r, a.groups, func(g assignment) string { return g.ID }, func(g assignment) any { return o.appGroupJSON(a, g) }, 20, 200)
}

func (o *Org) readAppGroup(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	i := assignmentIndex(a.groups, r.PathValue("id"))
	if i < 0 {
		return apiAnswer{}, errNotFound("ApplicationGroupAssignment", r.PathValue("id"))
	}
	return ok(o.appGroupJSON(a, a.groups[i])), nil
}

func (o *Org) assignAppGroup(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	id := r.PathValue("id")
	if _, there := o.state.groups.get(id); !there {
		return apiAnswer{}, errNotFound("UserGroup", id)
	}
	var in struct {
		Priority *int           `json:"priority"`
		Profile  map[string]any `json:"profile"`
	}
	if r.ContentLength != 0 {
		if fault := readBody(r, &in); fault != nil {
			return apiAnswer{}, fault
		}
	}
	g := assignment{ID: id, Priority: in.Priority, Profile: in.Profile, LastUpdated: stamp(o.now())}
	a.groups = slices.Clone(a.groups)
	if i := assignmentIndex(a.groups, id); i >= 0 {
		a.groups[i] = g
	} else {
		if g.Priority == nil {
			last := len(a.groups)
			g.Priority = &last
		}
		a.groups = append(a.groups, g)
	}
	o.state.apps.put(a.id(), a)
	return ok(o.appGroupJSON(a, g)), nil
}

func (o *Org) unassignAppGroup(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	i := assignmentIndex(a.groups, r.PathValue("id"))
	if i < 0 {
		return apiAnswer{}, errNotFound("ApplicationGroupAssignment", r.PathValue("id"))
	}
	a.groups = slices.Delete(slices.Clone(a.groups), i, i+1)
	o.state.apps.put(a.id(), a)
	return noContent(), nil
}

func (o *Org) appUserJSON(a app, assigned assignment) any {
	u, _ := o.state.users.get(assigned.ID)
	return map[string]any{
		"id": assigned.ID, "status": "ACTIVE", "scope": "USER", "syncState": "DISABLED", "created": assigned.LastUpdated,
		"lastUpdated": assigned.LastUpdated, "statusChanged": assigned.LastUpdated, "profile": object(any(assigned.Profile)),
		"credentials": map[string]any{"userName": u.login()},
		"_links": apiLink{
			"app":  {Href: o.url + "/api/v1/apps/" + a.id()},
			"user": {Href: o.url + "/api/v1/users/" + assigned.ID},
		},
	}
}

func (o *Org) listAppUsers(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return listPage(r, a.users, func(u assignment) string { return u.ID }, func(u assignment) any { return o.appUserJSON(a, u) }, 50, 500)
}

func (o *Org) readAppUser(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	i := assignmentIndex(a.users, r.PathValue("id"))
	if i < 0 {
		return apiAnswer{}, errNotFound("AppUser", r.PathValue("id"))
	}
	return ok(o.appUserJSON(a, a.users[i])), nil
}

func (o *Org) assignAppUser(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	var in struct {
		ID      string         `json:"id"`
		Profile map[string]any `json:"profile"`
	}
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	if _, there := o.state.users.get(in.ID); !there {
		return apiAnswer{}, errNotFound("User", in.ID)
	}
	assigned := assignment{ID: in.ID, Profile: in.Profile, LastUpdated: stamp(o.now())}
	a.users = slices.Clone(a.users)
	if i := assignmentIndex(a.users, in.ID); i >= 0 {
		a.users[i] = assigned
	} else {
		a.users = append(a.users, assigned)
	}
	o.state.apps.put(a.id(), a)
	return ok(o.appUserJSON(a, assigned)), nil
}

func (o *Org) unassignAppUser(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	i := assignmentIndex(a.users, r.PathValue("id"))
	if i < 0 {
		return apiAnswer{}, errNotFound("AppUser", r.PathValue("id"))
	}
	a.users = slices.Delete(slices.Clone(a.users), i, i+1)
	o.state.apps.put(a.id(), a)
	return noContent(), nil
}
