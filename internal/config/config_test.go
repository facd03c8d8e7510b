package config_test

import (
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/config"
)

const secret = "correct-horse-battery"

// good returns the smallest environment that loads.
func good() map[string]string {
	return map[string]string{"OKTA_ORG_URL": "https://acme.okta.com", "HOOK_SECRETS": secret}
}

// source returns the good environment with the changes of set; an empty value removes a variable.
func source(set map[string]string) config.Source {
	src := config.Source{}
	for _, layer := range []map[string]string{good(), set} {
		for name, value := range layer {
			src[config.Prefix+name] = value
		}
	}
	return src
}

// write makes a file and returns its path.
func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	got, warnings, err := config.Load(t.Context(), source(nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 0 {
		t.Errorf("warnings: %v", warnings)
	}
	want := &config.Config{
		ListenAddr: ":8080", AdminAddr: "127.0.0.1:9090", ShutdownTimeout: 10 * time.Second,
		DrainDelay: 3 * time.Second, MaxConnections: 4096,
		Log:      config.Log{Level: slog.LevelInfo, Format: "json"},
		Okta:     config.Okta{OrgURL: &url.URL{Scheme: "https", Host: "acme.okta.com"}},
		Hook:     config.Hook{AuthHeader: "Authorization", Secrets: config.Secrets{secret}, MaxConcurrent: 512, Timeout: 2 * time.Second, OnFailure: config.OnFailureDeny},
		Outcomes: config.Outcomes{Mode: config.OutcomesOff, Interval: time.Minute},
		Claims:   config.Claims{AccessToken: config.List{"oid", "tid", "amr"}, IDToken: config.List{"tid"}, Reserved: "developer", OIDFormat: config.FormatRaw, TIDFormat: config.FormatRaw},
		TID:      config.TID{Source: config.SourceWellKnown, CacheTTL: time.Hour},
		RP:       config.RP{Scopes: config.Words{"openid", "profile", "email"}, Profile: "psc"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

// TestLoadFaults changes one thing at a time in a good environment and checks the whole message.
func TestLoadFaults(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	dir := t.TempDir()
	short, empty, same := write(t, secret+"\n\nshort-one\n"), write(t, "\n \n"), write(t, secret+"\r\n"+secret+"\n")
	const (
		orgWanted    = `, wanted the https URL of the Okta org, host only (http for loopback) `
		orgExample   = `(for example PSCHOOK_OKTA_ORG_URL=https://example.okta.com)`
		secretWanted = `, wanted random secrets of at least 16 visible ASCII characters, separated by commas, each once ` +
			`(make one with: openssl rand -hex 32; PSCHOOK_HOOK_SECRETS_FILE may name a file with one a line instead)`
		claims = `, wanted oid, tid and amr separated by commas, each at most once, or the word none (for example PSCHOOK_ACCESS_TOKEN_CLAIMS=oid,tid)`
		hidden = `a relative path (not shown, in case it is the content itself): no such file or directory`
	)
	tests := []struct {
		name string
		set  map[string]string
		want []string
	}{
		{"no_org_url", map[string]string{"OKTA_ORG_URL": ""}, []string{`PSCHOOK_OKTA_ORG_URL: got nothing` + orgWanted + orgExample}},
		{
			"org_url_http",
			map[string]string{"OKTA_ORG_URL": "http://acme.okta.com"},
			[]string{`PSCHOOK_OKTA_ORG_URL: got "http://acme.okta.com", http with a host that is not loopback` + orgWanted + orgExample},
		},
		{"org_url_bare", map[string]string{"OKTA_ORG_URL": "acme.okta.com"}, []string{`PSCHOOK_OKTA_ORG_URL: got "acme.okta.com"` + orgWanted + orgExample}},
		{"org_url_ftp", map[string]string{"OKTA_ORG_URL": "ftp://acme.okta.com"}, []string{`PSCHOOK_OKTA_ORG_URL: got "ftp://acme.okta.com", neither https nor http` + orgWanted + orgExample}},
		{
			"org_url_path",
			map[string]string{"OKTA_ORG_URL": "https://acme.okta.com/oauth2/default"},
			[]string{`PSCHOOK_OKTA_ORG_URL: got "https://acme.okta.com/oauth2/default", with a path` + orgWanted + orgExample},
		},
		{"org_url_query", map[string]string{"OKTA_ORG_URL": "https://acme.okta.com?x"}, []string{`PSCHOOK_OKTA_ORG_URL: got "https://acme.okta.com?x", with a query or fragment` + orgWanted + orgExample}},
		{
			"org_url_password",
			map[string]string{"OKTA_ORG_URL": "https://me:hunter2@acme.okta.com"},
			[]string{`PSCHOOK_OKTA_ORG_URL: got "https://[redacted]@acme.okta.com", with a user name or password` + orgWanted + orgExample},
		},
		{
			"org_url_port",
			map[string]string{"OKTA_ORG_URL": "https://acme.okta.com:70000"},
			[]string{`PSCHOOK_OKTA_ORG_URL: got "https://acme.okta.com:70000", with a bad host or port` + orgWanted + orgExample},
		},
		{"org_url_host", map[string]string{"OKTA_ORG_URL": "https://acme..okta"}, []string{`PSCHOOK_OKTA_ORG_URL: got "https://acme..okta", with a bad host or port` + orgWanted + orgExample}},
		{
			"org_url_admin",
			map[string]string{"OKTA_ORG_URL": "https://acme-admin.okta.com/"},
			[]string{`PSCHOOK_OKTA_ORG_URL: got "https://acme-admin.okta.com/", the host of the Admin Console` + orgWanted + `(use https://acme.okta.com)`},
		},

		{"no_secret", map[string]string{"HOOK_SECRETS": ""}, []string{`PSCHOOK_HOOK_SECRETS: got nothing` + secretWanted}},
		{"only_commas", map[string]string{"HOOK_SECRETS": " , ,"}, []string{`PSCHOOK_HOOK_SECRETS: got nothing` + secretWanted}},
		{"short_secret", map[string]string{"HOOK_SECRETS": secret + ",15-characters--"}, []string{`PSCHOOK_HOOK_SECRETS: got a secret of 15 characters (number 2)` + secretWanted}},
		{"same_secret", map[string]string{"HOOK_SECRETS": secret + "," + secret}, []string{`PSCHOOK_HOOK_SECRETS: got the same secret twice` + secretWanted}},
		{"control_in_secret", map[string]string{"HOOK_SECRETS": "correct-horse\nbattery"}, []string{`PSCHOOK_HOOK_SECRETS: got a character other than visible ASCII (number 1)` + secretWanted}},
		{"accent_in_secret", map[string]string{"HOOK_SECRETS": "cheval-agrafe-élevé"}, []string{`PSCHOOK_HOOK_SECRETS: got a character other than visible ASCII (number 1)` + secretWanted}},
		{
			"both_secrets",
			map[string]string{"HOOK_SECRETS_FILE": missing},
			[]string{`PSCHOOK_HOOK_SECRETS: got a value here and a file in PSCHOOK_HOOK_SECRETS_FILE, wanted only one of them (unset the one that is out of date)`},
		},
		{
			"secrets_file_missing",
			map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": missing},
			[]string{`PSCHOOK_HOOK_SECRETS_FILE: got "` + missing + `": no such file or directory, wanted a file that the service can read`},
		},
		{"secrets_file_is_secret", map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": secret}, []string{`PSCHOOK_HOOK_SECRETS_FILE: got ` + hidden + `, wanted a file that the service can read`}},
		{"secrets_file_short", map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": short}, []string{`PSCHOOK_HOOK_SECRETS_FILE: got a secret of 9 characters (line 3)` + secretWanted}},
		{"secrets_file_empty", map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": empty}, []string{`PSCHOOK_HOOK_SECRETS_FILE: got nothing` + secretWanted}},
		{"secrets_file_same", map[string]string{"HOOK_SECRETS": "", "HOOK_SECRETS_FILE": same}, []string{`PSCHOOK_HOOK_SECRETS_FILE: got the same secret twice` + secretWanted}},

		{"listen", map[string]string{"LISTEN_ADDR": "8080"}, []string{`PSCHOOK_LISTEN_ADDR: got "8080", wanted host:port or :port (for example PSCHOOK_LISTEN_ADDR=127.0.0.1:8080)`}},
		{"listen_port", map[string]string{"LISTEN_ADDR": ":http"}, []string{`PSCHOOK_LISTEN_ADDR: got ":http", wanted host:port or :port (for example PSCHOOK_LISTEN_ADDR=127.0.0.1:8080)`}},
		{"listen_host", map[string]string{"LISTEN_ADDR": "a b:80"}, []string{`PSCHOOK_LISTEN_ADDR: got "a b:80", wanted host:port or :port (for example PSCHOOK_LISTEN_ADDR=127.0.0.1:8080)`}},
		{
			"same_address",
			map[string]string{"LISTEN_ADDR": ":9", "ADMIN_ADDR": ":9"},
			[]string{`PSCHOOK_ADMIN_ADDR: got ":9", the main listener's own, wanted another address (for example PSCHOOK_ADMIN_ADDR=127.0.0.1:9090)`},
		},
		{"level", map[string]string{"LOG_LEVEL": "loud"}, []string{`PSCHOOK_LOG_LEVEL: got "loud", wanted debug, info, warn or error (for example PSCHOOK_LOG_LEVEL=debug)`}},
		{"level_of_slog", map[string]string{"LOG_LEVEL": "info+2"}, []string{`PSCHOOK_LOG_LEVEL: got "info+2", wanted debug, info, warn or error (for example PSCHOOK_LOG_LEVEL=debug)`}},
		{"format", map[string]string{"LOG_FORMAT": "JSON"}, []string{`PSCHOOK_LOG_FORMAT: got "JSON", wanted json or text (for example PSCHOOK_LOG_FORMAT=text)`}},
		{"bare_number", map[string]string{"SHUTDOWN_TIMEOUT": "10"}, []string{`PSCHOOK_SHUTDOWN_TIMEOUT: got "10", wanted a duration above 0s and up to 10m (for example PSCHOOK_SHUTDOWN_TIMEOUT=20s)`}},
		{
			"hook_timeout_3s",
			map[string]string{"HOOK_TIMEOUT": "3000ms"},
			[]string{`PSCHOOK_HOOK_TIMEOUT: got "3000ms", wanted a duration above 0s and below 3s, since Okta waits 3 s (for example PSCHOOK_HOOK_TIMEOUT=1.5s)`},
		},
		{
			"hook_timeout_0",
			map[string]string{"HOOK_TIMEOUT": "0s"},
			[]string{`PSCHOOK_HOOK_TIMEOUT: got "0s", wanted a duration above 0s and below 3s, since Okta waits 3 s (for example PSCHOOK_HOOK_TIMEOUT=1.5s)`},
		},
		{"ttl", map[string]string{"ORG_CACHE_TTL": "999ms"}, []string{`PSCHOOK_ORG_CACHE_TTL: got "999ms", wanted a duration from 1s to 168h (for example PSCHOOK_ORG_CACHE_TTL=15m)`}},
		{"bool", map[string]string{"SHADOW": "yes"}, []string{`PSCHOOK_SHADOW: got "yes", wanted true or false (for example PSCHOOK_SHADOW=true)`}},
		{
			"header",
			map[string]string{"HOOK_AUTH_HEADER": "X Secret"},
			[]string{`PSCHOOK_HOOK_AUTH_HEADER: got "X Secret", wanted the name of an HTTP header that carries nothing else (for example PSCHOOK_HOOK_AUTH_HEADER=X-Hook-Secret)`},
		},
		{
			"header_taken",
			map[string]string{"HOOK_AUTH_HEADER": "content-type"},
			[]string{`PSCHOOK_HOOK_AUTH_HEADER: got "content-type", wanted the name of an HTTP header that carries nothing else (for example PSCHOOK_HOOK_AUTH_HEADER=X-Hook-Secret)`},
		},
		{"on_failure", map[string]string{"ON_FAILURE": "ignore"}, []string{`PSCHOOK_ON_FAILURE: got "ignore", wanted deny or omit (for example PSCHOOK_ON_FAILURE=omit)`}},
		{
			"clients",
			map[string]string{"CLIENT_IDS": "a,b,a"},
			[]string{`PSCHOOK_CLIENT_IDS: got "a,b,a" with an item twice, wanted OAuth client ids separated by commas, each once (for example PSCHOOK_CLIENT_IDS=0oa1example2client3x4)`},
		},
		{"claim", map[string]string{"ACCESS_TOKEN_CLAIMS": "oid,acr,groups"}, []string{`PSCHOOK_ACCESS_TOKEN_CLAIMS: got "acr"` + claims, `PSCHOOK_ACCESS_TOKEN_CLAIMS: got "groups"` + claims}},
		{"claim_twice", map[string]string{"ACCESS_TOKEN_CLAIMS": "oid,oid"}, []string{`PSCHOOK_ACCESS_TOKEN_CLAIMS: got "oid,oid" with an item twice` + claims}},
		{"claim_and_none", map[string]string{"ACCESS_TOKEN_CLAIMS": "none,oid"}, []string{`PSCHOOK_ACCESS_TOKEN_CLAIMS: got "none"` + claims}},
		{
			"issuer",
			map[string]string{"OKTA_ISSUERS": "https://a.example, b"},
			[]string{`PSCHOOK_OKTA_ISSUERS: got "b", not a URL, wanted https issuer URLs separated by commas, each once (for example PSCHOOK_OKTA_ISSUERS=https://login.example.org/oauth2/default)`},
		},
		{
			"policy_missing",
			map[string]string{"AMR_POLICY_FILE": missing},
			[]string{`PSCHOOK_AMR_POLICY_FILE: got "` + missing + `": no such file or directory, wanted a readable file with an AMR policy (YAML) (for example PSCHOOK_AMR_POLICY_FILE=/etc/pschook/amr-policy.yaml)`},
		},
		{
			"policy_directory",
			map[string]string{"AMR_POLICY_FILE": dir},
			[]string{`PSCHOOK_AMR_POLICY_FILE: got "` + dir + `": is a directory, wanted a readable file with an AMR policy (YAML) (for example PSCHOOK_AMR_POLICY_FILE=/etc/pschook/amr-policy.yaml)`},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantFaults(t, source(tc.set), tc.want)
		})
	}
}

// TestLoadCrossFaults checks the rules that concern several variables.
func TestLoadCrossFaults(t *testing.T) {
	t.Parallel()
	key := write(t, "key")
	const (
		client     = `PSCHOOK_OKTA_CLIENT_ID: got nothing although another part of that credential is set, wanted the client id of an Okta API service app (for example PSCHOOK_OKTA_CLIENT_ID=0oa1example2client3x4)`
		keyFile    = `PSCHOOK_OKTA_PRIVATE_KEY_FILE: got nothing although another part of that credential is set, wanted a readable file with the app's private key (PEM or JWK) (for example PSCHOOK_OKTA_PRIVATE_KEY_FILE=/etc/pschook/okta-key.pem)`
		keyID      = `PSCHOOK_OKTA_PRIVATE_KEY_ID: got nothing although another part of that credential is set, wanted the key id (kid) that Okta shows for the key (for example PSCHOOK_OKTA_PRIVATE_KEY_ID=kid-2026)`
		rpClient   = `PSCHOOK_RP_CLIENT_ID: got nothing although PSCHOOK_RP_ENABLED is true, wanted the client id of the relying party (for example PSCHOOK_RP_CLIENT_ID=0oa1example2client3x4)`
		rpRedirect = `PSCHOOK_RP_REDIRECT_URL: got nothing although PSCHOOK_RP_ENABLED is true, wanted the https URL (http for loopback) at which browsers reach /rp/callback (for example PSCHOOK_RP_REDIRECT_URL=https://pschook.example.org/rp/callback)`
		rpIssuer   = `PSCHOOK_RP_ISSUER: got nothing although PSCHOOK_RP_ENABLED is true, wanted the https URL of the issuer (http for loopback), without query or fragment (for example PSCHOOK_RP_ISSUER=https://example.okta.com/oauth2/default)`
	)
	tests := []struct {
		name string
		set  map[string]string
		want []string
	}{
		{
			"management_without_credential",
			map[string]string{"TID_SOURCE": "management"},
			[]string{`PSCHOOK_TID_SOURCE: got "management" without a credential, wanted PSCHOOK_OKTA_API_TOKEN, or all of PSCHOOK_OKTA_CLIENT_ID, PSCHOOK_OKTA_PRIVATE_KEY_FILE and PSCHOOK_OKTA_PRIVATE_KEY_ID (or PSCHOOK_TID_SOURCE=well-known, which needs none)`},
		},
		{
			"static_without_value",
			map[string]string{"TID_SOURCE": "static"},
			[]string{`PSCHOOK_TID_VALUE: got nothing although PSCHOOK_TID_SOURCE is static, wanted the value agreed with the ANS for tid, without spaces (for example PSCHOOK_TID_VALUE=OKTA_hopital)`},
		},
		{"source", map[string]string{"TID_SOURCE": "dns"}, []string{`PSCHOOK_TID_SOURCE: got "dns", wanted management, well-known or static (for example PSCHOOK_TID_SOURCE=management)`}},
		{"client_id_only", map[string]string{"OKTA_CLIENT_ID": "0oa1"}, []string{keyFile, keyID}},
		{"key_only", map[string]string{"OKTA_PRIVATE_KEY_FILE": key}, []string{client, keyID}},
		{"key_id_only", map[string]string{"OKTA_PRIVATE_KEY_ID": "kid"}, []string{client, keyFile}},
		{"key_unreadable", map[string]string{"OKTA_CLIENT_ID": "0oa1", "OKTA_PRIVATE_KEY_ID": "kid", "OKTA_PRIVATE_KEY_FILE": "-----BEGIN PRIVATE KEY-----"},
			[]string{`PSCHOOK_OKTA_PRIVATE_KEY_FILE: got a relative path (not shown, in case it is the content itself): no such file or directory, wanted a readable file with the app's private key (PEM or JWK) (for example PSCHOOK_OKTA_PRIVATE_KEY_FILE=/etc/pschook/okta-key.pem)`}},
		{"token_and_key", map[string]string{"OKTA_API_TOKEN": "00token", "OKTA_CLIENT_ID": "0oa1", "OKTA_PRIVATE_KEY_ID": "kid", "OKTA_PRIVATE_KEY_FILE": key},
			[]string{`PSCHOOK_OKTA_API_TOKEN: got a token beside PSCHOOK_OKTA_CLIENT_ID, PSCHOOK_OKTA_PRIVATE_KEY_FILE or PSCHOOK_OKTA_PRIVATE_KEY_ID, wanted an Okta API token, or an API service app instead, not both (made in the Okta Admin Console under Security, API, Tokens)`}},
		{
			"token_twice",
			map[string]string{"OKTA_API_TOKEN": "00token", "OKTA_API_TOKEN_FILE": key},
			[]string{`PSCHOOK_OKTA_API_TOKEN: got a value here and a file in PSCHOOK_OKTA_API_TOKEN_FILE, wanted only one of them (unset the one that is out of date)`},
		},
		{
			"token_file_empty",
			map[string]string{"OKTA_API_TOKEN_FILE": write(t, "\n")},
			[]string{`PSCHOOK_OKTA_API_TOKEN_FILE: got an empty file, wanted an Okta API token, or an API service app instead, not both`},
		},
		{
			"token_file_lines",
			map[string]string{"OKTA_API_TOKEN_FILE": write(t, "00token\n00other\n")},
			[]string{`PSCHOOK_OKTA_API_TOKEN_FILE: got a character other than visible ASCII, wanted an Okta API token, or an API service app instead, not both (made in the Okta Admin Console under Security, API, Tokens)`},
		},
		{"rp", map[string]string{"RP_ENABLED": "true"}, []string{rpClient, rpRedirect, rpIssuer}},
		{
			"rp_callback",
			map[string]string{"RP_REDIRECT_URL": "https://a.example/cb"},
			[]string{`PSCHOOK_RP_REDIRECT_URL: got "https://a.example/cb", wanted the https URL (http for loopback) at which browsers reach /rp/callback (for example PSCHOOK_RP_REDIRECT_URL=https://pschook.example.org/rp/callback)`},
		},
		{
			"rp_scopes",
			map[string]string{"RP_SCOPES": "profile"},
			[]string{`PSCHOOK_RP_SCOPES: got "profile", wanted scopes separated by spaces, each once, openid among them (for example PSCHOOK_RP_SCOPES=openid scope_all)`},
		},
		{
			"rp_scopes_commas",
			map[string]string{"RP_SCOPES": "openid profile,email"},
			[]string{`PSCHOOK_RP_SCOPES: got "profile,email", wanted scopes separated by spaces, each once, openid among them (for example PSCHOOK_RP_SCOPES=openid scope_all)`},
		},
		{"rp_profile", map[string]string{"RP_PROFILE": "PSC"}, []string{`PSCHOOK_RP_PROFILE: got "PSC", wanted psc, psc-op, rofim or chg-meridian (for example PSCHOOK_RP_PROFILE=psc-op)`}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantFaults(t, source(tc.set), tc.want)
		})
	}
}

// wantFaults loads src and compares the faults, line by line and in order.
func wantFaults(t *testing.T, src config.Source, want []string) {
	t.Helper()
	c, _, err := config.Load(t.Context(), src)
	faulty, ok := errors.AsType[*config.Error](err)
	if !ok {
		t.Fatalf("error %v, want a *config.Error", err)
	}
	if c != nil {
		t.Error("a configuration came with the error")
	}
	var got []string
	for _, f := range faulty.Faults {
		got = append(got, f.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

// firstFault returns the first fault of a variable, if there is one.
func firstFault(err error, variable string) config.Fault {
	if faulty, ok := errors.AsType[*config.Error](err); ok {
		for _, f := range faulty.Faults {
			if f.Variable == variable {
				return f
			}
		}
	}
	return config.Fault{}
}
