package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// fine is an answer that applies to what is minted: tid in every token, oid and amr in the access token.
func fine(w http.ResponseWriter, r *http.Request) {
	var call struct {
		Data map[string]json.RawMessage `json:"data"`
	}
	text, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(text, &call)
	var commands []string
	for token, kind := range map[string]string{"identity": "com.okta.identity.patch", "access": "com.okta.access.patch"} {
		if call.Data[token] != nil {
			commands = append(commands, `{"type":"`+kind+`","value":[{"op":"add","path":"/claims/tid","value":"t"}]}`)
		}
	}
	answer(w, `{"commands":[`+strings.Join(commands, ",")+`]}`)
}

func answer(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body)
}

// runCheck gives the hook more time than a busy machine needs, unless args say otherwise.
func runCheck(t *testing.T, hook http.HandlerFunc, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	server := httptest.NewServer(hook)
	t.Cleanup(server.Close)
	var out, complaints bytes.Buffer
	code = realMain(t.Context(), append([]string{"check", "--hook-url", server.URL, "--timeout", "1m"}, args...), &out, &complaints)
	return code, out.String(), complaints.String()
}

// samples is how many kinds of minting there are.
func samples(t *testing.T) int {
	t.Helper()
	files, err := filepath.Glob("../../testdata/requests/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sample: %v", err)
	}
	return len(files)
}

// TestCheck: what is said of hooks that break one thing at a time.
func TestCheck(t *testing.T) {
	t.Parallel()
	type row struct {
		hook  http.HandlerFunc
		args  []string
		code  int
		parts []string // of the report
	}
	all := strconv.Itoa(samples(t))
	const lost = "; the tokens stay as they are, and only the System Log says so"
	for name, tt := range map[string]row{
		"fine": {hook: fine, parts: []string{
			"ok    implicit-id-token-and-token       applied  changes access token: tid; ID token: tid\n",
			"Okta does what the hook says for " + all + " of " + all + " mintings. PASS\n",
		}},
		"amr in the ID token": {code: 1, hook: func(w http.ResponseWriter, _ *http.Request) {
			answer(w, `{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"t"}]},
				{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/amr","value":["sc"]}]}]}`)
		}, parts: []string{
			`FAIL  authorization-code                dropped  commands[1].value[0] "/claims/amr": claim "amr" is reserved` + lost,
			`FAIL  implicit-id-token                 dropped  commands[0]: patches the access token, but none is being minted` + lost,
			"0 of " + all + " mintings. FAIL\n",
		}},
		"amr by the other table": {args: []string{"--reserved", "support"}, code: 1, hook: func(w http.ResponseWriter, _ *http.Request) {
			answer(w, `{"commands":[{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/amr","value":["sc"]}]}]}`)
		}, parts: []string{"ok    authorization-code                applied  changes ID token: amr\n", "FAIL  implicit-token "}},
		"slow": {args: []string{"--timeout", "20ms"}, code: 1, hook: func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body) // only then the server sees that the client is gone
			<-r.Context().Done()
		}, parts: []string{"failed  the hook did not answer within 20ms" + lost}},
		"status": {code: 1, hook: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
		}, parts: []string{"failed  the hook answered status 500" + lost}},
		"redirect": {code: 1, hook: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, parts: []string{"failed  the hook answered status 307: Okta follows no redirect" + lost}},
		"credential": {args: []string{"--hook-header", "X-Key", "--hook-secret", "s"}, code: 1, hook: func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Key") != "s" {
				t.Errorf("the secret came as %q", r.Header.Get("X-Key"))
			}
			w.WriteHeader(http.StatusUnauthorized)
		}, parts: []string{"the hook answered status 401: it does not take the credential"}},
		"content type": {hook: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `{}`)
		}, parts: []string{`empty  the tokens stay as they are; warning: Content-Type is "text/html": Okta's documents ask for application/json`, "PASS"}},
		"not JSON": {code: 1, hook: func(w http.ResponseWriter, _ *http.Request) {
			answer(w, "<html>")
		}, parts: []string{"failed  response body is not a JSON object" + lost}},
		"too large": {code: 1, hook: func(w http.ResponseWriter, _ *http.Request) {
			answer(w, `{"commands":[],"debugContext":{"x":"`+strings.Repeat("x", 256<<10)+`"}}`)
		}, parts: []string{"failed  response body has 262144 bytes or more: Okta takes less than 262144" + lost}},
		"null": {code: 1, hook: func(w http.ResponseWriter, _ *http.Request) { // a claim that is there, without a value
			answer(w, `{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/x","value":null},
				{"op":"replace","path":"/token/lifetime/expiration","value":300},{"op":"add","path":"/claims/y","value":1},{"op":"remove","path":"/claims/y"}]}]}`)
		}, parts: []string{"ok    authorization-code                applied  changes access token: x, lifetime\n"}},
		"no content": {hook: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		}, parts: []string{"empty  the tokens stay as they are\n", "PASS"}},
		"denies": {hook: func(w http.ResponseWriter, _ *http.Request) {
			answer(w, `{"error":{"errorSummary":"not today"}}`)
		}, parts: []string{"denied  no token is minted; the client is told: not today\n", "PASS"}},
		"cut off": {code: 1, hook: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, parts: []string{"failed  EOF" + lost}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := runCheck(t, tt.hook, tt.args...)
			if code != tt.code || stderr != "" {
				t.Errorf("exit %d, want %d; stderr %q", code, tt.code, stderr)
			}
			for _, part := range tt.parts {
				if !strings.Contains(stdout, part) {
					t.Errorf("the report lacks %q:\n%s", part, stdout)
				}
			}
		})
	}
}

