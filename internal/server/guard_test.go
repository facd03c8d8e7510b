package server_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"golang.org/x/crypto/bcrypt"

	"pschook/hook"
)

// status sends a call with that Authorization and returns the status of the answer.
func status(t *testing.T, r *running, authorization string, header ...string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+r.Addr().String()+hook.Path, strings.NewReader(call))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", authorization)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// Secrets change while the service runs when their file changes. A damaged file changes nothing.
func TestSecretsFollowTheirFile(t *testing.T) {
	t.Parallel()
	const next = "the-next-secret-0123456789"
	path := filepath.Join(t.TempDir(), "secrets")
	writeFile(t, path, []byte(secret+"\n"))
	r := run(t, map[string]string{"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_SECRETS_FILE": path})
	want := func(when string, current, coming bool) {
		t.Helper()
		if got := status(t, r, secret); (got == 200) != current {
			t.Errorf("%s: the first secret gets %d", when, got)
		}
		if got := status(t, r, next); (got == 200) != coming {
			t.Errorf("%s: the second secret gets %d", when, got)
		}
	}
	want("at first", true, false)
	writeFile(t, path, []byte(secret+"\n"+next+"\n"))
	waitUntil(t, func() bool { return status(t, r, next) == 200 })
	want("both", true, true)
	for name, damaged := range map[string]string{"empty": "", "short": "short\n", "binary": secret + "\x00\xff\n"} {
		writeFile(t, path, []byte(damaged))
		r.reload <- nil
		r.reload <- nil
		want(name, true, true)
	}
	writeFile(t, path, []byte(next))
	r.reload <- nil
	r.reload <- nil
	want("at last", false, true)
}

// The tester's users follow their file too. They are limited by the address that a trusted proxy
// names.
func TestTesterUsersFollowTheirFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "htpasswd")
	users := func(password string) []byte {
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		return []byte("claire:" + string(hash) + "\n")
	}
	writeFile(t, path, users("first"))
	r := run(t, map[string]string{
		"PSCHOOK_RP_ENABLED": "true", "PSCHOOK_RP_ISSUER": "http://127.0.0.1:1/oauth2/default", "PSCHOOK_RP_CLIENT_ID": "0oa",
		"PSCHOOK_RP_REDIRECT_URL": "http://127.0.0.1:1/rp/callback", "PSCHOOK_RP_BASIC_AUTH_FILE": path, "PSCHOOK_TRUSTED_PROXIES": "127.0.0.1",
	})
	want := func(from, password string, status int) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+r.Addr().String()+"/rp/style.css", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("claire", password)
		req.Header.Set("X-Forwarded-For", from)
		res, err := client(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != status {
			t.Errorf("%q from %s: status %d, want %d", password, from, res.StatusCode, status)
		}
	}
	want("198.51.100.1", "first", 200)
	writeFile(t, path, users("second"))
	r.reload <- nil
	r.reload <- nil
	want("198.51.100.1", "first", 401)
	want("198.51.100.1", "second", 200)
	writeFile(t, path, []byte("damaged\n"))
	r.reload <- nil
	r.reload <- nil
	want("198.51.100.1", "second", 200)
	for range 19 {
		want("198.51.100.1", "guess", 401)
	}
	want("198.51.100.1", "guess", 429)
	want("198.51.100.2", "guess", 401)
	want("198.51.100.1", "second", 200)
}

// The address of a call is found with the trusted proxies first, and then checked against the
// allowed networks.
func TestAllowedNetworksBehindAProxy(t *testing.T) {
	t.Parallel()
	behind := run(t, map[string]string{"PSCHOOK_ALLOWED_CIDRS": "198.51.100.0/24", "PSCHOOK_TRUSTED_PROXIES": "127.0.0.1"})
	direct := run(t, map[string]string{"PSCHOOK_ALLOWED_CIDRS": "198.51.100.0/24"})
	tests := []struct {
		name string
		r    *running
		xff  string
		want int
	}{
		{"allowed", behind, "198.51.100.7", 200},
		{"another", behind, "203.0.113.7", 403},
		{"another that says it is allowed", behind, "198.51.100.7, 203.0.113.7", 403},
		{"garbage", behind, "-", 403},
		{"not believed without a proxy", direct, "198.51.100.7", 403},
	}
	for _, tt := range tests {
		if got := status(t, tt.r, secret, "X-Forwarded-For", tt.xff); got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// Okta may authenticate with access tokens, in addition to secrets or in place of them.
func TestAccessTokensAdmit(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	issuer := startIssuer(t, key)
	sign := func(client string) string {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
		if err != nil {
			t.Fatal(err)
		}
		token, err := jwt.Signed(signer).Claims(map[string]any{"iss": issuer, "aud": "hook", "cid": client, "exp": time.Now().Add(time.Hour).Unix()}).Serialize()
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + token
	}
	oauth := map[string]string{"PSCHOOK_HOOK_OAUTH_ISSUER": issuer, "PSCHOOK_HOOK_OAUTH_AUDIENCE": "hook", "PSCHOOK_HOOK_OAUTH_CLIENT_IDS": "0oaokta"}
	both := run(t, oauth)
	oauth["PSCHOOK_HOOK_SECRETS"] = ""
	only := run(t, oauth)
	for _, r := range []*running{both, only} {
		waitUntil(t, func() bool { return status(t, r, sign("0oaokta")) == 200 })
		if got := status(t, r, sign("0oaother")); got != 401 {
			t.Errorf("another client: %d", got)
		}
	}
	if got := status(t, both, secret); got != 200 {
		t.Errorf("secret beside access tokens: %d", got)
	}
	if got := status(t, only, secret); got != 401 {
		t.Errorf("secret that was not configured: %d", got)
	}
}

// startIssuer serves metadata and the public key over http on loopback.
func startIssuer(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	mux := http.NewServeMux()
	issuer := httptest.NewServer(mux)
	t.Cleanup(issuer.Close)
	answer := func(path string, value any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(value) })
	}
	answer("/.well-known/openid-configuration", map[string]string{"issuer": issuer.URL, "jwks_uri": issuer.URL + "/keys"})
	answer("/keys", jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "k", Use: "sig"}}})
	return issuer.URL
}

