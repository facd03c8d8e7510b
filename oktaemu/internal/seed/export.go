package seed

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"pschook/oktaemu/internal/store"
)

// Masked stands for passwords and secrets that are not shown.
const Masked = "REPLACE-ME"

// Of reads an org back, all but what it is as a whole ([Seed.Org]), so that an org made of the seed is read back the
// same. Passwords and secrets are [Masked], unless secrets is set. Not in it: keys, sessions and tokens, the records of
// calls and events, the owner of the API token, changes of Okta's own scopes and claims, and settings of apps that only
// show.
func Of(st *store.State, secrets bool) *Seed {
	x := exporter{st, secrets}
	return &Seed{
		UserAttributes: maps.Clone(st.UserAttributes), SignOnActions: orEmpty(st.SignOnActions), Faults: st.Faults(),
		Groups: list(st.Groups.List(), x.group), People: list(st.Users.List(), x.person), HookKeys: list(st.HookKeys.List(), x.hookKey),
		InlineHooks: list(st.Hooks.List(), x.inlineHook), EventHooks: list(st.EventHooks.List(), x.eventHook),
		TrustedOrigins: list(st.TrustedOrigins.List(), trustedOriginOf),
		Apps:           list(st.Apps.List(), x.app), Servers: list(st.Servers.List(), x.server),
	}
}

// YAML writes s as a file that [Parse] reads. The order is that of the fields.
func (s *Seed) YAML() ([]byte, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil { // JSON is YAML, and keeps the order
		return nil, err
	}
	plain(&doc)
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(&doc); err != nil {
		return nil, err
	}
	return b.Bytes(), encoder.Close()
}

// plain writes n in lines instead of braces, without quotes where none are needed, and without members that are null.
func plain(n *yaml.Node) {
	if len(n.Content) > 0 {
		n.Style = 0
	} else if n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
		n.Style = 0 // the encoder quotes what would else be no text
	}
	if n.Kind == yaml.MappingNode {
		var kept []*yaml.Node
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i+1].Tag != "!!null" {
				kept = append(kept, n.Content[i], n.Content[i+1])
			}
		}
		n.Content = kept
	}
	for _, child := range n.Content {
		plain(child)
	}
}

type exporter struct {
	st      *store.State
	secrets bool
}

func list[T, U any](items []T, show func(T) (U, bool)) []U {
	out := []U{}
	for _, item := range items {
		if shown, ok := show(item); ok {
			out = append(out, shown)
		}
	}
	return out
}

func orEmpty(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

func (x exporter) secret(value string) string {
	if value == "" || x.secrets {
		return value
	}
	return Masked
}

func (x exporter) group(g store.Group) (Group, bool) {
	profile := maps.Clone(g.Profile)
	description, _ := profile["description"].(string)
	delete(profile, "name")
	delete(profile, "description")
	return Group{ID: g.ID, Name: g.Name(), Description: description, Profile: profile}, g.Type != store.BuiltIn && g.Type != store.AppGroup
}

func (x exporter) groupName(id string) string {
	if g, there := x.st.Groups.Get(id); there {
		return g.Name()
	}
	return id
}

func (x exporter) login(id string) string {
	if u, there := x.st.Users.Get(id); there {
		return u.Login()
	}
	return id
}

func names(ids []string, name func(string) string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, name(id))
	}
	return out
}

func (x exporter) person(u store.User) (Person, bool) {
	profile := maps.Clone(u.Profile)
	delete(profile, "login")
	maps.DeleteFunc(profile, func(_ string, value any) bool { return value == nil })
	p := Person{
		ID: u.ID, Login: u.Login(), Status: u.Status, Password: u.Password, PasswordHash: u.PasswordHash, Method: u.Method.Name,
		RecoveryQuestion: u.RecoveryQuestion, RecoveryAnswer: x.secret(u.RecoveryAnswer), Groups: names(u.Groups, x.groupName), Profile: profile,
	}
	if p.Password != store.PersonaPassword {
		p.Password = x.secret(p.Password)
	}
	if p.PasswordHash != nil && !x.secrets {
		p.Password, p.PasswordHash = Masked, nil
	}
	if usual, _ := store.MethodNamed(u.Method.Name); !slices.Equal(usual.AMR, u.Method.AMR) {
		p.AMR = append([]string{}, u.Method.AMR...)
	}
	for _, role := range x.st.Roles[u.ID] {
		if role.Type != store.CustomRole { // a seed has no custom roles
			p.Roles = append(p.Roles, role.Type)
		}
	}
	return p, u.ID != store.AdminID()
}

func (x exporter) hookKey(k store.HookKey) (HookKey, bool) {
	return HookKey{ID: k.ID, Name: k.Name, KeyID: k.Key.ID}, true
}

func (x exporter) channel(c store.HookChannel) store.HookChannel {
	c = c.Clone()
	c.Config.ClientSecret = x.secret(c.Config.ClientSecret)
	if c.Config.AuthScheme != nil {
		c.Config.AuthScheme.Value = x.secret(c.Config.AuthScheme.Value)
	}
	for i := range c.Config.Headers { // any of them can be a key of a gateway
		c.Config.Headers[i].Value = x.secret(c.Config.Headers[i].Value)
	}
	return c
}

