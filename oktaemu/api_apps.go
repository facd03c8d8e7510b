package oktaemu

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (o *Org) appRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/apps", "okta.apps.read", "okta.apps.manage"
	mux.HandleFunc("GET "+base, o.managed(read, o.listApps))
	mux.HandleFunc("POST "+base, o.managed(manage, o.createApp))
	mux.HandleFunc("GET "+base+"/{app}", o.managed(read, o.readApp))
	mux.HandleFunc("PUT "+base+"/{app}", o.managed(manage, o.replaceApp))
	mux.HandleFunc("DELETE "+base+"/{app}", o.managed(manage, o.deleteApp))
	mux.HandleFunc("POST "+base+"/{app}/lifecycle/activate", o.managed(manage, o.setAppStatus("ACTIVE")))
	mux.HandleFunc("POST "+base+"/{app}/lifecycle/deactivate", o.managed(manage, o.setAppStatus("INACTIVE")))
	mux.HandleFunc("PUT "+base+"/{app}/policies/{policy}", o.managed(manage, o.assignAppPolicy))
	// What the Terraform provider reads and writes for its argument groups_claim.
	mux.HandleFunc("GET /api/v1/internal/apps/{app}/settings/oauth/idToken", o.managed(read, o.readGroupsClaim))
	mux.HandleFunc("POST /api/v1/internal/apps/{app}/settings/oauth/idToken", o.managed(manage, o.storeGroupsClaim))
	o.assignmentRoutes(mux, base+"/{app}", read, manage)
	o.grantRoutes(mux, base+"/{app}/grants")
}

// appJSON shows an app. The client secret is shown only where it is new: withSecret.
func (o *Org) appJSON(a app, withSecret bool) any {
	doc := maps.Clone(a.doc)
	if !withSecret {
		credentials := maps.Clone(object(doc["credentials"]))
		oauth := maps.Clone(object(credentials["oauthClient"]))
		delete(oauth, "client_secret")
		credentials["oauthClient"] = oauth
		doc["credentials"] = credentials
	}
	self := o.url + "/api/v1/apps/" + a.id()
	links := map[string]any{
		"self":         link{Href: self},
		"users":        link{Href: self + "/users"},
		"groups":       link{Href: self + "/groups"},
		"policies":     link{Href: self + "/policies", Hints: allow("PUT")},
		"accessPolicy": link{Href: o.url + "/api/v1/policies/" + a.accessPolicy},
		"appLinks":     []link{},
		"logo":         []link{},
	}
	if a.client.active {
		links["deactivate"] = link{Href: self + "/lifecycle/deactivate"}
	} else {
		links["activate"] = link{Href: self + "/lifecycle/activate"}
	}
	doc["_links"] = links
	return doc
}

// object returns value as a JSON object; empty when it is none.
func object(value any) map[string]any {
	m, _ := value.(map[string]any)
	if m == nil {
		m = map[string]any{}
	}
	return m
}

func (o *Org) findApp(r *http.Request) (app, *apiError) {
	id := r.PathValue("app")
	if a, there := o.state.apps.get(id); there {
		return a, nil
	}
	return app{}, errNotFound("AppInstance", id)
}

func (o *Org) listApps(r *http.Request) (apiAnswer, *apiError) {
	q, filter := strings.ToLower(r.URL.Query().Get("q")), r.URL.Query().Get("filter")
	match, fault := parseFilter(filter)
	if fault != nil {
		return apiAnswer{}, fault
	}
	list := slices.DeleteFunc(o.state.apps.list(), func(a app) bool {
		return !strings.HasPrefix(strings.ToLower(a.client.name), q) || !match(a.doc)
	})
	return listPage(r, list, app.id, func(a app) any { return o.appJSON(a, false) }, 20, 200)
}

func (o *Org) readApp(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.appJSON(a, false)), nil
}

