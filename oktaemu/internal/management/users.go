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
	api.handle(mux, "POST "+base, manage, logged("user.lifecycle.create", "user", (*call).createUser))
	api.handle(mux, "GET "+base+"/{user}", read, (*call).readUser)
	api.handle(mux, "PUT "+base+"/{user}", manage, logged("user.account.update_profile", "user", (*call).replaceUser))
	api.handle(mux, "POST "+base+"/{user}", manage, logged("user.account.update_profile", "user", (*call).updateUser))
	api.handle(mux, "DELETE "+base+"/{user}", manage, logged("user.lifecycle.delete.initiated", "user", (*call).deleteUser))
	api.handle(mux, "DELETE "+base+"/{user}/sessions", manage, (*call).endUserSessions)
	api.handle(mux, "GET "+base+"/{user}/groups", read, (*call).listUserGroups)
	for _, part := range []string{"idps", "blocks", "devices", "grants"} { // of which the emulator's people have none
		api.handle(mux, "GET "+base+"/{user}/"+part, read, (*call).listNothing)
	}
	api.factorRoutes(mux, base+"/{user}/factors", read, manage)
	api.handle(mux, "DELETE "+base+"/{user}/grants", manage, func(c *call) (answer, *wire.APIError) {
		_, fault := c.findUser() // who has none
		return noContent(), fault
	})
	api.handle(mux, "GET "+base+"/{user}/appLinks", read, (*call).listAppLinks)
	api.userLifecycleRoutes(mux, base+"/{user}", manage)
	api.roleRoutes(mux, base+"/{user}/roles", userRoles())
}

// userTypeID and userSchemaID are of the one type of users that the emulator has.
func userTypeID() string   { return wire.FixedID("oty", "emudefault") }
func userSchemaID() string { return wire.FixedID("osc", "emudefault") }

func (c *call) userJSON(u store.User) any {
	shown := map[string]any{
		"id": u.ID, "status": u.Status, "created": u.Created, "activated": u.Activated, "statusChanged": u.StatusChanged,
		"lastLogin": u.LastLogin, "lastUpdated": u.LastUpdated, "passwordChanged": u.PasswordChanged,
		"type": map[string]any{"id": userTypeID()}, "profile": u.Profile, "credentials": credentialsJSON(u), "_links": c.userLinks(u),
	}
	if c.omits("omitCredentials") {
		delete(shown, "credentials")
	}
	if c.Has(store.FeatureRealms) {
		shown["realmId"] = wire.FixedID("guo", "emudefault")
	}
	return shown
}

// omits reports whether the call asks by its Content-Type for less: okta-response=omitCredentials,omitCredentialsLinks.
func (c *call) omits(part string) bool {
	if c.r.Method != http.MethodGet {
		return false
	}
	_, parts, _ := strings.Cut(c.r.Header.Get("Content-Type"), "okta-response=") // with or without quotes
	return slices.ContainsFunc(strings.Split(parts, ","), func(s string) bool { return strings.Trim(s, `" `) == part })
}

// userInList shows u as lists do: with a link to itself only.
func (c *call) userInList(u store.User) any {
	shown := store.Object(c.userJSON(u))
	shown["_links"] = wire.Links{"self": {Href: c.URL + "/api/v1/users/" + u.ID}}
	return shown
}

// credentialsJSON shows that there is a password, never the password itself.
func credentialsJSON(u store.User) map[string]any {
	kind, name := "OKTA", "OKTA"
	switch {
	case u.Provider != "":
		kind, name = u.Provider, cmp.Or(u.ProviderName, u.Provider)
	case u.PasswordHash != nil || u.PasswordByHook:
		kind, name = "IMPORT", "IMPORT"
	}
	shown := map[string]any{"provider": map[string]any{"type": kind, "name": name}}
	if u.HasPassword() {
		shown["password"] = map[string]any{}
	}
	if u.RecoveryQuestion != "" {
		shown["recovery_question"] = map[string]any{"question": u.RecoveryQuestion}
	}
	return shown
}