func (x exporter) inlineHook(h store.InlineHook) (InlineHook, bool) {
	return InlineHook{ID: h.ID, Name: h.Name, Type: h.Type, Version: h.Version, Status: h.Status, Channel: x.channel(h.Channel)}, true
}

func (x exporter) eventHook(h store.EventHook) (EventHook, bool) {
	shown := EventHook{ID: h.ID, Name: h.Name, Status: h.Status, Verified: h.Verified, Events: h.Items, Channel: x.channel(h.Channel)}
	if h.Description != nil {
		shown.Description = *h.Description
	}
	return shown, true
}

func trustedOriginOf(o store.TrustedOrigin) (TrustedOrigin, bool) {
	return TrustedOrigin{ID: o.ID, Name: o.Name, Origin: o.Origin, Status: o.Status, Scopes: o.Scopes}, true
}

func (x exporter) app(a store.App) (App, bool) {
	if !a.IsClient() {
		return App{}, false
	}
	settings := store.Object(store.Object(a.Doc["settings"])["oauthClient"])
	object := func(name string) map[string]any { m, _ := settings[name].(map[string]any); return m }
	kind, _ := settings["application_type"].(string)
	catalogue, _ := a.Doc["name"].(string)
	status, _ := a.Doc["status"].(string)
	shown := App{
		Label: a.Client.Name, Name: catalogue, Status: status, ClientID: a.Client.ID, ClientSecret: x.secret(a.Client.Secret),
		Type: kind, AuthMethod: a.Client.AuthMethod, PKCERequired: &a.Client.PKCERequired,
		GrantTypes: a.Client.GrantTypes, ResponseTypes: a.Client.ResponseTypes, RedirectURIs: a.Client.RedirectURIs, PostLogoutURIs: a.Client.PostLogoutURIs,
		JWKS: object("jwks"), JWKSURI: a.Client.JWKSURI, Refresh: object("refresh_token"), AccessPolicy: a.AccessPolicy,
	}
	for _, given := range a.Groups {
		shown.Groups = append(shown.Groups, x.groupName(given.ID))
	}
	for _, given := range a.Users {
		shown.Users = append(shown.Users, x.login(given.ID))
	}
	for _, grant := range a.Grants {
		shown.Grants = append(shown.Grants, grant.ScopeID)
	}
	return shown, true
}

func (x exporter) server(as *store.AuthServer) (AuthServer, bool) {
	return AuthServer{
		ID: as.ID, Default: as.Default, Name: as.Name, Description: as.Description, Audiences: as.Audiences, IssuerMode: as.IssuerMode,
		Status: as.Status, RotationMode: as.Rotation,
		Scopes: list(as.Scopes.List(), scopeOf), Claims: list(as.Claims.List(), claimOf), Policies: list(as.OrderedPolicies(), x.policy),
	}, true
}

func scopeOf(s store.Scope) (Scope, bool) {
	return Scope{
		ID: s.ID, Name: s.Name, DisplayName: s.DisplayName, Description: s.Description, Default: s.Default, Optional: s.Optional,
		MetadataPublish: s.MetadataPublish, Consent: s.Consent,
	}, !s.System
}

func claimOf(c store.CustomClaim) (Claim, bool) {
	return Claim{
		ID: c.ID, Name: c.Name, Status: c.Status, ClaimType: c.ClaimType, ValueType: c.ValueType, Value: c.Value,
		GroupFilterType: c.GroupFilterType, Scopes: c.Conditions.Scopes, AlwaysInclude: c.AlwaysInclude,
	}, !c.System
}

func (x exporter) policy(p *store.AccessPolicy) (Policy, bool) {
	return Policy{
		ID: p.ID, Name: p.Name, Description: p.Description, Status: p.Status, Clients: p.Conditions.Clients.Include, Rules: list(p.OrderedRules(), x.rule),
	}, true
}

func (x exporter) rule(r store.AccessRule) (Rule, bool) {
	people, token := r.Conditions.People, r.Actions.Token
	shown := Rule{
		ID: r.ID, Name: r.Name, Status: r.Status, GrantTypes: r.Conditions.GrantTypes.Include, Scopes: r.Conditions.Scopes.Include,
		Groups: names(people.Groups.Include, x.groupName), Users: names(people.Users.Include, x.login),
		ExcludeGroups: names(people.Groups.Exclude, x.groupName), ExcludeUsers: names(people.Users.Exclude, x.login),
		AccessMinutes: token.AccessMinutes, RefreshMinutes: token.RefreshMinutes, RefreshWindow: token.RefreshWindowMinutes,
	}
	if token.InlineHook != nil {
		hook, _ := x.st.Hooks.Get(token.InlineHook.ID)
		shown.InlineHook = cmp.Or(hook.Name, token.InlineHook.ID)
	}
	return shown, true
}
