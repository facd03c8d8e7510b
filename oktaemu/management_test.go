package oktaemu_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu"
)

// oktaError is Okta's error body.
type oktaError struct {
	ErrorCode    string
	ErrorSummary string
	ErrorLink    string
	ErrorID      string `json:"errorId"`
	ErrorCauses  []struct{ ErrorSummary string }
}

func TestAPIErrors(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	ssws := "SSWS " + org.APIToken()
	tests := []struct {
		name, method, path, authorization string
		body                              any
		status                            int
		code, about                       string
	}{
		{"no_credential", "GET", "/api/v1/org", "", nil, 401, "E0000011", "Invalid token"},
		{"wrong_token", "GET", "/api/v1/org", "SSWS x", nil, 401, "E0000011", "Invalid token"},
		{"wrong_bearer", "GET", "/api/v1/org", "Bearer x.y.z", nil, 401, "E0000011", "Invalid token"},
		{"not_found", "GET", "/api/v1/inlineHooks/cal1", ssws, nil, 404, "E0000007", "cal1 (InlineHook)"},
		{"wrong_method", "PATCH", "/api/v1/org", ssws, nil, 405, "E0000022", "HTTP method"},
		{"unknown_path", "GET", "/api/v1/devices", ssws, nil, 501, "EMULATOR", "the emulator does not implement GET /api/v1/devices"},
		{"not_an_object", "POST", "/api/v1/apps", ssws, []int{1}, 400, "E0000003", "not well-formed"},
		{"wrong_type", "POST", "/api/v1/inlineHooks", ssws, map[string]any{"name": 1}, 400, "E0000001", "name"},
		{"bad_login", "POST", "/api/v1/authn", "", map[string]any{"username": "cpx@hopital.example", "password": "x"}, 401, "E0000004", "Authentication failed"},
		{"bad_limit", "GET", "/api/v1/users?limit=0", ssws, nil, 400, "E0000001", "limit"},
		{"bad_cursor", "GET", "/api/v1/users?after=x", ssws, nil, 400, "E0000029", "cursor"},
		{"bad_filter", "GET", "/api/v1/logs?filter=eventType", ssws, nil, 400, "E0000031", "filter"},
		{"bad_since", "GET", "/api/v1/logs?since=yesterday", ssws, nil, 400, "E0000001", "since"},
		{"built_in_group", "DELETE", "/api/v1/groups/00gemueveryone000000", ssws, nil, 403, "E0000006", "permission"},
		{"active_app", "DELETE", "/api/v1/apps/" + org.ClientID(), ssws, nil, 403, "E0000056", "forbidden"},
		{"unknown_server", "GET", "/oauth2/nobody/.well-known/openid-configuration", "", nil, 404, "E0000007", "nobody"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var got oktaError
			header := call(t, org, tc.method, tc.path, tc.authorization, tc.body, tc.status, &got)
			text := got.ErrorSummary + fmt.Sprint(got.ErrorCauses)
			if got.ErrorCode != tc.code || got.ErrorLink != tc.code || got.ErrorID == "" || !strings.Contains(text, tc.about) {
				t.Errorf("error %+v, want %s about %q", got, tc.code, tc.about)
			}
			for _, name := range []string{"X-Okta-Request-Id", "X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset"} {
				if header.Get(name) == "" {
					t.Errorf("no %s", name)
				}
			}
		})
	}
}

