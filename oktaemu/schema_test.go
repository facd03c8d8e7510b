package oktaemu_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"pschook/oktaemu"
)

// operation is a method of a path in Okta's own schema of its Management API.
type operation struct {
	method, path string
	answers      map[string]any // by status
}

func (o operation) String() string { return o.method + " " + o.path }

// oktaSchema reads the schema that Okta's Go client was made of.
func oktaSchema(t testing.TB) map[string]any {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/okta/okta-sdk-golang/v5").Output()
	if err != nil {
		t.Skipf("the module of Okta's client cannot be found: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "okta", "api", "openapi.yaml"))
	if err != nil {
		t.Skipf("no schema in the module of Okta's client: %v", err)
	}
	var schema map[string]any
	if err := yaml.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	return schema
}

// operations lists what the schema has below the paths that the emulator plays something of.
func operations(schema map[string]any) (list []operation) {
	played := regexp.MustCompile(`^/(api/v1/(apps|authorizationServers|domains|eventHooks|groups|hook-keys|inlineHooks|logs|meta|org|policies|sessions|trustedOrigins|users)|oauth2/v1/clients|\.well-known/okta-organization)(/|$)`)
	for path, item := range schema["paths"].(map[string]any) {
		if !played.MatchString(path) {
			continue
		}
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if op, there := item.(map[string]any)[method].(map[string]any); there {
				list = append(list, operation{strings.ToUpper(method), path, op["responses"].(map[string]any)})
			}
		}
	}
	slices.SortFunc(list, func(a, b operation) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// world is an org with one object of each kind. ids holds them by the names that the schema's paths give them.
type world struct {
	org *oktaemu.Org
	ids map[string]string
}

// ask sends a request with the API token.
func (w world) ask(method, path, body string) (int, []byte) {
	r := httptest.NewRequest(method, w.org.URL()+path, strings.NewReader(body))
	r.Header.Set("Authorization", "SSWS "+w.org.APIToken())
	answer := httptest.NewRecorder()
	w.org.ServeHTTP(answer, r)
	return answer.Code, answer.Body.Bytes()
}

// fill puts the ids into a path or body.
func (w world) fill(text string) string {
	return regexp.MustCompile(`\{\w+\}`).ReplaceAllStringFunc(text, func(name string) string {
		if id, there := w.ids[strings.Trim(name, "{}")]; there {
			return id
		}
		return name
	})
}

// fixtures makes each object by the body under its name. What a path calls by several names has them all.
func fixtures() []struct{ path, body, member, names string } {
	return []struct{ path, body, member, names string }{
		{"/api/v1/groups", `{"profile":{"name":"Nurses"}}`, "id", "groupId targetGroupId"},
		{"/api/v1/users?activate=true", `{"profile":{"login":"a@chu.example","email":"a@chu.example","firstName":"A","lastName":"B"},"credentials":{"password":{"value":"only-for-tests"},"recovery_question":{"question":"Q","answer":"only-for-tests"}}}`, "id", "userId id userIdOrLogin"},
		{"/api/v1/users?activate=false", `{"profile":{"login":"staged@chu.example","email":"staged@chu.example","firstName":"A","lastName":"B"}}`, "id", "stagedId"},
		{"/api/v1/users?activate=true", `{"profile":{"login":"boss@chu.example","email":"boss@chu.example","firstName":"A","lastName":"B"}}`, "id", "primaryUserId ownerId"},
		{"/api/v1/users/{ownerId}/lifecycle/deactivate", `{}`, "", ""},
		{"/api/v1/apps", `{"name":"oidc_client","label":"Web","signOnMode":"OPENID_CONNECT","credentials":{"oauthClient":{"token_endpoint_auth_method":"client_secret_basic"}},"settings":{"oauthClient":{"application_type":"web","redirect_uris":["https://app.example/cb"],"grant_types":["authorization_code","password","refresh_token"],"response_types":["code"],"jwks":{"keys":[{"kty":"RSA","kid":"one","e":"AQAB","n":"sXch"}]}}}}`, "id", "appId appInstanceId clientId"},
		{"/api/v1/apps?activate=false", `{"name":"oidc_client","label":"Off","signOnMode":"OPENID_CONNECT","settings":{"oauthClient":{"application_type":"web","redirect_uris":["https://app.example/cb"],"grant_types":["authorization_code"],"response_types":["code"]}}}`, "id", "offAppId"},
		{"/api/v1/apps/{appId}/credentials/secrets", `{"status":"INACTIVE"}`, "id", "secretId"},
		{"/api/v1/apps/{appId}/credentials/jwks", `{"kty":"RSA","kid":"two","e":"AQAB","n":"sXch","status":"INACTIVE"}`, "id", "keyId"},
		{"/api/v1/apps/{appId}/grants", `{"scopeId":"okta.users.read","issuer":"{org}"}`, "id", "grantId"},
		{"/api/v1/apps/{appId}/users", `{"id":"{userId}","scope":"USER"}`, "id", ""},
		{"/api/v1/authorizationServers", `{"name":"PSC","description":"d","audiences":["api://psc"]}`, "id", "authServerId"},
		{"/api/v1/authorizationServers", `{"name":"Other","description":"d","audiences":["api://other"]}`, "id", "associatedServerId"},
		{"/api/v1/authorizationServers/{authServerId}/associatedServers", `{"trusted":["{associatedServerId}"]}`, "", ""},
		{"/api/v1/authorizationServers/{authServerId}/scopes", `{"name":"care"}`, "id", "scopeId"},
		{"/api/v1/authorizationServers/{authServerId}/claims", `{"name":"rpps","claimType":"RESOURCE","valueType":"EXPRESSION","value":"user.login"}`, "id", "claimId"},
		{"/api/v1/authorizationServers/{authServerId}/policies", `{"type":"OAUTH_AUTHORIZATION_POLICY","name":"P","description":"d","conditions":{"clients":{"include":["ALL_CLIENTS"]}}}`, "id", "asPolicyId"},
		{"/api/v1/authorizationServers/{authServerId}/policies/{asPolicyId}/rules", `{"type":"RESOURCE_ACCESS","name":"R","conditions":{"people":{"groups":{"include":["EVERYONE"]}},"grantTypes":{"include":["authorization_code"]},"scopes":{"include":["*"]}}}`, "id", "asRuleId"},
		{"/api/v1/inlineHooks", `{"name":"h","type":"com.okta.oauth2.tokens.transform","version":"1.0.0","channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"https://hook.example/","method":"POST","authScheme":{"type":"HEADER","key":"Authorization","value":"only-for-tests"}}}}`, "id", "inlineHookId"},
		{"/api/v1/eventHooks", `{"name":"e","events":{"type":"EVENT_TYPE","items":["user.lifecycle.create"]},"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"https://hook.example/"}}}`, "id", "eventHookId"},
		{"/api/v1/trustedOrigins", `{"name":"o","origin":"https://page.example","scopes":[{"type":"CORS"}]}`, "id", "trustedOriginId"},
		{"/api/v1/groups/rules", `{"type":"group_rule","name":"r","conditions":{"expression":{"value":"user.title==\"x\"","type":"urn:okta:expression:1.0"}},"actions":{"assignUserToGroups":{"groupIds":["{groupId}"]}}}`, "id", "groupRuleId"},
		{"/api/v1/groups/{groupId}/owners", `{"id":"{userId}","type":"USER"}`, "id", ""},
		{"/api/v1/groups/{groupId}/roles", `{"type":"USER_ADMIN"}`, "id", ""},
		{"/api/v1/users/{userId}/roles", `{"type":"USER_ADMIN"}`, "id", "roleId roleAssignmentId"},
		{"/api/v1/users/{userId}/roles", `{"type":"APP_ADMIN"}`, "id", "appRoleId"},
		{"/api/v1/groups/{groupId}/roles", `{"type":"APP_ADMIN"}`, "", ""},
		{"/oauth2/v1/clients/{clientId}/roles", `{"type":"USER_ADMIN"}`, "", ""},
		{"/oauth2/v1/clients/{clientId}/roles", `{"type":"APP_ADMIN"}`, "", ""},
		{"/api/v1/meta/schemas/user/linkedObjects", `{"primary":{"name":"manager","title":"m","type":"USER"},"associated":{"name":"subordinate","title":"s","type":"USER"}}`, "", ""},
	}
}

func newWorld(t testing.TB) world {
	t.Helper()
	org := newOrg(t, oktaemu.Options{CustomDomain: "id.chu.example"})
	w := world{org, map[string]string{"org": org.URL()}}
	for _, f := range fixtures() {
		status, body := w.ask(http.MethodPost, w.fill(f.path), w.fill(f.body))
		if status >= 300 {
			t.Fatalf("POST %s: %d %s", w.fill(f.path), status, body)
		}
		var object map[string]any
		if f.member == "" {
			continue
		}
		if err := json.Unmarshal(body, &object); err != nil {
			t.Fatalf("POST %s: %v", f.path, err)
		}
		for _, name := range strings.Fields(f.names) {
			w.ids[name], _ = object[f.member].(string)
		}
	}
	for _, path := range []string{"/api/v1/apps/{appId}/groups/{groupId}", "/api/v1/users/{userId}/linkedObjects/manager/{ownerId}"} {
		if status, body := w.ask(http.MethodPut, w.fill(path), "{}"); status >= 300 {
			t.Fatalf("%d %s", status, body)
		}
	}
	maps.Copy(w.ids, map[string]string{
		"schemaId": "default", "typeId": "default", "appName": "oidc_client", "primaryRelationshipName": "manager",
		"relationshipName": "manager", "linkedObjectName": "manager",
	})
	return w
}

// withMore makes what takes time to make, or another way to make it, for the operations that need it.
func (w world) withMore(t *testing.T, o operation) world {
	t.Helper()
	first := func(path, member string) string {
		_, body := w.ask(http.MethodGet, w.fill(path), "")
		object := regexp.MustCompile(`"` + member + `":"([^"]+)"`).FindSubmatch(body)
		if object == nil {
			t.Fatalf("%s has no %s: %s", path, member, body)
		}
		return string(object[1])
	}
	switch {
	case strings.Contains(o.path, "/hook-keys/") && w.ids["hookKeyId"] == "":
		if status, body := w.ask(http.MethodPost, "/api/v1/hook-keys", `{"name":"k"}`); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		w.ids["hookKeyId"], w.ids["publicKeyId"] = first("/api/v1/hook-keys", "id"), first("/api/v1/hook-keys", "keyId")
	case strings.Contains(o.path, "{tokenId}") && w.ids["tokenId"] == "":
		form := url.Values{"grant_type": {"password"}, "username": {"a@chu.example"}, "password": {"only-for-tests"}, "scope": {"openid offline_access"}}
		r := httptest.NewRequest(http.MethodPost, w.org.URL()+"/oauth2/default/v1/token", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(w.ids["clientId"], first("/api/v1/apps/{appId}/credentials/secrets", "client_secret"))
		answer := httptest.NewRecorder()
		w.org.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK {
			t.Fatalf("no refresh token: %s", answer.Body)
		}
		w.ids["tokenId"] = first("/api/v1/apps/{appId}/tokens", "id")
	case strings.HasPrefix(o.path, "/api/v1/sessions"):
		login := func() {
			r := httptest.NewRequest(http.MethodPost, w.org.URL()+"/api/v1/authn", strings.NewReader(`{"username":"a@chu.example","password":"only-for-tests"}`))
			answer := httptest.NewRecorder()
			w.org.ServeHTTP(answer, r)
			var given struct{ SessionToken string }
			if err := json.Unmarshal(answer.Body.Bytes(), &given); err != nil {
				t.Fatal(err)
			}
			w.ids["sessionToken"] = given.SessionToken
		}
		login()
		status, body := w.ask(http.MethodPost, "/api/v1/sessions", w.fill(bodies()["POST /api/v1/sessions"]))
		var opened struct{ ID string }
		if err := json.Unmarshal(body, &opened); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		w.ids["sessionId"] = opened.ID
		login() // the token served
	case strings.HasPrefix(o.path, "/api/v1/apps/{appId}/credentials/keys/{keyId}"):
		if status, body := w.ask(http.MethodPost, w.fill("/api/v1/apps/{appId}/credentials/keys/generate?validityYears=2"), ""); status != http.StatusCreated {
			t.Fatalf("%d %s", status, body)
		}
		w.ids = maps.Clone(w.ids)
		w.ids["keyId"] = first("/api/v1/apps/{appId}/credentials/keys", "kid")
	case strings.HasPrefix(o.path, "/api/v1/domains"):
		w.ids["domainId"] = first("/api/v1/domains", "id")
	case o.String() == "POST /api/v1/users/{userId}/factors/{factorId}/verify" || o.String() == "DELETE /api/v1/users/{userId}/factors/{factorId}":
		if status, body := w.ask(http.MethodPost, w.fill("/api/v1/users/{userId}/factors"), bodies()["POST /api/v1/users/{userId}/factors"]); status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		w.ids["factorId"] = first("/api/v1/users/{userId}/factors", "id")
	case strings.Contains(o.path, "/factors/{factorId}"):
		w.ids = maps.Clone(w.ids) // of another person
		_, users := w.ask(http.MethodGet, "/api/v1/users", "")
		for _, id := range regexp.MustCompile(`"id":"(00u\w+)"`).FindAllSubmatch(users, -1) {
			if _, factors := w.ask(http.MethodGet, "/api/v1/users/"+string(id[1])+"/factors", ""); len(factors) > len("[]") {
				w.ids["userId"] = string(id[1])
				w.ids["factorId"] = first("/api/v1/users/{userId}/factors", "id")
			}
		}
	case strings.HasPrefix(o.path, "/api/v1/apps/{appId}/policies/"):
		w.ids["policyId"] = first("/api/v1/policies?type=ACCESS_POLICY", "id")
	case strings.HasPrefix(o.path, "/api/v1/policies"):
		w.ids["policyId"] = first("/api/v1/policies?type=ACCESS_POLICY", "id")
		w.ids["ruleId"] = first("/api/v1/policies/{policyId}/rules", "id")
	case strings.HasPrefix(o.path, "/api/v1/groups/rules"):
		w.ids["ruleId"] = w.ids["groupRuleId"]
	}
	return w
}

// place names what the schema calls by one name in different paths.
func (w world) place(o operation) string {
	path := o.path
	for _, other := range []struct{ part, name, means string }{
		{"/authorizationServers/", "{policyId}", "{asPolicyId}"}, {"/authorizationServers/", "{ruleId}", "{asRuleId}"},
		{"/targets/catalog", "{roleAssignmentId}", "{appRoleId}"}, {"/targets/catalog", "{roleId}", "{appRoleId}"},
		{"/clients/{clientId}/tokens", "{authServerId}", "default"},
	} {
		if strings.Contains(path, other.part) {
			path = strings.ReplaceAll(path, other.name, other.means)
		}
	}
	if id, there := map[string]string{
		"POST /api/v1/apps/{appId}/lifecycle/activate": "offAppId", "DELETE /api/v1/apps/{appId}": "offAppId",
		"POST /api/v1/users/{id}/lifecycle/activate": "stagedId", "POST /api/v1/users/{userId}/lifecycle/activate": "stagedId",
	}[o.String()]; there {
		path = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "{"+id+"}")
	}
	return w.fill(path + map[string]string{
		"GET /api/v1/policies":                                     "?type=ACCESS_POLICY",
		"POST /api/v1/apps/{appId}/credentials/keys/generate":      "?validityYears=2",
		"POST /api/v1/apps/{appId}/credentials/keys/{keyId}/clone": "?targetAid={offAppId}",
	}[o.String()])
}

// first are calls that must come before an operation, for it to be allowed.
func first() map[string][]string {
	deactivated := func(path string) []string { return []string{"POST " + path + "/lifecycle/deactivate"} }
	return map[string][]string{
		"DELETE /api/v1/authorizationServers/{authServerId}": deactivated("/api/v1/authorizationServers/{authServerId}"),
		"DELETE /api/v1/inlineHooks/{inlineHookId}":          deactivated("/api/v1/inlineHooks/{inlineHookId}"),
		"DELETE /api/v1/eventHooks/{eventHookId}":            deactivated("/api/v1/eventHooks/{eventHookId}"),
		"POST /api/v1/users/{id}/lifecycle/unsuspend":        {"POST /api/v1/users/{userId}/lifecycle/suspend"},
		"POST /api/v1/users/{userId}/lifecycle/unsuspend":    {"POST /api/v1/users/{userId}/lifecycle/suspend"},
		"POST /api/v1/users/{id}/lifecycle/reactivate":       {"POST /api/v1/users/{userId}/lifecycle/reset_password"},
		"POST /api/v1/users/{userId}/lifecycle/reactivate":   {"POST /api/v1/users/{userId}/lifecycle/reset_password"},
		"DELETE /api/v1/groups/{groupId}/owners/{ownerId}":   {`POST /api/v1/groups/{groupId}/owners {"id":"{ownerId}","type":"USER"}`},
	}
}

// bodies are the requests that make or change something; where a path can be read, a PUT sends back what was read.
func bodies() map[string]string {
	return map[string]string{
		"POST /api/v1/apps":                                                                `{"name":"oidc_client","label":"New","signOnMode":"OPENID_CONNECT","settings":{"oauthClient":{"application_type":"native","redirect_uris":["app.example:/cb"],"grant_types":["authorization_code","refresh_token"],"response_types":["code"]}}}`,
		"POST /api/v1/apps/{appId}/credentials/jwks":                                       `{"kty":"EC","kid":"three","crv":"P-256","x":"K37X78mXJHHldZYMzrwipjKR-YZUS2SMye0KindHp6I","y":"8IfvsvXWzbFWOZoVOMwgF5p46mUj3kbOVf9Fk0vVVHo"}`,
		"POST /api/v1/apps/{appId}/grants":                                                 `{"scopeId":"okta.groups.read","issuer":"{org}"}`,
		"POST /api/v1/apps/{appId}/users":                                                  `{"id":"{userId}","scope":"USER","credentials":{"userName":"a"},"profile":{"title":"x"}}`,
		"POST /api/v1/apps/{appId}/users/{userId}":                                         `{"credentials":{"userName":"b"}}`,
		"PATCH /api/v1/apps/{appId}/groups/{groupId}":                                      `[{"op":"replace","path":"/priority","value":3}]`,
		"PUT /api/v1/apps/{appId}/groups/{groupId}":                                        `{"priority":2}`,
		"POST /api/v1/authorizationServers":                                                `{"name":"New","audiences":["api://new"]}`,
		"POST /api/v1/authorizationServers/{authServerId}/associatedServers":               `{"trusted":["{associatedServerId}"]}`,
		"POST /api/v1/authorizationServers/{authServerId}/claims":                          `{"name":"wards","claimType":"IDENTITY","valueType":"GROUPS","group_filter_type":"STARTS_WITH","value":"N"}`,
		"POST /api/v1/authorizationServers/{authServerId}/credentials/lifecycle/keyRotate": `{"use":"sig"}`,
		"POST /api/v1/authorizationServers/{authServerId}/policies":                        `{"type":"OAUTH_AUTHORIZATION_POLICY","name":"Q","description":"d","conditions":{"clients":{"include":["{clientId}"]}}}`,
		"POST /api/v1/authorizationServers/{authServerId}/policies/{policyId}/rules":       `{"type":"RESOURCE_ACCESS","name":"S","conditions":{"people":{"users":{"include":["{userId}"]}},"grantTypes":{"include":["client_credentials"]},"scopes":{"include":["care"]}},"actions":{"token":{"inlineHook":{"id":"{inlineHookId}"}}}}`,
		"POST /api/v1/authorizationServers/{authServerId}/scopes":                          `{"name":"more","consent":"REQUIRED","metadataPublish":"NO_CLIENTS"}`,
		"POST /api/v1/eventHooks":                                                          `{"name":"f","events":{"type":"EVENT_TYPE","items":["user.lifecycle.create"]},"channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"https://hook.example/"}}}`,
		"POST /api/v1/groups":                                                              `{"profile":{"name":"Doctors"}}`,
		"POST /api/v1/groups/rules":                                                        `{"type":"group_rule","name":"s","conditions":{"expression":{"value":"user.city==\"Lyon\"","type":"urn:okta:expression:1.0"}},"actions":{"assignUserToGroups":{"groupIds":["{groupId}"]}}}`,
		"POST /api/v1/groups/{groupId}/owners":                                             `{"id":"{ownerId}","type":"USER"}`,
		"POST /api/v1/groups/{groupId}/roles":                                              `{"type":"HELP_DESK_ADMIN"}`,
		"POST /api/v1/users/{userId}/roles":                                                `{"type":"HELP_DESK_ADMIN"}`,
		"POST /oauth2/v1/clients/{clientId}/roles":                                         `{"type":"HELP_DESK_ADMIN"}`,
		"POST /api/v1/hook-keys":                                                           `{"name":"l"}`,
		"POST /api/v1/inlineHooks":                                                         `{"name":"i","type":"com.okta.oauth2.tokens.transform","version":"1.0.0","channel":{"type":"HTTP","version":"1.0.0","config":{"uri":"https://hook.example/","method":"POST","authScheme":{"type":"HEADER","key":"Authorization","value":"only-for-tests"}}}}`,
		"POST /api/v1/meta/schemas/user/linkedObjects":                                     `{"primary":{"name":"mentor","title":"m","type":"USER"},"associated":{"name":"pupil","title":"s","type":"USER"}}`,
		"POST /api/v1/meta/schemas/user/{schemaId}":                                        `{"definitions":{"custom":{"id":"#custom","type":"object","properties":{"rpps":{"title":"RPPS","type":"string"}}}}}`,
		"POST /api/v1/sessions":                                                            `{"sessionToken":"{sessionToken}"}`,
		"POST /api/v1/trustedOrigins":                                                      `{"name":"p","origin":"https://other.example","scopes":[{"type":"REDIRECT"}]}`,
		"POST /api/v1/users":                                                               `{"profile":{"login":"b@chu.example","email":"b@chu.example","firstName":"A","lastName":"B"}}`,
		"POST /api/v1/inlineHooks/{inlineHookId}":                                          `{"name":"j"}`,
		"POST /api/v1/users/{userId}/factors":                                              `{"factorType":"question","provider":"OKTA","profile":{"question":"disliked_food","answer":"only-for-tests"}}`,
		"POST /api/v1/users/{userId}/factors/{factorId}/verify":                            `{"answer":"only-for-tests"}`,
		"POST /api/v1/users/{userId}":                                                      `{"profile":{"title":"x"}}`,
		"POST /api/v1/users/{id}":                                                          `{"profile":{"title":"x"}}`,
		"POST /api/v1/users/{userId}/credentials/change_password":                          `{"oldPassword":{"value":"only-for-tests"},"newPassword":{"value":"only-for-tests-2"}}`,
		"POST /api/v1/users/{userId}/credentials/change_recovery_question":                 `{"password":{"value":"only-for-tests"},"recovery_question":{"question":"Q2","answer":"only-for-tests"}}`,
		"POST /api/v1/users/{userId}/credentials/forgot_password_recovery_question":        `{"password":{"value":"only-for-tests-3"},"recovery_question":{"answer":"only-for-tests"}}`,
	}
}

// run sends an operation and what must come before it.
func (w world) run(o operation) (int, []byte, string) {
	for _, call := range first()[o.String()] {
		parts := strings.SplitN(w.fill(call), " ", 3)
		w.ask(parts[0], parts[1], strings.Join(parts[2:], ""))
	}
	path := w.place(o)
	body, given := bodies()[o.String()]
	if o.method == http.MethodPut && !given {
		if status, read := w.ask(http.MethodGet, path, ""); status == http.StatusOK {
			body = string(read)
		}
	}
	status, answer := w.ask(o.method, path, w.fill(body))
	return status, answer, path
}

// elsewhere names what needs more than a request: a hook that answers, or the cookie of a session. Other tests do it.
func elsewhere() map[string]bool {
	return map[string]bool{
		"POST /api/v1/eventHooks/{eventHookId}/lifecycle/verify": true, "POST /api/v1/inlineHooks/{inlineHookId}/execute": true,
		"GET /api/v1/sessions/me": true, "DELETE /api/v1/sessions/me": true, "POST /api/v1/sessions/me/lifecycle/refresh": true,
	}
}

// recordedOtherwise names members and operations of which recorded orgs answered otherwise than this version of the schema has it.
func recordedOtherwise(fault string) bool {
	return strings.Contains(fault, "isUsed is bool, want string") || strings.HasPrefix(fault, "GET /oauth2/v1/clients/{clientId}/roles") && strings.HasSuffix(fault, "is []interface {}, want object")
}

// TestOktaSchema does everything that Okta's schema has, with what is right to send. What the emulator plays answers with
// a status and an object of the schema, what it does not says so.
func TestOktaSchema(t *testing.T) {
	t.Parallel()
	schema := oktaSchema(t)
	played := 0
	read := newWorld(t) // by everything that changes nothing
	for _, o := range operations(schema) {
		if elsewhere()[o.String()] {
			continue
		}
		w := read
		if o.method != http.MethodGet {
			w = newWorld(t)
		}
		status, answer, path := w.withMore(t, o).run(o)
		switch documented := o.answers[fmt.Sprint(status)]; {
		case status == http.StatusNotImplemented:
			checkSentence(t, o, answer)
		case o.method == http.MethodPost && strings.HasSuffix(o.path, "/roles") && status == http.StatusCreated && o.answers["200"] != nil:
			played++ // the schema has 200, recorded orgs answer 201
			checkAnswer(t, schema, o, o.answers["200"], answer)
		case documented == nil || status >= 300:
			t.Errorf("%v (%s): %d %.300s", o, path, status, answer)
		default:
			played++
			checkAnswer(t, schema, o, documented, answer)
		}
	}
	t.Logf("%d of %d operations are played", played, len(operations(schema)))
	if played < 215 {
		t.Errorf("%d operations are played, want at least 215", played)
	}
}

func checkSentence(t *testing.T, o operation, answer []byte) {
	t.Helper()
	var fault struct{ ErrorCode, ErrorSummary string }
	if err := json.Unmarshal(answer, &fault); err != nil || fault.ErrorCode != "EMULATOR" || len(strings.Fields(fault.ErrorSummary)) < 5 {
		t.Errorf("%v: 501 without a sentence: %s", o, answer)
	}
}

// checkAnswer holds a JSON answer against the schema of its status.
func checkAnswer(t *testing.T, schema map[string]any, o operation, documented any, answer []byte) {
	t.Helper()
	content := dig(resolve(schema, documented), "content", "application/json", "schema")
	if content == nil {
		if len(bytes.TrimSpace(answer)) > 0 && string(answer) != "{}" {
			t.Errorf("%v: a body where the schema has none: %.200s", o, answer)
		}
		return
	}
	var value any
	if err := json.Unmarshal(answer, &value); err != nil {
		t.Errorf("%v: %v in %.200s", o, err, answer)
		return
	}
	for _, fault := range mismatches(schema, content, value, "", 0) {
		if fault = o.String() + ": " + fault; !recordedOtherwise(fault) {
			t.Error(fault)
		}
	}
}

// TestOktaSchemaRefusals sends what is wrong to everything that Okta's schema has: no credential, ids that lead nowhere,
// bodies that are none. All is refused in Okta's form.
func TestOktaSchemaRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, o := range operations(oktaSchema(t)) {
		nowhere := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(o.path, "nowhere")
		r := httptest.NewRequest(o.method, w.org.URL()+nowhere, nil)
		answer := httptest.NewRecorder()
		w.org.ServeHTTP(answer, r)
		if o.path != "/.well-known/okta-organization" && !elsewhere()[o.String()] {
			checkRefusal(t, o, answer.Code, answer.Body.Bytes(), http.StatusUnauthorized)
		}
		if nowhere != o.path {
			status, body := w.ask(o.method, nowhere, "{}")
			checkRefusal(t, o, status, body, http.StatusNotFound, http.StatusBadRequest, http.StatusMethodNotAllowed)
		}
		for _, bad := range []string{"{", "[]", `"text"`, "7", "null", `{"profile":7}`, `{"name":{}}`, "{\"type\":[]}", "\x00"} {
			if o.method == http.MethodGet || o.method == http.MethodDelete {
				break
			}
			status, body := w.ask(o.method, w.place(o), bad)
			if status >= 500 && status != http.StatusNotImplemented || status == http.StatusMethodNotAllowed {
				t.Errorf("%v with %q: %d %.200s", o, bad, status, body)
			}
		}
	}
}

// checkRefusal wants an error of Okta's form with one of the statuses, or 501.
func checkRefusal(t *testing.T, o operation, status int, answer []byte, want ...int) {
	t.Helper()
	var fault struct {
		ErrorCode, ErrorSummary, ErrorLink, ErrorID string
		ErrorCauses                                 []any
	}
	if err := json.Unmarshal(answer, &fault); err != nil || fault.ErrorCode == "" || fault.ErrorSummary == "" || fault.ErrorID == "" || fault.ErrorCauses == nil {
		t.Errorf("%v: %d without an error of Okta's: %.200s", o, status, answer)
	}
	if status != http.StatusNotImplemented && !slices.Contains(want, status) {
		t.Errorf("%v: %d, want one of %v: %.200s", o, status, want, answer)
	}
}

func dig(value any, path ...string) any {
	for _, name := range path {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// resolve follows references.
func resolve(schema map[string]any, value any) any {
	for {
		ref, isRef := dig(value, "$ref").(string)
		if !isRef {
			return value
		}
		value = dig(schema, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
}

// mismatches says where value has another type than the schema has there, or a word that is not among its own. Members
// that the schema does not have are no faults: recorded orgs have such, too.
func mismatches(schema map[string]any, want, value any, at string, depth int) (faults []string) {
	want = resolve(schema, want)
	if value == nil || want == nil || depth > 12 {
		return nil
	}
	for _, part := range list(dig(want, "allOf")) {
		faults = append(faults, mismatches(schema, part, value, at, depth+1)...)
	}
	if words := list(dig(want, "enum")); len(words) > 0 && !slices.Contains(words, value) {
		faults = append(faults, fmt.Sprintf("%s is %v, want one of %v", at, value, words))
	}
	if kind, _ := dig(want, "type").(string); kind != "" && !isKind(kind, value) {
		return append(faults, fmt.Sprintf("%s is %T, want %s", at, value, kind))
	}
	switch value := value.(type) {
	case map[string]any:
		members, _ := dig(want, "properties").(map[string]any)
		for name, member := range members {
			faults = append(faults, mismatches(schema, member, value[name], at+"/"+name, depth+1)...)
		}
		for _, name := range list(dig(want, "required")) {
			if _, there := value[name.(string)]; !there {
				faults = append(faults, fmt.Sprintf("%s lacks %v", at, name))
			}
		}
	case []any:
		for i, item := range value {
			faults = append(faults, mismatches(schema, dig(want, "items"), item, fmt.Sprint(at, "/", i), depth+1)...)
		}
	}
	return faults
}

func list(value any) []any {
	items, _ := value.([]any)
	return items
}

func isKind(kind string, value any) bool {
	switch value := value.(type) {
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && value == float64(int64(value))
	case []any:
		return kind == "array"
	default:
		return kind == "object"
	}
}

// FuzzManagement sends any body to any operation of Okta's schema: it is refused or taken, and nothing breaks.
func FuzzManagement(f *testing.F) {
	all := slices.DeleteFunc(operations(oktaSchema(f)), func(o operation) bool { return o.method == http.MethodGet || o.method == http.MethodDelete })
	w := newWorld(f)
	for i, o := range all {
		if body := bodies()[o.String()]; body != "" {
			f.Add(i, w.fill(body))
		}
	}
	f.Fuzz(func(t *testing.T, which int, body string) {
		o := all[uint(which)%uint(len(all))]
		if status, answer := w.ask(o.method, w.place(o), body); status >= 500 && status != http.StatusNotImplemented {
			t.Errorf("%v: %d %s", o, status, answer)
		}
	})
}
