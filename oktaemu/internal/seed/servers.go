package seed

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (f *filler) server(i int, as AuthServer) {
	way := []any{"authorizationServers", i}
	id := f.id(wire.IDAuthServer, as.ID, as.Name, way...)
	body := map[string]any{
		"name": as.Name, "description": as.Description, "audiences": as.Audiences, "issuerMode": as.IssuerMode,
		"credentials": map[string]any{"signing": map[string]any{"rotationMode": as.RotationMode}},
	}
	const base = "/api/v1/authorizationServers"
	if !f.send(http.MethodPost, base, body, id, way...) { // what is in it is looked at all the same
		stand := map[string]any{"name": fmt.Sprintf("%v of %v", id, i), "audiences": []string{"api://none"}}
		if f.ask(http.MethodPost, base, stand, id) != nil {
			return
		}
	}
	f.setStatus(base+"/"+id, as.Status, way...)
	f.st.Do(func(st *store.State) {
		server, _ := st.Servers.Get(id)
		_, second := st.Servers.Find(func(other *store.AuthServer) bool { return other.Default })
		if as.Default && second {
			f.wrong("one server only is the default", append(way, "default")...)
			return
		}
		server.Default = as.Default
	})
	path := base + "/" + id
	each(as.Scopes, func(j int, s Scope) { f.scope(path, id, s, append(slices.Clip(way), "scopes", j)) })
	each(as.Claims, func(j int, c Claim) { f.claim(path, id, c, append(slices.Clip(way), "claims", j)) })
	each(as.Policies, func(j int, p Policy) { f.policy(path, id, p, append(slices.Clip(way), "policies", j)) })
}

func (f *filler) scope(path, server string, s Scope, way []any) {
	f.send(http.MethodPost, path+"/scopes", map[string]any{
		"name": s.Name, "displayName": s.DisplayName, "description": s.Description, "default": s.Default, "optional": s.Optional,
		"metadataPublish": s.MetadataPublish, "consent": s.Consent,
	}, f.id(wire.IDScope, s.ID, server+"/"+s.Name, way...), way...)
}

func (f *filler) claim(path, server string, c Claim, way []any) {
	f.send(http.MethodPost, path+"/claims", map[string]any{
		"name": c.Name, "status": c.Status, "claimType": c.ClaimType, "valueType": c.ValueType, "value": c.Value, "group_filter_type": c.GroupFilterType,
		"conditions": map[string]any{"scopes": c.Scopes}, "alwaysIncludeInToken": c.AlwaysInclude,
	}, f.id(wire.IDClaim, c.ID, strings.Join([]string{server, c.ClaimType, c.Name}, "/"), way...), way...)
}

func (f *filler) policy(path, server string, p Policy, way []any) {
	id := f.id(wire.IDPolicy, p.ID, server+"/"+p.Name, way...)
	clients := f.referAll(f.clients, "app with the client id", wire.IDApp, p.Clients, append(slices.Clip(way), "clients")...)
	if len(clients) == 0 {
		clients = []string{allClients}
	}
	body := map[string]any{
		"type": store.PolicyType, "name": p.Name, "description": cmp.Or(p.Description, p.Name), "status": cmp.Or(p.Status, "ACTIVE"), "priority": 0,
		"conditions": map[string]any{"clients": map[string]any{"include": clients}},
	}
	if !f.send(http.MethodPost, path+"/policies", body, id, way...) {
		body["name"], body["description"], body["status"] = id, id, "ACTIVE"
		if f.ask(http.MethodPost, path+"/policies", body, id) != nil {
			return
		}
	}
	each(p.Rules, func(j int, r Rule) { f.rule(path+"/policies/"+id, id, r, append(slices.Clip(way), "rules", j)) })
}

func (f *filler) rule(path, policy string, r Rule, way []any) {
	names := map[string]string{everyone: everyone}
	for name, id := range f.groups {
		names[name] = id
	}
	at := func(member string) []any { return append(slices.Clip(way), member) }
	groups := f.referAll(names, "group", wire.IDGroup, r.Groups, at("groups")...)
	users := f.referAll(f.people, "person", wire.IDUser, r.Users, at("users")...)
	if len(groups)+len(users) == 0 {
		groups = []string{everyone}
	}
	token := map[string]any{"refreshTokenLifetimeMinutes": r.RefreshMinutes}
	for name, minutes := range map[string]int{"accessTokenLifetimeMinutes": r.AccessMinutes, "refreshTokenWindowMinutes": r.RefreshWindow} {
		if minutes != 0 {
			token[name] = minutes
		}
	}
	if r.InlineHook != "" {
		token["inlineHook"] = map[string]any{"id": f.refer(f.hooks, "inline hook", wire.IDHook, r.InlineHook, at("inlineHook")...)}
	}
	f.send(http.MethodPost, path+"/rules", map[string]any{
		"type": store.RuleType, "name": r.Name, "status": cmp.Or(r.Status, "ACTIVE"), "priority": 0,
		"conditions": map[string]any{
			"people": map[string]any{
				"users":  map[string]any{"include": users, "exclude": f.referAll(f.people, "person", wire.IDUser, r.ExcludeUsers, at("excludeUsers")...)},
				"groups": map[string]any{"include": groups, "exclude": f.referAll(names, "group", wire.IDGroup, r.ExcludeGroups, at("excludeGroups")...)},
			},
			"grantTypes": map[string]any{"include": r.GrantTypes}, "scopes": map[string]any{"include": r.Scopes},
		},
		"actions": map[string]any{"token": token},
	}, f.id(wire.IDRule, r.ID, policy+"/"+r.Name, way...), way...)
}
