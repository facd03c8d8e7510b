package terraform_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"pschook/internal/config"
	"pschook/internal/tfmodule"
)

// text, list and object make values of variables.
func text(s string) cty.Value { return cty.StringVal(s) }

func list(items ...string) cty.Value {
	values := make([]cty.Value, len(items))
	for i, item := range items {
		values[i] = cty.StringVal(item)
	}
	return cty.TupleVal(values)
}

func object(fields map[string]cty.Value) cty.Value { return cty.ObjectVal(fields) }

func null() cty.Value { return cty.NullVal(cty.DynamicPseudoType) }

// oktaOrg is what the org answers in these tests.
func oktaOrg(prefix string) map[string]cty.Value {
	domains := object(map[string]cty.Value{"organization": text("https://example.okta.com"), "alternate": text("https://login.example.org")})
	server := map[string]cty.Value{"id": text("aus1default2server3"), "issuer": text("https://login.example.org/oauth2/default")}
	return map[string]cty.Value{
		prefix + "okta_auth_server.psc[0]":                            object(map[string]cty.Value{"issuer": text("https://example.okta.com/oauth2/aus1own2server3")}),
		prefix + "data.okta_org_metadata.org[0]":                      object(map[string]cty.Value{"domains": domains}),
		prefix + "data.okta_auth_server.existing[0]":                  object(server),
		prefix + `data.okta_group.members["Professionnels"]`:          object(map[string]cty.Value{"id": text("00g1professionnels")}),
		prefix + `data.okta_group.members["Pro"]`:                     object(map[string]cty.Value{"id": text("00g1prosthetics"), "name": text("Prosthetics")}),
		prefix + `data.okta_group.members["Professionnels de santé"]`: object(map[string]cty.Value{"id": text("00g1professionnels")}),
	}
}

