package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRun starts the program with every flag, reads its one line, and stops it.
func TestRun(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	var stderr bytes.Buffer
	exit := make(chan int, 1)
	go func() {
		exit <- realMain(ctx, []string{
			"--addr", "127.0.0.1:0", "--org-id", "00o12345678901234567", "--api-token", "tok", "--hook-url", "https://hook.example/x",
			"--hook-header", "X-Key", "--hook-secret", "s", "--reserved", "support", "--client-id", "0oa1",
			"--redirect-uri", "http://localhost:1/a", "--redirect-uri", "http://localhost:1/b",
		}, writer, &stderr)
		_ = writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	if !lines.Scan() {
		t.Fatalf("no line: %s", &stderr)
	}
	var line announcement
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	want := announcement{URL: line.URL, OrgID: "00o12345678901234567", Issuer: line.URL + "/oauth2/default", ClientID: "0oa1", APIToken: "tok"}
	if diff := cmp.Diff(want, line); diff != "" || !strings.HasPrefix(line.URL, "http://127.0.0.1:") {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	var app struct {
		Settings struct {
			OAuthClient struct {
				RedirectURIs []string `json:"redirect_uris"`
			} `json:"oauthClient"`
		}
	}
	get(t, line.URL+"/api/v1/apps/0oa1", "SSWS tok", &app)
	if diff := cmp.Diff([]string{"http://localhost:1/a", "http://localhost:1/b"}, app.Settings.OAuthClient.RedirectURIs); diff != "" {
		t.Errorf("redirect URIs (-want +got):\n%s", diff)
	}
	var hooks []struct {
		Channel struct{ Config struct{ URI string } }
	}
	get(t, line.URL+"/api/v1/inlineHooks", "SSWS tok", &hooks)
	if len(hooks) != 1 || hooks[0].Channel.Config.URI != "https://hook.example/x" {
		t.Errorf("hooks %+v", hooks)
	}
	stop()
	if code := <-exit; code != 0 || lines.Scan() {
		t.Errorf("exit %d, further line %q, stderr %s", code, lines.Text(), &stderr)
	}
}

func get(t *testing.T, target, authorization string, into any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", authorization)
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		args   []string
		code   int
		stderr string
	}{
		{"help", []string{"--help"}, 0, "hook-secret"},
		{"unknown_flag", []string{"--nonsense"}, 2, "oktaemu: flag provided but not defined: -nonsense (see oktaemu --help)"},
		{"argument", []string{"x"}, 2, `unexpected argument "x"`},
		{"plain_http_hook", []string{"--hook-url", "http://hook.example/"}, 1, "Hook.URL"},
		{"reserved", []string{"--reserved", "all"}, 1, `Reserved: "all" is not one of developer, support, none`},
		{"public_url", []string{"--public-url", "okta.example"}, 1, "PublicURL"},
		{"address", []string{"--addr", "nonsense"}, 1, "oktaemu: cannot start"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			if code := realMain(t.Context(), tc.args, &stdout, &stderr); code != tc.code || !strings.Contains(stderr.String(), tc.stderr) || stdout.Len() > 0 {
				t.Errorf("exit %d, want %d; stdout %q; stderr %q, want %q in it", code, tc.code, &stdout, &stderr, tc.stderr)
			}
		})
	}
}
