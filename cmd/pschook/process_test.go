package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pschook/internal/config"
)

// process is "pschook serve" as a process of its own: the effect of signals and standard error on it cannot be tried in this process.
type process struct {
	*exec.Cmd
	url, admin string
	ended      chan error // what Wait returned
}

// newProcess does not start it. Its addresses are free ones, since not every test can read them from a log.
func newProcess(t *testing.T, set map[string]string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "pschook") // under this name the test binary runs main
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	listen, admin := freeAddr(t), freeAddr(t)
	env := config.Source{
		"PSCHOOK_LISTEN_ADDR": listen, "PSCHOOK_DRAIN_DELAY": "0s", "PSCHOOK_ADMIN_ADDR": admin, "PSCHOOK_OKTA_ORG_URL": "http://127.0.0.1:1",
		"PSCHOOK_HOOK_SECRETS": serviceSecret, "PSCHOOK_TID_SOURCE": "static", "PSCHOOK_TID_VALUE": "00o1vhQ8wLkZ3n0pQ0g4",
	}
	maps.Copy(env, set)
	p := &process{exec.CommandContext(t.Context(), program, "serve"), "http://" + listen, "http://" + admin, make(chan error, 1)}
	for name, value := range env {
		p.Env = append(p.Env, name+"="+value)
	}
	return p
}

// freeAddr is an address that nobody listens on, and that nobody else gets before the process uses it: other programs
// listen and call on 127.0.0.1, while all of 127.0.0.0/8 is this machine (RFC 1122, section 3.2.1.3). A system that
// has one loopback address only takes the risk.
func freeAddr(t *testing.T) string {
	t.Helper()
	host := netip.AddrFrom4([4]byte{127, byte(1 + rand.N(254)), byte(rand.N(256)), byte(1 + rand.N(254))}).String()
	for _, host := range []string{host, "127.0.0.1"} {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			continue
		}
		addr := l.Addr().String()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		return addr
	}
	t.Fatal("no free address")
	return ""
}

// begin starts the process and waits until it answers. While it starts, meanwhile is called.
func (p *process) begin(t *testing.T, meanwhile func()) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended
		p.ended <- <-p.ended
	})
	meanwhile()
	for {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.admin[len("http://"):])
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-p.ended:
			p.ended <- err
			t.Fatalf("it ended: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// end tells it to stop, and says how it ended: nil for exit code 0.
func (p *process) end(t *testing.T) error {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("it is gone: %v", err)
	}
	err := <-p.ended
	p.ended <- err
	return err
}

