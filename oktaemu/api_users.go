package oktaemu

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (o *Org) userRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/users", "okta.users.read", "okta.users.manage"
	mux.HandleFunc("GET "+base, o.managed(read, o.listUsers))
	mux.HandleFunc("POST "+base, o.managed(manage, o.createUser))
	mux.HandleFunc("GET "+base+"/{user}", o.managed(read, o.readUser))
	mux.HandleFunc("PUT "+base+"/{user}", o.managed(manage, o.replaceUser))
	mux.HandleFunc("POST "+base+"/{user}", o.managed(manage, o.updateUser))
	mux.HandleFunc("DELETE "+base+"/{user}", o.managed(manage, o.deleteUser))
	for action, status := range map[string]string{
		"activate": "ACTIVE", "deactivate": "DEPROVISIONED", "suspend": "SUSPENDED", "unsuspend": "ACTIVE",
	} {
		mux.HandleFunc("POST "+base+"/{user}/lifecycle/"+action, o.managed(manage, o.setUserStatus(status)))
	}
	mux.HandleFunc("GET "+base+"/{user}/groups", o.managed(read, o.listUserGroups))
	mux.HandleFunc("GET "+base+"/{user}/factors", o.managed(read, o.listFactors))
	mux.HandleFunc("GET "+base+"/{user}/factors/{factor}", o.managed(read, o.readFactor))
}

func (o *Org) userJSON(u user) any {
	self := o.url + "/api/v1/users/" + u.ID
	return map[string]any{
		"id": u.ID, "status": u.Status, "created": u.Created, "activated": u.Created, "statusChanged": u.Created,
		"lastLogin": u.LastLogin, "lastUpdated": u.LastUpdated, "passwordChanged": u.PasswordChanged,
		"type": map[string]any{"id": "oty" + fixedID(idUser, "emudefault")[3:]}, "profile": u.Profile,
		"credentials": map[string]any{"password": map[string]any{}, "provider": map[string]any{"type": "OKTA", "name": "OKTA"}},
		"_links": apiLink{
			"self": {Href: self}, "groups": {Href: self + "/groups"}, "factors": {Href: self + "/factors"},
			"deactivate": {Href: self + "/lifecycle/deactivate", Hints: allow("POST")},
		},
	}
}

// findUser finds a user by id or login; "me" is the owner of the API token.
func (o *Org) findUser(r *http.Request) (user, *apiError) {
	id := r.PathValue("user")
	if id == "me" {
		id = adminID()
	}
	if u, there := o.state.users.get(id); there {
		return u, nil
	}
	if u, there := o.state.userByLogin(id); there {
		return u, nil
	}
	return user{}, errNotFound("User", id)
}

// listUsers: q is the beginning of a name or of the e-mail address. Without a
// condition, deprovisioned users are left out.
func (o *Org) listUsers(r *http.Request) (apiAnswer, *apiError) {
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
	all := query.Get("search") != "" || query.Get("filter") != ""
	list := slices.DeleteFunc(o.state.users.list(), func(u user) bool {
		return u.Status == "DEPROVISIONED" && !all || !u.begins(q) || !search(o.userJSON(u)) || !filter(o.userJSON(u))
	})
	return listPage(r, list, func(u user) string { return u.ID }, o.userJSON, 200, 200)
}

func (u user) begins(q string) bool {
	for _, attribute := range []string{"firstName", "lastName", "email"} {
		if strings.HasPrefix(strings.ToLower(u.text(attribute)), q) {
			return true
		}
	}
	return false
}

func (o *Org) readUser(r *http.Request) (apiAnswer, *apiError) {
	u, fault := o.findUser(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.userJSON(u)), nil
}

// userInput is a user as a client sends it.
type userInput struct {
	Profile     map[string]any `json:"profile"`
	Credentials struct {
		Password struct {
			Value string `json:"value"`
		} `json:"password"`
	} `json:"credentials"`
	GroupIDs []string `json:"groupIds"`
}

// createUser adds a person who signs in by password only.
func (o *Org) createUser(r *http.Request) (apiAnswer, *apiError) {
	var in userInput
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	for _, id := range in.GroupIDs {
		if _, there := o.state.groups.get(id); !there || id == everyoneID() {
			return apiAnswer{}, errInvalid("groupIds", "groupIds: not a group to which users are added: "+id)
		}
	}
	now := stamp(o.now())
	u := user{ID: newID(idUser), Status: "ACTIVE", Created: now, PasswordChanged: now, Groups: in.GroupIDs, method: passwordMethod()}
	if r.URL.Query().Get("activate") == "false" {
		u.Status = "STAGED"
	}
	return o.storeUser(u, in)
}

