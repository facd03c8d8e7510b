package oktaemu_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu"
)

type withID struct{ ID, Status string }

// TestTwoSecrets: while a secret is replaced both are good; one that was deactivated is not, and the last active one stays.
func TestTwoSecrets(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	id, first := newWebApp(t, org, "client_secret_basic", "client_credentials")
	addScope(t, org, "care")
	secrets := "/api/v1/apps/" + id + "/credentials/secrets"
	var second struct {
		ID     string
		Secret string `json:"client_secret"`
	}
	api(t, org, "POST", secrets, nil, http.StatusCreated, &second)
	tokens := func(secret string, want int) {
		t.Helper()
		postToken(t, org, url.Values{"grant_type": {"client_credentials"}, "scope": {"care"}, "client_id": {id}, "client_secret": {secret}}, want)
	}
	tokens(first, 200)
	tokens(second.Secret, 200)
	api(t, org, "POST", secrets, nil, http.StatusBadRequest, nil) // a third one
	var list []withID
	api(t, org, "GET", secrets, nil, 200, &list)
	api(t, org, "DELETE", secrets+"/"+list[0].ID, nil, http.StatusBadRequest, nil) // while it is active
	api(t, org, "POST", secrets+"/"+list[0].ID+"/lifecycle/deactivate", nil, 200, nil)
	tokens(first, 401)
	tokens(second.Secret, 200)
	api(t, org, "POST", secrets+"/"+second.ID+"/lifecycle/deactivate", nil, http.StatusBadRequest, nil)
	api(t, org, "DELETE", secrets+"/"+list[0].ID, nil, 204, nil)
	tokens(first, 401)
}

// TestGroupRule puts users into a group whose attribute fits: those who are there when it is activated, and later ones.
func TestGroupRule(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	user := func(login, title string) (u withID) {
		api(t, org, "POST", "/api/v1/users", map[string]any{"profile": map[string]any{"login": login, "email": login, "firstName": "A", "lastName": "B", "title": title}}, 200, &u)
		return u
	}
	var group, rule withID
	api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Nurses"}}, 200, &group)
	before, other := user("a@chu.example", "Nurse"), user("b@chu.example", "Doctor")
	api(t, org, "POST", "/api/v1/groups/rules", map[string]any{
		"type": "group_rule", "name": "r", "conditions": map[string]any{"expression": map[string]any{"value": `user.title=="nurse"`, "type": "urn:okta:expression:1.0"}},
		"actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{group.ID}}},
	}, 200, &rule)
	members := func() (ids []string) {
		var list []withID
		api(t, org, "GET", "/api/v1/groups/"+group.ID+"/users", nil, 200, &list)
		for _, u := range list {
			ids = append(ids, u.ID)
		}
		return ids
	}
	if rule.Status != "INACTIVE" || len(members()) != 0 {
		t.Errorf("new rule %+v has members %v", rule, members())
	}
	self := "/api/v1/groups/rules/" + rule.ID
	api(t, org, "POST", self+"/lifecycle/activate", nil, 204, nil)
	after := user("c@chu.example", "Nurse")
	if diff := cmp.Diff([]string{before.ID, after.ID}, members()); diff != "" {
		t.Errorf("members, %s left out (-want +got):\n%s", other.ID, diff)
	}
	api(t, org, "DELETE", self, nil, http.StatusBadRequest, nil)
	api(t, org, "POST", self+"/lifecycle/deactivate", nil, 204, nil)
	api(t, org, "DELETE", self+"?removeUsers=true", nil, http.StatusAccepted, nil)
	if len(members()) != 0 {
		t.Errorf("members %v after the rule was deleted with them", members())
	}
	api(t, org, "GET", self, nil, 404, nil)
}

