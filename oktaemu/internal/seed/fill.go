package seed

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
	"pschook/verify/words"
)

// Ask sends a request to the Management API of the org that is filled, with an object as JSON for its body. What it
// makes is to have that id.
type Ask func(method, path string, body map[string]any, id string) *wire.APIError

// Fill puts what s says into the org in st, which has nothing but what [store.New] made. All goes the way of the
// Management API, so that a seed can say what an administrator could, and nothing else. All faults are reported together
// (errors.Join of *Error); with one of them the org is of no use. Call it before the org answers anybody.
func (s *Seed) Fill(st *store.Store, ask Ask) error {
	f := &filler{
		s: s, st: st, ask: ask, taken: map[string]bool{}, people: map[string]string{},
		groups: map[string]string{"Everyone": store.EveryoneID(), "Okta Administrators": store.AdministratorsID()}, hooks: map[string]string{}, clients: map[string]string{allClients: allClients},
	}
	if len(s.UserAttributes) > 0 {
		custom := map[string]any{"definitions": map[string]any{"custom": map[string]any{"properties": s.UserAttributes}}}
		f.send(http.MethodPost, "/api/v1/meta/schemas/user/default", custom, "", "userAttributes")
	}
	each(s.Groups, f.group)
	each(s.People, f.person)
	each(s.HookKeys, f.hookKey)
	each(s.InlineHooks, f.inlineHook)
	each(s.EventHooks, f.eventHook)
	each(s.TrustedOrigins, f.trustedOrigin)
	each(s.Apps, f.app)
	each(s.Servers, f.server)
	each(s.Faults, f.fault)
	st.Do(func(st *store.State) {
		st.SignOnActions = s.SignOnActions
		st.AddAdmin()
		st.ForgetEvents()
	})
	return errors.Join(f.faults...)
}

// The words for everybody in policies and rules.
const (
	allClients = "ALL_CLIENTS"
	everyone   = "EVERYONE"
)

// filler is one run of Fill. Its maps lead from what a file calls an object to its id.
type filler struct {
	s      *Seed
	st     *store.Store
	ask    Ask
	faults []error
	taken  map[string]bool // ids

	groups, people, hooks, clients map[string]string
}

func each[T any](list []T, do func(int, T)) {
	for i, item := range list {
		do(i, item)
	}
}

// wrong notes a fault at the end of way.
func (f *filler) wrong(reason string, way ...any) {
	f.faults = append(f.faults, f.s.Fault(reason, way...))
}

