// Package store is what an org knows: its objects, the grants under way and the
// records of what happened, behind one lock that only this package takes.
package store

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"pschook/oktaemu/internal/wire"
)

// The sizes of the rings, in entries.
const (
	maxHookCalls = 1000
	maxLogEvents = 5000
)

// Store keeps an org's [State]. It is safe for concurrent use.
type Store struct {
	mu    sync.Mutex
	state *State // its origins, id and clock never change

	deliver func([]Delivery)
}

// Do runs f inside the lock. Who has a *State is inside: f must not keep it, must
// not call Do again, and must not wait for another host.
func (s *Store) Do(f func(*State)) {
	if due := s.run(f); len(due) > 0 && s.deliver != nil {
		s.deliver(due)
	}
}

// run runs f inside the lock, and returns what event hooks are to be told of it.
func (s *Store) run(f func(*State)) []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.state)
	due := s.state.due
	s.state.due = nil
	return due
}

// OnEvents says who delivers to event hooks. deliver must not wait. Call it before
// anything else.
func (s *Store) OnEvents(deliver func([]Delivery)) { s.deliver = deliver }

// Now is the org's time.
func (s *Store) Now() time.Time { return s.state.now() }

// URL is the org's origin.
func (s *Store) URL() string { return s.state.URL }

// OrgID is the org's id.
func (s *Store) OrgID() string { return s.state.OrgID }

// Asked returns the origin of the org that is asked by a Host header: the custom domain's, or its own.
func (s *Store) Asked(host string) string {
	if _, custom, _ := strings.Cut(s.state.CustomURL, "://"); custom != "" && strings.EqualFold(host, custom) {
		return s.state.CustomURL
	}
	return s.state.URL
}

// Issuer returns the issuer, at the org's own origin, of the authorization server with that [AuthServer.Slug].
func (s *Store) Issuer(slug string) string { return s.state.Issuer(slug) }

// State is everything an org knows. Objects in it are values that are replaced,
// never changed in place, so that what was read stays as it was after the lock;
// authorization servers and their policies are the exception.
type State struct {
	URL       string // the org's own origin
	CustomURL string // that of its custom domain; empty: it has none
	OrgID     string
	now       func() time.Time

	features []Feature

	Users      Collection[User]
	Groups     Collection[Group]
	Apps       Collection[App]
	Hooks      Collection[InlineHook]
	HookKeys   Collection[HookKey] // by key id
	EventHooks Collection[EventHook]

	TrustedOrigins Collection[TrustedOrigin]

	Relations Collection[Relation]         // by name of the primary end
	Related   map[string]map[string]string // by that name: the primary user by the associated one

	GroupRules  Collection[GroupRule]
	GroupPushes Collection[GroupPush]
	GroupOwners map[string][]GroupOwner // by id of the group

	Servers Collection[*AuthServer]

	Roles          map[string][]Role // administrators' roles, by id of user, group or app
	UserAttributes map[string]any    // custom ones of the user schema: name to definition
	Created        wire.Stamp
	Org            *AuthServer // the org authorization server, which calls no hook

	SignOnActions map[string]any // of the authentication policy's rule; nil: the usual ones

	Authorizations Expiring[Authorization] // waiting for a sign-in, by id
	Pushed         Expiring[Pushed]        // authorization requests pushed ahead, by request_uri
	Devices        Expiring[DeviceGrant]   // by device code
	UserCodes      Expiring[string]        // the device codes, by what people type
	Sessions       Expiring[Session]       // by cookie value
	SessionTokens  Expiring[Session]       // by sessionToken
	Codes          Expiring[CodeGrant]     // by authorization code; kept after use to notice reuse
	Tokens         Expiring[Issued]        // by jti
	Refresh        Expiring[RefreshGrant]  // by refresh token
	Families       Expiring[string]        // revoked families of refresh and access tokens, by family id
	Assertions     Expiring[struct{}]      // jti of client assertions seen

	HookCalls *Ring[HookCall]
	events    *Ring[Event]
	late      []lateEvent // entries on their way into events
	logged    uint64      // entries ever
	due       []Delivery  // to event hooks, after the lock
	faults    []Fault
	rates     map[string]rateCount
}

// Now is the org's time.
func (s *State) Now() time.Time { return s.now() }

// Stamp is the org's time as objects hold it.
func (s *State) Stamp() wire.Stamp { return wire.Stamp(s.now()) }

// Issuer returns the issuer, at the org's own origin, of the authorization server with that [AuthServer.Slug]. The
// org's own is the org.
func (s *State) Issuer(slug string) string { return IssuerAt(s.URL, slug) }