// TestGroupRuleExpressions: whom the forms of expressions that are evaluated put into the group.
func TestGroupRuleExpressions(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	group := func(name string) (g withID) {
		api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": name}}, 200, &g)
		return g
	}
	wards, nurses := group("Wards"), group("Nurses")
	for expression, joins := range map[string]bool{
		`user.firstName == "anne"`: true, `user.firstName == "ann"`: false,
		`String.startsWith(user.firstName,"An")`: true, `String.startsWith(user.firstName, "nne")`: false,
		`String.stringContains(user.firstName, "nn")`:       true,
		`isMemberOfAnyGroup("00gnone", "` + wards.ID + `")`: true, `isMemberOfGroup("` + nurses.ID + `")`: false,
		`isMemberOfAnyGroup("00gemueveryone000000")`: true, `isMemberOfGroupName("Wards")`: false, // not evaluated
	} {
		target := group(expression)
		var rule, user withID
		api(t, org, "POST", "/api/v1/groups/rules", map[string]any{
			"type": "group_rule", "name": fmt.Sprint(len(expression), joins), "conditions": map[string]any{"expression": map[string]any{"value": expression}},
			"actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{target.ID}}},
		}, 200, &rule)
		api(t, org, "POST", "/api/v1/groups/rules/"+rule.ID+"/lifecycle/activate", nil, 204, nil)
		login := target.ID + "@chu.example"
		api(t, org, "POST", "/api/v1/users", map[string]any{"profile": map[string]any{"login": login, "email": login, "firstName": "Anne", "lastName": "B"}}, 200, &user)
		api(t, org, "PUT", "/api/v1/groups/"+wards.ID+"/users/"+user.ID, nil, 204, nil)
		var members []withID
		api(t, org, "GET", "/api/v1/groups/"+target.ID+"/users", nil, 200, &members)
		if in := slices.ContainsFunc(members, func(m withID) bool { return m.ID == user.ID }); in != joins {
			t.Errorf("%s: member %v, want %v", expression, in, joins)
		}
	}
}

// TestRefreshTokensOfClient: what was handed out can be found in each of three ways, and revoking it ends it.
func TestRefreshTokensOfClient(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	id, secret := newWebApp(t, org, "client_secret_post", "password", "refresh_token")
	credentials := url.Values{"client_id": {id}, "client_secret": {secret}}
	form := url.Values{"grant_type": {"password"}, "username": {"cpx@hopital.example"}, "password": {oktaemu.PersonaPassword}, "scope": {"openid offline_access"}}
	for name, value := range credentials {
		form[name] = value
	}
	token, _ := postToken(t, org, form, 200)["refresh_token"].(string)
	var shown struct {
		ID, Issuer, UserID string
		Scopes             []string
	}
	var clients []struct {
		ID string `json:"client_id"`
	}
	api(t, org, "GET", "/api/v1/authorizationServers/default/clients", nil, 200, &clients)
	if len(clients) != 1 || clients[0].ID != id {
		t.Errorf("clients %+v, want %s", clients, id)
	}
	var list []withID
	for _, base := range []string{"/api/v1/apps/" + id, "/api/v1/authorizationServers/default/clients/" + id, "/api/v1/users/cpx@hopital.example/clients/" + id} {
		if api(t, org, "GET", base+"/tokens", nil, 200, &list); len(list) != 1 || !strings.HasPrefix(list[0].ID, "oar") {
			t.Fatalf("%s: %+v", base, list)
		}
		api(t, org, "GET", base+"/tokens/"+list[0].ID, nil, 200, &shown)
		if shown.Issuer != org.Issuer() || len(shown.Scopes) != 2 {
			t.Errorf("%s: %+v", base, shown)
		}
	}
	api(t, org, "DELETE", "/api/v1/apps/"+id+"/tokens/"+list[0].ID, nil, 204, nil)
	form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}, "client_id": {id}, "client_secret": {secret}}
	if got := postToken(t, org, form, 400); got["error"] != "invalid_grant" {
		t.Errorf("refreshed after it was revoked: %v", got)
	}
	api(t, org, "DELETE", "/api/v1/apps/"+id+"/tokens/"+list[0].ID, nil, 404, nil)
}

