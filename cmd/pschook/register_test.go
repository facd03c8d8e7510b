package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/config"
	"pschook/oktaemu"
)

const (
	pscRedirect   = "https://auth.example.org/broker/OKTA_hopital/endpoint"
	professionals = "Professionnels de santé"
)

// bareOrg is an org that has nothing but people and a group of one professional, and a service that nobody calls yet.
func bareOrg(t *testing.T) (org *oktaemu.Org, hookURL string) {
	t.Helper()
	org, hookURL = startOrg(t, false)
	makeBare(t, org)
	return org, hookURL
}

// makeBare takes away the app that the emulator begins with, and makes the group of one professional.
func makeBare(t *testing.T, org *oktaemu.Org) {
	t.Helper()
	manageAny(t, org, http.MethodPost, "/api/v1/apps/"+org.ClientID()+"/lifecycle/deactivate", nil)
	manageAny(t, org, http.MethodDelete, "/api/v1/apps/"+org.ClientID(), nil)
	group := manage(t, org, http.MethodPost, "/api/v1/groups", map[string]any{"profile": map[string]any{"name": professionals}})
	id, _ := group["id"].(string)
	manageAny(t, org, http.MethodPut, "/api/v1/groups/"+id+"/users/"+professional().UserID, nil)
}

// professional signs in by a CPx card.
func professional() oktaemu.Persona {
	all := oktaemu.Personas()
	return all[slices.IndexFunc(all, func(p oktaemu.Persona) bool { return p.Name == "cpx" })]
}

// manageAny calls the Management API and returns the answer as it is.
func manageAny(t *testing.T, org *oktaemu.Org, method, path string, body io.Reader) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, org.URL()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "SSWS "+org.APIToken())
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d %s, %v", method, path, resp.StatusCode, text, err)
	}
	return text
}

// objects are all that can be read of an org, times apart.
func objects(t *testing.T, org *oktaemu.Org) string {
	t.Helper()
	var out strings.Builder
	list := func(path string) (ids []string) {
		text := manageAny(t, org, http.MethodGet, path, nil)
		out.WriteString(path + "\n" + string(text) + "\n")
		var all []struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		for _, o := range all {
			ids = append(ids, o.ID)
		}
		return ids
	}
	for _, app := range list("/api/v1/apps") {
		list("/api/v1/apps/" + app + "/groups")
	}
	list("/api/v1/inlineHooks")
	for _, server := range list("/api/v1/authorizationServers") {
		base := "/api/v1/authorizationServers/" + server
		list(base + "/claims")
		list(base + "/scopes")
		for _, policy := range list(base + "/policies") {
			list(base + "/policies/" + policy + "/rules")
		}
	}
	text := regexp.MustCompile(`"(created|last[A-Za-z]*|nextRotation)":"[^"]*"`).ReplaceAllString(out.String(), "")
	return strings.ReplaceAll(text, ",", ",\n")
}

// registerEnvironment is the environment of an administrator who begins.
func registerEnvironment(org *oktaemu.Org) config.Source {
	env := orgEnvironment(org)
	delete(env, "PSCHOOK_CLIENT_IDS")
	return env
}

func registerArgs(command, hookURL, journal string, more ...string) []string {
	args := []string{"register", command, "--hook-url", hookURL, "--group", professionals, "--redirect-uri", pscRedirect, "--journal", journal, "--lang", "en"}
	return append(args, more...)
}