// TestHookValidation changes one member of a good hook at a time.
func TestHookValidation(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	tests := []struct {
		name  string
		set   func(hook, channel, config map[string]any)
		about string
	}{
		{"good", func(_, _, _ map[string]any) {}, ""},
		{"no_name", func(hook, _, _ map[string]any) { hook["name"] = "" }, "name"},
		{"unknown_type", func(hook, _, _ map[string]any) { hook["type"] = "com.okta.x" }, "type"},
		{"other_version", func(hook, _, _ map[string]any) { hook["version"] = "2" }, "version"},
		{"no_channel", func(hook, _, _ map[string]any) { delete(hook, "channel") }, "channel"},
		{"other_channel", func(_, channel, _ map[string]any) { channel["type"] = "SMTP" }, "channel.type"},
		{"plain_http", func(_, _, config map[string]any) { config["uri"] = "http://hook.example/" }, "not https"},
		{"loopback", func(_, _, config map[string]any) { config["uri"] = "http://localhost:1/" }, ""},
		{"method", func(_, _, config map[string]any) { config["method"] = "GET" }, "only POST"},
		{"header", func(_, _, config map[string]any) {
			config["headers"] = []any{map[string]any{"key": "a\nb", "value": "c"}}
		}, "headers"},
		{"header_value", func(_, _, config map[string]any) {
			config["headers"] = []any{map[string]any{"key": "a", "value": "c\r\nx: y"}}
		}, "headers"},
		{"no_secret", func(_, _, config map[string]any) {
			config["authScheme"] = map[string]any{"type": "HEADER", "key": "Authorization"}
		}, "authScheme"},
		{"oauth_without_client", func(_, channel, _ map[string]any) { channel["type"] = "OAUTH" }, "clientId"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			config := map[string]any{"uri": "https://hook.example/", "method": "POST"}
			channel := map[string]any{"type": "HTTP", "version": "1.0.0", "config": config}
			hook := map[string]any{"name": tc.name, "type": oktaemu.TokenHookType, "version": "1.0.0", "channel": channel}
			tc.set(hook, channel, config)
			if tc.about == "" {
				api(t, org, "POST", "/api/v1/inlineHooks", hook, http.StatusOK, nil)
				return
			}
			var fault oktaError
			api(t, org, "POST", "/api/v1/inlineHooks", hook, http.StatusBadRequest, &fault)
			if text := fault.ErrorSummary + fmt.Sprint(fault.ErrorCauses); !strings.Contains(text, tc.about) {
				t.Errorf("error %s, want one about %q", text, tc.about)
			}
		})
	}
}

// object ids of what every org starts with.
const (
	defaultPolicy = "/api/v1/authorizationServers/default/policies/00pemudefault0000000"
	defaultRule   = defaultPolicy + "/rules/0premudefault0000000"
)

// TestPolicies: priority, conditions, and no rule that fits.
func TestPolicies(t *testing.T) {
	t.Parallel()
	rule := func(change map[string]any) map[string]any {
		conditions := map[string]any{
			"grantTypes": include("authorization_code"), "scopes": include("*"), "people": map[string]any{"groups": include("EVERYONE")},
		}
		for name, value := range change {
			conditions[name] = value
		}
		return map[string]any{
			"type": "RESOURCE_ACCESS", "name": "narrow", "priority": 1, "conditions": conditions,
			"actions": map[string]any{"token": map[string]any{"accessTokenLifetimeMinutes": 7}},
		}
	}
	const denied = "Policy evaluation failed for this request, please check the policy configurations."
	tests := []struct {
		name   string
		change map[string]any // of the only active rule's conditions
		want   string         // description of access_denied; empty: tokens of 7 minutes
	}{
		{name: "fits"},
		{name: "other_grant", change: map[string]any{"grantTypes": include("password")}, want: denied},
		{name: "scopes_fit", change: map[string]any{"scopes": include("openid", "profile", "email")}},
		{name: "scope_missing", change: map[string]any{"scopes": include("openid")}, want: denied},
		{name: "user_named", change: map[string]any{"people": map[string]any{"users": include(oktaemu.Personas()[4].UserID)}}},
		{name: "other_user", change: map[string]any{"people": map[string]any{"users": include(oktaemu.Personas()[0].UserID)}}, want: denied},
		{name: "other_group", change: map[string]any{"people": map[string]any{"groups": include("00gx")}}, want: denied},
		{name: "excluded", change: map[string]any{"people": map[string]any{
			"groups": include("EVERYONE"), "users": map[string]any{"exclude": []string{oktaemu.Personas()[4].UserID}},
		}}, want: denied},
		{name: "nobody", change: map[string]any{"people": map[string]any{}}, want: denied},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			org := newOrg(t, oktaemu.Options{})
			api(t, org, "POST", defaultPolicy+"/rules", rule(tc.change), http.StatusCreated, nil)
			if tc.want != "" { // else the new rule's priority decides
				api(t, org, "POST", defaultRule+"/lifecycle/deactivate", nil, http.StatusNoContent, nil)
				if diff := cmp.Diff(oktaemu.OAuthError{Code: "access_denied", Description: tc.want}, refusal(t, org, oktaemu.SignIn{Login: "cpx"})); diff != "" {
					t.Errorf("error (-want +got):\n%s", diff)
				}
				return
			}
			if tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx"}); tokens.ExpiresIn != 7*60 {
				t.Errorf("expires_in %d, want the first rule's 420", tokens.ExpiresIn)
			}
		})
	}
}