// TestRoleTargets narrows a role to a group, and refuses what a role of that type cannot be narrowed to.
func TestRoleTargets(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	var group, role withID
	api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Nurses"}}, 200, &group)
	api(t, org, "POST", "/api/v1/users/cpx@hopital.example/roles", map[string]any{"type": "USER_ADMIN"}, 201, &role)
	targets := "/api/v1/users/cpx@hopital.example/roles/" + role.ID + "/targets"
	api(t, org, "PUT", targets+"/groups/"+group.ID, nil, 204, nil)
	var list []withID
	if api(t, org, "GET", targets+"/groups", nil, 200, &list); len(list) != 1 || list[0].ID != group.ID {
		t.Errorf("targets %+v, want %s", list, group.ID)
	}
	api(t, org, "PUT", targets+"/catalog/apps/oidc_client", nil, 400, nil)
	api(t, org, "PUT", targets+"/groups/00gnowhere", nil, 404, nil)
	api(t, org, "DELETE", targets+"/groups/"+group.ID, nil, 204, nil)
	if api(t, org, "GET", targets+"/groups", nil, 200, &list); len(list) != 0 {
		t.Errorf("targets %+v after the only one went", list)
	}
}

// TestAssignmentChanges: priority and profile of an assignment change alone, and stay when it is given again.
func TestAssignmentChanges(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	id, _ := newWebApp(t, org, "client_secret_basic", "authorization_code")
	var group withID
	api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Nurses"}}, 200, &group)
	type assigned struct {
		Priority int
		Profile  map[string]any
	}
	self := "/api/v1/apps/" + id + "/groups/" + group.ID
	for _, step := range []struct {
		method string
		body   any
		want   assigned
	}{
		{"PUT", map[string]any{"priority": 4, "profile": map[string]any{"ward": "A"}}, assigned{4, map[string]any{"ward": "A"}}},
		{"PATCH", []any{map[string]any{"op": "replace", "path": "/priority", "value": 2}, map[string]any{"op": "add", "path": "/profile/bed", "value": 7}}, assigned{2, map[string]any{"ward": "A", "bed": 7.0}}},
		{"PATCH", []any{map[string]any{"op": "remove", "path": "/profile/ward"}}, assigned{2, map[string]any{"bed": 7.0}}},
		{"PUT", map[string]any{}, assigned{2, map[string]any{}}},
	} {
		var got assigned
		api(t, org, step.method, self, step.body, 200, &got)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s %v (-want +got):\n%s", step.method, step.body, diff)
		}
	}
	var fault oktaError
	api(t, org, "PATCH", self, []any{map[string]any{"op": "test", "path": "/priority", "value": 2}}, 400, &fault)
	if !strings.Contains(fault.ErrorCauses[0].ErrorSummary, "add, replace or remove") {
		t.Errorf("%+v", fault)
	}
}

// TestGroupPush keeps a mapping for an app that is no OAuth client; the app's group goes with it.
func TestGroupPush(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	var app, group withID
	api(t, org, "POST", "/api/v1/apps", map[string]any{
		"name": "bookmark", "label": "Intranet", "signOnMode": "BOOKMARK", "settings": map[string]any{"app": map[string]any{"url": "https://intranet.example/"}},
	}, 200, &app)
	api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Nurses"}}, 200, &group)
	var mapping struct{ ID, Status, TargetGroupID string }
	mappings := "/api/v1/apps/" + app.ID + "/group-push/mappings"
	wanted := map[string]any{"sourceGroupId": group.ID, "targetGroupName": "Nurses there"}
	api(t, org, "POST", mappings, wanted, 200, &mapping)
	api(t, org, "POST", mappings, wanted, 400, nil)
	var target struct{ Type string }
	if api(t, org, "GET", "/api/v1/groups/"+mapping.TargetGroupID, nil, 200, &target); mapping.Status != "ACTIVE" || target.Type != "APP_GROUP" {
		t.Errorf("mapping %+v to %+v", mapping, target)
	}
	self := mappings + "/" + mapping.ID
	api(t, org, "DELETE", self, nil, 400, nil)
	api(t, org, "PATCH", self, map[string]any{"status": "INACTIVE"}, 200, nil)
	api(t, org, "DELETE", self+"?deleteTargetGroup=true", nil, 200, nil)
	api(t, org, "GET", "/api/v1/groups/"+mapping.TargetGroupID, nil, 404, nil)
	api(t, org, "GET", self, nil, 404, nil)
	api(t, org, "POST", "/api/v1/apps/"+app.ID+"/lifecycle/deactivate", nil, 200, nil)
	api(t, org, "DELETE", "/api/v1/apps/"+app.ID, nil, 204, nil)
}

