package register

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"pschook/internal/oktaread"
)

// systemScopes exist in every authorization server (Okta developer docs, concepts/auth-servers).
func systemScopes() []string {
	return []string{"openid", "profile", "email", "address", "phone", "offline_access", "device_sso"}
}

// findGroups looks up the groups. It never creates one, because the établissement decides who may
// sign in.
func (w *walk) findGroups(ctx context.Context) error {
	for _, name := range w.Spec.Groups {
		g, there, err := oktaread.FindGroup(ctx, w.Okta, name)
		if err != nil {
			return err
		}
		if !there {
			return &Error{Text: say("no group is named %q: make it first, Okta Admin Console › Directory › Groups", "aucun groupe ne s’appelle %q : créez-le d’abord, Okta Admin Console › Directory › Groups", name)}
		}
		w.groups = append(w.groups, g)
	}
	return nil
}

// doServer makes the authorization server, or finds the named one.
func (w *walk) doServer(ctx context.Context) error {
	s := w.Spec.Server
	if s.Existing != "" {
		return w.findServer(ctx, s.Existing)
	}
	o, err := w.ensure(ctx, target{
		kind: KindServer, list: oktaread.PathServers,
		want: Object{
			"name": s.Name, "description": "Mints the tokens that Pro Santé Connect delegates to this org.", "audiences": []string{s.Audience}, "issuerMode": s.Issuers,
		},
		once: Object{"credentials": Object{"signing": Object{"rotationMode": "AUTO"}}},
	})
	w.takeServer(o)
	w.plan.parts.server = o
	return err
}

func (w *walk) takeServer(o Object) {
	w.serverID, w.plan.Issuer = text(o, "id"), text(o, "issuer")
	w.plan.parts.serverID = w.serverID
}

// findServer finds a server by name or id. It does not change the server, but activates it if
// necessary.
func (w *walk) findServer(ctx context.Context, name string) error {
	all, err := oktaread.List[Object](ctx, w.Okta, oktaread.PathServers+"?limit=200", oktaread.ScopeServers)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(o Object) bool {
		return name == text(o, "id") || name == text(o, "name") || strings.HasSuffix(text(o, "issuer"), "/oauth2/"+name)
	})
	if i < 0 {
		return &Error{Text: say("no authorization server is named %q, by name or id: see Okta Admin Console › Security › API", "aucun serveur d’autorisation ne s’appelle %q, par nom ou identifiant : voir Okta Admin Console › Security › API", name)}
	}
	o, err := w.ensure(ctx, target{kind: KindServer, list: oktaread.PathServers, have: all[i], looked: true, named: true})
	w.takeServer(o)
	return err
}

// inServer returns a path below the authorization server; "" while the server does not exist.
func (w *walk) inServer(rest string) string {
	if w.serverID == "" {
		return ""
	}
	return oktaread.ServerPath(w.serverID) + rest
}

// doScopes makes the scopes that a server does not have by default.
func (w *walk) doScopes(ctx context.Context) error {
	for _, name := range w.Spec.scopes() {
		if slices.Contains(systemScopes(), name) {
			continue
		}
		o, err := w.ensure(ctx, target{
			kind: KindScope, list: w.inServer("/scopes"), want: Object{"name": name},
			once: Object{"consent": "IMPLICIT", "metadataPublish": "ALL_CLIENTS", "default": false},
		})
		if err != nil {
			return err
		}
		w.plan.parts.scopes = append(w.plan.parts.scopes, o)
	}
	return nil
}

// doApp makes the app, or adapts the app with the given client id.
func (w *walk) doApp(ctx context.Context) error {
	t := target{kind: KindApp, list: oktaread.PathApps, grow: []string{"settings.oauthClient.redirect_uris", "settings.oauthClient.post_logout_redirect_uris", "settings.oauthClient.grant_types", "settings.oauthClient.response_types"}}
	if id := w.Spec.App.ClientID; id != "" {
		found, err := oktaread.FindApp(ctx, w.Okta, id)
		if oktaread.Missing(err) {
			return &Error{Text: say("no app has the client id %s: give the right one with --client-id, or none to make an app", "aucune application n’a l’identifiant client %s : donnez le bon avec --client-id, ou aucun pour créer une application", id)}
		}
		if err == nil {
			t.have, err = oktaread.Get[Object](ctx, w.Okta, oktaread.PathApps+"/"+url.PathEscape(found.ID), oktaread.ScopeApps)
		}
		if err != nil {
			return err
		}
		t.looked, t.named, t.want = true, true, w.Spec.fitting()
		if found.Settings.OAuthClient.DPoP { // Pro Santé Connect does not prove possession of a key (RFC 9449)
			t.want = merge(t.want, Object{"settings": Object{"oauthClient": Object{"dpop_bound_access_tokens": false}}})
		}
	} else {
		t.want, t.once = w.Spec.newApp()
	}
	if w.Spec.Workflows {
		t.want = nil // the app already works
	}
	o, err := w.ensure(ctx, t)
	w.appID, w.clientID, w.plan.parts.app = text(o, "id"), text(o, "credentials.oauthClient.client_id"), o
	if secret := text(o, "credentials.oauthClient.client_secret"); err == nil && t.have == nil && secret != "" && w.ClientSecret != nil {
		err = w.ClientSecret(secret)
	}
	return err
}