// name writes a way as people read it: people[3].groups[0].
func name(way []any) string {
	var b strings.Builder
	for _, step := range way {
		if i, isIndex := step.(int); isIndex {
			fmt.Fprintf(&b, "[%d]", i)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		fmt.Fprint(&b, step)
	}
	return b.String()
}

// send asks the org, notes what it refuses, and reports whether it took the request. Okta's causes begin with the member
// that they are about.
func (f *filler) send(method, path string, body map[string]any, id string, way ...any) bool {
	refused := f.ask(method, path, body, id)
	if refused == nil {
		return true
	}
	causes := refused.Causes
	if len(causes) == 0 {
		causes = []string{refused.Summary}
	}
	for _, cause := range causes {
		at := way
		if member, reason, isMember := strings.Cut(cause, ": "); isMember && f.s.has(member, way) {
			at, cause = append(slices.Clip(way), member), reason
		}
		f.wrong(cause, at...)
	}
	return false
}

// ValidID reports whether an object can have that id.
func ValidID(id string) bool { return regexp.MustCompile(`^[0-9A-Za-z_.-]{1,100}$`).MatchString(id) }

// id checks the id that a file gives, or makes one of the name: the same in every org.
func (f *filler) id(prefix, given, name string, way ...any) string {
	id := cmp.Or(given, wire.NamedID(prefix, name))
	switch {
	case !ValidID(id):
		f.wrong("an id has 1 to 100 letters, digits, -, _ and .", append(way, "id")...)
	case f.taken[prefix+id]:
		f.wrong(fmt.Sprintf("the id %s is taken", id), append(way, "id")...)
	}
	f.taken[prefix+id] = true
	return id
}

// refer returns the id of what is called by that name, or the word itself if it has the form of an id.
func (f *filler) refer(known map[string]string, kind, prefix, word string, way ...any) string {
	id, there := known[word]
	switch {
	case there:
		return id
	case strings.HasPrefix(word, prefix) && len(word) == wire.IDLength:
		return word
	}
	f.wrong(fmt.Sprintf("there is no %s %q%s", kind, words.Shorten(word, maxQuoted), Nearest(word, sortedKeys(known))), way...)
	return ""
}

func (f *filler) referAll(known map[string]string, kind, prefix string, words []string, way ...any) []string {
	ids := []string{}
	for i, word := range words {
		ids = append(ids, f.refer(known, kind, prefix, word, append(slices.Clip(way), i)...))
	}
	return ids
}

func (f *filler) group(i int, g Group) {
	way := []any{"groups", i}
	profile := map[string]any{}
	maps.Copy(profile, g.Profile)
	profile["name"], profile["description"] = g.Name, g.Description
	f.groups[g.Name] = f.id(wire.IDGroup, g.ID, g.Name, way...)
	f.send(http.MethodPost, "/api/v1/groups", map[string]any{"profile": profile}, f.groups[g.Name], way...)
}

func (f *filler) person(i int, p Person) {
	way := []any{"people", i}
	profile := map[string]any{"email": p.Login}
	maps.Copy(profile, p.Profile)
	profile["login"] = p.Login
	credentials := map[string]any{}
	if p.Password != "" {
		credentials["password"] = map[string]any{"value": p.Password}
	}
	if p.PasswordHash != nil {
		credentials["password"] = map[string]any{"hash": p.PasswordHash}
	}
	if p.RecoveryQuestion != "" {
		credentials["recovery_question"] = map[string]any{"question": p.RecoveryQuestion, "answer": p.RecoveryAnswer}
	}
	id := f.id(wire.IDUser, p.ID, p.Login, way...)
	f.people[p.Login] = id
	method, known := store.MethodNamed(cmp.Or(p.Method, "password"))
	if !known {
		f.wrong(fmt.Sprintf("%q is not one of %s%s", words.Shorten(p.Method, maxQuoted), strings.Join(store.MethodNames(), ", "), Nearest(p.Method, store.MethodNames())), append(way, "method")...)
	}
	if p.AMR != nil {
		method.AMR = p.AMR
	}
	if states := store.UserStates(); p.Status != "" && !slices.Contains(states, p.Status) {
		f.wrong(fmt.Sprintf("%q is not one of %s%s", words.Shorten(p.Status, maxQuoted), strings.Join(states, ", "), Nearest(p.Status, states)), append(way, "status")...)
	}
	groups := f.referAll(f.groups, "group", wire.IDGroup, p.Groups, append(way, "groups")...)
	if !f.send(http.MethodPost, "/api/v1/users?activate=false", map[string]any{"profile": profile, "credentials": credentials}, id, way...) {
		return
	}
	f.st.Do(func(st *store.State) { seedUser(st, id, p.Status, method, groups) })
	for j, role := range p.Roles {
		f.send(http.MethodPost, "/api/v1/users/"+id+"/roles", map[string]any{"type": role}, "", append(slices.Clip(way), "roles", j)...)
	}
}

// seedUser gives a user what the Management API does not.
func seedUser(st *store.State, id, status string, method store.Method, groups []string) {
	u, _ := st.Users.Get(id)
	usual := store.UserProvisioned
	if u.HasPassword() {
		usual = store.UserActive
	}
	u.SetStatus(cmp.Or(status, usual), st.Stamp())
	if u.Status != store.UserStaged {
		now := st.Stamp()
		u.Activated = &now
	}
	u.Method, u.Groups, u.Seeded = method, slices.DeleteFunc(groups, func(id string) bool { g, _ := st.Groups.Get(id); return g.Type == store.BuiltIn }), true
	st.Users.Put(id, u)
}

func (f *filler) hookKey(i int, k HookKey) {
	way := []any{"hookKeys", i}
	id := f.id("HKY", k.ID, k.Name, way...)
	if !f.send(http.MethodPost, "/api/v1/hook-keys", map[string]any{"name": k.Name}, id, way...) || k.KeyID == "" {
		return
	}
	f.st.Do(func(st *store.State) {
		key, _ := st.HookKeys.Find(func(other store.HookKey) bool { return other.ID == id })
		st.HookKeys.Delete(key.Key.ID)
		key.Key.ID = k.KeyID
		st.HookKeys.Put(k.KeyID, key)
	})
}

func (f *filler) inlineHook(i int, h InlineHook) {
	way := []any{"inlineHooks", i}
	id := f.id(wire.IDHook, h.ID, h.Name, way...)
	f.hooks[h.Name] = id
	body := map[string]any{"name": h.Name, "type": cmp.Or(h.Type, store.TokenHookType), "version": cmp.Or(h.Version, "1.0.0"), "channel": h.Channel}
	if f.send(http.MethodPost, "/api/v1/inlineHooks", body, id, way...) {
		f.setStatus("/api/v1/inlineHooks/"+id, h.Status, way...)
	}
}

// setStatus gives an object its status, which is ACTIVE when it was made.
func (f *filler) setStatus(path, status string, way ...any) {
	switch status {
	case "", "ACTIVE":
	case "INACTIVE":
		f.send(http.MethodPost, path+"/lifecycle/deactivate", nil, "", way...)
	default:
		f.wrong("must be ACTIVE or INACTIVE", append(way, "status")...)
	}
}

func (f *filler) eventHook(i int, h EventHook) {
	way := []any{"eventHooks", i}
	id := f.id("who", h.ID, h.Name, way...)
	body := map[string]any{"name": h.Name, "status": h.Status, "channel": h.Channel, "events": map[string]any{"type": "EVENT_TYPE", "items": h.Events}}
	if h.Description != "" {
		body["description"] = h.Description
	}
	if !f.send(http.MethodPost, "/api/v1/eventHooks", body, id, way...) {
		return
	}
	f.st.Do(func(st *store.State) {
		hook, _ := st.EventHooks.Get(id)
		hook.Verified = h.Verified
		st.EventHooks.Put(id, hook)
	})
}

func (f *filler) trustedOrigin(i int, o TrustedOrigin) {
	way := []any{"trustedOrigins", i}
	id := f.id("tos", o.ID, o.Name, way...)
	scopes := []map[string]any{}
	for _, kind := range o.Scopes {
		scopes = append(scopes, map[string]any{"type": kind})
	}
	if f.send(http.MethodPost, "/api/v1/trustedOrigins", map[string]any{"name": o.Name, "origin": o.Origin, "scopes": scopes}, id, way...) {
		f.setStatus("/api/v1/trustedOrigins/"+id, o.Status, way...)
	}
}

func (f *filler) app(i int, a App) {
	way := []any{"apps", i}
	id := f.id(wire.IDApp, a.ClientID, a.Label, way...)
	f.clients[id] = id
	path := "/api/v1/apps"
	switch a.Status {
	case "", "ACTIVE":
	case "INACTIVE":
		path += "?activate=false"
	default:
		f.wrong("must be ACTIVE or INACTIVE", append(way, "status")...)
	}
	groups := f.referAll(f.groups, "group", wire.IDGroup, a.Groups, append(way, "groups")...)
	users := f.referAll(f.people, "person", wire.IDUser, a.Users, append(way, "users")...)
	if !f.send(http.MethodPost, path, a.document(id), "", way...) {
		return
	}
	self := "/api/v1/apps/" + url.PathEscape(id)
	for j, group := range groups {
		f.send(http.MethodPut, self+"/groups/"+group, map[string]any{}, "", append(slices.Clip(way), "groups", j)...)
	}
	for j, user := range users {
		f.send(http.MethodPost, self+"/users", map[string]any{"id": user}, "", append(slices.Clip(way), "users", j)...)
	}
	for j, scope := range a.Grants {
		f.send(http.MethodPost, self+"/grants", map[string]any{"scopeId": scope, "issuer": f.st.URL()}, wire.NamedID(wire.IDGrant, id+scope), append(slices.Clip(way), "grants", j)...)
	}
	if a.AccessPolicy != "" {
		f.send(http.MethodPut, self+"/policies/"+url.PathEscape(a.AccessPolicy), nil, "", append(way, "accessPolicy")...)
	}
}

// document writes the app as the Management API takes it.
func (a App) document(id string) map[string]any {
	oauth := map[string]any{"client_id": id}
	client := map[string]any{"application_type": a.Type}
	set(oauth, "client_secret", a.ClientSecret)
	set(oauth, "token_endpoint_auth_method", a.AuthMethod)
	if a.PKCERequired != nil {
		oauth["pkce_required"] = *a.PKCERequired
	}
	for name, list := range map[string][]string{
		"grant_types": a.GrantTypes, "response_types": a.ResponseTypes, "redirect_uris": a.RedirectURIs, "post_logout_redirect_uris": a.PostLogoutURIs,
	} {
		if list != nil {
			client[name] = list
		}
	}
	for name, object := range map[string]map[string]any{"jwks": a.JWKS, "refresh_token": a.Refresh} {
		if object != nil {
			client[name] = object
		}
	}
	set(client, "jwks_uri", a.JWKSURI)
	return map[string]any{
		"name": cmp.Or(a.Name, store.OIDCName), "label": a.Label, "signOnMode": "OPENID_CONNECT",
		"credentials": map[string]any{"oauthClient": oauth}, "settings": map[string]any{"oauthClient": client},
	}
}

func set(object map[string]any, name, text string) {
	if text != "" {
		object[name] = text
	}
}

func (f *filler) fault(i int, fault store.Fault) {
	f.st.Do(func(st *store.State) {
		if err := st.AddFault(fault); err != nil {
			f.wrong(err.Error(), "faults", i)
		}
	})
}
