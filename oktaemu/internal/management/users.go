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

func (api *API) userRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/users", "okta.users.read", "okta.users.manage"
	api.handle(mux, "GET "+base, read, (*call).listUsers)
	api.handle(mux, "POST "+base, manage, (*call).createUser)
	api.handle(mux, "GET "+base+"/{user}", read, (*call).readUser)
	api.handle(mux, "PUT "+base+"/{user}", manage, (*call).replaceUser)
	api.handle(mux, "POST "+base+"/{user}", manage, (*call).updateUser)
	api.handle(mux, "DELETE "+base+"/{user}", manage, (*call).deleteUser)
	for action, status := range map[string]string{
		"activate": "ACTIVE", "deactivate": "DEPROVISIONED", "suspend": "SUSPENDED", "unsuspend": "ACTIVE",
	} {
		api.handle(mux, "POST "+base+"/{user}/lifecycle/"+action, manage, setUserStatus(status))
	}
	api.handle(mux, "GET "+base+"/{user}/groups", read, (*call).listUserGroups)
	api.handle(mux, "GET "+base+"/{user}/factors", read, (*call).listFactors)
	api.handle(mux, "GET "+base+"/{user}/factors/{factor}", read, (*call).readFactor)
}

func (c *call) userJSON(u store.User) any {
	self := c.URL + "/api/v1/users/" + u.ID
	return map[string]any{
		"id": u.ID, "status": u.Status, "created": u.Created, "activated": u.Created, "statusChanged": u.Created,
		"lastLogin": u.LastLogin, "lastUpdated": u.LastUpdated, "passwordChanged": u.PasswordChanged,
		"type": map[string]any{"id": "oty" + wire.FixedID(wire.IDUser, "emudefault")[3:]}, "profile": u.Profile,
		"credentials": map[string]any{"password": map[string]any{}, "provider": map[string]any{"type": "OKTA", "name": "OKTA"}},
		"_links": wire.Links{
			"self": {Href: self}, "groups": {Href: self + "/groups"}, "factors": {Href: self + "/factors"},
			"deactivate": {Href: self + "/lifecycle/deactivate", Hints: wire.Allow("POST")},
		},
	}
}

// signedIn is the user of the browser's session, for a call without another credential.
func (c *call) signedIn() store.User {
	cookie, err := c.r.Cookie(store.SessionCookie)
	if err != nil || c.r.Header.Get("Authorization") != "" {
		return store.User{}
	}
	if _, u, ok := c.Session(cookie.Value); ok {
		return u
	}
	return store.User{}
}

// findUser finds a user by id or login; "me" is who is signed in, or the owner of the API token.
func (c *call) findUser() (store.User, *wire.APIError) {
	id := c.r.PathValue("user")
	if id == "me" {
		id = cmp.Or(c.signedIn().ID, store.AdminID())
	}
	if u, there := c.Users.Get(id); there {
		return u, nil
	}
	if u, there := c.UserByLogin(id); there {
		return u, nil
	}
	return store.User{}, wire.ErrNotFound("User", id)
}

// listUsers: q is the beginning of a name or of the e-mail address. Without a
// condition, deprovisioned users are left out.
func (c *call) listUsers() (answer, *wire.APIError) {
	query := c.r.URL.Query()
	search, fault := parseFilter(query.Get("search"))
	if fault != nil {
		return answer{}, fault
	}
	filter, fault := parseFilter(query.Get("filter"))
	if fault != nil {
		return answer{}, fault
	}
	q := strings.ToLower(query.Get("q"))
	all := query.Get("search") != "" || query.Get("filter") != ""
	list := slices.DeleteFunc(c.Users.List(), func(u store.User) bool {
		return u.Status == "DEPROVISIONED" && !all || !u.Begins(q) || !search(c.userJSON(u)) || !filter(c.userJSON(u))
	})
	return listPage(c, list, func(u store.User) string { return u.ID }, c.userJSON, 200, 200)
}

