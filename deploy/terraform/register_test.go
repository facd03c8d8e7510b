package terraform_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"pschook/internal/oktaread"
	"pschook/internal/register"
	"pschook/internal/tfmodule"
	"pschook/oktaemu"
)

// attributes says where an argument of the provider stands in the Management API's object. "" is the provider's own business.
func attributes() map[string]map[string]string {
	const client, app = "credentials.oauthClient.", "settings.oauthClient."
	return map[string]map[string]string{
		"okta_auth_server": {"issuer": "", "name": "name", "description": "description", "audiences": "audiences", "issuer_mode": "issuerMode"},
		"okta_app_oauth": {
			"label": "label", "type": app + "application_type", "token_endpoint_auth_method": client + "token_endpoint_auth_method", "pkce_required": client + "pkce_required",
			"grant_types": app + "grant_types", "response_types": app + "response_types", "refresh_token_rotation": app + "refresh_token.rotation_type", "refresh_token_leeway": app + "refresh_token.leeway",
			"redirect_uris": app + "redirect_uris", "post_logout_redirect_uris": app + "post_logout_redirect_uris", "wildcard_redirect": app + "wildcard_redirect",
			"consent_method": app + "consent_method", "login_mode": app + "idp_initiated_login.mode", "hide_ios": "visibility.hide.iOS", "hide_web": "visibility.hide.web", "omit_secret": "",
		},
		"okta_app_group_assignment": {"app_id": "", "group_id": "id"},
		"okta_inline_hook":          {"name": "name", "status": "status", "type": "type", "version": "version", "channel.type": "channel.type", "channel.version": "channel.version", "channel.method": "channel.config.method", "channel.uri": "channel.config.uri", "auth.type": "channel.config.authScheme.type", "auth.key": "channel.config.authScheme.key", "auth.value": ""},
		"okta_auth_server_policy":   {"auth_server_id": "", "name": "name", "description": "description", "priority": "priority", "client_whitelist": "conditions.clients.include"},
		"okta_auth_server_policy_rule": {
			"auth_server_id": "", "policy_id": "", "name": "name", "priority": "priority", "grant_type_whitelist": "conditions.grantTypes.include", "scope_whitelist": "conditions.scopes.include",
			"group_whitelist": "conditions.people.groups.include", "inline_hook_id": "actions.token.inlineHook.id", "access_token_lifetime_minutes": "actions.token.accessTokenLifetimeMinutes",
			"refresh_token_lifetime_minutes": "actions.token.refreshTokenLifetimeMinutes", "refresh_token_window_minutes": "actions.token.refreshTokenWindowMinutes",
		},
		"okta_auth_server_claim": {"auth_server_id": "", "name": "name", "value": "value", "value_type": "valueType", "claim_type": "claimType", "always_include_in_token": "alwaysIncludeInToken"},
	}
}

// byModule are the objects that the module makes: for each the members that it sets, in words, by path.
func byModule(t *testing.T, r *tfmodule.Result) map[string]map[string]string {
	t.Helper()
	out := map[string]map[string]string{}
	for _, instance := range r.Instances {
		table, ours := attributes()[instance.Type]
		if instance.Data || !strings.HasPrefix(instance.Type, "okta_") {
			continue
		}
		if !ours {
			t.Fatalf("%s: the module makes what register does not know", instance.Address)
		}
		members := map[string]string{}
		for name, value := range set(instance.Address, "", instance.Value) {
			path, known := table[name]
			if !known {
				t.Errorf("%s: argument %s is not in the table", instance.Address, name)
			}
			if path != "" {
				members[path] = words(value)
			}
		}
		out[instance.Type+" "+instance.Address] = members
	}
	return out
}

// set are the arguments that the configuration sets, those of objects by their path. An empty string only keeps a default away.
func set(address, prefix string, value cty.Value) map[string]cty.Value {
	out := map[string]cty.Value{}
	for it := value.ElementIterator(); it.Next(); {
		key, item := it.Element()
		name := prefix + key.AsString()
		switch {
		case item.IsNull(), item.CanIterateElements() && item.LengthInt() == 0:
		case item.Type() == cty.String && (item.AsString() == "" || strings.HasPrefix(item.AsString(), address+".")):
		case item.Type().IsObjectType() || item.Type().IsMapType():
			maps.Copy(out, set(address, name+".", item))
		default:
			out[name] = item
		}
	}
	return out
}

