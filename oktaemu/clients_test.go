package oktaemu_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu"
)

// TestRuleWithoutScopes: Terraform sends "scopes": {} where its argument scope_whitelist is not set.
func TestRuleWithoutScopes(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	var rule struct {
		ID         string
		Conditions struct{ Scopes struct{ Include []string } }
	}
	api(t, org, "POST", defaultPolicy+"/rules", map[string]any{
		"type": "RESOURCE_ACCESS", "name": "no scopes", "actions": map[string]any{"token": map[string]any{}},
		"conditions": map[string]any{"grantTypes": include("implicit"), "scopes": map[string]any{}},
	}, http.StatusCreated, &rule)
	if rule.ID == "" || rule.Conditions.Scopes.Include == nil || len(rule.Conditions.Scopes.Include) != 0 {
		t.Errorf("rule %+v, want one with an empty list of scopes", rule)
	}
}

// TestIntrospectionShowsAllClaims: what the hook added, too.
func TestIntrospectionShowsAllClaims(t *testing.T) {
	t.Parallel()
	const patch = `{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"00o1"},{"op":"add","path":"/claims/oid","value":"00u1"},{"op":"add","path":"/claims/amr","value":["sc"]}]}]}`
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hookThatAnswers(t, 200, patch).URL}})
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	got := postForm(t, org.Issuer()+"/v1/introspect", url.Values{"token": {tokens.AccessToken}, "client_id": {org.ClientID()}}, http.StatusOK)
	for name, want := range claimsOf(t, org, tokens.AccessToken) {
		if name == "scp" { // introspection has "scope" (RFC 7662, section 2.2)
			continue
		}
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s (-token +introspection):\n%s", name, diff)
		}
	}
	if got["tid"] != "00o1" || got["oid"] != "00u1" {
		t.Errorf("introspection %v", got)
	}
}

// TestHookVersions: Okta takes 1.0.1, and the Management API of the emulator does.
func TestHookVersions(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for version, status := range map[string]int{"1.0.0": 200, "1.0.1": 200, "2.0.0": 400, "": 400} {
		api(t, org, "POST", "/api/v1/inlineHooks", map[string]any{
			"name": "v" + version, "type": oktaemu.TokenHookType, "version": version,
			"channel": map[string]any{"type": "HTTP", "version": "1.0.0", "config": map[string]any{"uri": "https://hook.example/", "method": "POST"}},
		}, status, nil)
	}
}

// TestSearchWithParentheses: by the API, as clients write it.
func TestSearchWithParentheses(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	var people []struct{ Profile struct{ Login string } }
	query := url.Values{"search": {`(profile.lastName eq "Girard" or profile.lastName eq "Roux") and (status eq "ACTIVE")`}}
	header := api(t, org, "GET", "/api/v1/users?"+query.Encode(), nil, 200, &people)
	if len(people) != 2 || !strings.Contains(header.Get("Link"), `rel="self"`) {
		t.Errorf("people %+v, link %s", people, header.Get("Link"))
	}
}

// TestClientSecrets: what the Admin Console lists.
func TestClientSecrets(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	id, secret := newWebApp(t, org, "client_secret_basic", "client_credentials")
	var secrets []struct {
		Status string
		Secret string `json:"client_secret"`
	}
	api(t, org, "GET", "/api/v1/apps/"+id+"/credentials/secrets", nil, 200, &secrets)
	if len(secrets) != 1 || secrets[0].Status != "ACTIVE" || secrets[0].Secret != secret {
		t.Errorf("secrets %+v", secrets)
	}
	api(t, org, "GET", "/api/v1/apps/"+org.ClientID()+"/credentials/secrets", nil, 200, &secrets)
	if len(secrets) != 0 {
		t.Errorf("secrets of a public client %+v", secrets)
	}
}

// TestCredentialsAlone: PUT of credentials leaves the profile as it is; a password appears when there is one.
func TestCredentialsAlone(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	type person struct {
		ID, Status      string
		PasswordChanged *string
		Profile         map[string]any
	}
	var before, after person
	api(t, org, "POST", "/api/v1/users", map[string]any{"profile": map[string]any{"login": "a@b.example", "email": "a@b.example", "firstName": "A", "lastName": "B", "title": "Dr"}}, 200, &before)
	if before.Status != "PROVISIONED" || before.PasswordChanged != nil {
		t.Errorf("without a password: %+v", before)
	}
	api(t, org, "PUT", "/api/v1/users/"+before.ID, map[string]any{"credentials": map[string]any{"password": map[string]any{"value": "Secret-of-A"}}}, 200, &after)
	if diff := cmp.Diff(before.Profile, after.Profile); diff != "" || after.PasswordChanged == nil {
		t.Errorf("passwordChanged %v, profile (-before +after):\n%s", after.PasswordChanged, diff)
	}
}

// TestChangesAreLogged: what administrators make, change and take away is in the System Log, with its id.
func TestChangesAreLogged(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	var group, server, policy, rule struct{ ID string }
	api(t, org, "POST", "/api/v1/groups", map[string]any{"profile": map[string]any{"name": "g"}}, 200, &group)
	api(t, org, "POST", "/api/v1/authorizationServers", map[string]any{"name": "s", "audiences": []string{"a"}}, 201, &server)
	base := "/api/v1/authorizationServers/" + server.ID + "/policies"
	api(t, org, "POST", base, map[string]any{
		"type": "OAUTH_AUTHORIZATION_POLICY", "name": "p", "description": "p", "priority": 1, "conditions": map[string]any{"clients": include("ALL_CLIENTS")},
	}, 201, &policy)
	api(t, org, "POST", base+"/"+policy.ID+"/rules", map[string]any{
		"type": "RESOURCE_ACCESS", "name": "r", "conditions": map[string]any{"grantTypes": include("implicit"), "scopes": include("*")},
	}, 201, &rule)
	api(t, org, "DELETE", "/api/v1/groups/"+group.ID, nil, 204, nil)
	api(t, org, "DELETE", "/api/v1/groups/00gnothing0000000000", nil, 404, nil)
	var log []struct {
		EventType string
		Target    []struct{ ID string }
	}
	api(t, org, "GET", "/api/v1/logs", nil, 200, &log)
	var got [][2]string
	for _, e := range log {
		got = append(got, [2]string{e.EventType, e.Target[0].ID})
	}
	want := [][2]string{
		{"group.lifecycle.create", group.ID}, {"oauth2.as.created", server.ID}, {"policy.lifecycle.create", policy.ID}, {"policy.rule.add", rule.ID}, {"group.lifecycle.delete", group.ID},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// TestNotPlayed: what the emulator leaves out says so in a sentence, with 501 and nothing else.
func TestNotPlayed(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	saml := map[string]any{"label": "x", "signOnMode": "SAML_2_0", "visibility": map[string]any{}}
	for _, tc := range []struct {
		method, path string
		body         any
	}{
		{"POST", "/api/v1/apps", saml}, {"POST", "/api/v1/meta/types/user", map[string]any{"name": "x"}}, {"POST", "/api/v1/users/me/factors", map[string]any{"factorType": "sms"}}, {"GET", "/api/v1/apps/" + org.ClientID() + "/features", nil},
		{"GET", "/api/v1/behaviors", nil}, {"GET", "/api/v1/meta/schemas/group/default", nil},
	} {
		var fault oktaError
		api(t, org, tc.method, tc.path, tc.body, http.StatusNotImplemented, &fault)
		if !strings.HasPrefix(fault.ErrorSummary, "the emulator does not ") {
			t.Errorf("%s %s: %+v", tc.method, tc.path, fault)
		}
	}
}