func include(items ...string) map[string]any { return map[string]any{"include": items} }

func TestPolicyOfOtherClient(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	api(t, org, "PUT", defaultPolicy, map[string]any{
		"type": "OAUTH_AUTHORIZATION_POLICY", "name": "n", "description": "d", "conditions": map[string]any{"clients": include("0oaother")},
	}, http.StatusOK, nil)
	if got := refusal(t, org, oktaemu.SignIn{Login: "cpx"}); got.Code != "access_denied" {
		t.Errorf("error %v", got)
	}
}

// TestPriorities: a new policy takes its place, and the others move along.
func TestPriorities(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	const base = "/api/v1/authorizationServers/default/policies"
	add := func(name string, priority int) (id string) {
		t.Helper()
		var made struct{ ID string }
		api(t, org, "POST", base, map[string]any{
			"type": "OAUTH_AUTHORIZATION_POLICY", "name": name, "description": "d", "priority": priority,
			"conditions": map[string]any{"clients": include("ALL_CLIENTS")},
		}, http.StatusCreated, &made)
		return made.ID
	}
	order := func() (names []string) {
		t.Helper()
		var list []struct {
			Name     string
			Priority int
		}
		api(t, org, "GET", base, nil, http.StatusOK, &list)
		for _, p := range list {
			names = append(names, fmt.Sprint(p.Priority, " ", p.Name))
		}
		return names
	}
	first := add("first", 1)
	add("last", 0)
	if diff := cmp.Diff([]string{"1 first", "2 Default Policy", "3 last"}, order()); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	api(t, org, "DELETE", base+"/"+first, nil, http.StatusNoContent, nil)
	add("second", 2)
	if diff := cmp.Diff([]string{"1 Default Policy", "2 second", "3 last"}, order()); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestRuleValidation(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	tests := []struct {
		name   string
		change map[string]any
		token  map[string]any
		about  string
	}{
		{name: "no_name", change: map[string]any{"name": ""}, about: "name"},
		{name: "type", change: map[string]any{"type": "x"}, about: "RESOURCE_ACCESS"},
		{name: "grant", change: map[string]any{"conditions": map[string]any{"grantTypes": include("magic"), "scopes": include("*")}}, about: "magic"},
		{name: "short_access", token: map[string]any{"accessTokenLifetimeMinutes": 4}, about: "5 to 1440"},
		{name: "long_access", token: map[string]any{"accessTokenLifetimeMinutes": 1441}, about: "5 to 1440"},
		{name: "refresh_below_access", token: map[string]any{"refreshTokenLifetimeMinutes": 59}, about: "refreshTokenLifetimeMinutes"},
		{name: "short_window", token: map[string]any{"refreshTokenWindowMinutes": 9}, about: "refreshTokenWindowMinutes"},
		{name: "unknown_hook", token: map[string]any{"inlineHook": map[string]any{"id": "cal1"}}, about: "inlineHook"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			rule := map[string]any{
				"type": "RESOURCE_ACCESS", "name": tc.name, "actions": map[string]any{"token": tc.token},
				"conditions": map[string]any{"grantTypes": include("implicit"), "scopes": include("*")},
			}
			for name, value := range tc.change {
				rule[name] = value
			}
			var fault oktaError
			api(t, org, "POST", defaultPolicy+"/rules", rule, http.StatusBadRequest, &fault)
			if text := fmt.Sprint(fault.ErrorCauses); !strings.Contains(text, tc.about) {
				t.Errorf("error %s, want one about %q", text, tc.about)
			}
		})
	}
}

// TestInactiveHook: a hook that was deactivated is not called.
func TestInactiveHook(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hookThatAnswers(t, 200, `{"commands":[`+patchTID+`]}`).URL}})
	api(t, org, "POST", "/api/v1/inlineHooks/calemuhook0000000000/lifecycle/deactivate", nil, http.StatusOK, nil)
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	if claims := claimsOf(t, org, tokens.AccessToken); claims["tid"] != nil || len(org.HookCalls()) != 0 {
		t.Errorf("claims %v, calls %v", claims, org.HookCalls())
	}
}

