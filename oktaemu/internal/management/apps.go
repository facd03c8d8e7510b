package management

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) appRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/apps", "okta.apps.read", "okta.apps.manage"
	api.handle(mux, "GET "+base, read, (*call).listApps)
	api.handle(mux, "POST "+base, manage, logged("application.lifecycle.create", "app", (*call).createApp))
	api.handle(mux, "GET "+base+"/{app}", read, (*call).readApp)
	api.handle(mux, "PUT "+base+"/{app}", manage, logged("application.lifecycle.update", "app", (*call).replaceApp))
	api.handle(mux, "DELETE "+base+"/{app}", manage, logged("application.lifecycle.delete", "app", (*call).deleteApp))
	api.handle(mux, "POST "+base+"/{app}/lifecycle/activate", manage, logged("application.lifecycle.activate", "app", setAppStatus("ACTIVE")))
	api.handle(mux, "POST "+base+"/{app}/lifecycle/deactivate", manage, logged("application.lifecycle.deactivate", "app", setAppStatus("INACTIVE")))
	api.handle(mux, "PUT "+base+"/{app}/policies/{policy}", manage, (*call).assignAppPolicy)
	// What the Terraform provider reads and writes for its argument groups_claim.
	api.handle(mux, "GET /api/v1/internal/apps/{app}/settings/oauth/idToken", read, (*call).readGroupsClaim)
	api.handle(mux, "POST /api/v1/internal/apps/{app}/settings/oauth/idToken", manage, (*call).storeGroupsClaim)
	api.handle(mux, "POST "+base+"/{app}/logo", manage, (*call).keepLogo)
	api.groupPushRoutes(mux, base+"/{app}/group-push/mappings", read, manage)
	api.clientCredentialRoutes(mux, base+"/{app}/credentials", read, manage)
	api.appKeyRoutes(mux, base+"/{app}/credentials/keys", read, manage)
	api.assignmentRoutes(mux, base+"/{app}", read, manage)
	api.grantRoutes(mux, base+"/{app}/grants")
}

// appJSON shows an app. The client secret is shown only where it is new: withSecret.
func (c *call) appJSON(a store.App, withSecret bool) map[string]any {
	name, _ := a.Doc["name"].(string)
	doc := maps.Clone(a.Doc)
	doc["orn"] = "orn:okta:idp:" + c.OrgID + ":apps:" + name + ":" + a.ID()
	credentials := maps.Clone(store.Object(doc["credentials"]))
	credentials["signing"] = map[string]any{}
	if a.IsClient() {
		credentials["signing"] = map[string]any{"kid": c.State.Org.Keys.Active().ID}
	}
	settings := maps.Clone(store.Object(doc["settings"]))
	doc["credentials"], doc["settings"], doc["universalLogout"] = credentials, settings, nil
	links := c.appLinks(a, name)
	switch {
	case name != store.OIDCName:
		delete(credentials, "oauthClient")
		delete(settings, "oauthClient")
		doc["universalLogout"] = map[string]any{"status": "UNSUPPORTED"}
		if !a.IsClient() {
			delete(links, "clientCredentials")
			break
		}
		links["help"] = wire.Link{Href: c.URL + "/app/" + name + "/" + a.ID() + "/setup/help/OPENID_CONNECT/external-doc", Type: "text/html"}
	default:
		credentials["oauthClient"] = shownCredentials(credentials["oauthClient"], withSecret)
		settings["oauthClient"] = c.shownClient(settings["oauthClient"])
	}
	if name == store.OIDCName && c.Has(store.FeatureThreatProtection) {
		doc["universalLogout"] = map[string]any{
			"status": "DISABLED", "supportType": "FULL", "identityStack": "NOT_SHARED", "protocol": "GLOBAL_TOKEN_REVOCATION",
		}
	}
	doc["_links"] = links
	return doc
}

func shownCredentials(oauth any, withSecret bool) map[string]any {
	shown := maps.Clone(store.Object(oauth))
	if !withSecret {
		delete(shown, "client_secret")
	}
	return shown
}

func (c *call) shownClient(client any) map[string]any {
	shown := maps.Clone(store.Object(client))
	if _, there := shown["participate_slo"]; !there && c.Has(store.FeatureSingleLogout) {
		shown["participate_slo"] = false
	}
	return shown
}