// TestCheckCallsComeFrom: the calls can be those of the org and the client that a hook knows.
func TestCheckCallsComeFrom(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	code, stdout, _ := runCheck(t, func(w http.ResponseWriter, r *http.Request) {
		var call struct {
			EventID string
			Data    struct {
				Context struct {
					Protocol struct {
						Issuer struct{ URI string }
						Client struct{ ID string }
					}
				}
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
			t.Error(err)
		}
		protocol := call.Data.Context.Protocol
		clientID := cmp.Or(protocol.Client.ID, "0oamine") // bare-minimum names none
		if clientID != "0oamine" || protocol.Issuer.URI != "https://mine.okta.com/oauth2/default" {
			t.Errorf("call of %+v", protocol)
		}
		ids[call.EventID] = true
		w.WriteHeader(http.StatusNoContent)
	}, "--org-url", "https://mine.okta.com/", "--org-id", "00omine", "--client-id", "0oamine")
	if want := samples(t); code != 0 || len(ids) != want {
		t.Errorf("exit %d, %d event ids, want %d: %s", code, len(ids), want, stdout)
	}
}

func TestCheckFormats(t *testing.T) {
	t.Parallel()
	all := samples(t)
	deny := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	_, stdout, _ := runCheck(t, deny, "--format", "json")
	var r report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || r.Verdict != "fail" || len(r.Mintings) != all ||
		r.Mintings[0].Outcome != "failed" || r.Mintings[0].Status != 500 || r.Mintings[0].OK || r.Mintings[0].Reason != "the hook answered status 500" {
		t.Errorf("JSON: %v: %s", err, stdout)
	}
	_, stdout, _ = runCheck(t, deny, "--format", "junit")
	var suite junitSuite
	if err := xml.Unmarshal([]byte(stdout), &suite); err != nil || suite.Tests != all || suite.Failures != all || len(suite.Cases) != all ||
		suite.Cases[0].Failure == nil || !strings.HasPrefix(suite.Cases[0].Failure.Message, "the hook answered status 500") {
		t.Errorf("JUnit: %v: %s", err, stdout)
	}
	_, stdout, _ = runCheck(t, fine, "--format", "junit")
	suite = junitSuite{}
	if err := xml.Unmarshal([]byte(stdout), &suite); err != nil || suite.Failures != 0 || suite.Cases[0].Failure != nil {
		t.Errorf("JUnit: %v: %s", err, stdout)
	}
}

func TestCheckUsage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		args   []string
		code   int
		stderr string
	}{
		"help":      {[]string{"--help"}, 0, "hook-secret"},
		"nothing":   {nil, 2, "oktaemu: --hook-url: must say which hook to check (see oktaemu --help)"},
		"format":    {[]string{"--format", "yaml"}, 2, `invalid value "yaml" for flag -format: not one of text, json, junit`},
		"plain":     {[]string{"--hook-url", "http://hook.example/"}, 2, "Hook.URL"},
		"reserved":  {[]string{"--hook-url", "https://hook.example/", "--reserved", "all"}, 2, `Reserved: "all" is not one of developer, support, none`},
		"org":       {[]string{"--hook-url", "https://hook.example/", "--org-url", "mine.okta.com"}, 2, "PublicURL"},
		"negative":  {[]string{"--hook-url", "https://hook.example/", "--timeout", "-1s"}, 2, "HookTimeout"},
		"argument":  {[]string{"--hook-url", "https://hook.example/", "x"}, 2, `unexpected argument "x"`},
		"server":    {[]string{"--addr", ":0"}, 2, "flag provided but not defined: -addr"},
		"no secret": {[]string{"--hook-url"}, 2, "flag needs an argument"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := realMain(t.Context(), append([]string{"check"}, tt.args...), &stdout, &stderr)
			if code != tt.code || !strings.Contains(stderr.String(), tt.stderr) || stdout.Len() > 0 {
				t.Errorf("exit %d, want %d; stdout %q; stderr %q, want %q in it", code, tt.code, &stdout, &stderr, tt.stderr)
			}
		})
	}
}