func (o *Org) createApp(r *http.Request) (apiAnswer, *apiError) {
	in, fault := readAppInput(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	now := stamp(o.now())
	doc := completeApp(in, nil)
	oauth := object(object(doc["credentials"])["oauthClient"])
	id := newID(idApp)
	if given, _ := oauth["client_id"].(string); given != "" {
		if _, taken := o.state.apps.find(func(a app) bool { return a.client.id == given }); taken {
			return apiAnswer{}, errInvalid("client_id", "client_id: An app with this client id already exists")
		}
		id = given
	}
	oauth["client_id"] = id
	status := "ACTIVE"
	if r.URL.Query().Get("activate") == "false" {
		status = "INACTIVE"
	}
	maps.Copy(doc, map[string]any{"id": id, "status": status, "created": now, "lastUpdated": now})
	return o.storeApp(app{doc: doc, accessPolicy: defaultAccessPolicyID()}, true)
}

// replaceApp is PUT. The client id and the secret stay; the secret also changes if
// a new one is given.
func (o *Org) replaceApp(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	in, fault := readAppInput(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	doc := completeApp(in, a.doc)
	maps.Copy(doc, map[string]any{
		"id": a.id(), "status": a.doc["status"], "created": a.doc["created"], "lastUpdated": stamp(o.now()),
	})
	a.doc = doc
	return o.storeApp(a, true)
}

// storeApp checks and stores a, whose doc is complete.
func (o *Org) storeApp(a app, withSecret bool) (apiAnswer, *apiError) {
	view, err := newApp(a.doc)
	if err != nil {
		return apiAnswer{}, errInvalid("app", err.Error())
	}
	a.client = view.client
	if causes := a.client.faults(); len(causes) > 0 {
		return apiAnswer{}, errInvalid("settings.oauthClient", causes...)
	}
	if !o.state.apps.put(a.id(), a) {
		return apiAnswer{}, errFull()
	}
	return ok(o.appJSON(a, withSecret)), nil
}

func (o *Org) setAppStatus(status string) apiHandler {
	return func(r *http.Request) (apiAnswer, *apiError) {
		a, fault := o.findApp(r)
		if fault != nil {
			return apiAnswer{}, fault
		}
		a.doc = maps.Clone(a.doc)
		a.doc["status"], a.doc["lastUpdated"] = status, stamp(o.now())
		a.client.active = status == "ACTIVE"
		o.state.apps.put(a.id(), a)
		return ok(map[string]any{}), nil
	}
}

func (o *Org) deleteApp(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if a.client.active {
		return apiAnswer{}, &apiError{http.StatusForbidden, "E0000056", "Delete application forbidden.", []string{"The application must be deactivated before deletion."}}
	}
	o.state.apps.delete(a.id())
	return noContent(), nil
}

// readAppInput reads an app document and drops what only the org may set.
func readAppInput(r *http.Request) (map[string]any, *apiError) {
	text, fault := readObject(r)
	if fault != nil {
		return nil, fault
	}
	var in map[string]any
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, errMalformed()
	}
	for _, name := range []string{"id", "status", "created", "lastUpdated", "_links", "_embedded"} {
		delete(in, name)
	}
	if mode, _ := in["signOnMode"].(string); mode != "OPENID_CONNECT" {
		return nil, errInvalid("signOnMode", "signOnMode: the emulator keeps apps with OPENID_CONNECT only")
	}
	if label, _ := in["label"].(string); label == "" || len(label) > 100 {
		return nil, errInvalid("label", "label: The field must have 1 to 100 characters")
	}
	return in, nil
}

// completeApp lays in over the defaults, and keeps client id and secret of before.
func completeApp(in, before map[string]any) map[string]any {
	settings := object(object(in["settings"])["oauthClient"])
	appType, _ := settings["application_type"].(string)
	authMethod := authBasic
	if appType == "browser" || appType == "native" {
		authMethod = authNone
	}
	doc := merge(appDefaults(appType, authMethod), in)
	oauth := object(object(doc["credentials"])["oauthClient"])
	old := object(object(before["credentials"])["oauthClient"])
	if before != nil {
		oauth["client_id"] = old["client_id"]
	}
	method, _ := oauth["token_endpoint_auth_method"].(string)
	switch secret, _ := oauth["client_secret"].(string); {
	case method != authBasic && method != authPost:
		delete(oauth, "client_secret")
	case secret == "" && old["client_secret"] != nil:
		oauth["client_secret"] = old["client_secret"]
	case secret == "":
		oauth["client_secret"] = randomWord(40)
	}
	return doc
}

// appDefaults is what Okta fills in.
func appDefaults(appType, authMethod string) map[string]any {
	return map[string]any{
		"name": "oidc_client", "features": []any{}, "profile": nil,
		"accessibility": map[string]any{"selfService": false, "errorRedirectUrl": nil, "loginRedirectUrl": nil},
		"visibility": map[string]any{
			"autoLaunch": false, "autoSubmitToolbar": false, "hide": map[string]any{"iOS": true, "web": true}, "appLinks": map[string]any{},
		},
		"credentials": map[string]any{
			"userNameTemplate": map[string]any{"template": "${source.login}", "type": "BUILT_IN"},
			"signing":          map[string]any{},
			"oauthClient": map[string]any{
				"autoKeyRotation": true, "token_endpoint_auth_method": authMethod,
				"pkce_required": appType == "browser" || appType == "native",
			},
		},
		"settings": map[string]any{
			"app": map[string]any{}, "notes": map[string]any{"admin": nil, "enduser": nil}, "implicitAssignment": false,
			"notifications": map[string]any{"vpn": map[string]any{"network": map[string]any{"connection": "DISABLED"}, "message": nil, "helpUrl": nil}},
			"oauthClient": map[string]any{
				"client_uri": nil, "logo_uri": nil, "redirect_uris": []any{}, "post_logout_redirect_uris": []any{},
				"response_types": []any{"code"}, "grant_types": []any{"authorization_code"}, "application_type": "web",
				"consent_method": "TRUSTED", "issuer_mode": "ORG_URL", "wildcard_redirect": "DISABLED", "participate_slo": false,
				"idp_initiated_login": map[string]any{"mode": "DISABLED", "default_scope": []any{}},
			},
		},
	}
}

// merge lays over over under; objects are merged member by member. Neither argument is changed.
func merge(under, over map[string]any) map[string]any {
	out := maps.Clone(under)
	for name, value := range over {
		if inner, isObject := value.(map[string]any); isObject {
			value = merge(object(out[name]), inner)
		}
		out[name] = value
	}
	return out
}

// faults lists what is wrong with a client.
func (c client) faults() []string {
	var causes []string
	add := func(format string, args ...any) { causes = append(causes, fmt.Sprintf(format, args...)) }
	if !slices.Contains([]string{"browser", "native", "web", "service"}, c.appType) {
		add("application_type: must be browser, native, web or service")
	}
	if !slices.Contains([]string{authNone, authBasic, authPost, authPrivateKey}, c.authMethod) {
		add("token_endpoint_auth_method: the emulator does not know '%s'", c.authMethod)
	}
	if c.authMethod == authPrivateKey && len(c.JWKS) == 0 {
		add("jwks: private_key_jwt needs the client's public keys; the emulator fetches no jwks_uri")
	}
	for _, grant := range c.GrantTypes {
		if grant != "refresh_token" && !slices.Contains(storableGrantTypes(), grant) {
			add("grant_types: '%s' is not a grant type", grant)
		}
	}
	redirects := slices.Contains(c.GrantTypes, "authorization_code") || slices.Contains(c.GrantTypes, "implicit")
	if redirects && len(c.RedirectURIs) == 0 {
		add("redirect_uris: 'redirect_uris' must have minimum 1 item for the grant types given")
	}
	for _, uri := range append(slices.Clone(c.RedirectURIs), c.PostLogoutURIs...) {
		if fault := redirectURIFault(uri); fault != "" {
			add("redirect_uris: '%s' %s", uri, fault)
		}
	}
	if rotation := c.Refresh.Rotation; rotation != "" && rotation != "ROTATE" && rotation != "STATIC" || c.Refresh.Leeway < 0 || c.Refresh.Leeway > 60 {
		add("refresh_token: rotation_type must be ROTATE or STATIC, leeway 0 to 60 seconds")
	}
	return causes
}

func (o *Org) readGroupsClaim(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(object(a.groupsClaim)), nil
}

// storeGroupsClaim keeps the setting. It belongs to the org authorization server's
// ID tokens, which the emulator does not mint.
func (o *Org) storeGroupsClaim(r *http.Request) (apiAnswer, *apiError) {
	a, fault := o.findApp(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	var claim map[string]any
	if fault := readBody(r, &claim); fault != nil {
		return apiAnswer{}, fault
	}
	a.groupsClaim = claim
	o.state.apps.put(a.id(), a)
	return ok(claim), nil
}