// IssuerAsked returns the issuer of as for who asks the org at that origin (Okta Management API, AuthorizationServer,
// issuerMode). Without a custom domain there is one origin only.
func (s *State) IssuerAsked(as *AuthServer, asked string) string {
	switch {
	case s.CustomURL == "", as.IssuerMode == "ORG_URL":
		asked = s.URL
	case as.IssuerMode == "CUSTOM_URL":
		asked = s.CustomURL
	}
	return IssuerAt(cmp.Or(asked, s.URL), as.Slug())
}

// Issues reports whether tokens of as may have that issuer.
func (s *State) Issues(as *AuthServer, issuer string) bool {
	return issuer == s.IssuerAsked(as, s.URL) || issuer == s.IssuerAsked(as, s.CustomURL)
}

// IssuerAt returns the issuer with that [AuthServer.Slug] at that origin of the org.
func IssuerAt(origin, slug string) string {
	if slug == OrgServer {
		return origin
	}
	return origin + "/oauth2/" + slug
}

// Endpoints returns what the endpoints of that authorization server begin with, at that origin of the org.
func Endpoints(origin, slug string) string {
	if slug == OrgServer {
		return origin + "/oauth2/v1"
	}
	return IssuerAt(origin, slug) + "/v1"
}

// Setup says what an org is from the start.
type Setup struct {
	URL       string
	CustomURL string // of the custom domain; empty: none
	OrgID     string
	Now       func() time.Time
	Features  []Feature
}

// New returns an org with what no org is without: the built-in groups and the org authorization server.
func New(setup Setup) *Store {
	created := wire.Stamp(setup.Now())
	s := &State{
		URL: setup.URL, CustomURL: setup.CustomURL, OrgID: setup.OrgID, now: setup.Now, Created: created, Org: newOrgServer(setup.URL, setup.Now()),
		features:  setup.Features,
		HookCalls: newRing[HookCall](maxHookCalls), events: newRing[Event](maxLogEvents), rates: map[string]rateCount{},
		Roles: map[string][]Role{}, Related: map[string]map[string]string{}, GroupOwners: map[string][]GroupOwner{}, UserAttributes: map[string]any{},
	}
	s.Groups.Put(EveryoneID(), builtIn(EveryoneID(), "Everyone", "All users in your organization", created))
	admins := "Okta manages this group, which contains all administrators in your organization."
	s.Groups.Put(AdministratorsID(), builtIn(AdministratorsID(), "Okta Administrators", admins, created))
	return &Store{state: s}
}

// AuthServerFor returns the active authorization server with that [AuthServer.Slug].
func (s *State) AuthServerFor(slug string) (*AuthServer, bool) {
	if slug == OrgServer {
		return s.Org, true
	}
	as, ok := s.Servers.Find(func(as *AuthServer) bool { return as.Slug() == slug })
	return as, ok && as.Status == "ACTIVE"
}

// ActiveClient returns the app of an active client.
func (s *State) ActiveClient(clientID string) (App, bool) {
	if clientID == "" {
		return App{}, false
	}
	a, ok := s.Apps.Find(func(a App) bool { return a.Client.ID == clientID })
	return a, ok && a.Client.Active
}

// Session returns the session with that id, if its user may still sign in.
func (s *State) Session(id string) (Session, User, bool) {
	found, ok := s.Sessions.Get(s.Now(), id)
	if !ok {
		return Session{}, User{}, false
	}
	u, ok := s.Users.Get(found.UserID)
	return found, u, ok && u.Status == "ACTIVE"
}

// Trusts reports whether pages of the origin ("https://app.example") may call the org as its user: it is among the
// trusted origins, or that of a redirect URI of an active app, as Okta allows them without an entry.
func (s *State) Trusts(origin string) bool {
	if _, ok := s.TrustedOrigins.Find(func(o TrustedOrigin) bool { return o.allows(origin) }); ok {
		return true
	}
	_, ok := s.Apps.Find(func(a App) bool {
		return a.Client.Active && slices.ContainsFunc(slices.Concat(a.Client.RedirectURIs, a.Client.PostLogoutURIs), func(uri string) bool {
			return OriginOf(uri) == origin
		})
	})
	return ok && origin != ""
}

// IDPID returns the identity provider that a sign-in used: the org itself, or the
// smart card provider.
func (s *Store) IDPID(kind string) string {
	if kind == "FEDERATION" {
		return wire.FixedID(wire.IDIDP, "emusmartcard")
	}
	return s.OrgID()
}

// Ask runs f inside the lock, as [Store.Do] does, and returns its two results.
func Ask[T, U any](s *Store, f func(*State) (T, U)) (one T, two U) {
	s.Do(func(st *State) { one, two = f(st) })
	return one, two
}