func TestCustomClaims(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	const base = "/api/v1/authorizationServers/default/claims"
	add := func(name, kind, value string, more map[string]any, status int, into any) {
		t.Helper()
		claim := map[string]any{"name": name, "claimType": kind, "valueType": "EXPRESSION", "value": value, "status": "ACTIVE"}
		for key, v := range more {
			claim[key] = v
		}
		api(t, org, "POST", base, claim, status, into)
	}
	add("tid", "RESOURCE", `"00o1"`, nil, 201, nil)
	add("tid", "IDENTITY", `'00o1'`, map[string]any{"alwaysIncludeInToken": true}, 201, nil)
	add("title", "RESOURCE", `user.title`, nil, 201, nil)
	add("who", "RESOURCE", `user.id`, map[string]any{"conditions": map[string]any{"scopes": []string{"email"}}}, 201, nil)
	add("thin", "IDENTITY", `user.login`, nil, 201, nil)
	add("none", "RESOURCE", `user.mobilePhone`, nil, 201, nil)
	add("groups", "RESOURCE", `Every`, map[string]any{"valueType": "GROUPS", "group_filter_type": "STARTS_WITH"}, 201, nil)
	for name, row := range map[string][3]string{
		"reserved":  {"oid", "IDENTITY", `user.id`},
		"duplicate": {"tid", "RESOURCE", `"x"`},
		"type":      {"x", "OTHER", `"x"`},
		"no value":  {"x", "RESOURCE", ""},
	} {
		var fault oktaError
		add(row[0], row[1], row[2], nil, 400, &fault)
		if fault.ErrorCode != "E0000001" {
			t.Errorf("%s: %+v", name, fault)
		}
	}
	add("length", "RESOURCE", `String.len(user.login)`, nil, 201, nil) // kept as Okta does, never evaluated
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx", Scopes: []string{"openid", "profile"}})
	access, id := claimsOf(t, org, tokens.AccessToken), claimsOf(t, org, tokens.IDToken)
	got := map[string]any{}
	for _, name := range []string{"tid", "title", "who", "none", "groups", "length"} {
		got[name] = access[name]
	}
	want := map[string]any{"tid": "00o1", "title": "Cardiologue", "who": nil, "none": nil, "groups": []any{"Everyone"}, "length": nil}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	if id["tid"] != "00o1" || id["thin"] != nil {
		t.Errorf("ID token: tid %v, thin %v; only claims always included belong here", id["tid"], id["thin"])
	}
	if info := userinfo(t, org, tokens.AccessToken, 200); info["thin"] != "cpx@hopital.example" {
		t.Errorf("userinfo %v", info)
	}
}

// TestKeyRotation: new tokens have a new key; tokens of the old one still verify.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	before := signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	const keys = "/api/v1/authorizationServers/default/credentials/"
	var next []struct{ Kid, Status string }
	api(t, org, "GET", keys+"keys", nil, 200, &next)
	var rotated []struct{ Kid, Status string }
	api(t, org, "POST", keys+"lifecycle/keyRotate", map[string]any{"use": "sig"}, 200, &rotated)
	if len(next) != 2 || len(rotated) != 3 || next[1].Status != "NEXT" || rotated[0].Kid != next[1].Kid || rotated[1].Status != "EXPIRED" {
		t.Errorf("keys before %v, after %v", next, rotated)
	}
	after := signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	claimsOf(t, org, before.AccessToken)
	claimsOf(t, org, after.AccessToken)
	userinfo(t, org, before.AccessToken, 200)
	if header := strings.SplitN(after.IDToken, ".", 2)[0]; header == strings.SplitN(before.IDToken, ".", 2)[0] {
		t.Error("the header, and so the kid, is the same")
	}
}

// TestAssignments: only those assigned get in.
func TestAssignments(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	api(t, org, "DELETE", "/api/v1/apps/"+org.ClientID()+"/groups/00gemueveryone000000", nil, 204, nil)
	want := oktaemu.OAuthError{Code: "access_denied", Description: "User is not assigned to the client application."}
	if diff := cmp.Diff(want, refusal(t, org, oktaemu.SignIn{Login: "cpx"})); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	var made struct{ ID string }
	api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "Soignants"}}, 200, &made)
	api(t, org, "PUT", "/api/v1/apps/"+org.ClientID()+"/groups/"+made.ID, nil, 200, nil)
	api(t, org, "PUT", "/api/v1/groups/"+made.ID+"/users/cpx@hopital.example", nil, 204, nil)
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	api(t, org, "DELETE", "/api/v1/groups/"+made.ID, nil, 204, nil)
	refusal(t, org, oktaemu.SignIn{Login: "cpx"})
	api(t, org, "POST", "/api/v1/apps/"+org.ClientID()+"/users", map[string]any{"id": oktaemu.Personas()[4].UserID}, 200, nil)
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
}