func (c *call) appLinks(a store.App, name string) map[string]any {
	self := c.URL + "/api/v1/apps/" + a.ID()
	credentials := "secrets"
	if len(a.Client.JWKS) > 0 {
		credentials = "jwks"
	}
	links := map[string]any{
		"users":             wire.Link{Href: self + "/users"},
		"groups":            wire.Link{Href: self + "/groups"},
		"policies":          wire.Link{Href: self + "/policies", Hints: wire.Allow("PUT")},
		"accessPolicy":      wire.Link{Href: c.URL + "/api/v1/policies/" + a.AccessPolicy},
		"profileEnrollment": wire.Link{Href: c.URL + "/api/v1/policies/" + enrollmentPolicyID()},
		"appLinks":          []wire.Link{{Name: name + "_link", Href: c.URL + "/home/" + name + "/" + a.ID() + "/aln177a159h7Zf52X0g8", Type: "text/html"}},
		"logo":              []wire.Link{c.logo("default", "medium")},
		"uploadLogo":        wire.Link{Href: self + "/logo", Hints: wire.Allow("POST")},
		"clientCredentials": []wire.Link{{Name: credentials, Href: self + "/credentials/" + credentials}},
	}
	if a.Client.Active {
		links["deactivate"] = wire.Link{Href: self + "/lifecycle/deactivate"}
	} else {
		links["activate"] = wire.Link{Href: self + "/lifecycle/activate"}
	}
	return links
}

func (c *call) findApp() (store.App, *wire.APIError) {
	id := c.r.PathValue("app")
	if a, there := c.Apps.Get(id); there {
		return a, nil
	}
	return store.App{}, wire.ErrNotFound("AppInstance", id)
}

func (c *call) listApps() (answer, *wire.APIError) {
	q, filter := strings.ToLower(c.r.URL.Query().Get("q")), c.r.URL.Query().Get("filter")
	match, fault := parseFilter(filter, grammar{properties: map[string]string{
		"id": "eq", "status": "eq", "name": "eq", "label": "eq sw", "credentials.signing.kid": "eq", "settings.slo.enabled": "eq", "user.id": "eq", "group.id": "eq",
	}})
	if fault != nil {
		return answer{}, fault
	}
	list := slices.DeleteFunc(c.Apps.List(), func(a store.App) bool {
		name, _ := a.Doc["name"].(string)
		if !strings.HasPrefix(strings.ToLower(a.Client.Name), q) && !strings.HasPrefix(name, q) {
			return true
		}
		if strings.Contains(filter, ".id") {
			return !match(c.withAssigned(a))
		}
		return !match(a.Doc)
	})
	return listPage(c, list, store.App.ID, c.appWithUser, 20, 200)
}

// withAssigned is a with what filters ask of it beside its own members: user.id and group.id.
func (c *call) withAssigned(a store.App) any {
	ids := func(list []store.Assignment) any {
		out := []any{}
		for _, given := range list {
			out = append(out, map[string]any{"id": given.ID})
		}
		return out
	}
	doc := maps.Clone(a.Doc)
	doc["user"], doc["group"] = ids(c.UsersOf(a)), ids(a.Groups)
	return doc
}

func (c *call) readApp() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.appWithUser(a)), nil
}

// appWithUser shows an app; expand=user/ID embeds how it is assigned to that user.
func (c *call) appWithUser(a store.App) any {
	shown := c.appJSON(a, false)
	if id, expand := strings.CutPrefix(c.r.URL.Query().Get("expand"), "user/"); expand {
		users := c.UsersOf(a)
		if i := store.AssignmentIndex(users, id); i >= 0 {
			shown["_embedded"] = map[string]any{"user": c.appUserJSON(a, users[i])}
		}
	}
	return shown
}

// keepLogo takes a picture, and shows none: logos are at addresses that the emulator does not have.
func (c *call) keepLogo() (answer, *wire.APIError) {
	if _, fault := c.findApp(); fault != nil {
		return answer{}, fault
	}
	return answer{status: http.StatusCreated}, nil
}

func (c *call) createApp() (answer, *wire.APIError) {
	in, fault := c.readAppInput()
	if fault != nil {
		return answer{}, fault
	}
	now := wire.Stamp(c.Now())
	doc := store.CompleteApp(in, nil)
	id := wire.NewID(wire.IDApp)
	oauth := store.Object(store.Object(doc["credentials"])["oauthClient"]) // empty, and forgotten, where there is no client
	if given, _ := oauth["client_id"].(string); given != "" {
		if _, taken := c.Apps.Find(func(a store.App) bool { return a.Client.ID == given }); taken {
			return answer{}, wire.ErrInvalid("client_id", "client_id: An app with this client id already exists")
		}
		id = given
	}
	oauth["client_id"] = id
	status := "ACTIVE"
	if c.r.URL.Query().Get("activate") == "false" {
		status = "INACTIVE"
	}
	maps.Copy(doc, map[string]any{"id": id, "status": status, "created": now, "lastUpdated": now})
	return c.storeApp(store.App{Doc: doc, AccessPolicy: store.DefaultAccessPolicyID()}, true)
}