// TestServeOutlivesItsLog: whatever happens to those who take in what the service writes, calls are answered, and each
// line that is lost is counted.
func TestServeOutlivesItsLog(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  map[string]string
		to   func(t *testing.T, p *process) (broken func())
	}{
		{"reader of standard error ends", nil, func(t *testing.T, p *process) func() { return readerEnds(t, &p.Stderr) }},
		{"reader of standard output ends", map[string]string{"OTEL_TRACES_EXPORTER": "console", "OTEL_BSP_SCHEDULE_DELAY": "1"}, func(t *testing.T, p *process) func() {
			readerEnds(t, &p.Stderr)()
			return readerEnds(t, &p.Stdout)
		}},
		{"full device", nil, func(t *testing.T, p *process) func() {
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Skip("no /dev/full on this system")
			}
			t.Cleanup(func() { _ = full.Close() })
			p.Stderr = full
			return func() {}
		}},
		{"limit on the size of files", nil, func(t *testing.T, p *process) func() {
			file, err := os.Create(filepath.Join(t.TempDir(), "log"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = file.Close() })
			p.Stderr = file
			p.Path, p.Args = "/bin/sh", []string{"sh", "-c", `ulimit -f 1 && exec "$0" serve`, p.Path}
			return func() {}
		}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newProcess(t, tc.set)
			broken := tc.to(t, p)
			p.begin(t, func() {})
			broken()
			const calls = 50
			for i := range calls {
				if status, body := ask(t, "POST", p.url+"/hooks/okta/token", okCall); status != 200 {
					t.Fatalf("call %d: %d %s", i, status, body)
				}
			}
			lost := regexp.MustCompile(`(?m)^pschook_log_lines_dropped_total (\d+)$`)
			for n := 0; n < calls-5; { // a few lines may have been taken before
				_, metrics := ask(t, "GET", p.admin+"/metrics", "")
				found := lost.FindStringSubmatch(metrics)
				if found == nil {
					t.Fatal("lost lines are not counted: ", metrics)
				}
				n, _ = strconv.Atoi(found[1])
			}
			if err := p.end(t); err != nil {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}

// TestServeGoesOnWithAWeakSecret: an upgrade must stop no service. Each start warns, a metric counts, and both follow
// the file. Comments are no secrets.
func TestServeGoesOnWithAWeakSecret(t *testing.T) {
	t.Parallel()
	const comment, weak, strong = "# rotated by somebody", "change-me-change-me-1", "7f3k9d2m5x8c1v6b0q4w"
	secrets := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(secrets, []byte(comment+"\n"+weak+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, map[string]string{"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_SECRETS_FILE": secrets})
	const faults = `pschook_config_faults{variable="PSCHOOK_HOOK_SECRETS_FILE"} 1`
	for secret, want := range map[string]int{weak: 200, comment: 401} {
		if status := askWith(t, s.url+"/hooks/okta/token", secret); status != want {
			t.Errorf("%q: %d, want %d", secret, status, want)
		}
	}
	if _, metrics := ask(t, "GET", s.admin+"/metrics", ""); !strings.Contains(metrics, faults) {
		t.Errorf("not counted: %s", metrics)
	}
	if err := os.WriteFile(secrets, []byte("#"+weak+"\n"+strong+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for metrics := ""; !strings.Contains(metrics, `pschook_secret_reloads_total{result="ok"} 1`); {
		_, metrics = ask(t, "GET", s.admin+"/metrics", "")
	}
	for secret, want := range map[string]int{strong: 200, weak: 401, "#" + weak: 401} {
		if status := askWith(t, s.url+"/hooks/okta/token", secret); status != want {
			t.Errorf("%q, later: %d, want %d", secret, status, want)
		}
	}
	if _, metrics := ask(t, "GET", s.admin+"/metrics", ""); strings.Contains(metrics, "pschook_config_faults{") {
		t.Errorf("still counted: %s", metrics)
	}
	s.stop()
	var warnings []string
	for _, line := range s.log() {
		if line["msg"] == "configuration" {
			warnings = append(warnings, fmt.Sprint(line["variable"], ": ", line["warning"]))
		}
	}
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], "PSCHOOK_HOOK_SECRETS_FILE: got a secret that is a placeholder or an example (line 2)") {
		t.Errorf("warnings: %q", warnings)
	}
}

// TestServeGoesOnWithASecretThatBeginsWithHash: it was allowed before # began a comment, and is the only one there is. When
// somebody comments out the only secret of a service that runs, the former one stays in use.
func TestServeGoesOnWithASecretThatBeginsWithHash(t *testing.T) {
	t.Parallel()
	const secret = "#7f3k9d2m5x8c1v6b0q4w"
	secrets := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(secrets, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, map[string]string{"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_SECRETS_FILE": secrets})
	if err := os.WriteFile(secrets, []byte("#"+secret), 0o600); err != nil {
		t.Fatal(err)
	}
	for metrics := ""; !strings.Contains(metrics, `pschook_secret_reloads_total{result="failed"} 1`); {
		_, metrics = ask(t, "GET", s.admin+"/metrics", "")
	}
	for secret, want := range map[string]int{secret: 200, "#" + secret: 401} {
		if status := askWith(t, s.url+"/hooks/okta/token", secret); status != want {
			t.Errorf("%q: %d, want %d", secret, status, want)
		}
	}
}

// TestServeIsNotHeldUpByFiles puts a pipe that nobody writes to in the place of the files that are read again while the
// service runs: it goes on with what it had, and ends when it is told to.
func TestServeIsNotHeldUpByFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	secrets := filepath.Join(dir, "secrets")
	if err := os.WriteFile(secrets, []byte(serviceSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	certificate, key := selfSigned(t, dir)
	p := newProcess(t, map[string]string{
		"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_SECRETS_FILE": secrets, "PSCHOOK_TLS_CERT_FILE": certificate, "PSCHOOK_TLS_KEY_FILE": key,
	})
	p.begin(t, func() {})
	for _, path := range []string{secrets, certificate} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Skip("no named pipes here: ", err)
		}
	}
	for _, metric := range []string{"pschook_secret_reloads_total", "pschook_tls_reloads_total"} {
		for metrics := ""; !strings.Contains(metrics, metric+`{result="failed"} 1`); {
			_, metrics = ask(t, "GET", p.admin+"/metrics", "")
		}
	}
	if err := p.end(t); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// TestServeLogsNothingPlain runs beside a collector that takes connections and never answers: what OpenTelemetry's
// libraries say of it, at the end too, is part of the log.
func TestServeLogsNothingPlain(t *testing.T) {
	t.Parallel()
	hanging, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0") // nobody accepts: the system does
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hanging.Close() }()
	p := newProcess(t, map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + hanging.Addr().String(), "OTEL_BSP_SCHEDULE_DELAY": "10", "OTEL_BLRP_SCHEDULE_DELAY": "10",
		"OTEL_METRIC_EXPORT_INTERVAL": "soon", "OTEL_METRIC_EXPORT_TIMEOUT": "200", "OTEL_EXPORTER_OTLP_TIMEOUT": "200", "PSCHOOK_SHUTDOWN_TIMEOUT": "300ms",
	})
	var log bytes.Buffer
	p.Stderr = &log
	p.begin(t, func() {})
	for range 20 {
		ask(t, "POST", p.url+"/hooks/okta/token", okCall)
	}
	if err := p.end(t); err != nil {
		t.Errorf("it ended with %v", err)
	}
	lines, lost, setting := 0, false, false
	for line := range strings.Lines(log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("a line that is not of the log: %s", line)
		}
		lost = lost || fields["msg"] == "the last telemetry is lost"
		setting = setting || strings.Contains(line, "OTEL_METRIC_EXPORT_INTERVAL")
		lines++
	}
	if lines < 20 || !lost || !setting {
		t.Errorf("it did not come to that: %s", log.String())
	}
}