// TestUsers: a person made by the API signs in by password; a suspended one does not.
func TestUsers(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	var made struct{ ID string }
	api(t, org, "POST", "/api/v1/users", map[string]any{
		"profile":     map[string]any{"login": "a@b.example", "email": "a@b.example", "firstName": "A", "lastName": "B"},
		"credentials": map[string]any{"password": map[string]any{"value": "s3cret"}},
	}, 200, &made)
	sign := oktaemu.SignIn{Login: "a@b.example", Password: "s3cret"}
	if amr := claimsOf(t, org, signIn(t, org, sign).IDToken)["amr"].([]any); len(amr) != 1 || amr[0] != "pwd" {
		t.Errorf("amr %v", amr)
	}
	api(t, org, "POST", "/api/v1/users/"+made.ID+"/lifecycle/suspend", nil, 200, nil)
	if _, err := org.SignIn(t.Context(), sign); err == nil || !strings.Contains(err.Error(), "Authentication failed") {
		t.Errorf("error %v", err)
	}
}

// TestRateLimit: real 429s, with headers that say when it is over.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	org := newOrg(t, oktaemu.Options{RateLimit: 2, Now: clock.Now})
	for _, remaining := range []string{"1", "0"} {
		if got := api(t, org, "GET", "/api/v1/org", nil, 200, nil).Get("X-Rate-Limit-Remaining"); got != remaining {
			t.Errorf("remaining %s, want %s", got, remaining)
		}
	}
	var fault oktaError
	header := api(t, org, "GET", "/api/v1/org", nil, 429, &fault)
	want := fmt.Sprint(clock.Now().Add(time.Minute).Unix())
	if fault.ErrorCode != "E0000047" || header.Get("X-Rate-Limit-Limit") != "2" || header.Get("X-Rate-Limit-Reset") != want {
		t.Errorf("error %+v, headers %v, want a reset at %s", fault, header, want)
	}
	api(t, org, "GET", "/api/v1/users", nil, 200, nil)
	clock.Advance(time.Minute)
	api(t, org, "GET", "/api/v1/org", nil, 200, nil)
}

// TestSystemLog reads the entries of a hook call by filter, in pages.
func TestSystemLog(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hookThatAnswers(t, 200, `{"commands":[`+patchOID+`],"debugContext":{"rule":"cpx"}}`).URL}, Now: clock.Now})
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	clock.Advance(time.Hour)
	signIn(t, org, oktaemu.SignIn{Login: "totp"})
	type entry struct {
		EventType string
		Severity  string
		Outcome   struct{ Result, Reason string }
		Actor     struct{ AlternateID string }
		Target    []struct{ ID string }

		DebugContext struct {
			DebugData map[string]any
		}
	}
	query := url.Values{"filter": {`eventType eq "inline_hook.response.processed" and outcome.result eq "FAILURE"`}, "limit": {"1"}}
	var list []entry
	header := api(t, org, "GET", "/api/v1/logs?"+query.Encode(), nil, 200, &list)
	if len(list) != 1 || !strings.Contains(list[0].Outcome.Reason, `claim "oid" is reserved`) || list[0].Actor.AlternateID != "cpx@hopital.example" ||
		list[0].Severity != "WARN" || list[0].Target[0].ID != "calemuhook0000000000" {
		t.Fatalf("entries %+v", list)
	}
	if debug := fmt.Sprint(list[0].DebugContext.DebugData["debugContext"]); debug != "map[rule:cpx]" {
		t.Errorf("debugContext %s", debug)
	}
	if links := strings.Join(header.Values("Link"), " "); !strings.Contains(links, `rel="next"`) || !strings.Contains(links, `rel="self"`) {
		t.Errorf("links %s", links)
	}
	query = url.Values{"since": {"2026-03-01T08:30:00Z"}, "q": {"inline hook"}, "sortOrder": {"DESCENDING"}}
	api(t, org, "GET", "/api/v1/logs?"+query.Encode(), nil, 200, &list)
	if len(list) != 1 || list[0].EventType != "inline_hook.response.processed" {
		t.Errorf("entries %+v", list)
	}
}