// oktaModule evaluates the module with set laid over the least that it needs.
func oktaModule(t *testing.T, set map[string]cty.Value) *tfmodule.Result {
	t.Helper()
	variables := map[string]cty.Value{
		"redirect_uris": list("https://auth.example.org/auth/realms/esante-wallet/broker/OKTA_hopital/endpoint"),
		"group_names":   list("Professionnels"),
		"hook_url":      text("https://pschook.example.org/hooks/okta/token"),
	}
	maps.Copy(variables, set)
	result, err := load(t, "modules/okta").Evaluate(tfmodule.Inputs{Schemas: facts(t), Variables: variables, Computed: oktaOrg("")})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// at is the value at the path of attributes in the instance of that address.
func at(t *testing.T, r *tfmodule.Result, address string, path ...string) cty.Value {
	t.Helper()
	for _, instance := range r.Instances {
		if instance.Address != address {
			continue
		}
		value := instance.Value
		for _, name := range path {
			if value.Type().IsObjectType() && value.Type().HasAttribute(name) {
				value = value.GetAttr(name)
			} else {
				value = value.Index(cty.StringVal(name))
			}
		}
		return value
	}
	t.Fatalf("no %s", address)
	return cty.NilVal
}

// words are the strings of a list or set, sorted, or the one string.
func words(v cty.Value) string {
	if v.IsNull() {
		return "null"
	}
	if v.Type() == cty.Bool {
		return map[bool]string{true: "true", false: "false"}[v.True()]
	}
	if v.Type() == cty.Number {
		return v.AsBigFloat().String()
	}
	if v.Type() == cty.String {
		return v.AsString()
	}
	var all []string
	for it := v.ElementIterator(); it.Next(); {
		_, item := it.Element()
		all = append(all, item.AsString())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// TestOktaObjects holds what the module makes of its inputs, one input changed at a time.
func TestOktaObjects(t *testing.T) {
	t.Parallel()
	const (
		app  = "okta_app_oauth.psc"
		rule = "okta_auth_server_policy_rule.psc"
		hook = "okta_inline_hook.psc[0]"
	)
	tests := []struct {
		name    string
		set     map[string]cty.Value
		address string
		path    []string
		want    string
	}{
		{name: "public_client", address: app, path: []string{"token_endpoint_auth_method"}, want: "none"},
		{name: "spa", address: app, path: []string{"type"}, want: "browser"},
		{name: "web", set: map[string]cty.Value{"app_type": text("web")}, address: app, path: []string{"type"}, want: "web"},
		{name: "web_secret", set: map[string]cty.Value{"app_type": text("web")}, address: app, path: []string{"token_endpoint_auth_method"}, want: "client_secret_basic"},
		{
			name: "web_secret_posted", set: map[string]cty.Value{"app_type": text("web"), "app_authentication": text("client_secret_post")},
			address: app, path: []string{"token_endpoint_auth_method"}, want: "client_secret_post",
		},
		{name: "web_secret_kept", set: map[string]cty.Value{"app_type": text("web")}, address: app, path: []string{"omit_secret"}, want: "false"},
		{name: "web_pkce", set: map[string]cty.Value{"app_type": text("web")}, address: app, path: []string{"pkce_required"}, want: "true"},
		{name: "pkce", address: app, path: []string{"pkce_required"}, want: "true"},
		{name: "code", address: app, path: []string{"response_types"}, want: "code"},
		{name: "grants", address: app, path: []string{"grant_types"}, want: "authorization_code"},
		{name: "no_refresh_scope", address: rule, path: []string{"scope_whitelist"}, want: "email openid profile"},
		{name: "refresh", set: map[string]cty.Value{"refresh_tokens": cty.True}, address: app, path: []string{"grant_types"}, want: "authorization_code refresh_token"},
		{name: "refresh_rotates", set: map[string]cty.Value{"refresh_tokens": cty.True}, address: app, path: []string{"refresh_token_rotation"}, want: "ROTATE"},
		{name: "refresh_scope", set: map[string]cty.Value{"refresh_tokens": cty.True}, address: rule, path: []string{"scope_whitelist"}, want: "email offline_access openid profile"},
		{name: "group", address: `okta_app_group_assignment.members["Professionnels"]`, path: []string{"group_id"}, want: "00g1professionnels"},
		{name: "policy_of_this_app_only", address: "okta_auth_server_policy.psc", path: []string{"client_whitelist"}, want: "okta_app_oauth.psc.client_id"},
		{name: "rule_grants", address: rule, path: []string{"grant_type_whitelist"}, want: "authorization_code"},
		{name: "rule_people", address: rule, path: []string{"group_whitelist"}, want: "00g1professionnels"},
		{name: "rule_calls_the_hook", address: rule, path: []string{"inline_hook_id"}, want: "okta_inline_hook.psc[0].id"},
		{name: "rule_of_own_server", address: rule, path: []string{"auth_server_id"}, want: "okta_auth_server.psc[0].id"},
		{name: "rule_of_existing_server", set: map[string]cty.Value{"existing_authorization_server": text("default")}, address: rule, path: []string{"auth_server_id"}, want: "aus1default2server3"},
		{name: "detached", set: map[string]cty.Value{"hook_attached": cty.False}, address: rule, path: []string{"inline_hook_id"}, want: "null"},
		{name: "hook_type", address: hook, path: []string{"type"}, want: "com.okta.oauth2.tokens.transform"},
		{name: "hook_url", address: hook, path: []string{"channel", "uri"}, want: "https://pschook.example.org/hooks/okta/token"},
		{name: "hook_header", address: hook, path: []string{"auth", "key"}, want: "Authorization"},
		{name: "hook_secret_generated", address: hook, path: []string{"auth", "value"}, want: `random_password.hook["1"].result`},
		{
			name: "hook_secret_next_is_known_first", set: map[string]cty.Value{"hook_secret_generations": list("1", "2")},
			address: hook, path: []string{"auth", "value"}, want: `random_password.hook["1"].result`,
		},
		{
			name: "hook_secret_next_is_sent_then", set: map[string]cty.Value{"hook_secret_generations": list("2", "1")},
			address: hook, path: []string{"auth", "value"}, want: `random_password.hook["2"].result`,
		},
		{
			name: "hook_secret_given", set: map[string]cty.Value{"hook_secrets": list("Basic cHNjOjdmM2s5ZDJtNXg4YzF2NmI=")},
			address: hook, path: []string{"auth", "value"}, want: "Basic cHNjOjdmM2s5ZDJtNXg4YzF2NmI=",
		},
		{
			name: "hook_behind_a_prefix", set: map[string]cty.Value{"hook_url": text("https://api.example.org:8443/psc/hooks/okta/token")},
			address: hook, path: []string{"channel", "uri"}, want: "https://api.example.org:8443/psc/hooks/okta/token",
		},
		{
			name: "existing_hook", set: map[string]cty.Value{"existing_inline_hook_id": text("cal1existing2hook3")},
			address: rule, path: []string{"inline_hook_id"}, want: "cal1existing2hook3",
		},
		{
			name: "kc_idp_hint", set: map[string]cty.Value{"kc_idp_hint": text("OKTA_hopital")},
			address: `okta_auth_server_claim.kc_idp_hint["access_token"]`, path: []string{"value"}, want: `"OKTA_hopital"`,
		},
		{
			name: "kc_idp_hint_of_id_token", set: map[string]cty.Value{"kc_idp_hint": text("OKTA_hopital"), "kc_idp_hint_tokens": list("id_token")},
			address: `okta_auth_server_claim.kc_idp_hint["id_token"]`, path: []string{"claim_type"}, want: "IDENTITY",
		},
		{
			name: "rp_redirect", set: map[string]cty.Value{"rp_enabled": cty.True, "redirect_uris": list("https://auth.example.org/endpoint")},
			address: app, path: []string{"redirect_uris"}, want: "https://auth.example.org/endpoint https://pschook.example.org/rp/callback",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			result := oktaModule(t, test.set)
			if len(result.Refused) > 0 {
				t.Fatalf("refused: %q", result.Refused)
			}
			if got := words(at(t, result, test.address, test.path...)); got != test.want {
				t.Errorf("%s %v = %s, want %s", test.address, test.path, got, test.want)
			}
		})
	}
}

// TestOktaAddsNoClaimByItself holds that no static claim stands in for what the service adds: one of the same name
// would clash with the hook's, and go stale.
func TestOktaAddsNoClaimByItself(t *testing.T) {
	t.Parallel()
	for _, instance := range oktaModule(t, nil).Instances {
		if instance.Type == "okta_auth_server_claim" {
			t.Errorf("%s: made without being asked for", instance.Address)
		}
	}
	for _, instance := range oktaModule(t, map[string]cty.Value{"kc_idp_hint": text("OKTA_hopital")}).Instances {
		if instance.Type == "okta_auth_server_claim" && instance.Value.GetAttr("name").AsString() != "kc_idp_hint" {
			t.Errorf("%s: claim %s", instance.Address, instance.Value.GetAttr("name").AsString())
		}
	}
}

// recursion is a hook that takes its caller's token from tokenURL.
func recursion(server, tokenURL string) map[string]cty.Value {
	set := map[string]cty.Value{
		"existing_inline_hook_id": text("cal1existing2hook3"),
		"hook_oauth":              object(map[string]cty.Value{"method": text("private_key_jwt"), "token_url": text(tokenURL)}),
	}
	if server != "" {
		set["existing_authorization_server"] = text(server)
	}
	return set
}

// TestOktaRefuses holds what the module refuses at plan time, and that it says which variable is wrong.
func TestOktaRefuses(t *testing.T) {
	t.Parallel()
	const recurses = "hook_oauth: token_url is of the very authorization server whose rule calls the hook"
	one := func(name string, value cty.Value) map[string]cty.Value { return map[string]cty.Value{name: value} }
	tests := []struct {
		name string
		set  map[string]cty.Value
		want string // beginning of the one message; empty: not refused
	}{
		{name: "good"},
		{name: "plain_http", set: one("hook_url", text("http://pschook.example.org/hooks/okta/token")), want: "hook_url: Okta calls https URLs only"},
		{name: "other_path", set: one("hook_url", text("https://pschook.example.org/hook")), want: "hook_url: the host of the service"},
		{name: "query", set: one("hook_url", text("https://pschook.example.org/hooks/okta/token?a=b")), want: "hook_url: the host of the service"},
		{name: "query_first", set: one("hook_url", text("https://pschook.example.org/?a=/hooks/okta/token")), want: "hook_url: the host of the service"},
		{name: "user", set: one("hook_url", text("https://user@pschook.example.org/hooks/okta/token")), want: "hook_url: the host of the service"},
		{name: "native_app", set: one("app_type", text("native")), want: "app_type:"},
		{name: "no_secret_for_a_web_app", set: map[string]cty.Value{"app_type": text("web"), "app_authentication": text("none")}, want: "app_authentication:"},
		{name: "org_with_a_path", set: one("org_url", text("https://example.okta.com/admin")), want: "org_url:"},
		{name: "no_redirect", set: one("redirect_uris", list()), want: "redirect_uris:"},
		{name: "redirect_http", set: one("redirect_uris", list("http://auth.example.org/endpoint")), want: "redirect_uris:"},
		{name: "redirect_wildcard", set: one("redirect_uris", list("https://*.example.org/endpoint")), want: "redirect_uris:"},
		{name: "no_group", set: one("group_names", list()), want: "group_names: at least one"},
		{name: "group_by_half_its_name", set: one("group_names", list("Pro")), want: `group_names: no group is named exactly "Pro"; the nearest is "Prosthetics"`},
		{name: "header_with_space", set: one("hook_auth_header", text("X Hook")), want: "hook_auth_header:"},
		{name: "header_of_the_client", set: one("hook_auth_header", text("Content-Type")), want: "hook_auth_header:"},
		{name: "secret_of_16", set: one("hook_secrets", list("0123456789abcdef"))},
		{name: "secret_of_15", set: one("hook_secrets", list("0123456789abcde")), want: "hook_secrets: each at least 16"},
		{name: "secret_with_newline", set: one("hook_secrets", list("0123456789abcdef\n0123456789")), want: "hook_secrets: each at least 16"},
		{name: "secret_with_space_at_the_end", set: one("hook_secrets", list("0123456789abcdef ")), want: "hook_secrets: each at least 16"},
		{name: "secret_twice", set: one("hook_secrets", list("0123456789abcdef", "0123456789abcdef")), want: "hook_secrets: each once"},
		{name: "no_generation", set: one("hook_secret_generations", list()), want: "hook_secret_generations:"},
		{name: "scopes_without_openid", set: one("scopes", list("profile")), want: "scopes:"},
		{name: "any_scope", set: one("scopes", list("openid", "*")), want: "scopes:"},
		{name: "priority_zero", set: one("policy_priority", cty.NumberIntVal(0)), want: "policy_priority:"},
		{name: "short_lifetime", set: one("access_token_minutes", cty.NumberIntVal(4)), want: "access_token_minutes:"},
		{name: "refresh_shorter_than_access", set: map[string]cty.Value{
			"refresh_token_minutes": cty.NumberIntVal(30), "refresh_token_idle_minutes": cty.NumberIntVal(30), "access_token_minutes": cty.NumberIntVal(30),
		}},
		{name: "idle_longer_than_life", set: one("refresh_token_idle_minutes", cty.NumberIntVal(721)), want: "refresh_token_idle_minutes:"},
		{name: "issuer_mode", set: one("issuer_mode", text("CUSTOM")), want: "issuer_mode:"},
		{name: "alias_alone", set: one("kc_idp_hint", text("hopital")), want: "kc_idp_hint:"},
		{name: "alias_breaks_out", set: one("kc_idp_hint", text(`OKTA_" + user.login + "`)), want: "kc_idp_hint:"},
		{name: "kc_idp_hint_elsewhere", set: one("kc_idp_hint_tokens", list("userinfo")), want: "kc_idp_hint_tokens:"},
		{
			name: "oauth_without_a_hook_that_has_it",
			set: one("hook_oauth", object(map[string]cty.Value{
				"method": text("client_secret_post"), "token_url": text("https://other.example.org/oauth2/default/v1/token"),
			})),
			want: "hook_oauth: this module makes hooks with a secret in a header",
		},
		{
			name: "oauth_method",
			set:  one("hook_oauth", object(map[string]cty.Value{"method": text("basic"), "token_url": text("https://other.example.org/token")})),
			want: "hook_oauth: method",
		},
		{name: "oauth_plain_http", set: recursion("", "http://other.example.org/token"), want: "hook_oauth: token_url is a whole https URL"},
		{name: "oauth_of_another_server", set: recursion("default", "https://example.okta.com/oauth2/aus9other8server7/v1/token")},
		{name: "oauth_of_another_org", set: recursion("default", "https://other.okta.com/oauth2/default/v1/token")},
		{name: "oauth_of_another_provider", set: recursion("default", "https://keycloak.example.org/realms/x/protocol/openid-connect/token")},
		{name: "recursion_by_name", set: recursion("default", "https://example.okta.com/oauth2/default/v1/token"), want: recurses},
		{name: "recursion_by_id", set: recursion("default", "https://example.okta.com/oauth2/aus1default2server3/v1/token"), want: recurses},
		{name: "recursion_by_custom_domain", set: recursion("default", "https://login.example.org/oauth2/aus1default2server3/v1/token"), want: recurses},
		{name: "recursion_of_own_server", set: recursion("", "https://example.okta.com/oauth2/aus1own2server3/v1/token"), want: recurses},
		{name: "recursion_in_capitals", set: recursion("default", "https://EXAMPLE.okta.com/oauth2/default/v1/token"), want: recurses},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			refused := oktaModule(t, test.set).Refused
			switch {
			case test.want == "" && len(refused) > 0:
				t.Errorf("refused: %q", refused)
			case test.want != "" && (len(refused) != 1 || !strings.HasPrefix(refused[0], test.want)):
				t.Errorf("refused: %q, want one message that begins with %q", refused, test.want)
			}
		})
	}
}