// TestServeWithFewFiles: where the system allows few open files, whoever holds idle connections keeps nobody out.
func TestServeWithFewFiles(t *testing.T) {
	t.Parallel()
	p := newProcess(t, nil)
	var log bytes.Buffer
	p.Stderr = &log
	p.Path, p.Args = "/bin/sh", []string{"sh", "-c", `ulimit -n 64 && exec "$0" serve`, p.Path}
	raised := false
	if os.Getuid() == 0 { // who may raise the limit at will, unless that right is taken away
		setpriv, err := exec.LookPath("setpriv")
		if raised = err != nil; !raised {
			p.Path, p.Args = setpriv, append([]string{"setpriv", "--bounding-set=-sys_resource"}, p.Args...)
		}
	}
	p.begin(t, func() {})
	for range 200 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", p.url[len("http://"):])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	for i := range 20 {
		if status, body := ask(t, "POST", p.url+"/hooks/okta/token", okCall); status != 200 {
			t.Fatalf("call %d: %d %s", i, status, body)
		}
	}
	if err := p.end(t); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if want := `"limit":64,"connections":32,"configured":4096`; raised == strings.Contains(log.String(), want) {
		t.Errorf("the log lacks, or has although the limit was raised, %s: %s", want, log.String())
	}
}

// readerEnds makes a stream of the process a pipe, and returns what ends its reader.
func readerEnds(t *testing.T, stream *io.Writer) func() {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	*stream = w
	t.Cleanup(func() { _ = w.Close() })
	return func() { _ = r.Close() }
}

// TestServeTakesHangupsWhileItStarts sends SIGHUP while the configuration is being read, which thousands of unknown
// variables make slow: each is compared with all that there are.
func TestServeTakesHangupsWhileItStarts(t *testing.T) {
	t.Parallel()
	set := map[string]string{}
	for i := range 15_000 {
		set[fmt.Sprintf("PSCHOOK_UNKNOWN_VARIABLE_%06d", i)] = "x"
	}
	p := newProcess(t, set)
	var told bytes.Buffer
	p.Stderr = &told
	p.begin(t, func() {
		// A twentieth of a second of its own time: initialising takes a hundredth or two, the configuration half a second.
		for ticks := 0; ticks < 5; {
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
			if err != nil {
				t.Skip("no /proc on this system")
			}
			fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // proc_pid_stat(5): utime is the 14th
			ticks, _ = strconv.Atoi(fields[11])
		}
		if err := p.Process.Signal(syscall.SIGHUP); err != nil {
			t.Error(err)
		}
	})
	if err := p.end(t); err != nil {
		t.Errorf("it ended with %v: …%s", err, told.Bytes()[max(0, told.Len()-1000):])
	}
}
