package store

import (
	"time"

	"pschook/oktaemu/internal/keys"
	"pschook/oktaemu/internal/wire"
)

// DefaultServer is the slug of the authorization server that every org starts with.
const DefaultServer = "default"

// OrgServer is the id of the org authorization server, which the Management API does not show.
const OrgServer = ""

// AuthServer is a custom authorization server, or the org's own.
type AuthServer struct {
	ID          string
	Default     bool // the one that the org came with
	Name        string
	Description string
	Audiences   []string
	IssuerMode  string // ORG_URL, CUSTOM_URL, DYNAMIC
	Status      string // ACTIVE, INACTIVE
	Encryption  string // algorithm by which access tokens are encrypted; only kept: the emulator encrypts none
	Created     wire.Stamp
	LastUpdated wire.Stamp
	Rotation    string // AUTO, MANUAL
	LastRotated wire.Stamp

	Trusted  []string // ids of servers whose tokens it takes in exchange; only kept: the emulator exchanges none
	Keys     *keys.Ring
	Scopes   Collection[Scope]
	Claims   Collection[CustomClaim]
	Policies Collection[*AccessPolicy]
}

// Slug is what the server is called in URLs: its id, or "default".
func (as *AuthServer) Slug() string {
	if as.Default {
		return DefaultServer
	}
	return as.ID
}

// Scope is an OAuth scope that an authorization server knows.
type Scope struct {
	ID              string     `json:"id"`
	Name            string     `json:"name"`
	DisplayName     string     `json:"displayName,omitempty"`
	Description     string     `json:"description,omitempty"`
	System          bool       `json:"system"`
	Default         bool       `json:"default"`
	Optional        bool       `json:"optional"`
	MetadataPublish string     `json:"metadataPublish"` // ALL_CLIENTS, NO_CLIENTS
	Consent         string     `json:"consent"`         // IMPLICIT, REQUIRED, FLEXIBLE; the emulator never asks
	APIResourceID   *string    `json:"apiResourceId"`   // no API resources in the emulator: null
	Links           wire.Links `json:"_links,omitempty"`
}

// NewAuthServer returns an active server with Okta's system scopes and no policy.
func NewAuthServer(id, name string, audiences []string, now time.Time) *AuthServer {
	created := wire.Stamp(now)
	as := &AuthServer{
		ID: id, Name: name, Audiences: audiences, IssuerMode: "ORG_URL", Status: "ACTIVE",
		Created: created, LastUpdated: created, Rotation: "AUTO", LastRotated: created,
		Keys: keys.NewRing(now),
	}
	for _, name := range []string{"openid", "profile", "email", "address", "phone", "offline_access"} {
		as.addSystemScope(name)
	}
	as.addSystemClaims()
	return as
}

// addSystemScope adds a scope of Okta's own, with words for a consent dialog, as all of them have.
func (as *AuthServer) addSystemScope(name string) {
	words := map[string][2]string{
		"openid":         {"openid", "Asks for an ID token."},
		"profile":        {"See your profile", "Lets the app read name, time zone and the like."},
		"email":          {"See your e-mail address", "Lets the app read your e-mail address."},
		"address":        {"See your address", "Lets the app read your postal address."},
		"phone":          {"See your phone number", "Lets the app read your phone number."},
		"offline_access": {"Keep you signed in", "Lets the app renew its tokens while you are away."},
		"groups":         {"See your groups", "Lets the app read of which groups you are a member."},
	}[name]
	s := Scope{ID: wire.NewID(wire.IDScope), Name: name, DisplayName: words[0], Description: words[1], System: true, MetadataPublish: "ALL_CLIENTS", Consent: "IMPLICIT"}
	as.Scopes.Put(s.ID, s)
}

// Knows returns the scope of that name.
func (as *AuthServer) Knows(name string) (Scope, bool) {
	return as.Scopes.Find(func(s Scope) bool { return s.Name == name })
}

// ScopeIDs returns the ids of scopes by their names.
func (as *AuthServer) ScopeIDs(names []string) map[string]string {
	ids := make(map[string]string, len(names))
	for _, name := range names {
		if s, ok := as.Knows(name); ok {
			ids[name] = s.ID
		}
	}
	return ids
}

// newOrgServer returns the org authorization server: no admin's policy applies to it, and no hook (Okta developer docs,
// concepts/auth-servers). Its access tokens are for the org.
func newOrgServer(url string, now time.Time) *AuthServer {
	as := NewAuthServer(OrgServer, "org", []string{url}, now)
	as.IssuerMode = "DYNAMIC"
	as.addSystemScope("groups")
	as.allow(StorableGrantTypes(), TokenAction{AccessMinutes: 60})
	return as
}

// allow adds the policy and the rule that Okta creates with a server, for everybody and every scope.
func (as *AuthServer) allow(grantTypes []string, action TokenAction) {
	policy := &AccessPolicy{
		ID: wire.FixedID(wire.IDPolicy, "emudefault"), Type: PolicyType, Name: "Default Policy", Description: "Default policy description",
		Status: "ACTIVE", Priority: 1, Created: as.Created, LastUpdated: as.Created,
	}
	policy.Conditions.Clients.Include = []string{allClients}
	rule := AccessRule{
		ID: wire.FixedID(wire.IDRule, "emudefault"), Type: RuleType, Name: "Default Policy Rule", Status: "ACTIVE", Priority: 1,
		Created: as.Created, LastUpdated: as.Created,
	}
	rule.Conditions.People.Groups.Include = []string{everyone}
	rule.Conditions.GrantTypes.Include = grantTypes
	rule.Conditions.Scopes.Include = []string{"*"}
	rule.Actions.Token = action
	policy.Rules.Put(rule.ID, rule)
	as.Policies.Put(policy.ID, policy)
}