// TestRegisterFromNothing takes a bare org to one that doctor passes and a professional signs in at, and back.
func TestRegisterFromNothing(t *testing.T) {
	t.Parallel()
	org, hookURL := bareOrg(t)
	env, journal, before := registerEnvironment(org), filepath.Join(t.TempDir(), "journal"), objects(t, org)
	must := func(want string, args ...string) string {
		t.Helper()
		code, stdout, stderr := call(t, env, args...)
		if code != 0 || !strings.Contains(stdout+stderr, want) {
			t.Fatalf("%v: exit %d, want %q\n%s%s", args, code, want, stdout, stderr)
		}
		if strings.Contains(stdout+stderr, orgSecret) || strings.Contains(stdout+stderr, org.APIToken()) {
			t.Fatalf("%v: a secret is printed", args)
		}
		return stdout
	}
	must("6 to create (+), 0 to change (~).", registerArgs("plan", hookURL, journal)...)
	must("6 to create (+)", append([]string{"register"}, registerArgs("plan", hookURL, journal)[2:]...)...)
	out := must("For the service: PSCHOOK_CLIENT_IDS=0oa", registerArgs("apply", hookURL, journal, "--yes")...)
	client := regexp.MustCompile(`PSCHOOK_CLIENT_IDS=(\S+)`).FindStringSubmatch(out)[1]
	issuer := regexp.MustCompile(`issuer (\S+),`).FindStringSubmatch(out)[1]
	env["PSCHOOK_CLIENT_IDS"] = client

	// The System Log tells of the rule that was just made, which is no reason for a warning.
	must("the last, policy.rule.add, at ", "doctor", "--hook-url", hookURL, "--issuer", issuer, "--lang", "en", "--format", "json")
	must("Failed: 0. Warnings: 0.", "doctor", "--hook-url", hookURL, "--issuer", issuer, "--redirect-uri", pscRedirect, "--lang", "en")
	tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{
		Login: professional().Login, ClientID: client, RedirectURI: pscRedirect, AuthServerID: issuer[strings.LastIndexByte(issuer, '/')+1:],
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"id": tokens.IDToken, "access": tokens.AccessToken} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must("Failed: 0.", "verify", "--id-token", filepath.Join(dir, "id"), "--access-token", filepath.Join(dir, "access"), "--issuer", issuer, "--client-id", client, "--expected-tid", org.OrgID(), "--lang", "en")

	complete := objects(t, org)
	must("Nothing to do.", registerArgs("apply", hookURL, journal)...) // asks nothing, since it changes nothing
	must("Nothing to do.", "register", "apply", "--hook-url", hookURL, "--server", "Pro Santé Connect", "--journal", journal, "--lang", "en")
	if diff := cmp.Diff(complete, objects(t, org)); diff != "" {
		t.Errorf("nothing to do, yet (-before +after):\n%s", diff)
	}
	must(`undone: authorization server “Pro Santé Connect”`, "register", "undo", "--journal", journal, "--yes", "--lang", "en")
	if diff := cmp.Diff(before, objects(t, org)); diff != "" {
		t.Errorf("after undo (-before +after):\n%s", diff)
	}
}

// TestRegisterWebApp makes a confidential client: doctor passes, its secret lets people sign in, and none or another does not.
func TestRegisterWebApp(t *testing.T) {
	t.Parallel()
	org, hookURL := bareOrg(t)
	dir := t.TempDir()
	env, secretFile := registerEnvironment(org), filepath.Join(dir, "secret")
	code, out, errs := call(t, env, registerArgs("apply", hookURL, filepath.Join(dir, "journal"), "--yes", "--app-type", "web", "--client-secret-file", secretFile)...)
	if code != 0 {
		t.Fatalf("apply: exit %d\n%s%s", code, out, errs)
	}
	client := regexp.MustCompile(`PSCHOOK_CLIENT_IDS=(\S+)`).FindStringSubmatch(out)[1]
	issuer := regexp.MustCompile(`issuer (\S+),`).FindStringSubmatch(out)[1]
	env["PSCHOOK_CLIENT_IDS"] = client
	secret, err := os.ReadFile(secretFile)
	if info, statErr := os.Stat(secretFile); err != nil || statErr != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the secret's file: %v, %v", err, statErr)
	}
	text := strings.TrimSpace(string(secret))
	if journal, err := os.ReadFile(filepath.Join(dir, "journal")); err != nil || text == "" || strings.Contains(string(journal)+out+errs, text) {
		t.Errorf("no secret, or it is in journal or output: %v", err)
	}
	if code, out, errs := call(t, env, "doctor", "--hook-url", hookURL, "--issuer", issuer, "--redirect-uri", pscRedirect, "--lang", "en"); code != 0 {
		t.Errorf("doctor: exit %d\n%s%s", code, out, errs)
	}
	for given, wantErr := range map[string]string{text: "", "": "invalid_client", "another-secret": "invalid_client"} {
		tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{
			Login: professional().Login, ClientID: client, ClientSecret: given, RedirectURI: pscRedirect, AuthServerID: issuer[strings.LastIndexByte(issuer, '/')+1:],
		})
		if wantErr == "" && (err != nil || tokens.AccessToken == "") || wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)) {
			t.Errorf("with a secret of %d characters: %v, want %q", len(given), err, wantErr)
		}
	}
}

