package oktaemu_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu"
)

// eventHookServer gives challenges back, fails the first delivery, and passes on what
// the others bring.
func eventHookServer(t *testing.T) (url string, deliveries chan map[string]any) {
	t.Helper()
	deliveries = make(chan map[string]any, 10)
	var failed atomic.Bool
	server := hookServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Secret") != "s" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if challenge := r.Header.Get("X-Okta-Verification-Challenge"); r.Method == http.MethodGet {
			_ = json.NewEncoder(w).Encode(map[string]string{"verification": challenge})
			return
		}
		if failed.CompareAndSwap(false, true) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var delivery map[string]any
		if err := json.NewDecoder(r.Body).Decode(&delivery); err != nil {
			t.Error(err)
		}
		deliveries <- delivery
	})
	return server.URL, deliveries
}

func eventHook(url, secret string, items ...string) map[string]any {
	return map[string]any{
		"name": "told", "events": map[string]any{"type": "EVENT_TYPE", "items": items},
		"channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": map[string]any{
			"uri": url, "authScheme": map[string]any{"type": "HEADER", "key": "X-Secret", "value": secret},
		}},
	}
}

// TestEventHook: once it is verified, an event hook is told of what it asked for, and
// once more where the first attempt fails.
func TestEventHook(t *testing.T) {
	t.Parallel()
	url, deliveries := eventHookServer(t)
	org := newOrg(t, oktaemu.Options{})
	var hook struct{ ID, VerificationStatus string }
	api(t, org, "POST", "/api/v1/eventHooks", eventHook(url, "s", "policy.rule.update"), 200, &hook)
	if hook.VerificationStatus != "UNVERIFIED" {
		t.Fatalf("new hook %+v", hook)
	}
	renameRule(t, org, "before")
	self := "/api/v1/eventHooks/" + hook.ID
	api(t, org, "POST", self+"/lifecycle/verify", nil, 200, &hook)
	if hook.VerificationStatus != "VERIFIED" {
		t.Fatalf("verified hook %+v", hook)
	}
	renameRule(t, org, "after")
	var delivery map[string]any
	select {
	case delivery = <-deliveries:
	case <-time.After(time.Minute):
		t.Fatal("no delivery")
	}
	event, _ := delivery["data"].(map[string]any)["events"].([]any)[0].(map[string]any)
	target, _ := event["target"].([]any)[0].(map[string]any)
	if event["eventType"] != "policy.rule.update" || target["id"] != "0premudefault0000000" || !strings.HasSuffix(delivery["source"].(string), self) {
		t.Errorf("delivery %v", delivery)
	}
	api(t, org, "DELETE", self, nil, 400, nil)
	api(t, org, "POST", self+"/lifecycle/deactivate", nil, 200, nil)
	renameRule(t, org, "silent")
	api(t, org, "DELETE", self, nil, 204, nil)
	if n := len(deliveries); n != 0 {
		t.Errorf("%d further deliveries", n)
	}
}

// TestEventDeliveriesGoWrong: one is lost, one comes late, one comes twice.
func TestEventDeliveriesGoWrong(t *testing.T) {
	t.Parallel()
	url, deliveries := eventHookServer(t)
	org := newOrg(t, oktaemu.Options{})
	var hook struct{ ID string }
	api(t, org, "POST", "/api/v1/eventHooks", eventHook(url, "s", "policy.rule.update"), 200, &hook)
	api(t, org, "POST", "/api/v1/eventHooks/"+hook.ID+"/lifecycle/verify", nil, 200, nil)
	putFault(t, org, map[string]any{"delivery": "lose", "event_type": "policy.rule.update"}, 204)
	putFault(t, org, map[string]any{"delivery": "delay", "delay_ms": 20}, 204)
	putFault(t, org, map[string]any{"delivery": "repeat"}, 204)
	putFault(t, org, map[string]any{"delivery": "lose", "event_type": "user.session.start"}, 204)
	for _, name := range []string{"lost", "late", "twice"} {
		renameRule(t, org, name)
	}
	seen := map[any]int{}
	for range 3 {
		select {
		case delivery := <-deliveries:
			event, _ := delivery["data"].(map[string]any)["events"].([]any)[0].(map[string]any)
			seen[event["uuid"]]++
		case <-time.After(time.Minute):
			t.Fatal("no delivery")
		}
	}
	if len(seen) != 2 || len(org.LogEvents("policy.rule.update")) != 3 {
		t.Errorf("deliveries by event %v, log %+v", seen, org.LogEvents("policy.rule.update"))
	}
	if left := org.Faults(); len(left) != 1 || left[0].EventType != "user.session.start" {
		t.Errorf("faults left %+v", left)
	}
}

// renameRule changes the first rule of the server "default".
func renameRule(t *testing.T, org *oktaemu.Org, name string) {
	t.Helper()
	path := "/api/v1/authorizationServers/default/policies/00pemudefault0000000/rules/0premudefault0000000"
	var rule map[string]any
	api(t, org, "GET", path, nil, 200, &rule)
	rule["name"] = name
	api(t, org, "PUT", path, rule, 200, nil)
}

