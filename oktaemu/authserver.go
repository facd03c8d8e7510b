package oktaemu

import (
	"slices"
	"time"
)

// defaultAS is the id of the authorization server that every org starts with.
const defaultAS = "default"

// authServer is a custom authorization server. Its fields are changed under the
// org's lock only.
type authServer struct {
	ID          string
	Name        string
	Description string
	Audiences   []string
	IssuerMode  string // ORG_URL, CUSTOM_URL, DYNAMIC
	Status      string // ACTIVE, INACTIVE
	Created     stamp
	LastUpdated stamp
	Rotation    string // AUTO, MANUAL
	LastRotated stamp

	keys     *keyring
	scopes   collection[scope]
	claims   collection[customClaim]
	policies collection[*accessPolicy]
}

// scope is an OAuth scope that an authorization server knows.
type scope struct {
	ID              string  `json:"id"`
	Name            string  `json:"name"`
	DisplayName     string  `json:"displayName,omitempty"`
	Description     string  `json:"description,omitempty"`
	System          bool    `json:"system"`
	Default         bool    `json:"default"`
	Optional        bool    `json:"optional"`
	MetadataPublish string  `json:"metadataPublish"` // ALL_CLIENTS, NO_CLIENTS
	Consent         string  `json:"consent"`         // IMPLICIT, REQUIRED, FLEXIBLE; the emulator never asks
	Links           apiLink `json:"_links,omitempty"`
}

// newAuthServer returns an active server with Okta's system scopes and no policy.
func newAuthServer(id, name string, audiences []string, now func() time.Time) *authServer {
	created := stamp(now())
	as := &authServer{
		ID: id, Name: name, Audiences: audiences, IssuerMode: "ORG_URL", Status: "ACTIVE",
		Created: created, LastUpdated: created, Rotation: "AUTO", LastRotated: created,
		keys: &keyring{now: now},
	}
	for _, name := range []string{"openid", "profile", "email", "address", "phone", "offline_access"} {
		s := scope{ID: newID(idScope), Name: name, System: true, MetadataPublish: "ALL_CLIENTS", Consent: "IMPLICIT"}
		as.scopes.put(s.ID, s)
	}
	return as
}

// knows returns the scope of that name.
func (as *authServer) knows(name string) (scope, bool) {
	return as.scopes.find(func(s scope) bool { return s.Name == name })
}

func (as *authServer) scopeIDs(names []string) map[string]string {
	ids := make(map[string]string, len(names))
	for _, name := range names {
		if s, ok := as.knows(name); ok {
			ids[name] = s.ID
		}
	}
	return ids
}

// newDefaultAS returns the server "default" with the policy and rule that Okta
// creates with an org; the rule calls the hook with id hookID, if not empty.
func newDefaultAS(now func() time.Time, hookID string) *authServer {
	as := newAuthServer(defaultAS, "default", []string{"api://default"}, now)
	as.Description = "Default Authorization Server for your Applications"
	policy := &accessPolicy{
		ID: fixedID(idPolicy, "emudefault"), Type: policyType, Name: "Default Policy", Description: "Default policy description",
		Status: "ACTIVE", Priority: 1, Created: as.Created, LastUpdated: as.Created,
	}
	policy.Conditions.Clients.Include = []string{allClients}
	rule := accessRule{
		ID: fixedID(idRule, "emudefault"), Type: ruleType, Name: "Default Policy Rule", Status: "ACTIVE", Priority: 1,
		Created: as.Created, LastUpdated: as.Created,
	}
	rule.Conditions.People.Groups.Include = []string{everyone}
	rule.Conditions.GrantTypes.Include = slices.Clone(ruleGrantTypes())
	rule.Conditions.Scopes.Include = []string{"*"}
	rule.Actions.Token = tokenAction{AccessMinutes: 60, RefreshWindowMinutes: 10080}
	if hookID != "" {
		rule.Actions.Token.InlineHook = &hookRef{ID: hookID}
	}
	policy.rules.put(rule.ID, rule)
	as.policies.put(policy.ID, policy)
	return as
}