// TestRegisterUsage breaks one thing at a time.
func TestRegisterUsage(t *testing.T) { //nolint:tparallel // the inner group ends before the org is looked at
	t.Parallel()
	org, hookURL := bareOrg(t)
	before := objects(t, org)
	host := strings.TrimPrefix(org.URL(), "http://")
	tests := []struct {
		name string
		set  map[string]string
		in   string
		args []string
		code int
		want string
	}{
		{name: "no name typed", args: []string{"apply"}, code: 2, want: "nothing was changed: the org's name was not typed (--yes skips the question, for scripts)"},
		{name: "another name typed", args: []string{"apply"}, in: "example.okta.com\n", code: 2, want: "Type the org's name, " + host},
		{name: "French", args: []string{"apply", "--lang", "fr"}, code: 2, want: "rien n’a été modifié\u00a0: le nom de l’organisation n’a pas été tapé"},
		{name: "French plan", args: []string{"plan", "--lang", "fr"}, code: 0, want: "+ serveur d’autorisation « Pro Santé Connect »"},
		{name: "JSON plan", args: []string{"plan", "--format", "json"}, code: 0, want: `"action":"create"`},
		{name: "no group", args: []string{"plan", "--group", "Personne"}, code: 2, want: `no group is named "Personne": make it first`},
		{name: "no server", args: []string{"plan", "--server", "psc"}, code: 2, want: `no authorization server is named "psc"`},
		{name: "no client", args: []string{"plan", "--client-id", "0oaNobody"}, code: 2, want: "no app has the client id 0oaNobody"},
		{name: "a web app without a file", args: []string{"plan", "--app-type", "web"}, code: 2, want: "--client-secret-file: missing"},
		{name: "an open redirect", args: []string{"plan", "--redirect-uri", "https://*.example.org/x"}, code: 2, want: "without wildcard"},
		{name: "no credential", set: map[string]string{"PSCHOOK_OKTA_API_TOKEN": ""}, args: []string{"plan"}, code: 2, want: "there is no credential"},
		{name: "a revoked token", set: map[string]string{"PSCHOOK_OKTA_API_TOKEN": "revoked"}, args: []string{"plan"}, code: 1, want: "Okta does not accept the credential: create another"},
		{name: "nothing to undo", args: []string{"undo", "--yes"}, code: 2, want: "there is nothing to undo"},
		{name: "Workflows, no flow", args: []string{"plan", "--from-workflows", "--server", "default", "--client-id", "0oaNobody"}, code: 2, want: "no app has the client id"},
	}
	t.Run("all", func(t *testing.T) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				env := registerEnvironment(org)
				maps.Copy(env, tt.set)
				args := registerArgs(tt.args[0], hookURL, filepath.Join(t.TempDir(), "journal"), tt.args[1:]...)
				var out, errs strings.Builder
				code := run(t.Context(), args, env, streams{in: strings.NewReader(tt.in), out: &out, err: &errs})
				if code != tt.code || !strings.Contains(out.String()+errs.String(), tt.want) {
					t.Errorf("exit %d, want %d and %q\n%s%s", code, tt.code, tt.want, out.String(), errs.String())
				}
			})
		}
	})
	if diff := cmp.Diff(before, objects(t, org)); diff != "" {
		t.Errorf("something was changed (-before +after):\n%s", diff)
	}
}

// TestRegisterNamesTheRight refuses one kind of question at a time: scope and permission of a custom admin role are named.
func TestRegisterNamesTheRight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method, path, lang string
		want               []string
	}{
		{"", "/api/v1/org", "en", []string{"okta.orgs.read", "Read-Only Administrator"}},
		{"", "/api/v1/groups", "en", []string{"okta.groups.read", "the permission okta.groups.read of a custom admin role"}},
		{"", "/api/v1/authorizationServers", "en", []string{"okta.authorizationServers.read", "permission okta.authzServers.read"}},
		{"", "/api/v1/apps", "en", []string{"scope okta.apps.read", "permission okta.apps.read"}},
		{"", "/api/v1/inlineHooks", "fr", []string{"portée okta.inlineHooks.read", "la permission okta.inlinehooks.read d’un rôle d’administration personnalisé"}},
		{"POST", "/api/v1/apps", "en", []string{"scope okta.apps.manage", "permission okta.apps.manage"}},
		{"POST", "/api/v1/authorizationServers", "en", []string{"scope okta.authorizationServers.manage", "permission okta.authzServers.manage"}},
		{"POST", "/api/v1/inlineHooks", "en", []string{"scope okta.inlineHooks.manage", "permission okta.inlinehooks.manage"}},
	} {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			t.Parallel()
			org, hookURL := bareOrg(t)
			if err := org.InjectFault(oktaemu.Fault{Method: tt.method, PathPrefix: tt.path, Status: http.StatusForbidden, Times: -1}); err != nil {
				t.Fatal(err)
			}
			args := registerArgs("apply", hookURL, filepath.Join(t.TempDir(), "journal"), "--yes", "--server", "default", "--lang", tt.lang)
			code, out, errs := call(t, registerEnvironment(org), args...)
			for _, want := range tt.want {
				if code != exitFailure || !strings.Contains(errs, want) {
					t.Errorf("exit %d, want %q\n%s%s", code, want, out, errs)
				}
			}
		})
	}
}