// org is an emulated org that has nothing but a group.
func bareOrg(t *testing.T, group string) (*oktaemu.Org, func(method, path string, body any) []byte) {
	t.Helper()
	org, err := oktaemu.New(oktaemu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = org.Close() })
	call := func(method, path string, body any) []byte {
		t.Helper()
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), method, org.URL()+path, bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Transport: sswsTransport{org.APIToken()}}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, resp.StatusCode, answer)
		}
		return answer
	}
	call(http.MethodPost, "/api/v1/apps/"+org.ClientID()+"/lifecycle/deactivate", nil)
	call(http.MethodDelete, "/api/v1/apps/"+org.ClientID(), nil)
	call(http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": group}})
	return org, call
}

// sswsTransport adds the API token.
type sswsTransport struct{ token string }

func (s sswsTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "SSWS "+s.token)
	return (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
}

// member is what stands at a path of an object, in the words of a list's items in order.
func member(o map[string]any, path string) string {
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		o, _ = o[name].(map[string]any)
	}
	switch v := o[names[len(names)-1]].(type) {
	case nil:
		return "null"
	case string:
		return v
	case []any:
		var all []string
		for _, item := range v {
			s, _ := item.(string)
			all = append(all, s)
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
}

// TestRegisterMakesTheModulesObjects holds that pschook register and the module make the same objects of the same wishes: the same
// number of each kind, and every member that the module sets.
func TestRegisterMakesTheModulesObjects(t *testing.T) {
	t.Parallel()
	const redirect, logout, hint = "https://auth.example.org/auth/realms/esante-wallet/broker/OKTA_hopital/endpoint", "https://auth.example.org/bye", "OKTA_hopital"
	tests := []struct {
		name string
		set  map[string]cty.Value
		spec func(*register.Spec)
	}{
		{"least", nil, func(*register.Spec) {}},
		{"most", map[string]cty.Value{"refresh_tokens": cty.True, "post_logout_redirect_uris": list(logout), "kc_idp_hint": text(hint)}, func(s *register.Spec) {
			s.App.RefreshTokens, s.App.LogoutURIs, s.KCIDPHint = true, []string{logout}, hint
		}},
		{"an existing server", map[string]cty.Value{"existing_authorization_server": text("default")}, func(s *register.Spec) { s.Server.Existing = "default" }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const group = "Professionnels"
			org, call := bareOrg(t, group)
			spec := register.Defaults()
			u, err := url.Parse("https://pschook.example.org/hooks/okta/token")
			if err != nil {
				t.Fatal(err)
			}
			spec.Hook.URL, spec.Hook.Header, spec.Hook.Secret = u, "Authorization", "a-secret-of-the-hospital-0123456789"
			spec.Groups, spec.App.RedirectURIs = []string{group}, []string{redirect}
			test.spec(&spec)
			orgURL, err := url.Parse(org.URL())
			if err != nil {
				t.Fatal(err)
			}
			plan, err := register.Apply(t.Context(), register.Options{
				Okta: oktaread.Client{OrgURL: orgURL, HTTP: &http.Client{Transport: sswsTransport{org.APIToken()}}, Now: time.Now}, Spec: spec, Journal: filepath.Join(t.TempDir(), "journal"), Now: time.Now,
			})
			if err != nil || plan.Conflicts() > 0 {
				t.Fatalf("%v, %d conflicts", err, plan.Conflicts())
			}
			made := byRegister(t, call, plan)
			holdsExport(t, plan, made)
			wanted := byModule(t, oktaModule(t, test.set))
			for name, members := range wanted {
				kind, _, _ := strings.Cut(name, " ")
				i := slices.IndexFunc(made[kind], func(o map[string]any) bool { return sameMembers(members, o, made) })
				if i < 0 {
					t.Errorf("%s: register made none with these members: %v\n%v", name, members, made[kind])
					continue
				}
				made[kind] = slices.Delete(made[kind], i, i+1)
			}
			for kind, left := range made {
				if kind != "ids" && len(left) > 0 {
					t.Errorf("register makes %d of %s beyond the module's", len(left), kind)
				}
			}
		})
	}
}