// userLink is a link of a user: with a method where Okta's other links have hints.
type userLink struct {
	Href   string `json:"href"`
	Method string `json:"method,omitempty"`
}

// userLinks are what can be done with u in the state that it is in.
func (c *call) userLinks(u store.User) map[string]userLink {
	self := c.URL + "/api/v1/users/" + u.ID
	links := map[string]userLink{
		"self":   {Href: self},
		"schema": {Href: c.URL + "/api/v1/meta/schemas/user/" + userSchemaID()},
		"type":   {Href: c.URL + "/api/v1/meta/types/user/" + userTypeID()},
	}
	steps := map[string][]string{
		store.UserStaged:          {"activate"},
		store.UserProvisioned:     {"deactivate", "reactivate", "resetPassword", "suspend"},
		store.UserActive:          {"deactivate", "resetPassword", "suspend", "expirePassword"},
		store.UserRecovery:        {"deactivate", "resetPassword", "suspend"},
		store.UserPasswordExpired: {"deactivate", "resetPassword", "suspend"},
		store.UserSuspended:       {"deactivate", "unsuspend"},
		store.UserDeprovisioned:   {"activate"},
	}[u.Status]
	if u.Status != store.UserDeprovisioned && c.Has(store.FeatureRealms) {
		steps = append(steps, "resetFactors")
	}
	less := c.omits("omitCredentialsLinks")
	for _, step := range steps {
		if less && (step == "resetPassword" || step == "resetFactors") {
			continue
		}
		links[step] = userLink{self + "/lifecycle/" + snake(step), http.MethodPost}
	}
	switch {
	case u.Status == store.UserDeprovisioned:
		links["delete"] = userLink{self, http.MethodDelete}
	case u.Status == store.UserActive && !less:
		for _, step := range []string{"changePassword", "changeRecoveryQuestion", "forgotPassword"} {
			links[step] = userLink{self + "/credentials/" + snake(step), http.MethodPost}
		}
	}
	return links
}

// snake writes resetPassword as reset_password.
func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
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

// findUser finds a user by id, by login, or by what of a login stands before the @ if only one has it; "me" is who is signed in, or the owner of the API token.
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
	short := slices.DeleteFunc(c.Users.List(), func(u store.User) bool {
		name, _, _ := strings.Cut(u.Login(), "@")
		return !strings.EqualFold(name, id)
	})
	if len(short) == 1 {
		return short[0], nil
	}
	return store.User{}, wire.ErrNotFound("User", id)
}

// listUsers: q is the beginning of a name or of the e-mail address. Without a
// condition, deprovisioned users are left out.
func (c *call) listUsers() (answer, *wire.APIError) {
	query := c.r.URL.Query()
	if fault := searchOrFilter(query); fault != nil {
		return answer{}, fault
	}
	search, fault := parseFilter(query.Get("search"), searchGrammar("profile.firstName", "profile.lastName", "profile.email", "profile.login"))
	if fault != nil {
		return answer{}, fault
	}
	takes := filterGrammar("lastUpdated", "id", "status", "profile.login", "profile.email", "profile.firstName", "profile.lastName")
	takes.exact, takes.noNot = true, true
	filter, fault := parseFilter(query.Get("filter"), takes)
	if fault != nil {
		return answer{}, fault
	}
	q := strings.ToLower(query.Get("q"))
	all := query.Get("search") != "" || query.Get("filter") != ""
	list := slices.DeleteFunc(c.Users.List(), func(u store.User) bool {
		return u.Status == store.UserDeprovisioned && !all || !u.Begins(q) || !search(c.userJSON(u)) || !filter(c.userJSON(u))
	})
	if fault := sortBy(c, list, func(u store.User) any { return c.userJSON(u) }); fault != nil {
		return answer{}, fault
	}
	id := func(u store.User) string { return u.ID }
	if q != "" {
		return unpaged(listPage(c, list, id, c.userInList, 10, 200))
	}
	return listPage(c, list, id, c.userInList, 200, 200)
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
			Value string              `json:"value"`
			Hash  *store.PasswordHash `json:"hash"`
			Hook  *struct {
				Type string `json:"type"`
			} `json:"hook"` // a password import hook says at the first sign-in whether it is right
		} `json:"password"`
		Provider         struct{ Type, Name string } `json:"provider"`
		RecoveryQuestion recoveryQuestion            `json:"recovery_question"`
	} `json:"credentials"`
	GroupIDs []string `json:"groupIds"`
}