// newApp returns an app as the Terraform module makes it: a single-page app with PKCE, or a
// confidential client.
func (s Spec) newApp() (want, once Object) {
	oauth := Object{
		"application_type": "browser", "grant_types": s.grants(), "response_types": []string{"code"}, "redirect_uris": s.App.RedirectURIs,
		"consent_method": "TRUSTED", "wildcard_redirect": "DISABLED", "idp_initiated_login": Object{"mode": "DISABLED", "default_scope": []string{}},
	}
	client := Object{"token_endpoint_auth_method": "none", "pkce_required": true}
	if s.App.Web {
		oauth["application_type"], client = "web", Object{"token_endpoint_auth_method": "client_secret_basic"}
	}
	if len(s.App.LogoutURIs) > 0 {
		oauth["post_logout_redirect_uris"] = s.App.LogoutURIs
	}
	if s.App.RefreshTokens {
		oauth["refresh_token"] = Object{"rotation_type": "ROTATE"}
	}
	want = Object{
		"label": s.App.Label, "signOnMode": "OPENID_CONNECT", "credentials": Object{"oauthClient": client}, "settings": Object{"oauthClient": oauth},
		"visibility": Object{"hide": Object{"iOS": true, "web": true}}, // Pro Santé Connect begins every sign-in
	}
	once = Object{
		"name": "oidc_client", "credentials": Object{
			"oauthClient": Object{"autoKeyRotation": true}, "userNameTemplate": Object{"template": "${source.login}", "type": "BUILT_IN"},
		},
		"settings": Object{"oauthClient": Object{"issuer_mode": "ORG_URL"}},
	}
	return want, once
}

// fitting returns what an existing app must have. Its other settings stay unchanged.
func (s Spec) fitting() Object {
	oauth := Object{"application_type": "browser", "grant_types": s.grants(), "response_types": []string{"code"}, "redirect_uris": s.App.RedirectURIs}
	client := Object{"token_endpoint_auth_method": "none", "pkce_required": true}
	if s.App.Web {
		oauth["application_type"], client = "web", Object{}
	}
	return Object{"credentials": Object{"oauthClient": client}, "settings": Object{"oauthClient": oauth}}
}

func (s Spec) grants() []string {
	if s.App.RefreshTokens {
		return []string{oktaread.GrantCode, "refresh_token"}
	}
	return []string{oktaread.GrantCode}
}

// doSignOn sets the app's authentication policy, if one is wanted.
func (w *walk) doSignOn(ctx context.Context) error {
	want := w.Spec.App.SignOnPolicy
	if want == "" || w.Spec.Workflows {
		return nil
	}
	href := text(w.plan.parts.app, "_links.accessPolicy.href")
	t := target{kind: KindSignOn, want: Object{"name": want}, have: Object{"id": want}}
	if href != "" && path.Base(href) == want {
		w.step(t, Keep, nil, Text{})
		return nil
	}
	c := Change{Path: "policy", To: encode(want)}
	if href != "" {
		c.From = encode(path.Base(href))
	}
	w.step(t, Update, []Change{c}, Text{})
	if w.journal == nil {
		return nil
	}
	e, err := w.journal.begin(entry{Verb: verbSignOn, Kind: KindSignOn, Name: want, Path: oktaread.PathApps + "/" + url.PathEscape(w.appID), Changes: []Change{c}})
	if err != nil {
		return err
	}
	if _, err := w.change(ctx, e, oktaread.Request{Method: http.MethodPut, Path: e.Path + "/policies/" + url.PathEscape(want), Scope: KindSignOn.scope()}); err != nil {
		return err
	}
	w.tell()
	return w.journal.note(e, sequel{ID: want})
}