// TestRegisterTypedName changes the org when its name is typed.
func TestRegisterTypedName(t *testing.T) {
	t.Parallel()
	org, hookURL := bareOrg(t)
	journal := filepath.Join(t.TempDir(), "journal")
	var out strings.Builder
	typed := strings.NewReader(strings.TrimPrefix(org.URL(), "http://") + "\n")
	code := run(t.Context(), registerArgs("apply", hookURL, journal, "--app-type", "web", "--client-secret-file", filepath.Join(t.TempDir(), "secret")), registerEnvironment(org), streams{in: typed, out: &out, err: &out})
	if code != 0 || !strings.Contains(out.String(), "created: inline hook “pschook”") {
		t.Errorf("exit %d\n%s", code, out.String())
	}
}

// killer stands before an org and kills a program at one of its changes, before or after the org made it.
type killer struct {
	org     http.Handler
	at      int64
	after   bool
	changes atomic.Int64
	process chan *os.Process // sent once, when it has started
}

func (k *killer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet || k.changes.Add(1) != k.at {
		k.org.ServeHTTP(w, r)
		return
	}
	if k.after {
		k.org.ServeHTTP(httptest.NewRecorder(), r)
	}
	_, _ = io.Copy(io.Discard, r.Body)        // else nobody would notice that the connection ends
	_ = (<-k.process).Signal(syscall.SIGKILL) // the test sees whether it ended
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// kill runs the program against the org until it is killed, and reports whether it was.
func kill(t *testing.T, org *oktaemu.Org, at int64, after bool, args ...string) bool {
	t.Helper()
	target, err := url.Parse(org.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{DisableKeepAlives: true}
	k := &killer{org: proxy, at: at, after: after, process: make(chan *os.Process, 1)}
	server := httptest.NewServer(k)
	defer server.Close()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Args[0] = "pschook" // see TestMain
	for name, value := range registerEnvironment(org) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "PSCHOOK_OKTA_ORG_URL="+server.URL)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	started := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	k.process <- cmd.Process
	go func() { started <- cmd.Wait() }()
	err = <-started
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case failed && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		return true
	case err != nil && !errors.Is(err, context.Canceled):
		t.Fatalf("%v: %s", err, out.String())
	}
	return false
}

// TestRegisterKilled kills the program, as SIGKILL or a power cut does, at each of its changes: just before Okta makes it,
// and just after. Then undo restores the org, or another apply completes it.
func TestRegisterKilled(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]bool{"before Okta's change": false, "after Okta's change": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			org, hookURL := bareOrg(t)
			env, journal, before := registerEnvironment(org), filepath.Join(t.TempDir(), "journal"), objects(t, org)
			done := func(args ...string) {
				t.Helper()
				if code, stdout, stderr := call(t, env, args...); code != 0 {
					t.Fatalf("%v: exit %d\n%s%s", args, code, stdout, stderr)
				}
			}
			restore := func(at int64) {
				t.Helper()
				done("register", "undo", "--yes", "--journal", journal)
				if diff := cmp.Diff(before, objects(t, org)); diff != "" {
					t.Fatalf("killed at change %d, undone (-before +after):\n%s", at, diff)
				}
			}
			kills := int64(0)
			for at := int64(1); kill(t, org, at, after, registerArgs("apply", hookURL, journal, "--yes")...); at++ {
				kills++
				restore(at)
				if !kill(t, org, at, after, registerArgs("apply", hookURL, journal, "--yes")...) {
					t.Fatalf("not killed at change %d the second time", at)
				}
				done(registerArgs("apply", hookURL, journal, "--yes")...)
				if code, stdout, _ := call(t, env, registerArgs("plan", hookURL, journal)...); code != 0 || !strings.Contains(stdout, "Nothing to do.") {
					t.Fatalf("killed at change %d, applied again: exit %d\n%s", at, code, stdout)
				}
				restore(at)
			}
			if kills != 6 {
				t.Errorf("killed at %d changes, want each of 6", kills)
			}
		})
	}
}