// replaceUser is PUT: the profile is given again.
func (o *Org) replaceUser(r *http.Request) (apiAnswer, *apiError) {
	u, fault := o.findUser(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	var in userInput
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	return o.storeUser(u, in)
}

// updateUser is POST: attributes left out stay.
func (o *Org) updateUser(r *http.Request) (apiAnswer, *apiError) {
	u, fault := o.findUser(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	var in userInput
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	profile := maps.Clone(u.Profile)
	maps.Copy(profile, in.Profile)
	in.Profile = profile
	return o.storeUser(u, in)
}

// storeUser gives u the profile and the password of in, and stores it.
func (o *Org) storeUser(u user, in userInput) (apiAnswer, *apiError) {
	u.Profile, u.LastUpdated = in.Profile, stamp(o.now())
	if password := in.Credentials.Password.Value; password != "" {
		u.password, u.PasswordChanged = password, u.LastUpdated
	}
	for _, attribute := range []string{"login", "email", "firstName", "lastName"} {
		if u.text(attribute) == "" {
			return apiAnswer{}, errInvalid(attribute, attribute+": The field cannot be left blank")
		}
	}
	if other, taken := o.state.userByLogin(u.login()); taken && other.ID != u.ID {
		return apiAnswer{}, errInvalid("login", "login: An object with this field already exists in the current organization")
	}
	if !o.state.users.put(u.ID, u) {
		return apiAnswer{}, errFull()
	}
	return ok(o.userJSON(u)), nil
}

func (o *Org) setUserStatus(status string) apiHandler {
	return func(r *http.Request) (apiAnswer, *apiError) {
		u, fault := o.findUser(r)
		if fault != nil {
			return apiAnswer{}, fault
		}
		u.Status, u.LastUpdated = status, stamp(o.now())
		o.state.users.put(u.ID, u)
		return ok(map[string]any{}), nil
	}
}

// deleteUser deprovisions a user first, and removes one that is deprovisioned.
func (o *Org) deleteUser(r *http.Request) (apiAnswer, *apiError) {
	u, fault := o.findUser(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if u.Status != "DEPROVISIONED" {
		u.Status = "DEPROVISIONED"
		o.state.users.put(u.ID, u)
		return noContent(), nil
	}
	o.state.users.delete(u.ID)
	for _, a := range o.state.apps.list() {
		if i := assignmentIndex(a.users, u.ID); i >= 0 {
			a.users = slices.Delete(slices.Clone(a.users), i, i+1)
			o.state.apps.put(a.id(), a)
		}
	}
	return noContent(), nil
}

func (o *Org) listUserGroups(r *http.Request) (apiAnswer, *apiError) {
	u, fault := o.findUser(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	list := []any{}
	for _, g := range o.state.groupsOf(u) {
		list = append(list, o.groupJSON(g))
	}
	return ok(list), nil
}

// factorsJSON shows the second factor that the user's method stands for.
func (o *Org) factorsJSON(u user) []any {
	f := u.method.factor
	if f.kind == "" {
		return []any{}
	}
	id := fixedID("opf", u.ID[3:])
	self := o.url + "/api/v1/users/" + u.ID + "/factors/" + id
	return []any{map[string]any{
		"id": id, "factorType": f.kind, "provider": f.provider, "vendorName": f.provider, "status": "ACTIVE",
		"created": u.Created, "lastUpdated": u.Created, "profile": map[string]any{"credentialId": u.login()},
		"_links": apiLink{"self": {Href: self, Hints: allow("GET")}, "user": {Href: o.url + "/api/v1/users/" + u.ID, Hints: allow("GET")}},
	}}
}

func (o *Org) listFactors(r *http.Request) (apiAnswer, *apiError) {
	u, fault := o.findUser(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.factorsJSON(u)), nil
}

func (o *Org) readFactor(r *http.Request) (apiAnswer, *apiError) {
	u, fault := o.findUser(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	for _, f := range o.factorsJSON(u) {
		if object(f)["id"] == r.PathValue("factor") {
			return ok(f), nil
		}
	}
	return apiAnswer{}, errNotFound("Factor", r.PathValue("factor"))
}