func TestEventHookRefuses(t *testing.T) {
	t.Parallel()
	url, _ := eventHookServer(t)
	org := newOrg(t, oktaemu.Options{})
	for name, tc := range map[string]struct {
		hook  map[string]any
		about string
	}{
		"no events":    {eventHook(url, "s"), "1 to 500"},
		"not eligible": {eventHook(url, "s", "inline_hook.response.processed"), "not sent to event hooks"},
		"plain http":   {eventHook("http://hook.example/", "s", "user.session.start"), "not https"},
	} {
		var fault oktaError
		api(t, org, "POST", "/api/v1/eventHooks", tc.hook, 400, &fault)
		if !strings.Contains(fault.ErrorCauses[0].ErrorSummary, tc.about) {
			t.Errorf("%s: %+v, want one about %q", name, fault, tc.about)
		}
	}
	var hook struct{ ID string }
	api(t, org, "POST", "/api/v1/eventHooks", eventHook(url, "wrong", "user.session.start"), 200, &hook)
	var fault oktaError
	api(t, org, "POST", "/api/v1/eventHooks/"+hook.ID+"/lifecycle/verify", nil, 400, &fault)
	if !strings.Contains(fault.ErrorCauses[0].ErrorSummary, "status 401") {
		t.Errorf("verification %+v", fault)
	}
}

// TestUserStates walks through a user's life; each state offers its own steps.
func TestUserStates(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	type user struct {
		ID, Status                 string
		Activated, PasswordChanged *string
		Profile                    map[string]any
		Links                      map[string]any `json:"_links"`
	}
	profile := map[string]any{"login": "a@example.org", "email": "a@example.org", "firstName": "A", "lastName": "B", "postalAddress": nil}
	var u user
	api(t, org, "POST", "/api/v1/users?activate=false", map[string]any{"profile": profile}, 200, &u)
	want := map[string]any{"login": "a@example.org", "email": "a@example.org", "firstName": "A", "lastName": "B", "mobilePhone": nil, "secondEmail": nil}
	if diff := cmp.Diff(want, u.Profile); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	self := "/api/v1/users/" + u.ID
	expect := func(status string, activated, password bool, step string) {
		t.Helper()
		u = user{}
		api(t, org, "GET", self, nil, 200, &u)
		if u.Status != status || (u.Activated != nil) != activated || (u.PasswordChanged != nil) != password || u.Links[step] == nil {
			t.Errorf("user %+v, want %s and a link %s", u, status, step)
		}
	}
	post := func(path string, body any, status int) { t.Helper(); api(t, org, "POST", self+path, body, status, nil) }
	expect("STAGED", false, false, "activate")
	post("/lifecycle/suspend", nil, 400)
	post("/lifecycle/activate", nil, 200)
	expect("PROVISIONED", true, false, "reactivate")
	api(t, org, "PUT", self, map[string]any{"credentials": map[string]any{"password": map[string]any{"value": "one"}}}, 200, nil)
	post("/lifecycle/reactivate", nil, 200)
	expect("ACTIVE", true, true, "changePassword")
	signIn(t, org, oktaemu.SignIn{Login: "a@example.org", Password: "one"})
	change := func(from, to string) map[string]any {
		return map[string]any{"oldPassword": map[string]any{"value": from}, "newPassword": map[string]any{"value": to}}
	}
	post("/credentials/change_password", change("wrong", "two"), 403)
	post("/credentials/change_password", change("one", "two"), 200)
	signIn(t, org, oktaemu.SignIn{Login: "a@example.org", Password: "two"})
	post("/lifecycle/suspend", nil, 200)
	expect("SUSPENDED", true, true, "unsuspend")
	if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "a@example.org", Password: "two"}); err == nil {
		t.Error("a suspended user signs in")
	}
	post("/lifecycle/unsuspend", nil, 200)
	api(t, org, "DELETE", self, nil, 204, nil)
	expect("DEPROVISIONED", true, true, "delete")
	api(t, org, "DELETE", self, nil, 204, nil)
	api(t, org, "GET", self, nil, 404, nil)
}