// holdsExport holds that what register exports is configuration that the provider knows, with an import for each object and
// the object's own members: nothing that a plan would change.
func holdsExport(t *testing.T, plan *register.Plan, made map[string][]map[string]any) {
	t.Helper()
	var out bytes.Buffer
	if err := plan.WriteTerraform(&out); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	module, schemas := load(t, dir), facts(t)
	for _, fault := range schemas.Check(module) {
		t.Error(fault)
	}
	result, err := module.Evaluate(tfmodule.Inputs{Schemas: schemas})
	if err != nil {
		t.Fatal(err)
	}
	objects := 0
	for kind, list := range made {
		if kind != "ids" {
			objects += len(list)
		}
	}
	exported := byModule(t, result)
	if imports := strings.Count(out.String(), "import {"); len(exported) != objects || imports != objects {
		t.Errorf("%d objects, %d resources, %d imports:\n%s", objects, len(exported), imports, out.String())
	}
	for name, members := range exported {
		kind, _, _ := strings.Cut(name, " ")
		if !slices.ContainsFunc(made[kind], func(o map[string]any) bool { return sameMembers(members, o, made) }) {
			t.Errorf("%s: exported with other members than the object's: %v\n%v", name, members, made[kind])
		}
	}
}

// sameMembers compares an object with what the module sets; its references are the ids that Okta gave.
func sameMembers(members map[string]string, o map[string]any, made map[string][]map[string]any) bool {
	ids := made["ids"][0]
	got := map[string]string{}
	for path := range members {
		got[path] = member(o, path)
	}
	wanted := maps.Clone(members)
	for path, value := range wanted {
		if id, ok := ids[value].(string); ok {
			wanted[path] = id
		}
	}
	return cmp.Equal(wanted, got)
}

// byRegister reads the objects of each kind that the plan made.
func byRegister(t *testing.T, call func(method, path string, body any) []byte, plan *register.Plan) map[string][]map[string]any {
	t.Helper()
	kinds := map[register.Kind]string{
		register.KindServer: "okta_auth_server", register.KindApp: "okta_app_oauth", register.KindAssignment: "okta_app_group_assignment", register.KindHook: "okta_inline_hook",
		register.KindPolicy: "okta_auth_server_policy", register.KindRule: "okta_auth_server_policy_rule", register.KindClaim: "okta_auth_server_claim",
	}
	ids, made := map[string]any{}, map[string][]map[string]any{}
	var server, app, policy string
	for _, s := range plan.Steps {
		var path string
		switch s.Kind {
		case register.KindServer:
			server, path = s.ID, "/api/v1/authorizationServers/"+s.ID
		case register.KindApp:
			app, path = s.ID, "/api/v1/apps/"+s.ID
			ids["okta_app_oauth.psc.client_id"] = plan.ClientID
		case register.KindAssignment:
			path = "/api/v1/apps/" + app + "/groups/" + s.ID
			ids["00g1professionnels"] = s.ID
		case register.KindHook:
			path = "/api/v1/inlineHooks/" + s.ID
			ids["okta_inline_hook.psc[0].id"] = s.ID
		case register.KindPolicy:
			policy, path = s.ID, "/api/v1/authorizationServers/"+server+"/policies/"+s.ID
		case register.KindRule:
			path = "/api/v1/authorizationServers/" + server + "/policies/" + policy + "/rules/" + s.ID
		case register.KindClaim:
			path = "/api/v1/authorizationServers/" + server + "/claims/" + s.ID
		default:
			t.Fatalf("%s %s: not of the module's", s.Action, s.Kind)
		}
		if s.Action == register.Keep {
			continue // the server that is there
		}
		var o map[string]any
		if err := json.Unmarshal(call(http.MethodGet, path, nil), &o); err != nil {
			t.Fatal(err)
		}
		made[kinds[s.Kind]] = append(made[kinds[s.Kind]], o)
	}
	made["ids"] = []map[string]any{ids}
	return made
}