// replaceApp is PUT. The client id and the secret stay; the secret also changes if
// a new one is given.
func (c *call) replaceApp() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	in, fault := c.readAppInput()
	if fault != nil {
		return answer{}, fault
	}
	doc := store.CompleteApp(in, a.Doc)
	maps.Copy(doc, map[string]any{
		"id": a.ID(), "status": a.Doc["status"], "created": a.Doc["created"], "lastUpdated": wire.Stamp(c.Now()),
	})
	a.Doc = doc
	return c.storeApp(a, true)
}

// storeApp checks and stores a, whose doc is complete.
func (c *call) storeApp(a store.App, withSecret bool) (answer, *wire.APIError) {
	view, err := store.NewApp(a.Doc)
	if err != nil {
		return answer{}, wire.ErrInvalid("app", err.Error())
	}
	a.Client = view.Client
	if a.IsClient() {
		a.KeepSecret(c.Stamp())
	}
	if causes := a.Client.Faults(); a.IsClient() && len(causes) > 0 {
		return answer{}, wire.ErrInvalid("settings.oauthClient", causes...)
	}
	if !c.Apps.Put(a.ID(), a) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return ok(c.appJSON(a, withSecret)), nil
}

func setAppStatus(status string) handler {
	return func(c *call) (answer, *wire.APIError) {
		a, fault := c.findApp()
		if fault != nil {
			return answer{}, fault
		}
		a.Doc = maps.Clone(a.Doc)
		a.Doc["status"], a.Doc["lastUpdated"] = status, wire.Stamp(c.Now())
		a.Client.Active = status == "ACTIVE"
		c.Apps.Put(a.ID(), a)
		return ok(map[string]any{}), nil
	}
}

func (c *call) deleteApp() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	if a.Client.Active {
		return answer{}, wire.ErrAPI(http.StatusForbidden, "E0000056", "Delete application forbidden.", "The application must be deactivated before deletion.")
	}
	c.Apps.Delete(a.ID())
	for _, p := range c.GroupPushes.List() {
		if p.App == a.ID() {
			c.GroupPushes.Delete(p.ID)
		}
	}
	return noContent(), nil
}

// readAppInput reads an app document and drops what only the org may set.
func (c *call) readAppInput() (map[string]any, *wire.APIError) {
	text, fault := c.readObject()
	if fault != nil {
		return nil, fault
	}
	var in map[string]any
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, wire.ErrMalformed()
	}
	for _, name := range []string{"id", "orn", "universalLogout", "status", "created", "lastUpdated", "_links", "_embedded"} {
		delete(in, name)
	}
	mode, _ := in["signOnMode"].(string)
	if mode == "" && in["name"] == nil { // a name can be that of Okta's catalogue, which knows the mode
		return nil, wire.ErrInvalid("signOnMode", "signOnMode: The field cannot be left blank")
	}
	if mode != store.OIDCMode && !slices.Contains(store.PlainModes(), mode) {
		return nil, wire.ErrNotPlayed("apps whose signOnMode is not OPENID_CONNECT; it keeps, without a way to sign in, " + strings.Join(store.PlainModes(), ", "))
	}
	if label, _ := in["label"].(string); badLength(label, 100) {
		return nil, wire.ErrInvalid("label", "label: The field must have 1 to 100 characters")
	}
	return in, nil
}

// findClaimApp finds the app of a groups claim: one that an administrator made, not of Okta's catalogue.
func (c *call) findClaimApp() (store.App, *wire.APIError) {
	a, fault := c.findApp()
	if fault == nil && a.Doc["name"] != store.OIDCName {
		return a, wire.ErrNotFound("OAuth2AppInstance", a.ID())
	}
	return a, fault
}

func (c *call) readGroupsClaim() (answer, *wire.APIError) {
	a, fault := c.findClaimApp()
	if fault != nil {
		return answer{}, fault
	}
	return ok(store.Object(a.GroupsClaim)), nil
}

// storeGroupsClaim keeps the setting. It belongs to the org authorization server's
// ID tokens, which the emulator does not mint.
func (c *call) storeGroupsClaim() (answer, *wire.APIError) {
	a, fault := c.findClaimApp()
	if fault != nil {
		return answer{}, fault
	}
	var claim map[string]any
	if fault := c.readBody(&claim); fault != nil {
		return answer{}, fault
	}
	a.GroupsClaim = claim
	c.Apps.Put(a.ID(), a)
	return ok(claim), nil
}