// TestProfileAttributes: only those of the schema are taken.
func TestProfileAttributes(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	profile := map[string]any{"login": "a@example.org", "email": "a@example.org", "firstName": "A", "lastName": "B", "rpps": "1"}
	var fault oktaError
	api(t, org, "POST", "/api/v1/users", map[string]any{"profile": profile}, 400, &fault)
	if fault.ErrorSummary != "Api validation failed: newUser" || fault.ErrorCauses[0].ErrorSummary != "Property name 'rpps' is not defined in profile" {
		t.Errorf("%+v", fault)
	}
	attribute := func(definition any) map[string]any {
		return map[string]any{"definitions": map[string]any{"custom": map[string]any{"properties": map[string]any{"rpps": definition}}}}
	}
	api(t, org, "POST", "/api/v1/meta/schemas/user/default", attribute(map[string]any{"type": "string", "title": "RPPS"}), 200, nil)
	var u struct{ Profile map[string]any }
	api(t, org, "POST", "/api/v1/users", map[string]any{"profile": profile}, 200, &u)
	if u.Profile["rpps"] != "1" {
		t.Errorf("profile %v", u.Profile)
	}
	var schema struct {
		Definitions struct {
			Base struct {
				Properties map[string]map[string]any `json:"properties"`
			} `json:"base"`
			Custom struct {
				Properties map[string]map[string]any `json:"properties"`
			} `json:"custom"`
		} `json:"definitions"`
	}
	api(t, org, "GET", "/api/v1/meta/schemas/user/default", nil, 200, &schema)
	if rpps, login := schema.Definitions.Custom.Properties["rpps"], schema.Definitions.Base.Properties["login"]; rpps["title"] != "RPPS" || login["required"] != true || login["maxLength"] != 100.0 {
		t.Errorf("custom %v, login %v", rpps, login)
	}
	api(t, org, "POST", "/api/v1/meta/schemas/user/default", schema, 200, nil) // as it was read
	schema.Definitions.Base.Properties["login"]["maxLength"] = 50
	api(t, org, "POST", "/api/v1/meta/schemas/user/default", schema, 501, nil)
	api(t, org, "POST", "/api/v1/meta/schemas/user/default", attribute(nil), 200, nil)
	api(t, org, "PUT", "/api/v1/users/a@example.org", map[string]any{"profile": profile}, 400, &fault)
	u.Profile = nil
	if api(t, org, "GET", "/api/v1/users/a@example.org", nil, 200, &u); u.Profile["login"] == nil || u.Profile["rpps"] != nil {
		t.Errorf("profile after the attribute was taken away: %v", u.Profile)
	}
}

// TestImportedPassword: a user signs in whose password came as a hash.
func TestImportedPassword(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	api(t, org, "POST", "/api/v1/users", map[string]any{
		"profile": map[string]any{"login": "a@example.org", "email": "a@example.org", "firstName": "A", "lastName": "B"},
		"credentials": map[string]any{"password": map[string]any{"hash": map[string]any{ // of "MySalt" and "abc"
			"algorithm": "SHA-1", "salt": "TXlTYWx0", "saltOrder": "PREFIX", "value": "J/sh8IEd2W2ffBC3yD+YhXYZM6U=",
		}}},
	}, 200, nil)
	signIn(t, org, oktaemu.SignIn{Login: "a@example.org", Password: "abc"})
}

// TestRoles: users and apps are given administrators' roles, each once.
func TestRoles(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for _, base := range []string{"/api/v1/users/cpx@hopital.example/roles", "/oauth2/v1/clients/" + org.ClientID() + "/roles"} {
		var role struct{ ID, Label, AssignmentType string }
		api(t, org, "POST", base, map[string]any{"type": "HELP_DESK_ADMIN"}, 201, &role)
		if role.ID != "JBCUYUC7IRCVGS27IFCE2SKO" || role.Label != "Help Desk Administrator" {
			t.Errorf("role %+v", role)
		}
		api(t, org, "POST", base, map[string]any{"type": "HELP_DESK_ADMIN"}, 409, nil)
		api(t, org, "POST", base, map[string]any{"type": "KING"}, 400, nil)
		api(t, org, "GET", base+"/"+role.ID, nil, 200, nil)
		api(t, org, "DELETE", base+"/"+role.ID, nil, 204, nil)
		var list []any
		if header := api(t, org, "GET", base, nil, 200, &list); len(list) != 0 || !strings.Contains(header.Get("Link"), `rel="self"`) {
			t.Errorf("roles %v, link %q", list, header.Get("Link"))
		}
	}
}

// TestSystemClaims: a new server has Okta's own claims, of which only one thing can be changed.
func TestSystemClaims(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	const base = "/api/v1/authorizationServers/default/claims"
	var list []map[string]any
	api(t, org, "GET", base, nil, 200, &list)
	if len(list) != 19 {
		t.Fatalf("%d claims, want 19", len(list))
	}
	var given map[string]any
	for _, c := range list {
		if c["name"] == "given_name" {
			given = c
		}
	}
	self := base + "/" + given["id"].(string)
	api(t, org, "DELETE", self, nil, 403, nil)
	given["alwaysIncludeInToken"], given["conditions"] = true, map[string]any{"scopes": []string{}}
	api(t, org, "PUT", self, given, 200, &given)
	if diff := cmp.Diff(map[string]any{"scopes": []any{"profile"}}, given["conditions"]); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	if claims := claimsOf(t, org, tokens.IDToken); claims["given_name"] != "Antoine" || claims["family_name"] != nil {
		t.Errorf("ID token %v", claims)
	}
}
