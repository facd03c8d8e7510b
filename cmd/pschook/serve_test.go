package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/config"
)

// serving is a service that runs in this process.
type serving struct {
	url, admin string
	stop       func() int       // tells it to stop and returns the exit code
	log        func() []logLine // what it has logged; call after stop
}

type logLine map[string]any

// startServe runs "pschook serve" and waits until it says where it listens.
func startServe(t *testing.T, set map[string]string) *serving {
	t.Helper()
	env := config.Source{
		"PSCHOOK_LISTEN_ADDR": "127.0.0.1:0", "PSCHOOK_DRAIN_DELAY": "0s", "PSCHOOK_ADMIN_ADDR": "127.0.0.1:0", "PSCHOOK_OKTA_ORG_URL": "http://127.0.0.1:1",
		"PSCHOOK_HOOK_SECRETS": serviceSecret, "PSCHOOK_TID_SOURCE": "static", "PSCHOOK_TID_VALUE": "00o1vhQ8wLkZ3n0pQ0g4",
	}
	for name, value := range set {
		env[name] = value
	}
	ctx, cancel := context.WithCancel(t.Context())
	logged, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"serve"}, env, streams{in: strings.NewReader(""), out: io.Discard, err: w, manager: notifySystemd})
		_ = w.Close()
	}()
	s := &serving{}
	var lines []logLine
	listening, done := make(chan logLine, 1), make(chan struct{})
	go func() {
		defer close(done)
		for scanner := bufio.NewScanner(logged); scanner.Scan(); {
			line := logLine{}
			if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
				t.Errorf("not a JSON log line: %s", scanner.Text())
			}
			if lines = append(lines, line); line["msg"] == "listening" {
				listening <- line
			}
		}
	}()
	s.stop = func() int { cancel(); c := <-code; <-done; code <- c; return c }
	s.log = func() []logLine { return lines }
	t.Cleanup(func() { s.stop() })
	select {
	case line := <-listening:
		s.url, s.admin = "http://"+line["addr"].(string), "http://"+line["admin_addr"].(string)
	case <-done:
		t.Fatalf("it ended: %v", lines)
	}
	return s
}

func ask(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	return askAs(t, method, url, body, serviceSecret)
}

// askWith makes a good call with the given secret and returns the status.
func askWith(t *testing.T, url, secret string) int {
	t.Helper()
	status, _ := askAs(t, "POST", url, okCall, secret)
	return status
}

func askAs(t *testing.T, method, url, body, secret string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", secret)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

const (
	serviceSecret = "correct-horse-battery"
	okCall        = `{"eventId":"evt1","eventType":"com.okta.oauth2.tokens.transform","data":{"context":{"protocol":{"issuer":{"uri":"http://127.0.0.1:1/oauth2/default"},"client":{"id":"0oa1"}}},
		"access":{"claims":{"uid":"00u1q8tMo3zV0OfJON0g3"}}}}`
)

func TestServe(t *testing.T) {
	t.Parallel()
	s := startServe(t, map[string]string{"PSCHOOK_SHADWO": "true"})
	if status, body := ask(t, "POST", s.url+"/hooks/okta/token", okCall); status != 200 || !strings.Contains(body, `"/claims/oid"`) {
		t.Errorf("hook: %d %s", status, body)
	}
	status, metrics := ask(t, "GET", s.admin+"/metrics", "")
	for _, want := range []string{
		`pschook_hook_requests_total{outcome="commands"} 1`, "pschook_hook_duration_seconds_count", `pschook_amr_rule_total{rule="no-evidence"} 1`, "pschook_org_id_age_seconds", "go_",
	} {
		if status != 200 || !strings.Contains(metrics, want) {
			t.Errorf("metrics (%d) lack %s", status, want)
		}
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
	text, err := json.Marshal(s.log())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"variable":"PSCHOOK_SHADWO"`, `"msg":"listening"`, `"event_id":"evt1"`, `"client_id":"0oa1"`, `"outcome":"commands"`, `"msg":"stopping"`} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the log lacks %s: %s", want, text)
		}
	}
}

// TestServeTellsSystemd is not parallel because go-systemd reads NOTIFY_SOCKET from the environment itself.
func TestServeTellsSystemd(t *testing.T) {
	socket := notifySocket(t)
	s := startServe(t, nil)
	if got := read(t, socket); got != "READY=1" {
		t.Fatalf("told %q when it listened", got)
	}
	if status, _ := ask(t, "GET", s.url+"/healthz", ""); status != http.StatusOK {
		t.Errorf("healthz when it was said to be up: %d", status)
	}
	s.stop()
	if got := read(t, socket); got != "STOPPING=1" {
		t.Errorf("told %q when it stopped", got)
	}
}

// TestServeSaysThatSystemdIsNotTold runs where nobody reads the socket: calls are answered all the same.
func TestServeSaysThatSystemdIsNotTold(t *testing.T) {
	if err := notifySocket(t).Close(); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, nil)
	if status, _ := ask(t, "GET", s.url+"/healthz", ""); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
	s.stop()
	var states []any
	for _, line := range s.log() {
		if line["msg"] == "the service manager could not be told" {
			states = append(states, line["state"])
		}
	}
	if diff := cmp.Diff([]any{"READY=1", "STOPPING=1"}, states); diff != "" {
		t.Errorf("states that the log says were not told (-want +got):\n%s", diff)
	}
}

// TestServeIsSilentAboutItsMemoryLimit starts as systemd and Kubernetes do, with a limit that the environment sets.
func TestServeIsSilentAboutItsMemoryLimit(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "400MiB")
	s := startServe(t, nil)
	s.stop()
	for _, line := range s.log() {
		if text := fmt.Sprint(line); strings.Contains(text, "GOMEMLIMIT") || strings.Contains(text, "memory") {
			t.Errorf("at level info the log says %s", text)
		}
	}
}

// notifySocket is a socket like the one that systemd gives a service of Type=notify.
func notifySocket(t *testing.T) *net.UnixConn {
	t.Helper()
	dir, err := os.MkdirTemp("", "pschook") //nolint:usetesting // t.TempDir may be too long for a socket's name (unix(7): 108 bytes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	name := filepath.Join(dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	t.Setenv("NOTIFY_SOCKET", name)
	return socket
}

// read returns the next datagram; one that does not come in time fails the test.
func read(t *testing.T, socket *net.UnixConn) string {
	t.Helper()
	if err := socket.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 256)
	n, err := socket.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func TestServeNamesATakenPort(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	code, _, stderr := call(t, config.Source{
		"PSCHOOK_LISTEN_ADDR": taken.Addr().String(), "PSCHOOK_ADMIN_ADDR": "none", "PSCHOOK_OKTA_ORG_URL": "http://127.0.0.1:1",
		"PSCHOOK_HOOK_SECRETS": serviceSecret, "PSCHOOK_TID_VALUE": "00o1vhQ8wLkZ3n0pQ0g4",
	}, "serve")
	// Before that, the log may say things of the machine, such as that it has no cgroups.
	if code != 1 || !strings.Contains("\n"+stderr, "\npschook: PSCHOOK_LISTEN_ADDR: listen tcp "+taken.Addr().String()) {
		t.Errorf("exit %d, %s", code, stderr)
	}
}

func TestServeRefusesABadConfiguration(t *testing.T) {
	t.Parallel()
	code, _, stderr := call(t, config.Source{"PSCHOOK_LOG_LEVEL": "loud"}, "serve")
	if code != 2 || !strings.Contains(stderr, "3 faults in the environment") {
		t.Errorf("exit %d, %s", code, stderr)
	}
}
