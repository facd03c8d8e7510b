package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pschook/internal/config"
)

// flow is a Workflows flow as the public Okta × PSC guide ships it: it copies the ID token's amr into the access token.
func flow(t *testing.T, answer func(http.ResponseWriter, *http.Request)) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(s.Close)
	return s
}

func patch(path, value string) string {
	return `{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"` + path + `","value":` + value + `}]}]}`
}

// TestCompare previews a sign-in by password and Okta Verify beside answers of another hook.
func TestCompare(t *testing.T) {
	t.Parallel()
	call, err := os.ReadFile("../../testdata/requests/authorization-code.json")
	if err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("token-of-the-flow\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	say := func(status int, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			if got, err := io.ReadAll(r.Body); err != nil || !bytes.Equal(got, call) {
				t.Errorf("the flow got another call: %s, %v", got, err)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	guarded := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Client-Token") != "token-of-the-flow" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		say(200, patch("/claims/amr", `["mfa","pwd","swk","okta_verify"]`))(w, r)
	}
	tests := []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request)
		args   []string
		code   int
		stderr []string
	}{
		{"the shipped flow", say(200, patch("/claims/amr", `["pwd","swk","mfa","okta_verify"]`)), nil, 0, []string{
			"compare:  the other hook answers 200 in ", `com.okta.access.patch /claims/amr: same ["mfa","okta_verify","pwd","swk"]`, "com.okta.access.patch /claims/oid: added", "com.okta.identity.patch /claims/tid: added",
		}},
		{"a secret", guarded, []string{"--compare-secret-file", secret}, 0, []string{"/claims/amr: same"}},
		{"no secret", guarded, nil, 1, []string{"status: 403: Okta takes 200 and 204"}},
		{"another amr", say(200, patch("/claims/amr", `["pwd"]`)), nil, 1, []string{`/claims/amr: changed from ["pwd"] to [`, "1 of the other hook's patches would be lost or changed"}},
		{"a claim of its own", say(200, patch("/claims/hospital", `"CHU"`)), nil, 1, []string{`/claims/hospital: lost "CHU"`}},
		{"nothing", say(204, ""), nil, 0, []string{"answers 204", "/claims/amr: added"}},
		{"a page", say(200, "<html>"), nil, 1, []string{"body, byte 0: not the JSON of a hook's answer"}},
		{"an envelope of Workflows", say(200, `{"statusCode":200,"body":{"commands":[]}}`), nil, 1, []string{`commands: missing: Okta finds no command in an answer of members "body statusCode"`}},
		{"down", say(503, ""), nil, 1, []string{"status: 503: Okta takes", "Okta takes nothing of it"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := flow(t, tt.answer)
			code, stdout, stderr := preview(t, call, append([]string{"--compare", s.URL + "?clientToken=hidden"}, tt.args...)...)
			if code != tt.code || !strings.Contains(stdout, "/claims/amr") {
				t.Errorf("exit %d, want %d; stdout %s, stderr %s", code, tt.code, stdout, stderr)
			}
			for _, want := range tt.stderr {
				if !strings.Contains(stderr, want) {
					t.Errorf("stderr lacks %q:\n%s", want, stderr)
				}
			}
			if strings.Contains(stdout+stderr, "hidden") || strings.Contains(stdout+stderr, "token-of-the-flow") {
				t.Errorf("a secret is printed:\n%s", stderr)
			}
		})
	}
}

// TestCompareUsage holds that a URL with a token is quoted in no error.
func TestCompareUsage(t *testing.T) {
	t.Parallel()
	call, err := os.ReadFile("../../testdata/requests/authorization-code.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, url := range map[string]string{"http": "http://acme.workflows.okta.com/?clientToken=hidden", "no URL": "hidden", "nobody there": "http://127.0.0.1:1/?clientToken=hidden"} {
		code, _, stderr := preview(t, call, "--compare", url)
		if code == 0 || strings.Contains(stderr, "hidden") || !strings.Contains(stderr, "pschook: ") {
			t.Errorf("%s: exit %d, %s", name, code, stderr)
		}
	}
}

func preview(t *testing.T, call []byte, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env := config.Source{"PSCHOOK_OKTA_ORG_URL": "https://hopital.okta.com", "PSCHOOK_HOOK_SECRETS": "a-secret-of-the-test", "PSCHOOK_TID_VALUE": "00oHopital0000000000"}
	code = run(t.Context(), append([]string{"preview"}, args...), env, streams{in: bytes.NewReader(call), out: &out, err: &errs})
	return code, out.String(), errs.String()
}