// providers are who may check a user's password; "" is Okta.
func providers() []string {
	return []string{"", "OKTA", "ACTIVE_DIRECTORY", "LDAP", "FEDERATION", "SOCIAL", "IMPORT"}
}

type recoveryQuestion struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// createUser adds a person who signs in by password only, activated unless the query
// says not to. Without a password nobody signs in: the user is then only provisioned.
func (c *call) createUser() (answer, *wire.APIError) {
	var in userInput
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if provider := in.Credentials.Provider.Type; !slices.Contains(providers(), provider) {
		return answer{}, wire.ErrInvalid("credentials.provider.type", "credentials.provider.type: must be one of "+strings.Join(providers()[1:], ", "))
	}
	for _, id := range in.GroupIDs {
		switch g, there := c.Groups.Get(id); {
		case !there:
			return answer{}, wire.ErrInvalid("groupIds", "groupIds: not a group to which users are added: "+id)
		case g.Type == store.BuiltIn: // everybody is in it (Okta Workflows' documentation, "Create User": 501 is expected)
			return answer{}, wire.ErrAPI(http.StatusNotImplemented, "E0000060", "Unsupported operation.")
		}
	}
	u := store.User{ID: c.newID(wire.IDUser), Status: store.UserStaged, Created: c.Stamp(), LastUpdated: c.Stamp(), Groups: in.GroupIDs, Method: store.PasswordMethod()}
	c.setCredentials(&u, in)
	if c.r.URL.Query().Get("activate") != "false" {
		c.activate(&u)
	}
	if c.r.URL.Query().Get("nextLogin") == "changePassword" {
		const cannot = "Could not create user. To create a user and expire their password immediately, "
		switch {
		case in.Credentials.Password.Value == "":
			return answer{}, wire.ErrAPI(http.StatusBadRequest, "E0000124", cannot+"a password must be specified")
		case u.Status != store.UserActive:
			return answer{}, wire.ErrAPI(http.StatusBadRequest, "E0000125", cannot+`"activate" must be true`)
		}
		u.Status = store.UserPasswordExpired
	}
	return c.storeUser(u, "newUser", in.Profile)
}

// replaceUser is PUT: the profile is given again, unless only credentials are given.
func (c *call) replaceUser() (answer, *wire.APIError) {
	return c.changeUser(func(_, given map[string]any) map[string]any { return given })
}

// updateUser is POST: attributes left out stay.
func (c *call) updateUser() (answer, *wire.APIError) {
	return c.changeUser(func(old, given map[string]any) map[string]any {
		profile := maps.Clone(old)
		maps.Copy(profile, given)
		return profile
	})
}

// changeUser stores the user with the profile that change makes of the one before and
// the one given.
func (c *call) changeUser(change func(old, given map[string]any) map[string]any) (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	var in userInput
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	c.setCredentials(&u, in)
	if in.Profile == nil {
		return c.storeUser(u, "user", u.Profile)
	}
	u.LastUpdated = c.Stamp()
	return c.storeUser(u, "user", change(u.Profile, in.Profile))
}

