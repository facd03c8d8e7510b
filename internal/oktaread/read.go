package oktaread

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// The scopes of OAuth 2.0 for Okta that reading needs (Okta developer docs, reference/api/oauth2-scopes).
const (
	ScopeOrg     = "okta.orgs.read"
	ScopeHooks   = "okta.inlineHooks.read"
	ScopeServers = "okta.authorizationServers.read"
	ScopeApps    = "okta.apps.read"
	ScopeGroups  = "okta.groups.read"
	ScopePolicy  = "okta.policies.read"
)

// Paths of the Management API.
const (
	PathOrg     = "/api/v1/org"
	PathHooks   = "/api/v1/inlineHooks"
	PathServers = "/api/v1/authorizationServers"
	PathApps    = "/api/v1/apps"
	PathGroups  = "/api/v1/groups"
)

// TokenHook is the type of a token inline hook.
const TokenHook = "com.okta.oauth2.tokens.transform"

// Active is the status of an object that is in use.
const Active = "ACTIVE"

// ServerPath returns the path of the authorization server with that id.
func ServerPath(id string) string { return PathServers + "/" + url.PathEscape(id) }

// ServerID returns the id with which an issuer's server can be read: the last part of the issuer,
// which is the server's id or "default" (Okta developer docs, concepts/auth-servers).
func ServerID(issuer string) string { return issuer[strings.LastIndexByte(issuer, '/')+1:] }

// Hooks returns the org's inline hooks of every type.
func Hooks(ctx context.Context, c Client) ([]InlineHook, error) {
	return List[InlineHook](ctx, c, PathHooks, ScopeHooks)
}

// TokenHooks returns the hooks that can change tokens, active ones first.
func TokenHooks(hooks []InlineHook) []InlineHook {
	var active, others []InlineHook
	for _, h := range hooks {
		switch {
		case h.Type != TokenHook:
		case h.Status == Active:
			active = append(active, h)
		default:
			others = append(others, h)
		}
	}
	return append(active, others...)
}

// HookFor returns the first hook whose URL is u.
func HookFor(hooks []InlineHook, u *url.URL) (InlineHook, bool) {
	for _, h := range hooks {
		if v, err := url.Parse(h.Channel.Config.URI); err == nil && SameURL(v, u) {
			return h, true
		}
	}
	return InlineHook{}, false
}

// Policies returns the access policies of an authorization server with their rules, each in the order in which Okta
// tries them.
func Policies(ctx context.Context, c Client, serverID string) ([]Policy, error) {
	path := ServerPath(serverID) + "/policies"
	policies, err := List[Policy](ctx, c, path, ScopeServers)
	if err != nil {
		return nil, err
	}
	for i := range policies {
		p := &policies[i]
		if p.Rules, err = List[Rule](ctx, c, path+"/"+url.PathEscape(p.ID)+"/rules", ScopeServers); err != nil {
			return nil, err
		}
		slices.SortStableFunc(p.Rules, func(a, b Rule) int { return a.Priority - b.Priority })
	}
	slices.SortStableFunc(policies, func(a, b Policy) int { return a.Priority - b.Priority })
	return policies, nil
}

// FindApp returns the app of an OAuth client. Both have the same id, unless the app was created
// with its own client id. If there is none, [Missing] is true for the error.
func FindApp(ctx context.Context, c Client, clientID string) (App, error) {
	a, err := Get[App](ctx, c, PathApps+"/"+url.PathEscape(clientID), ScopeApps)
	if !Missing(err) {
		return a, err
	}
	apps, listErr := List[App](ctx, c, PathApps+"?limit=200", ScopeApps)
	if listErr != nil {
		return App{}, listErr
	}
	i := slices.IndexFunc(apps, func(a App) bool { return a.ClientID() == clientID })
	if i < 0 {
		return App{}, err
	}
	return apps[i], nil
}

// Assignments returns the groups that may use the app. It also returns the directly assigned people
// among the first five hundred people who may use it.
func Assignments(ctx context.Context, c Client, appID string) (groups, people []Assignment, err error) {
	path := PathApps + "/" + url.PathEscape(appID)
	if groups, err = List[Assignment](ctx, c, path+"/groups?limit=200", ScopeApps); err != nil {
		return nil, nil, err
	}
	// Read only one page: an org may have a hundred thousand people, almost all of them through a
	// group.
	if people, err = Get[[]Assignment](ctx, c, path+"/users?limit=500", ScopeApps); err != nil {
		return nil, nil, err
	}
	return groups, slices.DeleteFunc(people, func(a Assignment) bool { return a.Scope != "USER" }), nil
}

// Empty reports whether no group has a member. It assumes that one of more than twenty groups has
// members.
func Empty(ctx context.Context, c Client, groups []Assignment) (bool, error) {
	const most = 20
	if len(groups) == 0 || len(groups) > most {
		return false, nil
	}
	for _, g := range groups {
		members, err := Get[[]Assignment](ctx, c, PathGroups+"/"+url.PathEscape(g.ID)+"/users?limit=1", ScopeGroups)
		if err != nil || len(members) > 0 {
			return false, err
		}
	}
	return true, nil
}

// SignOnRules returns the rules of the app's authentication policy; none if the app has none (Okta Classic Engine).
func SignOnRules(ctx context.Context, c Client, a App) ([]SignOnRule, error) {
	href := a.Links.AccessPolicy.Href
	if href == "" {
		return nil, nil
	}
	return List[SignOnRule](ctx, c, "/api/v1/policies/"+url.PathEscape(href[strings.LastIndexByte(href, '/')+1:])+"/rules", ScopePolicy)
}

// FindGroup returns the group of exactly that name.
func FindGroup(ctx context.Context, c Client, name string) (Group, bool, error) {
	groups, err := List[Group](ctx, c, PathGroups+"?limit=200&q="+url.QueryEscape(name), ScopeGroups)
	i := slices.IndexFunc(groups, func(g Group) bool { return g.Profile.Name == name })
	if err != nil || i < 0 {
		return Group{}, false, err
	}
	return groups[i], true, nil
}

// SameURL compares URLs as a client does (RFC 3986, section 6.2: case of scheme and host, default
// port).
func SameURL(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) &&
		Port(a) == Port(b) && a.EscapedPath() == b.EscapedPath() && a.RawQuery == b.RawQuery
}

// Port returns the port of a URL, or the default port of its scheme.
func Port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}

// ShownURL returns a URL that can be shown safely. A query or a password may be a secret, such as
// the client token of a Workflows flow.
func ShownURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "…"
	}
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return u.Redacted()
}
