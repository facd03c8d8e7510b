package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs the program with the arguments until the test ends, or stop is called, and returns its one line.
func start(t *testing.T, args ...string) (line announcement, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	var stderr bytes.Buffer
	exit := make(chan int, 1)
	go func() {
		exit <- realMain(ctx, append([]string{"--addr", "127.0.0.1:0"}, args...), writer, &stderr)
		_ = writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	if !lines.Scan() {
		cancel()
		t.Fatalf("no line, exit %d: %s", <-exit, &stderr)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		if code := <-exit; code != 0 || lines.Scan() {
			t.Errorf("exit %d, further line %q, stderr %s", code, lines.Text(), &stderr)
		}
	})
	t.Cleanup(stop)
	if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	return line, stop
}

// TestRun starts the program with every flag, reads its one line, and stops it.
func TestRun(t *testing.T) {
	t.Parallel()
	line, stop := start(t, "--org-id", "00o12345678901234567", "--api-token", "tok", "--hook-url", "https://hook.example/x",
		"--hook-header", "X-Key", "--hook-secret", "s", "--reserved", "support", "--client-id", "0oa1",
		"--redirect-uri", "http://localhost:1/a", "--redirect-uri", "http://localhost:1/b")
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
}

// TestCustomDomain: the program's org is one on two hosts, which say so of each other.
func TestCustomDomain(t *testing.T) {
	t.Parallel()
	line, _ := start(t, "--custom-domain", "localhost")
	custom := strings.Replace(line.URL, "127.0.0.1", "localhost", 1)
	for _, host := range []string{line.URL, custom} {
		var org struct {
			ID    string
			Links struct{ Organization, Alternate struct{ Href string } } `json:"_links"`
		}
		get(t, host+"/.well-known/okta-organization", "", &org)
		if org.ID != line.OrgID || org.Links.Organization.Href != line.URL || org.Links.Alternate.Href != custom {
			t.Errorf("%s: %+v", host, org)
		}
		var metadata struct{ Issuer string }
		get(t, host+"/oauth2/default/.well-known/openid-configuration", "", &metadata)
		if metadata.Issuer != host+"/oauth2/default" {
			t.Errorf("%s: issuer %s", host, metadata.Issuer)
		}
	}
}

// TestSeed: an org is a file that the program writes and reads.
func TestSeed(t *testing.T) {
	t.Parallel()
	first, _ := start(t, "--org-id", "00oseeded00000000000", "--client-id", "0oaseeded00000000000", "--hook-url", "https://hook.example/x", "--hook-secret", "s")
	text := fetch(t, first.URL+"/_emu/seed", "")
	file := filepath.Join(t.TempDir(), "org.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	second, _ := start(t, "--seed", file)
	if second.OrgID != "00oseeded00000000000" || second.ClientID != "0oaseeded00000000000" {
		t.Errorf("line %+v", second)
	}
	if diff := cmp.Diff(text, fetch(t, second.URL+"/_emu/seed", "")); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

func get(t *testing.T, target, authorization string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(fetch(t, target, authorization)), into); err != nil {
		t.Fatal(err)
	}
}

func fetch(t *testing.T, target, authorization string) string {
	t.Helper()
	there, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	host := there.Host
	there.Host = strings.Replace(host, "localhost:", "127.0.0.1:", 1) // a machine without /etc/hosts has no name for itself
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, there.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	request.Header.Set("Authorization", authorization)
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
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
		{"seed_missing", []string{"--seed", "testdata/none.yaml"}, 1, "oktaemu: cannot read the seed:\nopen testdata/none.yaml"},
		{"seed_faulty", []string{"--seed", "testdata/faulty.yaml"}, 1, "oktaemu: cannot read the seed:\ntestdata/faulty.yaml:2:5: people[0]: unknown key \"logn\", did you mean \"login\"?"},
		{"custom_domain", []string{"--custom-domain", "http://x"}, 1, "CustomDomain: \"http://x\" is not a host"},
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
