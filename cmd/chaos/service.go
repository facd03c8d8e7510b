package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"pschook/hook"
	"pschook/internal/config"
)

const (
	hookSecret  = "the-secret-of-the-chaos-run-0123456789"
	hookTimeout = 500 * time.Millisecond // of the services that are started: short, so that rows do not take long
	startTime   = 15 * time.Second       // within which a process must listen
)

// service is a running pschook.
type service struct {
	cmd    *exec.Cmd
	url    string // of the hook
	base   string // of the main listener
	admin  string // of the admin listener
	client *http.Client
	ended  chan error

	reading sync.Mutex // whoever holds it keeps the log from being read

	mu        sync.Mutex
	log       []string      // lines of warnings and errors, the last ones
	nextRetry time.Duration // what the last failed org lookup said
}

// maxLog is how many lines of log are kept for when a row fails.
const maxLog = 50

// environment is that of a service for the org; set is laid over it.
func environment(orgURL, apiToken string, set map[string]string) config.Source {
	env := config.Source{
		"PSCHOOK_LISTEN_ADDR": "127.0.0.1:0", "PSCHOOK_ADMIN_ADDR": "127.0.0.1:0", "PSCHOOK_DRAIN_DELAY": "0s",
		"PSCHOOK_OKTA_ORG_URL": orgURL, "PSCHOOK_OKTA_API_TOKEN": apiToken, "PSCHOOK_HOOK_SECRETS": hookSecret,
		"PSCHOOK_HOOK_TIMEOUT": hookTimeout.String(), "PSCHOOK_ORG_CACHE_TTL": "1s",
	}
	maps.Copy(env, set)
	return env
}

// start starts pschook serve and waits until it listens.
func (w *world) start(ctx context.Context, env config.Source) (*service, error) {
	return w.startCommand(ctx, env, w.program, "serve")
}

func (w *world) startCommand(ctx context.Context, env config.Source, name string, args ...string) (*service, error) {
	s := &service{cmd: exec.CommandContext(ctx, name, args...), ended: make(chan error, 1), client: newClient(nil)}
	for _, layer := range []config.Source{w.env, env} {
		for name, value := range layer {
			s.cmd.Env = append(s.cmd.Env, name+"="+value)
		}
	}
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	listening := make(chan struct{})
	go func() {
		s.read(stderr, listening)
		s.ended <- s.cmd.Wait()
	}()
	timer := time.NewTimer(startTime)
	defer timer.Stop()
	select {
	case <-listening:
		return s, nil
	case err := <-s.ended:
		s.ended <- err
		return nil, fmt.Errorf("the service ended: %w: %s", err, s.lines())
	case <-timer.C:
		s.kill()
		return nil, fmt.Errorf("the service did not listen within %s: %s", startTime, s.lines())
	}
}

// read follows the log until the process ends.
func (s *service) read(log io.Reader, listening chan<- struct{}) {
	scanner := bufio.NewScanner(log)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		s.reading.Lock()
		s.reading.Unlock() //nolint:staticcheck,gocritic // whoever else holds it is waited for, that is all
		text := scanner.Bytes()
		if s.url == "" && bytes.Contains(text, []byte(`"msg":"listening"`)) {
			s.listens(text)
			close(listening)
		}
		if !bytes.Contains(text, []byte(`"level":"INFO"`)) {
			s.note(text)
		}
	}
}

func (s *service) listens(line []byte) {
	var at struct {
		Addr  string `json:"addr"`
		Admin string `json:"admin_addr"`
		TLS   bool   `json:"tls"`
	}
	_ = json.Unmarshal(line, &at) // an empty address fails the row
	scheme := "http://"
	if at.TLS {
		scheme = "https://"
	}
	s.base, s.url, s.admin = scheme+at.Addr, scheme+at.Addr+hook.Path, "http://"+at.Admin
}

func (s *service) note(line []byte) {
	var failure struct {
		RetryIn string `json:"retry_in"` // such as "482ms"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.Unmarshal(line, &failure) // a line without it says nothing of a retry
	if wait, err := time.ParseDuration(failure.RetryIn); err == nil {
		s.nextRetry = wait
	}
	if s.log = append(s.log, string(line)); len(s.log) > maxLog {
		s.log = s.log[1:]
	}
}

// lines are the last lines of the log that are not of level info.
func (s *service) lines() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.log, "\n    ")
}

func (s *service) lastRetry() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nextRetry
}

// stop sends SIGTERM and waits for a clean end.
func (s *service) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	err := <-s.ended
	s.ended <- err
	if err != nil {
		return fmt.Errorf("the service did not stop cleanly: %w: %s", err, s.lines())
	}
	return nil
}

// kill ends the process at once; it may have ended.
func (s *service) kill() {
	_ = s.cmd.Process.Kill()
	s.ended <- <-s.ended
	s.client.CloseIdleConnections()
}

// ready asks the admin listener.
func (s *service) ready(ctx context.Context) bool {
	status, _, err := get(ctx, s.client, s.admin+"/readyz")
	return err == nil && status == http.StatusOK
}

func (s *service) waitReady(ctx context.Context) error {
	if _, err := until(ctx, func() bool { return s.ready(ctx) }); err != nil {
		return fmt.Errorf("not ready: %w: %s", err, s.lines())
	}
	return nil
}

// metric adds up all series of a metric whose labels contain each of want.
func (s *service) metric(ctx context.Context, name string, want ...string) (float64, error) {
	_, text, err := get(ctx, s.client, s.admin+"/metrics")
	if err != nil {
		return 0, err
	}
	var sum float64
series:
	for line := range strings.Lines(text) {
		labels, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if labels != name && !strings.HasPrefix(labels, name+"{") {
			continue
		}
		for _, label := range want {
			if !strings.Contains(labels, label) {
				continue series
			}
		}
		v, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
		if err != nil {
			return 0, err
		}
		sum += v
	}
	return sum, nil
}

func get(ctx context.Context, client *http.Client, url string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}