func (c *call) readUser() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.userJSON(u)), nil
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
func (c *call) createUser() (answer, *wire.APIError) {
	var in userInput
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	for _, id := range in.GroupIDs {
		if _, there := c.Groups.Get(id); !there || id == store.EveryoneID() {
			return answer{}, wire.ErrInvalid("groupIds", "groupIds: not a group to which users are added: "+id)
		}
	}
	now := wire.Stamp(c.Now())
	u := store.User{ID: wire.NewID(wire.IDUser), Status: "ACTIVE", Created: now, PasswordChanged: now, Groups: in.GroupIDs, Method: store.PasswordMethod()}
	if c.r.URL.Query().Get("activate") == "false" {
		u.Status = "STAGED"
	}
	return c.storeUser(u, in)
}

// replaceUser is PUT: the profile is given again.
func (c *call) replaceUser() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	var in userInput
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	return c.storeUser(u, in)
}

// updateUser is POST: attributes left out stay.
func (c *call) updateUser() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	var in userInput
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	profile := maps.Clone(u.Profile)
	maps.Copy(profile, in.Profile)
	in.Profile = profile
	return c.storeUser(u, in)
}

// storeUser gives u the profile and the password of in, and stores it.
func (c *call) storeUser(u store.User, in userInput) (answer, *wire.APIError) {
	u.Profile, u.LastUpdated = in.Profile, wire.Stamp(c.Now())
	if password := in.Credentials.Password.Value; password != "" {
		u.Password, u.PasswordChanged = password, u.LastUpdated
	}
	for _, attribute := range []string{"login", "email", "firstName", "lastName"} {
		if u.Text(attribute) == "" {
			return answer{}, wire.ErrInvalid(attribute, attribute+": The field cannot be left blank")
		}
	}
	if other, taken := c.UserByLogin(u.Login()); taken && other.ID != u.ID {
		return answer{}, wire.ErrInvalid("login", "login: An object with this field already exists in the current organization")
	}
	if !c.Users.Put(u.ID, u) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return ok(c.userJSON(u)), nil
}

func setUserStatus(status string) handler {
	return func(c *call) (answer, *wire.APIError) {
		u, fault := c.findUser()
		if fault != nil {
			return answer{}, fault
		}
		u.Status, u.LastUpdated = status, wire.Stamp(c.Now())
		c.Users.Put(u.ID, u)
		return ok(map[string]any{}), nil
	}
}

// deleteUser deprovisions a user first, and removes one that is deprovisioned.
func (c *call) deleteUser() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	if u.Status != "DEPROVISIONED" {
		u.Status = "DEPROVISIONED"
		c.Users.Put(u.ID, u)
		return noContent(), nil
	}
	c.Users.Delete(u.ID)
	assignedUsers().dropEverywhere(c, u.ID)
	return noContent(), nil
}

func (c *call) listUserGroups() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, g := range c.GroupsOf(u) {
		list = append(list, c.groupJSON(g))
	}
	return ok(list), nil
}

// factorsJSON shows the second factor that the user's method stands for.
func (c *call) factorsJSON(u store.User) []any {
	f := u.Method.Factor
	if f.Kind == "" {
		return []any{}
	}
	id := wire.FixedID("opf", u.ID[3:])
	self := c.URL + "/api/v1/users/" + u.ID + "/factors/" + id
	return []any{map[string]any{
		"id": id, "factorType": f.Kind, "provider": f.Provider, "vendorName": f.Provider, "status": "ACTIVE",
		"created": u.Created, "lastUpdated": u.Created, "profile": map[string]any{"credentialId": u.Login()},
		"_links": wire.Links{"self": {Href: self, Hints: wire.Allow("GET")}, "user": {Href: c.URL + "/api/v1/users/" + u.ID, Hints: wire.Allow("GET")}},
	}}
}

func (c *call) listFactors() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.factorsJSON(u)), nil
}

func (c *call) readFactor() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	for _, f := range c.factorsJSON(u) {
		if store.Object(f)["id"] == c.r.PathValue("factor") {
			return ok(f), nil
		}
	}
	return answer{}, wire.ErrNotFound("Factor", c.r.PathValue("factor"))
}