// TestRefreshDefaults: a client that may refresh has the settings for it, those that were sent first.
func TestRefreshDefaults(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	type refresh struct {
		Rotation string `json:"rotation_type"`
		Leeway   int    `json:"leeway"`
	}
	for name, tc := range map[string]struct {
		kind   string
		grants []string
		sent   map[string]any
		want   *refresh
	}{
		"web":            {"web", []string{"authorization_code", "refresh_token"}, nil, &refresh{"STATIC", 0}},
		"browser":        {"browser", []string{"authorization_code", "refresh_token"}, nil, &refresh{"ROTATE", 30}},
		"said otherwise": {"browser", []string{"authorization_code", "refresh_token"}, map[string]any{"leeway": 5}, &refresh{"ROTATE", 5}},
		"static":         {"browser", []string{"authorization_code", "refresh_token"}, map[string]any{"rotation_type": "STATIC"}, &refresh{"STATIC", 0}},
		"rotating":       {"web", []string{"authorization_code", "refresh_token"}, map[string]any{"rotation_type": "ROTATE"}, &refresh{"ROTATE", 30}},
		"no refresh":     {"web", []string{"authorization_code"}, nil, nil},
	} {
		client := map[string]any{"application_type": tc.kind, "grant_types": tc.grants, "response_types": []string{"code"}, "redirect_uris": []string{redirectURI}}
		if tc.sent != nil {
			client["refresh_token"] = tc.sent
		}
		var got struct {
			Settings struct {
				OAuthClient struct {
					Refresh *refresh `json:"refresh_token"`
				} `json:"oauthClient"`
			}
		}
		api(t, org, "POST", "/api/v1/apps", map[string]any{
			"label": name, "name": "oidc_client", "signOnMode": "OPENID_CONNECT", "settings": map[string]any{"oauthClient": client},
		}, 200, &got)
		if diff := cmp.Diff(tc.want, got.Settings.OAuthClient.Refresh); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestQuestionFactor enrols a security question, checks its answer and takes it away; other factors say that they are not played.
func TestQuestionFactor(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	const factors = "/api/v1/users/password@hopital.example/factors"
	question := func(name, answer string) map[string]any {
		return map[string]any{"factorType": "question", "provider": "OKTA", "profile": map[string]any{"question": name, "answer": answer}}
	}
	var questions []struct{ Question, QuestionText string }
	if api(t, org, "GET", factors+"/questions", nil, 200, &questions); len(questions) < 10 || questions[0].QuestionText == "" {
		t.Fatalf("questions %+v", questions)
	}
	api(t, org, "POST", factors, question("nonsense", "mayonnaise"), 400, nil)
	api(t, org, "POST", factors, question("disliked_food", "ab"), 400, nil)
	api(t, org, "POST", factors, map[string]any{"factorType": "sms", "provider": "OKTA"}, 501, nil)
	var enrolled withID
	api(t, org, "POST", factors, question("disliked_food", "mayonnaise"), 200, &enrolled)
	self := factors + "/" + enrolled.ID
	api(t, org, "POST", self+"/verify", map[string]any{"answer": "Mayonnaise"}, 200, nil)
	api(t, org, "PUT", self, question("disliked_food", "mustard"), 200, nil)
	var fault oktaError
	if api(t, org, "POST", self+"/verify", map[string]any{"answer": "mayonnaise"}, 403, &fault); fault.ErrorCode != "E0000068" {
		t.Errorf("%+v", fault)
	}
	api(t, org, "DELETE", self, nil, 204, nil)
	api(t, org, "GET", self, nil, 404, nil)
}

// TestUserCreation: the state and the provider of a new user follow from its credentials and the query.
func TestUserCreation(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	secret := map[string]any{"password": map[string]any{"value": "only-for-tests"}}
	for name, tc := range map[string]struct {
		query            string
		credentials      map[string]any
		status, provider string
	}{
		"plain":      {"", nil, "PROVISIONED", "OKTA"},
		"password":   {"", secret, "ACTIVE", "OKTA"},
		"staged":     {"?activate=false", secret, "STAGED", "OKTA"},
		"to-change":  {"?nextLogin=changePassword", secret, "PASSWORD_EXPIRED", "OKTA"},
		"by-hook":    {"", map[string]any{"password": map[string]any{"hook": map[string]any{"type": "default"}}}, "ACTIVE", "IMPORT"},
		"federation": {"?provider=true", map[string]any{"provider": map[string]any{"type": "FEDERATION", "name": "FEDERATION"}}, "ACTIVE", "FEDERATION"},
	} {
		login := name + "@chu.example"
		body := map[string]any{"profile": map[string]any{"login": login, "email": login, "firstName": "A", "lastName": "B"}}
		if tc.credentials != nil {
			body["credentials"] = tc.credentials
		}
		var got struct {
			Status      string
			Credentials struct{ Provider struct{ Type string } }
		}
		if api(t, org, "POST", "/api/v1/users"+tc.query, body, 200, &got); got.Status != tc.status || got.Credentials.Provider.Type != tc.provider {
			t.Errorf("%s: %+v, want %s by %s", name, got, tc.status, tc.provider)
		}
	}
	for _, query := range []string{"search=profile.x+eq", "filter=nonsense", "search=(status+pr"} {
		var fault oktaError
		if api(t, org, "GET", "/api/v1/users?"+query, nil, 400, &fault); fault.ErrorCode != "E0000031" {
			t.Errorf("%s: %+v", query, fault)
		}
	}
	var sorted []struct{ Profile struct{ Login string } }
	api(t, org, "GET", "/api/v1/users?search=profile.login+co+%22chu.example%22&sortBy=profile.login&sortOrder=desc&limit=2", nil, 200, &sorted)
	if len(sorted) != 2 || sorted[0].Profile.Login != "to-change@chu.example" || sorted[1].Profile.Login != "staged@chu.example" {
		t.Errorf("sorted: %+v", sorted)
	}
}

// TestUsersThroughGroups: members of a group that has an app are among the app's users, after those who have it themselves.
func TestUsersThroughGroups(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	id, _ := newWebApp(t, org, "client_secret_basic", "authorization_code")
	api(t, org, "DELETE", "/api/v1/apps/"+id+"/groups/00gemueveryone000000", nil, 204, nil)
	var group, direct, member withID
	api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Nurses"}}, 200, &group)
	api(t, org, "GET", "/api/v1/users/cpx@hopital.example", nil, 200, &direct)
	api(t, org, "GET", "/api/v1/users/totp@hopital.example", nil, 200, &member)
	for _, u := range []withID{direct, member} {
		api(t, org, "PUT", "/api/v1/groups/"+group.ID+"/users/"+u.ID, nil, 204, nil)
	}
	api(t, org, "PUT", "/api/v1/apps/"+id+"/groups/"+group.ID, map[string]any{}, 200, nil)
	api(t, org, "POST", "/api/v1/apps/"+id+"/users", map[string]any{"id": direct.ID, "scope": "USER"}, 200, nil)
	type assigned struct{ ID, Scope string }
	var list []assigned
	api(t, org, "GET", "/api/v1/apps/"+id+"/users", nil, 200, &list)
	if diff := cmp.Diff([]assigned{{direct.ID, "USER"}, {member.ID, "GROUP"}}, list); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	var apps []withID
	api(t, org, "GET", "/api/v1/apps?filter="+url.QueryEscape(`user.id eq "`+member.ID+`" and name eq "oidc_client"`), nil, 200, &apps)
	found := false
	for _, a := range apps {
		found = found || a.ID == id
	}
	if !found {
		t.Errorf("apps of the member: %+v, want one of them %s", apps, id)
	}
	api(t, org, "DELETE", "/api/v1/apps/"+id+"/users/"+direct.ID, nil, 204, nil)
	var one assigned
	if api(t, org, "GET", "/api/v1/apps/"+id+"/users/"+direct.ID, nil, 200, &one); one.Scope != "GROUP" {
		t.Errorf("%+v, want the group's after the own one went", one)
	}
}
