package oktaemu

import (
	"strings"
)

// The sizes of the rings, in entries.
const (
	maxHookCalls = 1000
	maxLogEvents = 5000
)

// state is everything an org knows. It is guarded by Org.mu, which is never held
// during a call to another host.
type state struct {
	users  collection[user]
	groups collection[group]
	apps   collection[app]
	hooks  collection[inlineHook]
	as     collection[*authServer]

	hookKeys collection[hookKey] // by key id

	authorizations expiring[authorization] // waiting for a sign-in, by id
	sessions       expiring[session]       // by cookie value
	sessionTokens  expiring[session]       // by sessionToken
	codes          expiring[codeGrant]     // by authorization code; kept after use to notice reuse
	tokens         expiring[issued]        // by jti
	refresh        expiring[refreshGrant]  // by refresh token
	families       expiring[string]        // revoked families of refresh and access tokens, by family id
	assertions     expiring[struct{}]      // jti of client assertions seen

	hookCalls *ring[HookCall]
	events    *ring[logEvent]
}

// newState returns the objects that every org starts with.
func newState(opts Options) *state {
	s := &state{hookCalls: newRing[HookCall](maxHookCalls), events: newRing[logEvent](maxLogEvents)}
	now := stamp(opts.Now())
	for _, u := range append(personaUsers(), adminUser()) {
		u.Created, u.LastUpdated, u.PasswordChanged = now, now, now
		s.users.put(u.ID, u)
	}
	s.groups.put(everyoneID(), group{
		ID: everyoneID(), Type: "BUILT_IN", Created: now, LastUpdated: now, LastMembershipUpdated: now,
		ObjectClass: []string{"okta:user_group"},
		Profile:     map[string]any{"name": "Everyone", "description": "All users in your organization"},
	})
	hookID := ""
	if opts.Hook.URL != "" {
		hook := firstHook(opts.Hook, now)
		s.hooks.put(hook.ID, hook)
		hookID = hook.ID
	}
	s.as.put(defaultAS, newDefaultAS(opts.Now, hookID))
	return s
}

// firstHook is the hook that the options name, as an object of the Management API.
func firstHook(h Hook, now stamp) inlineHook {
	hook := inlineHook{
		ID: fixedID(idHook, "emuhook"), Name: "token hook", Type: TokenHookType, Version: "1.0.0", Status: "ACTIVE",
		Created: now, LastUpdated: now,
		Channel: hookChannel{Type: "HTTP", Version: "1.0.0", Config: hookConfig{URI: h.URL, Method: "POST"}},
	}
	if h.Secret != "" {
		hook.Channel.Config.AuthScheme = &hookAuthScheme{Type: "HEADER", Key: h.Header, Value: h.Secret}
	}
	return hook
}

// authServerFor returns the active authorization server with that id.
func (s *state) authServerFor(id string) (*authServer, bool) {
	as, ok := s.as.get(id)
	return as, ok && as.Status == "ACTIVE"
}

// activeClient returns the app of an active client.
func (s *state) activeClient(clientID string) (app, bool) {
	if clientID == "" {
		return app{}, false
	}
	a, ok := s.apps.find(func(a app) bool { return a.client.id == clientID })
	return a, ok && a.client.active
}

func groupIDs(groups []group) []string {
	ids := make([]string, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	return ids
}

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }
