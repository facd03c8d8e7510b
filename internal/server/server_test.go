package server_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/goleak"

	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/server"
)

const secret = "a-secret-of-the-hospital-0123456789"

func TestMain(m *testing.M) {
	// The SDK's client starts a cache janitor that cannot be stopped, one for each client.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/patrickmn/go-cache.(*janitor).Run"))
}

// environment returns a good environment that needs no Okta. set replaces some of its variables.
func environment(set map[string]string) config.Source {
	env := config.Source{
		"PSCHOOK_DRAIN_DELAY": "0s", "PSCHOOK_LISTEN_ADDR": "127.0.0.1:0", "PSCHOOK_ADMIN_ADDR": "127.0.0.1:0",
		"PSCHOOK_OKTA_ORG_URL": "http://127.0.0.1:1", "PSCHOOK_HOOK_SECRETS": secret,
		"PSCHOOK_TID_SOURCE": "static", "PSCHOOK_TID_VALUE": "00o1vhQ8wLkZ3n0pQ0g4",
	}
	for name, value := range set {
		env[name] = value
	}
	return env
}

func load(t testing.TB, set map[string]string) *config.Config {
	t.Helper()
	c, _, err := config.Load(t.Context(), environment(set), server.Checks()...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// running is a server that serves until stop is called or the test ends.
type running struct {
	*server.Server
	stop   func() error // returns what Run returned
	reload chan os.Signal
}

func run(t *testing.T, set map[string]string) *running {
	t.Helper()
	return runWith(t, options(load(t, set)))
}

func runWith(t testing.TB, opts server.Options) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	reload := make(chan os.Signal)
	opts.Reload = reload
	s, err := server.New(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	r := &running{Server: s, reload: reload}
	r.stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return r
}

func options(c *config.Config) server.Options {
	return server.Options{
		Config: c, Logger: slog.New(slog.DiscardHandler), MeterProvider: metricnoop.NewMeterProvider(), TracerProvider: tracenoop.NewTracerProvider(),
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") }), Now: time.Now,
	}
}

// client returns an HTTP client whose connections are closed when the test ends.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func fetch(t *testing.T, c *http.Client, method, url string, body io.Reader) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(text)
}

// call is a sign-in at the org of environment.
const call = `{"eventType":"com.okta.oauth2.tokens.transform","data":{"context":{"protocol":{"issuer":{"uri":"http://127.0.0.1:1/oauth2/default"}}},` +
	`"access":{"claims":{"uid":"00u1q8tMo3zV0OfJON0g3"}}}}`

func TestRoutes(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	main, admin := "http://"+r.Addr().String(), "http://"+r.AdminAddr().String()
	tests := []struct {
		name, method, url string
		status            int
		body              string
	}{
		{"hook", "POST", main + hook.Path, 200, `"/claims/tid","value":"00o1vhQ8wLkZ3n0pQ0g4"`},
		{"hook, wrong method", "GET", main + hook.Path, 405, "METHOD_NOT_ALLOWED"},
		{"health", "GET", main + "/healthz", 200, "ok\n"},
		{"readiness", "GET", main + "/readyz", 200, "ready\n"},
		{"metrics are not public", "GET", main + "/metrics", 404, `{"error":{"errorSummary":"Not Found"}}`},
		{"unknown path", "GET", main + "/", 404, "Not Found"},
		{"unknown method", "POST", main + "/healthz", 405, "Method Not Allowed"},
		{"no hook on the admin listener", "POST", admin + hook.Path, 404, "404"},
		{"admin health", "GET", admin + "/healthz", 200, "ok\n"},
		{"admin readiness", "GET", admin + "/readyz", 200, "ready\n"},
		{"admin metrics", "GET", admin + "/metrics", 200, "metrics"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, header, body := fetch(t, client(t), tt.method, tt.url, strings.NewReader(call))
			if status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("%d %s; want %d with %q", status, body, tt.status, tt.body)
			}
			secured := strings.HasPrefix(tt.url, main) && tt.name != "hook"
			if header.Get("Server") != "" || secured && (header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store") {
				t.Errorf("headers: %v", header)
			}
		})
	}
}

// The relying party is off by default.
func TestRelyingParty(t *testing.T) {
	t.Parallel()
	off := "http://" + run(t, nil).Addr().String()
	on := "http://" + run(t, map[string]string{
		"PSCHOOK_RP_ENABLED": "true", "PSCHOOK_RP_ISSUER": "http://127.0.0.1:1/oauth2/default", "PSCHOOK_RP_CLIENT_ID": "0oa", "PSCHOOK_RP_REDIRECT_URL": "http://127.0.0.1:1/rp/callback",
	}).Addr().String()
	for _, path := range []string{"/rp/", "/rp/style.css"} {
		if status, _, _ := fetch(t, client(t), "GET", off+path, nil); status != 404 {
			t.Errorf("off: %s answers %d", path, status)
		}
		if status, header, _ := fetch(t, client(t), "GET", on+path, nil); status != 200 || header.Get("Content-Security-Policy") == "" {
			t.Errorf("on: %s answers %d with %v", path, status, header)
		}
	}
	if status, _, body := fetch(t, client(t), "POST", on+"/rp/check", strings.NewReader(`{"id_token":"x","access_token":"y"}`)); status != 200 || !strings.Contains(body, `"verdict": "fail"`) {
		t.Errorf("check: %d %s", status, body)
	}
}