// TestOktaSecretsAreSensitive holds that Terraform shows no secret.
func TestOktaSecretsAreSensitive(t *testing.T) {
	t.Parallel()
	m := load(t, "modules/okta")
	const secret = "a-secret-of-the-test"
	result := oktaModule(t, map[string]cty.Value{"hook_secrets": list(secret)})
	found := 0
	for _, o := range m.Outputs {
		if shown := result.Outputs[o.Name].GoString(); strings.Contains(shown, secret) {
			found++
			if !o.Sensitive {
				t.Errorf("output %q: shows the secret", o.Name)
			}
		}
	}
	if found != 2 {
		t.Errorf("%d outputs hold the secret, want hook_secret and hook_secrets", found)
	}
	for _, v := range m.Variables {
		if v.Name == "hook_secrets" && !v.Sensitive {
			t.Error("variable hook_secrets: not sensitive")
		}
	}
}

// TestOktaMakesNoSecretForAnExistingHook holds that the service is not told to accept a secret that Okta does not send.
func TestOktaMakesNoSecretForAnExistingHook(t *testing.T) {
	t.Parallel()
	result := oktaModule(t, map[string]cty.Value{"existing_inline_hook_id": text("cal1existing2hook3")})
	if secrets := result.Outputs["hook_secrets"]; secrets.LengthInt() != 0 || !result.Outputs["hook_secret"].IsNull() {
		t.Errorf("secrets %#v", secrets)
	}
	for _, instance := range result.Instances {
		if instance.Type == "random_password" || instance.Type == "okta_inline_hook" {
			t.Errorf("%s: made all the same", instance.Address)
		}
	}
}

