package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pschook/internal/config"
	"pschook/oktaemu"
	"pschook/orglookup"
	"pschook/verify/report"
)

// orgSecret is what the org of newOrg sends.
const orgSecret = "a secret of the test"

// orgEnvironment is the environment of an administrator of the org.
func orgEnvironment(org *oktaemu.Org) config.Source {
	return config.Source{
		"PSCHOOK_OKTA_ORG_URL": org.URL(), "PSCHOOK_OKTA_API_TOKEN": org.APIToken(), "PSCHOOK_HOOK_SECRETS": orgSecret, "PSCHOOK_CLIENT_IDS": org.ClientID(),
	}
}

// registered is the URL of the org's hook.
func registered(t *testing.T, org *oktaemu.Org) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, org.URL()+"/api/v1/inlineHooks", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+org.APIToken())
	resp, err := (&http.Client{Transport: orglookup.NewTransport()}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var hooks []struct {
		Channel struct {
			Config struct {
				URI string `json:"uri"`
			} `json:"config"`
		} `json:"channel"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&hooks); err != nil || len(hooks) != 1 {
		t.Fatalf("%v, %v", hooks, err)
	}
	return hooks[0].Channel.Config.URI
}

// TestDoctor runs the command against an org in good order, then with one thing changed.
func TestDoctor(t *testing.T) {
	t.Parallel()
	org := newOrg(t)
	url := registered(t, org)
	tests := []struct {
		name string
		set  map[string]string
		args []string
		code int
		out  []string
		err  string
	}{
		{name: "good", args: []string{"--hook-url", url}, code: 0, out: []string{"Pass (doctor): everything is in order.", "hook.preview"}},
		{name: "origin alone", args: []string{"--hook-url", strings.TrimSuffix(url, "/hooks/okta/token")}, code: 0, out: []string{"Pass (doctor)"}},
		{name: "url of the relying party", set: map[string]string{"PSCHOOK_RP_REDIRECT_URL": strings.Replace(url, "/hooks/okta/token", "/rp/callback", 1)}, code: 0, out: []string{"Pass (doctor)"}},
		{name: "French", args: []string{"--hook-url", url}, set: map[string]string{"LANG": "fr_FR.UTF-8"}, code: 0, out: []string{"Conforme (doctor)\u00a0: tout est en ordre."}},
		{name: "JSON", args: []string{"--hook-url", url, "--format", "json"}, code: 0, out: []string{`"profile": "doctor"`, `"verdict": "pass"`}},
		{name: "fault", args: []string{"--hook-url", url, "--redirect-uri", "https://psc.example/callback"}, code: 1, out: []string{"Fail (doctor)", "okta_app_oauth.redirect_uris"}},
		{name: "policy refuses", args: []string{"--hook-url", url}, set: map[string]string{"PSCHOOK_AMR_POLICY_FILE": strictPolicy(t)}, code: 1, out: []string{"the configuration refuses the token of a sign-in by mfa okta_verify pwd swk (amr_policy)"}},
		{name: "no URL", code: 2, err: "pschook: the URL of the hook is not known (give --hook-url https://HOST"},
		{name: "http", args: []string{"--hook-url", "http://pschook.example"}, code: 2, err: `got "http://pschook.example", wanted https`},
		{name: "no client", set: map[string]string{"PSCHOOK_CLIENT_IDS": ""}, args: []string{"--hook-url", url}, code: 2, err: "the client of Pro Santé Connect is not known"},
		{name: "no credential", set: map[string]string{"PSCHOOK_OKTA_API_TOKEN": ""}, args: []string{"--hook-url", url}, code: 2, err: "there is no credential for Okta's Management API (set PSCHOOK_OKTA_API_TOKEN"},
		{name: "no org", set: map[string]string{"PSCHOOK_OKTA_ORG_URL": ""}, args: []string{"--hook-url", url}, code: 2, err: "PSCHOOK_OKTA_ORG_URL: got nothing"},
		{name: "nothing", set: map[string]string{"PSCHOOK_OKTA_ORG_URL": "", "PSCHOOK_OKTA_API_TOKEN": "", "PSCHOOK_CLIENT_IDS": "", "PSCHOOK_HOOK_SECRETS": ""}, code: 2, err: "the URL of the hook is not known (give --hook-url https://HOST, the address under which Okta reaches the service)\nthe client of Pro Santé Connect is not known (name it with --client-id, PSCHOOK_RP_CLIENT_ID or PSCHOOK_CLIENT_IDS)\nthere is no credential for Okta's Management API (set PSCHOOK_OKTA_API_TOKEN, or PSCHOOK_OKTA_CLIENT_ID with PSCHOOK_OKTA_PRIVATE_KEY_FILE and PSCHOOK_OKTA_PRIVATE_KEY_ID)\ncannot use the configuration: 2 faults in the environment:\n  PSCHOOK_OKTA_ORG_URL: got nothing, wanted the https URL of the Okta org, host only (http for loopback) (for example PSCHOOK_OKTA_ORG_URL=https://example.okta.com)\n  PSCHOOK_HOOK_SECRETS: got nothing"},
		{name: "all", args: []string{"--hook-url", url, "--all"}, set: map[string]string{"PSCHOOK_CLIENT_IDS": ""}, code: 0, out: []string{"Default Policy › Default Policy Rule  token hook *  oid tid amr"}},
		{name: "all in French", args: []string{"--hook-url", url, "--all", "--lang", "fr"}, code: 0, out: []string{"serveur", "règle"}},
		{name: "all as JSON", args: []string{"--hook-url", url, "--all", "--format", "json"}, code: 0, out: []string{`"ours":true`}},
		{name: "fix", args: []string{"--hook-url", url, "--fix", "--redirect-uri", "https://psc.example/callback"}, code: 1, out: []string{"Fail (doctor)", "~ app “Pro Santé Connect”", "https://psc.example/callback\"]"}},
		{name: "nothing to fix", args: []string{"--hook-url", url, "--fix"}, code: 0, out: []string{"Pass (doctor)"}},
		{name: "form", args: []string{"--format", "pdf"}, code: 2, err: `--format: got "pdf", wanted text or json or junit`},
		{name: "as JUnit", args: []string{"--hook-url", url, "--format", "junit"}, code: 0, out: []string{`<testsuite name="pschook verify doctor"`}},
		{name: "a table as JUnit", args: []string{"--hook-url", url, "--all", "--format", "junit"}, code: 2, err: "leave --all and --fix out"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := orgEnvironment(org)
			maps.Copy(env, tt.set)
			code, stdout, stderr := call(t, env, append([]string{"doctor"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stderr, tt.err) || tt.err == "" && stderr != "" {
				t.Errorf("exit %d, stderr %q, want %d %q\n%s", code, stderr, tt.code, tt.err, stdout)
			}
			for _, want := range tt.out {
				if !strings.Contains(stdout, want) {
					t.Errorf("stdout lacks %q:\n%s", want, stdout)
				}
			}
			if strings.Contains(stdout+stderr, orgSecret) || strings.Contains(stdout+stderr, org.APIToken()) {
				t.Error("a secret is printed")
			}
		})
	}
}

// strictPolicy is a policy file that takes CPx cards only.
func strictPolicy(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "amr.yaml")
	text := "unmatched: deny\nrules:\n  - {name: cpx, all: [sc, pin, hwk], emit: [sc, pin, mfa, hwk], attest: [mfa]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestProbe runs the command against the service, then with one thing changed.
func TestProbe(t *testing.T) {
	t.Parallel()
	org := newOrg(t)
	url := registered(t, org)
	secrets := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(secrets, []byte(orgSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		set  map[string]string
		args []string
		code int
		out  []string
		err  string
	}{
		{name: "good", args: []string{url}, code: 0, out: []string{"Pass (probe): everything is in order.", "probe.wrong_credential"}},
		{name: "no credential for Okta", set: map[string]string{"PSCHOOK_OKTA_API_TOKEN": ""}, args: []string{url}, code: 0, out: []string{"Pass (probe)"}},
		{name: "static tid", set: map[string]string{"PSCHOOK_OKTA_API_TOKEN": "", "PSCHOOK_TID_VALUE": org.OrgID()}, args: []string{url}, code: 0, out: []string{"Pass (probe)"}},
		{name: "secret file", set: map[string]string{"PSCHOOK_HOOK_SECRETS": "another-secret-of-sixteen"}, args: []string{url, "--secret-file", secrets}, code: 0, out: []string{"Pass (probe)"}},
		{name: "French JSON", args: []string{url, "--lang", "fr", "--format", "json"}, code: 0, out: []string{`"profile": "probe"`, "Une authentification erronée est refusée"}},
		{name: "another tid", set: map[string]string{"PSCHOOK_OKTA_API_TOKEN": "", "PSCHOOK_TID_VALUE": "OKTA_hopital"}, args: []string{url}, code: 1, out: []string{"tid = \"" + org.OrgID() + "\""}},
		{name: "wrong secret", set: map[string]string{"PSCHOOK_HOOK_SECRETS": "another-secret-of-sixteen"}, args: []string{url}, code: 1, out: []string{"status 401", "--secret-file"}},
		{name: "policy refuses", set: map[string]string{"PSCHOOK_AMR_POLICY_FILE": strictPolicy(t)}, args: []string{url}, code: 2, err: "(--amr names how the sample's person signed in)"},
		{name: "CPx", set: map[string]string{"PSCHOOK_AMR_POLICY_FILE": strictPolicy(t)}, args: []string{url, "--amr", "sc,pin,hwk"}, code: 0, out: []string{"Pass (probe)"}},
		{name: "no URL", code: 2, err: "accepts 1 arg(s), received 0"},
		{name: "not a URL", args: []string{"pschook.example"}, code: 2, err: `hook URL: got "pschook.example"`},
		{name: "missing secret file", args: []string{url, "--secret-file", "/nonexistent/secrets"}, code: 2, err: "PSCHOOK_HOOK_SECRETS_FILE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := orgEnvironment(org)
			maps.Copy(env, tt.set)
			code, stdout, stderr := call(t, env, append([]string{"probe"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stderr, tt.err) || tt.err == "" && stderr != "" {
				t.Errorf("exit %d, stderr %q, want %d %q\n%s", code, stderr, tt.code, tt.err, stdout)
			}
			for _, want := range tt.out {
				if !strings.Contains(stdout, want) {
					t.Errorf("stdout lacks %q:\n%s", want, stdout)
				}
			}
			if strings.Contains(stdout+stderr, orgSecret) || strings.Contains(stdout+stderr, "another-secret") {
				t.Error("a secret is printed")
			}
		})
	}
}

// TestDoctorByOAuth reads the org by OAuth 2.0 for Okta instead of an API token; without the scopes it says which.
func TestDoctorByOAuth(t *testing.T) {
	t.Parallel()
	org := newOrg(t)
	env := orgEnvironment(org)
	delete(env, "PSCHOOK_OKTA_API_TOKEN")
	client, key, id := serviceApp(t, org)
	maps.Copy(env, config.Source{"PSCHOOK_OKTA_CLIENT_ID": client, "PSCHOOK_OKTA_PRIVATE_KEY_FILE": key, "PSCHOOK_OKTA_PRIVATE_KEY_ID": id})
	code, stdout, stderr := call(t, env, "doctor", "--hook-url", registered(t, org), "--format", "json")
	var found report.Report
	if err := json.Unmarshal([]byte(stdout), &found); err != nil {
		t.Fatalf("%v: %s %s", err, stdout, stderr)
	}
	if code != 0 || found.Verdict != report.StatusPass {
		t.Errorf("exit %d\n%s", code, stdout)
	}
}
