package register

import (
	"context"
	"net/url"
	"strings"

	"pschook/internal/oktaread"
)

// Kind names what a step is about.
type Kind string

// The kinds of objects.
const (
	KindServer     Kind = "authorization_server"
	KindScope      Kind = "scope"
	KindApp        Kind = "app"
	KindSignOn     Kind = "sign_on_policy" // which one the app has
	KindAssignment Kind = "assignment"
	KindHook       Kind = "inline_hook"
	KindPolicy     Kind = "policy"
	KindRule       Kind = "rule"
	KindClaim      Kind = "claim"
)

// Title is the kind in words.
func (k Kind) Title() Text {
	return map[Kind]Text{
		KindServer:     {"authorization server", "serveur d’autorisation"},
		KindScope:      {"scope", "portée"},
		KindApp:        {"app", "application"},
		KindSignOn:     {"authentication policy of the app", "politique d’authentification de l’application"},
		KindAssignment: {"assignment of the group", "affectation du groupe"},
		KindHook:       {"inline hook", "inline hook"},
		KindPolicy:     {"access policy", "politique d’accès"},
		KindRule:       {"rule", "règle"},
		KindClaim:      {"claim", "claim"},
	}[k]
}

// lifecycle reports whether objects of the kind are switched on and off, and only deleted when they are off.
func (k Kind) lifecycle() bool { return k == KindServer || k == KindApp || k == KindHook }

// switched reports whether objects of the kind have a status that a call of its own sets.
func (k Kind) switched() bool { return k.lifecycle() || k == KindPolicy || k == KindRule }

// nameMember is the member by which objects of the kind are told apart in their list.
func (k Kind) nameMember() string {
	if k == KindApp {
		return "label"
	}
	return "name"
}

// same reports whether the object goes by the same name as what is wanted.
func (k Kind) same(o, want Object) bool {
	if k == KindClaim && text(o, "claimType") != text(want, "claimType") {
		return false // a name in each of the two tokens
	}
	return text(o, k.nameMember()) == text(want, k.nameMember())
}

// find returns the objects of a list that go by the name of what is wanted. Of apps there may be several.
func (k Kind) find(ctx context.Context, c oktaread.Client, list string, want Object) ([]Object, error) {
	if k == KindApp || k == KindServer {
		list += "?limit=200&q=" + url.QueryEscape(text(want, k.nameMember()))
	}
	all, err := oktaread.List[Object](ctx, c, list, k.reads())
	if err != nil {
		return nil, err
	}
	var out []Object
	for _, o := range all {
		if k.same(o, want) {
			out = append(out, o)
		}
	}
	return out, nil
}

// scope is the OAuth 2.0 scope that changing objects of the kind needs.
func (k Kind) scope() string {
	switch k {
	case KindApp, KindSignOn, KindAssignment:
		return "okta.apps.manage"
	case KindHook:
		return "okta.inlineHooks.manage"
	}
	return "okta.authorizationServers.manage"
}

// reads is the scope that reading them needs.
func (k Kind) reads() string { return strings.TrimSuffix(k.scope(), "manage") + "read" }

// Scopes are what OAuth 2.0 for Okta must grant: plan needs those that read, apply and undo all of them; an API
// token needs the same of its user (Okta developer docs, reference/api/oauth2-scopes).
func Scopes(change bool) []string {
	reading := []string{oktaread.ScopeOrg, oktaread.ScopeGroups, oktaread.ScopeServers, oktaread.ScopeApps, oktaread.ScopeHooks}
	if !change {
		return reading
	}
	return append(reading, KindServer.scope(), KindApp.scope(), KindHook.scope())
}