func TestNotReadyWithoutOrgID(t *testing.T) {
	t.Parallel()
	r := run(t, map[string]string{"PSCHOOK_TID_SOURCE": "well-known", "PSCHOOK_TID_VALUE": "", "PSCHOOK_HOOK_TIMEOUT": "10ms"})
	url := "http://" + r.Addr().String()
	if status, _, body := fetch(t, client(t), "GET", url+"/readyz", nil); status != 503 || !strings.Contains(body, "org id is not known") {
		t.Errorf("readyz: %d %s", status, body)
	}
	if status, _, _ := fetch(t, client(t), "GET", url+"/healthz", nil); status != 200 {
		t.Errorf("healthz: %d, a restart would not help", status)
	}
	if status, _, body := fetch(t, client(t), "POST", url+hook.Path, strings.NewReader(call)); status != 200 || !strings.Contains(body, "Connexion impossible") {
		t.Errorf("hook: %d %s", status, body)
	}
}

// A call that is running when the service is told to stop gets its answer. Meanwhile the admin
// listener says that the service is not ready.
func TestStopAnswersCallsUnderWay(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	body := io.MultiWriter(conn)
	head := "POST " + hook.Path + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + secret + "\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
	if _, err := io.WriteString(body, head); err != nil {
		t.Fatal(err)
	}
	answer := bufio.NewReader(conn)
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "100") { // the handler is reading
		t.Fatalf("%q, %v", line, err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	waitUntil(t, func() bool {
		status, _, text := fetch(t, client(t), "GET", "http://"+r.AdminAddr().String()+"/readyz", nil)
		return status == 503 && text == "stopping\n"
	})
	if _, err := io.WriteString(conn, "3\r\n{} \r\n0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := answer.ReadString('\n'); err != nil { // the blank line after 100
		t.Fatal(err)
	}
	if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "400") {
		t.Errorf("the call under way got %q, %v", line, err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// waitUntil polls for a state that sends no signal.
func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < time.Minute; {
		if done() {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(time.Millisecond):
		}
	}
	t.Fatal("did not happen")
}

func TestNewNamesATakenPort(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	for _, variable := range []string{"PSCHOOK_LISTEN_ADDR", "PSCHOOK_ADMIN_ADDR"} {
		_, err := server.New(t.Context(), options(load(t, map[string]string{variable: taken.Addr().String()})))
		var op *net.OpError
		if !errors.As(err, &op) || !strings.HasPrefix(err.Error(), variable+": ") {
			t.Errorf("%s: %v", variable, err)
		}
	}
}

func TestChecksNameEveryFault(t *testing.T) {
	t.Parallel()
	policy := filepath.Join(t.TempDir(), "amr.yaml")
	if err := os.WriteFile(policy, []byte("rules:\n  - {name: a, all: [pwd], emit: [pwd, mfa]}\n  - {name: a, all: [otp], emit: []}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(key, []byte("private and not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := config.Load(t.Context(), environment(map[string]string{
		"PSCHOOK_ID_TOKEN_CLAIMS": "tid,oid,amr", "PSCHOOK_AMR_POLICY_FILE": policy,
		"PSCHOOK_OKTA_CLIENT_ID": "0oaservice", "PSCHOOK_OKTA_PRIVATE_KEY_FILE": key, "PSCHOOK_OKTA_PRIVATE_KEY_ID": "kid", "PSCHOOK_LOG_LEVEL": "loud",
	}), server.Checks()...)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"PSCHOOK_ID_TOKEN_CLAIMS: got \"oid\"", "the ID token's sub already holds this value",
		"PSCHOOK_ID_TOKEN_CLAIMS: got \"amr\"", "PSCHOOK_ALLOW_RESERVED_CLAIMS=amr",
		"PSCHOOK_AMR_POLICY_FILE: got " + policy + ":2:39", policy + ":3:", "PSCHOOK_OKTA_PRIVATE_KEY_FILE: got", "PSCHOOK_LOG_LEVEL",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "private and not") {
		t.Errorf("the error quotes the key:\n%v", err)
	}
}

func TestChecksWarnOfALiftedReservation(t *testing.T) {
	t.Parallel()
	_, warnings, err := config.Load(t.Context(), environment(map[string]string{
		"PSCHOOK_ID_TOKEN_CLAIMS": "tid,amr", "PSCHOOK_ALLOW_RESERVED_CLAIMS": "amr",
	}), server.Checks()...)
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0].String(), `PSCHOOK_ALLOW_RESERVED_CLAIMS: "amr" is patched into the ID token`) {
		t.Errorf("warnings: %v", warnings)
	}
}