// setCredentials takes over a password, plain or hashed, and a recovery question.
func (c *call) setCredentials(u *store.User, in userInput) {
	now := c.Stamp()
	switch password := in.Credentials.Password; {
	case password.Value != "":
		u.SetPassword(password.Value, now)
	case password.Hash != nil:
		u.Password, u.PasswordHash, u.PasswordByHook, u.PasswordChanged = "", password.Hash, false, &now
		u.StatusChanged = &now
	case password.Hook != nil:
		u.Password, u.PasswordHash, u.PasswordByHook, u.PasswordChanged = "", nil, true, &now
	}
	if provider := in.Credentials.Provider; provider.Type != "" && provider.Type != "OKTA" {
		u.Provider, u.ProviderName = provider.Type, provider.Name
	}
	if q := in.Credentials.RecoveryQuestion; q.Question != "" {
		u.RecoveryQuestion, u.RecoveryAnswer = q.Question, q.Answer
	}
}

// storeUser gives u the profile, if it is good, and stores it. object is what Okta
// calls the user in errors.
func (c *call) storeUser(u store.User, object string, profile map[string]any) (answer, *wire.APIError) {
	if fault := c.checkProfile(object, profile); fault != nil {
		return answer{}, fault
	}
	u.Profile = map[string]any{"mobilePhone": nil, "secondEmail": nil} // these two are always there
	for name, value := range profile {
		if value != nil {
			u.Profile[name] = value
		}
	}
	if other, taken := c.UserByLogin(u.Login()); taken && other.ID != u.ID {
		return answer{}, wire.ErrInvalid("login", "login: An object with this field already exists in the current organization")
	}
	c.applyGroupRules(&u)
	if !c.Users.Put(u.ID, u) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return ok(c.userJSON(u)), nil
}

// deleteUser deprovisions a user first, and removes one that is deprovisioned.
func (c *call) deleteUser() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	if u.Status != store.UserDeprovisioned {
		u.SetStatus(store.UserDeprovisioned, c.Stamp())
		c.Users.Put(u.ID, u)
		return noContent(), nil
	}
	c.Users.Delete(u.ID)
	delete(c.Roles, u.ID)
	for _, links := range c.Related {
		maps.DeleteFunc(links, func(associated, primary string) bool { return associated == u.ID || primary == u.ID })
	}
	assignedUsers().dropEverywhere(c, u.ID)
	return noContent(), nil
}

// endUserSessions ends all sessions of the user; with oauthTokens=true what was granted to apps ends with them (Okta
// Management API, User Sessions).
func (c *call) endUserSessions() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	c.Sessions.DeleteFunc(func(s store.Session) bool { return s.UserID == u.ID })
	if c.r.URL.Query().Get("oauthTokens") == "true" {
		c.Refresh.DeleteFunc(func(g store.RefreshGrant) bool { return g.Minting.UserID == u.ID })
	}
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

// listNothing is for what users may have at Okta, and have none of in the emulator.
func (c *call) listNothing() (answer, *wire.APIError) {
	if _, fault := c.findUser(); fault != nil {
		return answer{}, fault
	}
	return ok([]any{}), nil
}

// listAppLinks lists the apps on the user's dashboard.
func (c *call) listAppLinks() (answer, *wire.APIError) {
	u, fault := c.findUser()
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, a := range c.Apps.List() {
		if !a.Client.Active || !a.AssignedTo(u.ID, store.GroupIDs(c.GroupsOf(u))) {
			continue
		}
		name, _ := a.Doc["name"].(string)
		hide := store.Object(store.Object(a.Doc["visibility"])["hide"])
		list = append(list, map[string]any{
			"id": u.ID, "label": a.Client.Name, "linkUrl": c.URL + "/home/" + name + "/" + a.ID() + "/aln177a159h7Zf52X0g8", "logoUrl": c.logo("default", "").Href,
			"appName": name, "appInstanceId": a.ID(), "appAssignmentId": u.ID, "credentialsSetup": false, "hidden": hide["web"] == true, "sortOrder": len(list),
		})
	}
	return ok(list), nil
}