// TestDiscovery: every endpoint that is advertised is there, at a custom server and at the org's own.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for issuer, base := range map[string]string{org.Issuer(): org.Issuer() + "/v1/", org.URL(): org.URL() + "/oauth2/v1/"} {
		for name, endpoints := range map[string]int{"openid-configuration": 9, "oauth-authorization-server": 8} {
			var document map[string]any
			call(t, org, "GET", strings.TrimPrefix(issuer, org.URL())+"/.well-known/"+name, "", nil, 200, &document)
			if document["issuer"] != issuer {
				t.Errorf("%s: issuer %v, want %s", name, document["issuer"], issuer)
			}
			seen := 0
			for member, value := range document {
				target, _ := value.(string)
				if member != "jwks_uri" && !strings.HasSuffix(member, "_endpoint") {
					continue
				}
				seen++
				got := newBrowser(t).get(target)
				if got.status == http.StatusNotImplemented || got.status == http.StatusNotFound || !strings.HasPrefix(target, base) {
					t.Errorf("%s: %s answers %d, and is to be below %s", member, target, got.status, base)
				}
			}
			if seen != endpoints {
				t.Errorf("%s of %s: %d endpoints, want %d", name, issuer, seen, endpoints)
			}
		}
	}
}

// TestNamesOfAcceptanceTests does what the acceptance tests of Okta's Terraform provider do to a real org.
func TestNamesOfAcceptanceTests(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	server := map[string]any{"name": "one of three", "audiences": []string{"api://x"}}
	api(t, org, "POST", "/api/v1/authorizationServers", server, 201, nil)
	api(t, org, "POST", "/api/v1/authorizationServers", server, 201, nil) // names need not differ
	var group, rule withID
	fifty := strings.Repeat("é", 50) // characters are counted, not bytes
	api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": strings.Repeat("é", 255)}}, 200, &group)
	body := func(name string) any {
		return map[string]any{
			"type": "group_rule", "name": name, "conditions": map[string]any{"expression": map[string]any{"value": `user.title=="nurse"`}},
			"actions": map[string]any{"assignUserToGroups": map[string]any{"groupIds": []string{group.ID}}},
		}
	}
	api(t, org, "POST", "/api/v1/groups/rules", body(fifty+"é"), 400, nil)
	api(t, org, "POST", "/api/v1/groups/rules", body(fifty), 200, &rule)
	api(t, org, "DELETE", "/api/v1/groups/"+group.ID, nil, 204, nil)
	if api(t, org, "GET", "/api/v1/groups/rules/"+rule.ID, nil, 200, &rule); rule.Status != "INVALID" {
		t.Errorf("rule of a deleted group is %s", rule.Status)
	}
	api(t, org, "DELETE", "/api/v1/groups/rules/"+rule.ID, nil, 202, nil)
	for query, status := range map[string]int{"sortOrder=0": 200, "sortOrder=up": 200, "sortBy=created&sortOrder=up": 400, "sortBy=created&sortOrder=desc": 200} {
		api(t, org, "GET", "/api/v1/users?search=status+pr&"+query, nil, status, nil)
	}
}

// TestSharedCredentials: the user name that all share is shown, a password never.
func TestSharedCredentials(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for scheme, want := range map[string]any{"SHARED_USERNAME_AND_PASSWORD": "ward3", "EDIT_USERNAME_AND_PASSWORD": nil} {
		var app struct{ Credentials map[string]any }
		api(t, org, "POST", "/api/v1/apps", map[string]any{
			"label": "Ward " + scheme, "signOnMode": "AUTO_LOGIN",
			"credentials": map[string]any{
				"scheme": scheme, "userName": "ward3", "password": map[string]any{"value": "hush"},
				"userNameTemplate": map[string]any{"template": "user.firstName", "type": "CUSTOM"},
			},
		}, 200, &app)
		template := app.Credentials["userNameTemplate"].(map[string]any)
		if diff := cmp.Diff([]any{want, map[string]any{}, "DONT_PUSH"}, []any{app.Credentials["userName"], app.Credentials["password"], template["pushStatus"]}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", scheme, diff)
		}
	}
}

