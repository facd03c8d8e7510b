package oidcprovider_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"pschook/internal/testneed"
	"pschook/verify/rp"
)

const orgID = "00oindependent00000"

// settings are what provider.mjs takes.
type settings struct {
	RedirectURI string   `json:"redirect_uri"`
	AMR         []string `json:"amr"`        // of the ID token
	AccessAMR   []string `json:"access_amr"` // of the access token
	OID         string   `json:"oid"`        // of the access token; "" means the user's id
	Alg         string   `json:"alg"`        // that both tokens are signed with
	UserInfo    bool     `json:"userinfo"`   // whether there is a userinfo endpoint, which refuses access tokens for an API
}

// start runs the provider until the test ends.
func start(t *testing.T, node string, s settings) rp.ClientOptions {
	t.Helper()
	argument, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "provider.mjs", string(argument))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stdin.Close(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // the end of the test may have killed it
	})
	var ready struct {
		Issuer   string
		ClientID string `json:"client_id"`
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the provider did not start: %v\n%s", err, complaints.String())
	}
	if err := json.Unmarshal([]byte(line), &ready); err != nil {
		t.Fatalf("the provider said %q: %v", line, err)
	}
	return rp.ClientOptions{Issuer: ready.Issuer, ClientID: ready.ClientID, RedirectURL: s.RedirectURI}
}

// TestSignIn goes through the relying party as a browser would. It skips without
// Node.js or node_modules; see testneed.RequireEnv.
func TestSignIn(t *testing.T) {
	t.Parallel()
	node := testneed.Node(t, ".")
	card := []string{"sc", "pin", "mfa", "hwk"}
	tests := []struct {
		name     string
		settings settings
		parts    []string
		failed   []string
	}{
		{"card", settings{AMR: card, AccessAMR: card, Alg: "RS256"}, []string{"Pass: the tokens are what profile psc asks for.", "Level: high"}, nil},
		{"elliptic curve", settings{AMR: card, AccessAMR: card, Alg: "ES256"}, []string{"Pass: the tokens"}, nil},
		{"password", settings{AMR: []string{"pwd"}, AccessAMR: []string{"pwd"}, Alg: "RS256"}, []string{"Fail: the tokens", "none reached"}, []string{"amr.psc_approved"}},
		{"overstated", settings{AMR: []string{"pwd"}, AccessAMR: card, Alg: "RS256"}, []string{"Pass with warnings", `<li class="warn" id="check-amr.not_overstated">`}, nil},
		{"userinfo refuses", settings{AMR: card, AccessAMR: card, Alg: "RS256", UserInfo: true}, []string{"Pass with warnings", `<li class="warn" id="check-userinfo.sub">`}, nil},
		{"login as oid", settings{AMR: card, AccessAMR: card, OID: "camille@hopital.example", Alg: "RS256"}, []string{"Fail: the tokens"}, []string{"oid.not_login"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := report(t, node, tt.settings)
			for _, part := range tt.parts {
				if !strings.Contains(body, part) {
					t.Errorf("the report lacks %q", part)
				}
			}
			for _, id := range tt.failed {
				if !strings.Contains(body, `<li class="fail" id="check-`+id+`">`) {
					t.Errorf("%s did not fail", id)
				}
			}
			if n := strings.Count(body, `<li class="fail"`); n != len(tt.failed) {
				t.Errorf("%d checks failed, want %d", n, len(tt.failed))
			}
			for _, id := range []string{"id.signature", "id.nonce", "id.at_hash", "access.signature"} {
				if !strings.Contains(body, `<li class="pass" id="check-`+id+`">`) {
					t.Errorf("%s did not pass", id)
				}
			}
		})
	}
}

// report signs in and returns the page that the sign-in ends at.
func report(t *testing.T, node string, s settings) string {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	s.RedirectURI = "http://" + server.Listener.Addr().String() + "/rp/callback"
	rp, err := rp.New(rp.Options{Client: start(t, node, s), ExpectedTID: func() string { return orgID }})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = rp.Handler()
	server.Start()
	t.Cleanup(func() { server.Close(); rp.Close() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := browser.Get(server.URL + "/rp/login?lang=en")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Request.URL.Path, "/rp/report/") {
		t.Fatalf("ended at %s with status %d:\n%s", resp.Request.URL, resp.StatusCode, body)
	}
	return string(body)
}
