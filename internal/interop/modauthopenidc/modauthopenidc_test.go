package modauthopenidc_test

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/browser"
	"pschook/internal/interop/oktaapp"
	"pschook/internal/testneed"
	"pschook/oktaemu"
)

//go:embed apache.conf
var configuration string

// TestSignIn opens a guarded page, signs in, and signs out, with both ways to send the secret. It skips without
// mod_auth_openidc or Chromium; see testneed.RequireEnv, in which it is "mod_auth_openidc".
func TestSignIn(t *testing.T) {
	t.Parallel()
	testneed.File(t, "mod_auth_openidc", "/usr/lib/apache2/modules/mod_auth_openidc.so",
		"install Apache and mod_auth_openidc (Debian: apt-get install apache2-bin libapache2-mod-auth-openidc)")
	started := browser.Start(t)
	application := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{
			"path": r.URL.Path, "sub": r.Header.Get("Oidc_claim_sub"), "amr": r.Header.Get("Oidc_claim_amr"), "email": r.Header.Get("Oidc_claim_email"),
		})
	}))
	t.Cleanup(application.Close)
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			org, err := oktaemu.New(oktaemu.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := org.Close(); err != nil {
					t.Error(err)
				}
			})
			origin := start(t, func(origin string) *strings.Replacer {
				id, secret := oktaapp.App{
					AuthMethod: method, RedirectURI: origin + "/oidc/callback", LogoutRedirectURI: origin + "/signed-out",
				}.Register(t, org)
				return strings.NewReplacer("ISSUER_", org.Issuer(), "METHOD_", method, "CLIENT_", id, "SECRET_", secret, "APPLICATION_", application.URL)
			})
			signInAndOut(t, started.New(t), origin)
		})
	}
}

func signInAndOut(t *testing.T, tab *browser.Tab, origin string) {
	t.Helper()
	person := oktaemu.Personas()[4]
	tab.Open(origin + "/ward")
	tab.Leave(origin, browser.Button(`button[value="`+person.Name+`"]`))
	got := browser.Eval[map[string]string](tab, "JSON.parse(document.body.innerText)")
	want := map[string]string{"path": "/ward", "sub": person.UserID, "amr": "sc,pin,mfa,hwk", "email": person.Login}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the application saw (-want +got):\n%s", diff)
	}
	tab.Open(origin + "/oidc/callback?logout=" + url.QueryEscape(origin+"/signed-out"))
	if at := tab.Location(); !strings.HasPrefix(at, origin+"/signed-out") {
		t.Errorf("signed out at %s", at)
	}
	tab.Open(origin + "/ward")
	if at := tab.Location(); strings.HasPrefix(at, origin) {
		t.Errorf("after signing out %s is open", at)
	}
}

// attempts is how many ports are tried: another program may take one between its choice and Apache's start.
const attempts = 5

// start runs Apache until the test ends, and returns its origin. register registers that with a provider, and
// returns what the configuration holds of it.
func start(t *testing.T, register func(origin string) *strings.Replacer) string {
	t.Helper()
	for range attempts {
		port := freePort(t)
		origin := "http://127.0.0.1:" + port
		dir := t.TempDir()
		file := filepath.Join(dir, "apache.conf")
		text := register(origin).Replace(strings.NewReplacer("DIR", dir, "PORT", port).Replace(configuration))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		said, ready := run(t, file)
		if ready {
			return origin
		}
		if !strings.Contains(said, "Address already in use") {
			t.Fatalf("Apache did not start:\n%s", said)
		}
	}
	t.Fatalf("none of %d ports stayed free", attempts)
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// run starts Apache and waits until it serves. If it ends instead, run returns what it said.
func run(t *testing.T, file string) (said string, ready bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testneed.Need(t, "apache2"), "-DFOREGROUND", "-f", file)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // on which it ends its workers, too
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stderr)
	for !ready && lines.Scan() {
		said += lines.Text() + "\n"
		ready = strings.Contains(lines.Text(), "resuming normal operations")
	}
	if !ready {
		_ = cmd.Wait() // what it said is what counts
		return said, false
	}
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		for lines.Scan() {
			t.Log(lines.Text())
		}
	}()
	t.Cleanup(func() {
		<-logged // the end of the test ends Apache
		_ = cmd.Wait()
	})
	return said, true
}
