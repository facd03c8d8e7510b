package config_test

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/config"
)

// TestLoadValues sets one variable at a time and checks the field that holds it.
func TestLoadValues(t *testing.T) {
	t.Parallel()
	key := write(t, "key")
	lines := write(t, "first, with a comma\r\n\n  second-secret-16 \nlast-in-the-file")
	token := write(t, "00token\r\n")
	tests := []struct {
		name string
		set  map[string]string
		get  func(*config.Config) any
		want any
	}{
		{"org_url_normal", map[string]string{"OKTA_ORG_URL": " HTTPS://Acme.Okta.com:8443/ "}, func(c *config.Config) any { return c.Okta.OrgURL }, &url.URL{Scheme: "https", Host: "acme.okta.com:8443"}},
		{"org_url_loopback", map[string]string{"OKTA_ORG_URL": "http://127.0.0.1:8081"}, func(c *config.Config) any { return c.Okta.OrgURL.String() }, "http://127.0.0.1:8081"},
		{"org_url_loopback6", map[string]string{"OKTA_ORG_URL": "http://[::1]:8081"}, func(c *config.Config) any { return c.Okta.OrgURL.String() }, "http://[::1]:8081"},
		{"org_url_localhost", map[string]string{"OKTA_ORG_URL": "http://localhost:8081"}, func(c *config.Config) any { return c.Okta.OrgURL.Port() }, "8081"},
		{"org_url_own_admin", map[string]string{"OKTA_ORG_URL": "https://sso-admin.example.org"}, func(c *config.Config) any { return c.Okta.OrgURL.Host }, "sso-admin.example.org"},
		{"port_0", map[string]string{"LISTEN_ADDR": "127.0.0.1:0", "ADMIN_ADDR": "127.0.0.1:0"}, func(c *config.Config) any { return c.AdminAddr }, "127.0.0.1:0"},
		{"listen_ipv6", map[string]string{"LISTEN_ADDR": "[::1]:80"}, func(c *config.Config) any { return c.ListenAddr }, "[::1]:80"},
		{"admin_off", map[string]string{"ADMIN_ADDR": "none"}, func(c *config.Config) any { return c.AdminAddr }, ""},
		{"empty_is_unset", map[string]string{"ADMIN_ADDR": " "}, func(c *config.Config) any { return c.AdminAddr }, "127.0.0.1:9090"},
		{"level", map[string]string{"LOG_LEVEL": "debug"}, func(c *config.Config) any { return c.Log.Level }, slog.LevelDebug},
		{"timeout", map[string]string{"HOOK_TIMEOUT": "2999ms"}, func(c *config.Config) any { return c.Hook.Timeout }, 2999 * time.Millisecond},
		{"number_with_a_zero", map[string]string{"MAX_CONNECTIONS": "0100"}, func(c *config.Config) any { return c.MaxConnections }, 100},
		{"shadow", map[string]string{"SHADOW": "1"}, func(c *config.Config) any { return c.Hook.Shadow }, true},
		{
			"issuers",
			map[string]string{"OKTA_ISSUERS": "https://a.example/oauth2/x/ , http://localhost:1"},
			func(c *config.Config) any { return c.Okta.Issuers },
			config.List{"https://a.example/oauth2/x", "http://localhost:1"},
		},
		{"clients", map[string]string{"CLIENT_IDS": " a , ,b,"}, func(c *config.Config) any { return c.Hook.ClientIDs }, config.List{"a", "b"}},
		{"claims_none", map[string]string{"ID_TOKEN_CLAIMS": "none"}, func(c *config.Config) any { return c.Claims.IDToken }, config.List(nil)},
		{
			"secrets",
			map[string]string{"HOOK_SECRETS": "Basic dXNlcjpwYXNzd29yZA==, " + secret + `\,` + secret},
			func(c *config.Config) any { return c.Hook.Secrets },
			config.Secrets{"Basic dXNlcjpwYXNzd29yZA==", secret + `\`, secret},
		},
		{
			"secrets_file",
			map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": lines},
			func(c *config.Config) any { return c.Hook.Secrets },
			config.Secrets{"first, with a comma", "second-secret-16", "last-in-the-file"},
		},
		{"secrets_file_path", map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": lines}, func(c *config.Config) any { return c.Hook.SecretsFile }, lines},
		{"token_file", map[string]string{"OKTA_API_TOKEN_FILE": token}, func(c *config.Config) any { return c.Okta.APIToken }, config.Secret("00token")},
		{"client_secret_file", map[string]string{"RP_CLIENT_SECRET_FILE": token}, func(c *config.Config) any { return c.RP.ClientSecret }, config.Secret("00token")},
		{"source_token", map[string]string{"OKTA_API_TOKEN": "00token"}, func(c *config.Config) any { return c.TID.Source }, config.SourceManagement},
		{"source_token_file", map[string]string{"OKTA_API_TOKEN_FILE": token}, func(c *config.Config) any { return c.TID.Source }, config.SourceManagement},
		{"source_key", map[string]string{"OKTA_CLIENT_ID": "0oa1", "OKTA_PRIVATE_KEY_FILE": key, "OKTA_PRIVATE_KEY_ID": "kid"}, func(c *config.Config) any { return c.TID.Source }, config.SourceManagement},
		{"source_value", map[string]string{"TID_VALUE": "OKTA_x"}, func(c *config.Config) any { return c.TID.Source }, config.SourceStatic},
		{"source_said", map[string]string{"TID_SOURCE": "well-known", "OKTA_API_TOKEN": "00token"}, func(c *config.Config) any { return c.TID.Source }, config.SourceWellKnown},
		{"scopes of PSC", map[string]string{"RP_PROFILE": "psc-op"}, func(c *config.Config) any { return c.RP.Scopes }, config.Words{"openid", "scope_all"}},
		{"scopes of Rofim", map[string]string{"RP_PROFILE": "rofim"}, func(c *config.Config) any { return c.RP.Scopes }, config.Words{"openid", "email", "partner_profil"}},
		{"scopes of CHG-MERIDIAN", map[string]string{"RP_PROFILE": "chg-meridian"}, func(c *config.Config) any { return c.RP.Scopes }, config.Words{"openid", "profile", "email"}},
		{"scopes", map[string]string{"RP_SCOPES": " openid  scope_all "}, func(c *config.Config) any { return c.RP.Scopes }, config.Words{"openid", "scope_all"}},
		{"issuer_as_given", map[string]string{"RP_ISSUER": "https://Example.okta.com/"}, func(c *config.Config) any { return c.RP.Issuer }, "https://Example.okta.com/"},
		{
			"rp",
			map[string]string{"RP_ENABLED": "true", "RP_CLIENT_ID": "0oa1", "RP_ISSUER": "http://127.0.0.1:1/oauth2/default", "RP_REDIRECT_URL": "http://localhost:8080/rp/callback"},
			func(c *config.Config) any { return c.RP.RedirectURL },
			"http://localhost:8080/rp/callback",
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, _, err := config.Load(t.Context(), source(tc.set))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, tc.get(c)); diff != "" {
				t.Errorf("value (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadWarnings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  map[string]string
		want []string
	}{
		{"none", nil, nil},
		{"slip", map[string]string{"HOOK_SECRET": secret}, []string{"PSCHOOK_HOOK_SECRET: no such variable, it is not used; perhaps PSCHOOK_HOOK_SECRETS is meant"}},
		{"slip_in_file_form", map[string]string{"OKTA_APITOKEN_FILE": "x"}, []string{"PSCHOOK_OKTA_APITOKEN_FILE: no such variable, it is not used; perhaps PSCHOOK_OKTA_API_TOKEN_FILE is meant"}},
		{"far_off", map[string]string{"COLOUR": "blue"}, []string{"PSCHOOK_COLOUR: no such variable, it is not used"}},
		{"file_form_of_no_secret", map[string]string{"CLIENT_IDS_FILE": "x"}, []string{"PSCHOOK_CLIENT_IDS_FILE: no such variable, it is not used; perhaps PSCHOOK_CLIENT_IDS is meant"}},
		{"kubernetes", map[string]string{"SERVICE_HOST": "10.0.0.1", "SERVICE_PORT_HTTP": "80", "PORT": "tcp://10.0.0.1:80", "PORT_80_TCP_ADDR": "10.0.0.1"}, nil},
		{
			"value_unused",
			map[string]string{"TID_VALUE": "OKTA_x", "TID_SOURCE": "well-known"},
			[]string{`PSCHOOK_TID_VALUE: is not used while PSCHOOK_TID_SOURCE is "well-known"; set that to static, or unset this`},
		},
		{
			"value_beside_token",
			map[string]string{"TID_VALUE": "OKTA_x", "OKTA_API_TOKEN": "00token"},
			[]string{`PSCHOOK_TID_VALUE: is not used while PSCHOOK_TID_SOURCE is "management"; set that to static, or unset this`},
		},
		{
			"credential_unused",
			map[string]string{"OKTA_API_TOKEN": "00token", "TID_SOURCE": "static", "TID_VALUE": "OKTA_x"},
			[]string{`PSCHOOK_TID_SOURCE: the Okta API credential is not used while the source is "static"`},
		},
		{"no_claims", map[string]string{"ACCESS_TOKEN_CLAIMS": "none", "ID_TOKEN_CLAIMS": "none"}, []string{"PSCHOOK_ACCESS_TOKEN_CLAIMS: no claims for either token: the hook will never add anything"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, warnings, err := config.Load(t.Context(), source(tc.set))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range warnings {
				got = append(got, w.String())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestChecks checks that Load runs checks even when there are other faults, that broken variables
// then have their defaults, and that all faults come in the order of the variables.
func TestChecks(t *testing.T) {
	t.Parallel()
	reserved := func(c *config.Config) ([]config.Fault, []config.Warning) {
		if c.Claims.AMRPolicyFile != "" || c.Hook.Timeout != 2*time.Second {
			t.Errorf("a broken variable does not hold its default: %q, %v", c.Claims.AMRPolicyFile, c.Hook.Timeout)
		}
		return []config.Fault{{Variable: "PSCHOOK_ID_TOKEN_CLAIMS", Got: "amr", Wanted: "no reserved claim"}},
			[]config.Warning{{Variable: "PSCHOOK_LOG_FORMAT", Text: "is odd"}}
	}
	src := source(map[string]string{"AMR_POLICY_FILE": "/nowhere/policy.yaml", "HOOK_TIMEOUT": "soon", "LOG_FORMAT": "xml", "TID_VALU": "x", "RP_PROFILE": "x"})
	_, warnings, err := config.Load(t.Context(), src, reserved)
	want := `5 faults in the environment:
  PSCHOOK_LOG_FORMAT: got "xml", wanted json or text (for example PSCHOOK_LOG_FORMAT=text)
  PSCHOOK_HOOK_TIMEOUT: got "soon", wanted a duration above 0s and below 3s, since Okta waits 3 s (for example PSCHOOK_HOOK_TIMEOUT=1.5s)
  PSCHOOK_ID_TOKEN_CLAIMS: got amr, wanted no reserved claim
  PSCHOOK_AMR_POLICY_FILE: got "/nowhere/policy.yaml": no such file or directory, wanted a readable file with an AMR policy (YAML) (for example PSCHOOK_AMR_POLICY_FILE=/etc/pschook/amr-policy.yaml)
  PSCHOOK_RP_PROFILE: got "x", wanted psc, psc-op, rofim or chg-meridian (for example PSCHOOK_RP_PROFILE=psc-op)`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
	wantWarnings := []config.Warning{
		{Variable: "PSCHOOK_LOG_FORMAT", Text: "is odd"},
		{Variable: "PSCHOOK_TID_VALU", Text: "no such variable, it is not used; perhaps PSCHOOK_TID_VALUE is meant"},
	}
	if diff := cmp.Diff(wantWarnings, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestEnviron(t *testing.T) {
	t.Parallel()
	got := config.Environ([]string{"A=1", "B=x=y", "A=2", "=C:=strange", "bare"})
	if diff := cmp.Diff(config.Source{"A": "2", "B": "x=y", "": "C:=strange"}, got); diff != "" {
		t.Errorf("source (-want +got):\n%s", diff)
	}
}

func TestReadSecrets(t *testing.T) {
	t.Parallel()
	got, _, err := config.ReadSecrets(write(t, "# rotated by somebody\n\n"+secret+"\nsecond-secret-16\n#former-secret-0123456789\n"), "Authorization", false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]config.Secret{secret, "second-secret-16"}, got); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	for form, text := range map[string]string{"byte order mark": "\ufeff" + secret, "UTF-16": "\xff\xfe" + strings.Join(strings.Split(secret, ""), "\x00") + "\x00"} {
		if got, _, err := config.ReadSecrets(write(t, text), "Authorization", false); err != nil || len(got) != 1 || got[0] != secret {
			t.Errorf("%s: %d secrets, %v", form, len(got), err)
		}
	}
	const rule = `, wanted random secrets of at least 16 visible ASCII characters, separated by commas, each once ` +
		`(make one with: openssl rand -hex 32; PSCHOOK_HOOK_SECRETS_FILE may name a file with one a line instead)`
	tests := []struct{ name, path, want string }{
		{"missing", "/nowhere/secrets", "1 fault in the environment:\n  PSCHOOK_HOOK_SECRETS_FILE: got \"/nowhere/secrets\": no such file or directory, wanted a file that the service can read"},
		{"empty", write(t, ""), "1 fault in the environment:\n  PSCHOOK_HOOK_SECRETS_FILE: got nothing" + rule},
		{"only comments", write(t, "# none\n#former-secret-0123456789\n"), "1 fault in the environment:\n  PSCHOOK_HOOK_SECRETS_FILE: got nothing" + rule},
		{"nul", write(t, "correct-horse\x00battery"), "1 fault in the environment:\n  PSCHOOK_HOOK_SECRETS_FILE: got a character other than visible ASCII (line 1)" + rule},
		{"two_faults", write(t, "short\ncafé-au-lait-chaud\n"), "2 faults in the environment:\n  PSCHOOK_HOOK_SECRETS_FILE: got a secret of 5 characters (line 1)" + rule +
			"\n  PSCHOOK_HOOK_SECRETS_FILE: got a character other than visible ASCII (line 2)" + rule},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := config.ReadSecrets(tc.path, "Authorization", false)
			if err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}