// TestOktaSettings holds that the settings which the module gives out are variables of the service.
func TestOktaSettings(t *testing.T) {
	t.Parallel()
	outputs := oktaModule(t, map[string]cty.Value{"rp_enabled": cty.True, "existing_authorization_server": text("default")}).Outputs
	got := map[string]string{}
	for _, output := range []string{"service_settings", "rp_settings"} {
		for name, value := range outputs[output].AsValueMap() {
			got[name] = value.AsString()
		}
	}
	want := map[string]string{
		"PSCHOOK_OKTA_ORG_URL":     "https://example.okta.com",
		"PSCHOOK_OKTA_ISSUERS":     "https://login.example.org/oauth2/default",
		"PSCHOOK_CLIENT_IDS":       "okta_app_oauth.psc.client_id",
		"PSCHOOK_HOOK_AUTH_HEADER": "Authorization",
		"PSCHOOK_RP_ENABLED":       "true",
		"PSCHOOK_RP_ISSUER":        "https://login.example.org/oauth2/default",
		"PSCHOOK_RP_CLIENT_ID":     "okta_app_oauth.psc.client_id",
		"PSCHOOK_RP_REDIRECT_URL":  "https://pschook.example.org/rp/callback",
		"PSCHOOK_RP_SCOPES":        "email openid profile",
		"PSCHOOK_RP_PROFILE":       "psc",
	}
	if !maps.Equal(got, want) {
		t.Errorf("settings %v, want %v", got, want)
	}
	for name := range got {
		if !slices.ContainsFunc(config.Variables(), func(v config.Variable) bool { return v.Name == name }) {
			t.Errorf("%s: the service has no such variable", name)
		}
	}
}