// While the service drains, it answers as before, but says that it is stopping: it is not ready,
// and each answer is the last on its connection.
func TestDrainAnswersAndRetires(t *testing.T) {
	t.Parallel()
	const drain = 5 * time.Second // enough for a slow machine to ask twice
	r := run(t, map[string]string{"PSCHOOK_DRAIN_DELAY": drain.String()})
	c, url := client(t), "http://"+r.Addr().String()
	if code, last := lastAnswer(t, c, url+hook.Path); code != 200 || last {
		t.Fatalf("before: %d, last on its connection: %v", code, last)
	}
	begin := time.Now()
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	waitUntil(t, func() bool {
		code, _, text := fetch(t, c, "GET", url+"/readyz", nil)
		return code == 503 && text == "stopping\n"
	})
	if code, last := lastAnswer(t, c, url+hook.Path); code != 200 || !last {
		t.Errorf("while draining: %d, last on its connection: %v", code, last)
	}
	if err := <-stopped; err != nil || time.Since(begin) < drain {
		t.Errorf("stopped with %v after %v", err, time.Since(begin))
	}
}

// After the drain nobody can connect, but an idle connection still takes one call, because a proxy
// may send one at that moment. The service then ends, long before its timeout.
func TestIdleConnectionsTakeACallAfterTheDrain(t *testing.T) {
	t.Parallel()
	r := run(t, map[string]string{"PSCHOOK_DRAIN_DELAY": "1ms", "PSCHOOK_SHUTDOWN_TIMEOUT": "1m"})
	idle, url := client(t), "http://"+r.Addr().String()
	if code, last := lastAnswer(t, idle, url+hook.Path); code != 200 || last {
		t.Fatalf("before: %d, last on its connection: %v", code, last)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	waitUntil(t, func() bool {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.Addr().String())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	if code, last := lastAnswer(t, idle, url+hook.Path); code != 200 || !last {
		t.Errorf("after the drain: %d, last on its connection: %v", code, last)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// lastAnswer sends a good call and reports whether the answer is the last on its connection.
func lastAnswer(t *testing.T, c *http.Client, url string) (code int, last bool) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(call))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body) // otherwise the connection is not used again
	_ = res.Body.Close()
	return res.StatusCode, res.Close
}

// A caller who opens connections and sends nothing loses his own connections, and nobody else's.
func TestSilentConnectionsGiveWay(t *testing.T) {
	t.Parallel()
	opts := options(load(t, map[string]string{"PSCHOOK_MAX_CONNECTIONS": "16"}))
	reader := sdkmetric.NewManualReader()
	opts.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	r := runWith(t, opts)
	var silent []net.Conn
	for range 64 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\n", hook.Path)
		silent = append(silent, conn)
	}
	if got := status(t, r, secret); got != 200 {
		t.Errorf("a good caller got %d", got)
	}
	if totals(t, reader)["pschook_connections_dropped_total"] == 0 {
		t.Error("no connection was closed to make room")
	}
	_, _ = io.ReadAll(silent[0]) // returns, because the service closed the connection
}

// A header that arrives slowly is cut off.
func TestSlowHeaderIsCutOff(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	begin := time.Now()
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	_, _ = io.ReadAll(conn) // returns, because the service closed the connection
	if took := time.Since(begin); took < 2900*time.Millisecond {
		t.Errorf("the connection lived %v, want 3 s", took)
	}
}