// doAssignments allows the groups to use the app.
func (w *walk) doAssignments(ctx context.Context) error {
	var have []oktaread.Assignment
	if w.appID != "" {
		var err error
		if have, err = w.assignments(ctx); err != nil {
			return err
		}
	}
	for _, a := range have {
		w.assigned = append(w.assigned, a.ID)
	}
	for _, g := range w.groups {
		t := target{kind: KindAssignment, want: Object{"name": g.Profile.Name}, have: Object{"id": g.ID}}
		if slices.Contains(w.assigned, g.ID) {
			w.step(t, Keep, nil, Text{})
			continue
		}
		w.assigned = append(w.assigned, g.ID)
		w.step(t, Create, nil, Text{})
		if w.journal == nil {
			continue
		}
		if err := w.assign(ctx, g); err != nil {
			return err
		}
	}
	w.plan.parts.groups = w.groups
	return nil
}

// assignments reads which groups may use the app.
func (w *walk) assignments(ctx context.Context) ([]oktaread.Assignment, error) {
	app := oktaread.PathApps + "/" + url.PathEscape(w.appID)
	return oktaread.List[oktaread.Assignment](ctx, w.Okta, app+"/groups?limit=200", oktaread.ScopeApps)
}

func (w *walk) assign(ctx context.Context, g oktaread.Group) error {
	path := oktaread.PathApps + "/" + url.PathEscape(w.appID) + "/groups/" + url.PathEscape(g.ID)
	e, err := w.journal.begin(entry{Verb: verbCreate, Kind: KindAssignment, Name: g.Profile.Name, Path: path})
	if err != nil {
		return err
	}
	if _, err := w.change(ctx, e, oktaread.Request{Method: http.MethodPut, Path: path, Scope: KindAssignment.scope(), Body: []byte("{}")}); err != nil {
		return err
	}
	w.tell()
	return w.journal.note(e, sequel{ID: g.ID})
}

// doHook makes the hook. A hook with the service's URL counts as the service's, whatever its name.
func (w *walk) doHook(ctx context.Context) error {
	all, err := oktaread.List[Object](ctx, w.Okta, oktaread.PathHooks, oktaread.ScopeHooks)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(encode(all), &w.hooks); err != nil {
		return err
	}
	t := target{kind: KindHook, list: oktaread.PathHooks}
	t.want, t.secret = w.Spec.hook()
	t.once = Object{"status": oktaread.Active, "version": "1.0.0"}
	if h, ok := oktaread.HookFor(oktaread.TokenHooks(w.hooks), w.Spec.Hook.URL); ok {
		i := slices.IndexFunc(all, func(o Object) bool { return text(o, "id") == h.ID })
		t.have, t.looked = all[i], true
		delete(t.want, "name")
		_ = put(t.want, "channel.config.uri", encode(h.Channel.Config.URI)) // the same URL, perhaps in another spelling
	}
	o, err := w.ensure(ctx, t)
	w.hookID, w.plan.parts.hook = text(o, "id"), o
	return err
}

// hook returns the inline hook, and the part of it that cannot be read back.
func (s Spec) hook() (want, secret Object) {
	h := s.Hook
	want = Object{"name": h.Name, "type": oktaread.TokenHook}
	if h.OAuth != nil {
		want["channel"] = Object{"type": "OAUTH", "version": "1.0.0", "config": Object{
			"uri": h.URL.String(), "method": http.MethodPost, "authType": "client_secret_post",
			"clientId": h.OAuth.ClientID, "tokenUrl": h.OAuth.TokenURL, "scope": h.OAuth.Scope,
		}}
		return want, Object{"channel": Object{"config": Object{"clientSecret": string(h.OAuthSecret)}}}
	}
	want["channel"] = Object{"type": "HTTP", "version": "1.0.0", "config": Object{
		"uri": h.URL.String(), "method": http.MethodPost, "authScheme": Object{"type": "HEADER", "key": h.Header},
	}}
	return want, Object{"channel": Object{"config": Object{"authScheme": Object{"value": string(h.Secret)}}}}
}

// doClaims makes the static claim that Keycloak may need to choose the provider.
func (w *walk) doClaims(ctx context.Context) error {
	if w.Spec.KCIDPHint == "" || w.Spec.Workflows {
		return nil
	}
	for _, token := range []string{"IDENTITY", "RESOURCE"} {
		o, err := w.ensure(ctx, target{kind: KindClaim, list: w.inServer("/claims"), want: Object{
			"name": "kc_idp_hint", "claimType": token, "valueType": "EXPRESSION", "value": `"` + w.Spec.KCIDPHint + `"`,
			"status": oktaread.Active, "alwaysIncludeInToken": true, "conditions": Object{"scopes": []string{}},
		}})
		if err != nil {
			return err
		}
		w.plan.parts.claims = append(w.plan.parts.claims, o)
	}
	return nil
}