// TestAuthenticationOfClients: which ways to authenticate and PKCE go together.
func TestAuthenticationOfClients(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for _, tt := range []struct {
		appType, method string
		pkce            bool
		fault           string
	}{
		{"native", "none", true, ""},
		{"native", "none", false, "''pkce_required'' must be set to true when ''token_endpoint_auth_method'' is ''none''"},
		{"browser", "none", false, "''pkce_required'' must be set to true when ''token_endpoint_auth_method'' is ''none''"},
		{"browser", "client_secret_basic", false, ""},
		{"web", "none", false, "''pkce_required'' must be set to true when ''token_endpoint_auth_method'' is ''none''"},
		{"web", "none", true, "'token_endpoint_auth_method' is invalid. Valid values: [client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt]"},
		{"web", "client_secret_basic", false, ""},
	} {
		status := 200
		if tt.fault != "" {
			status = 400
		}
		var out struct {
			ErrorCauses []struct{ ErrorSummary string }
		}
		api(t, org, "POST", "/api/v1/apps", map[string]any{
			"name": "oidc_client", "label": "x", "signOnMode": "OPENID_CONNECT",
			"credentials": map[string]any{"oauthClient": map[string]any{"token_endpoint_auth_method": tt.method, "pkce_required": tt.pkce}},
			"settings":    map[string]any{"oauthClient": map[string]any{"application_type": tt.appType, "redirect_uris": []string{redirectURI}}},
		}, status, &out)
		if status == 400 && (len(out.ErrorCauses) != 1 || !strings.Contains(out.ErrorCauses[0].ErrorSummary, tt.fault)) {
			t.Errorf("%+v: %+v", tt, out.ErrorCauses)
		}
	}
}

// TestAdministratorsGroup: Okta's second built-in group holds whoever has an administrator's role, and is not listed among their groups.
func TestAdministratorsGroup(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	var groups []struct {
		ID      string
		Profile struct{ Name string }
	}
	api(t, org, "GET", "/api/v1/groups?filter=type+eq+%22BUILT_IN%22", nil, 200, &groups)
	if len(groups) != 2 || groups[0].Profile.Name != "Everyone" || groups[1].Profile.Name != "Okta Administrators" {
		t.Fatalf("built-in groups: %+v", groups)
	}
	admins := groups[1].ID
	var user withID
	api(t, org, "POST", "/api/v1/users", map[string]any{"profile": map[string]any{"login": "a@chu.example", "email": "a@chu.example", "firstName": "A", "lastName": "B"}}, 200, &user)
	api(t, org, "PUT", "/api/v1/groups/"+admins+"/users/"+user.ID, nil, 403, nil)
	api(t, org, "POST", "/api/v1/users/"+user.ID+"/roles", map[string]any{"type": "APP_ADMIN"}, 201, nil)
	var members []withID
	api(t, org, "GET", "/api/v1/groups/"+admins+"/users", nil, 200, &members)
	api(t, org, "GET", "/api/v1/users/"+user.ID+"/groups", nil, 200, &groups)
	if len(members) != 2 || members[1].ID != user.ID || len(groups) != 1 {
		t.Errorf("members %+v, groups %+v", members, groups)
	}
}

// TestCustomRoles: a custom role is assigned by its id and that of the resources for which it counts.
func TestCustomRoles(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for _, holder := range []string{"/api/v1/groups/00gemueveryone000000", "/oauth2/v1/clients/" + org.ClientID()} {
		body := map[string]string{"type": "CUSTOM", "role": "cr0one"}
		api(t, org, "POST", holder+"/roles", body, 400, nil)
		body["resource-set"] = "iamone"
		var given, read map[string]any
		api(t, org, "POST", holder+"/roles", body, 201, &given)
		api(t, org, "POST", holder+"/roles", body, 409, nil)
		body["resource-set"] = "iamtwo"
		api(t, org, "POST", holder+"/roles", body, 201, nil)
		id, _ := given["id"].(string)
		api(t, org, "GET", holder+"/roles/"+id, nil, 200, &read)
		if diff := cmp.Diff(given, read); diff != "" || given["type"] != "CUSTOM" || given["role"] != "cr0one" || given["resource-set"] != "iamone" || len(given["_links"].(map[string]any)) != 5 {
			t.Errorf("%s: %v (-given +read):\n%s", holder, given, diff)
		}
		api(t, org, "DELETE", holder+"/roles/"+id, nil, 204, nil)
	}
}
