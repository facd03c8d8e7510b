package register

import (
	"context"
	"net/url"
	"strings"

	"pschook/internal/oktaread"
)

// Kind says what kind of object a step is about.
type Kind string

// All kinds of objects.
const (
	KindServer     Kind = "authorization_server"
	KindScope      Kind = "scope"
	KindApp        Kind = "app"
	KindSignOn     Kind = "sign_on_policy" // the choice of an app's policy
	KindAssignment Kind = "assignment"
	KindHook       Kind = "inline_hook"
	KindPolicy     Kind = "policy"
	KindRule       Kind = "rule"
	KindClaim      Kind = "claim"
)

// Title returns the kind in words.
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

// lifecycle reports whether objects of the kind can be activated, and must be inactive before they
// can be deleted.
func (k Kind) lifecycle() bool { return k == KindServer || k == KindApp || k == KindHook }

// switched reports whether a separate call sets the status of objects of the kind.
func (k Kind) switched() bool { return k.lifecycle() || k == KindPolicy || k == KindRule }

// nameMember returns the member that identifies an object of the kind in its list.
func (k Kind) nameMember() string {
	if k == KindApp {
		return "label"
	}
	return "name"
}

// same reports whether the object has the wanted name.
func (k Kind) same(o, want Object) bool {
	if k == KindClaim && text(o, "claimType") != text(want, "claimType") {
		return false // each of the two tokens has its own names
	}
	return text(o, k.nameMember()) == text(want, k.nameMember())
}

// find returns the objects of a list that have the wanted name. There may be several apps.
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

// reads is the scope that reading objects of the kind needs.
func (k Kind) reads() string { return strings.TrimSuffix(k.scope(), "manage") + "read" }

// Scopes returns the scopes of OAuth 2.0 for Okta that are needed: for plan the reading ones, for
// apply and undo all. With an API token, its user needs the same rights (Okta developer docs,
// reference/api/oauth2-scopes).
func Scopes(change bool) []string {
	reading := []string{oktaread.ScopeOrg, oktaread.ScopeGroups, oktaread.ScopeServers, oktaread.ScopeApps, oktaread.ScopeHooks}
	if !change {
		return reading
	}
	return append(reading, KindServer.scope(), KindApp.scope(), KindHook.scope())
}
