package rehearsal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Limits of a Keycloak: it starts in 10 s on two idle cores, and needs some 550 MB.
const (
	startTimeout = 10 * time.Minute // long enough for a busy machine
	stopTimeout  = 20 * time.Second
	maxHeap      = "512m"
	keptLines    = 40 // of its log, for the error if it does not start
)

// Keycloak is a running Keycloak.
type Keycloak struct {
	URL string // without a slash at the end

	admin string // password of the temporary administrator
	dir   string
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended

	rotations atomic.Int64 // keys made by RotateKeys
}

// StartKeycloak starts the distribution in dir (the unpacked zip file) on a free port of loopback,
// in development mode, with a database in memory. It makes Keycloak import the realm file, and
// waits until Keycloak listens. Keycloak's log is written to log. Keycloak needs Java 17 or newer,
// and a shell. realm may be nil; see [Keycloak.Replace].
func StartKeycloak(ctx context.Context, dir string, realm []byte, log io.Writer) (*Keycloak, error) {
	home, err := prepareHome(dir, realm)
	if err != nil {
		return nil, err
	}
	k := &Keycloak{admin: rand.Text(), dir: home, ended: make(chan struct{})}
	if err := k.start(ctx, log); err != nil {
		return nil, errors.Join(err, k.Stop())
	}
	return k, nil
}

// prepareHome makes a home directory: it links to the libraries of the distribution, which are
// never changed, and has copies of the rest.
func prepareHome(dir string, realm []byte) (home string, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, "bin", "kc.sh")); err != nil {
		return "", fmt.Errorf("%s is no Keycloak distribution: %w (give the directory that keycloak-quarkus-dist's zip unpacks to)", dir, err)
	}
	if home, err = os.MkdirTemp("", "keycloak"); err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(home))
		}
	}()
	for _, d := range []string{"bin", "lib", "providers", filepath.Join("data", "import")} {
		if err := os.MkdirAll(filepath.Join(home, d), 0o700); err != nil {
			return "", err
		}
	}
	for _, d := range []string{"conf", "themes", filepath.Join("lib", "quarkus"), filepath.Join("lib", "app")} {
		if err := os.CopyFS(filepath.Join(home, d), os.DirFS(filepath.Join(dir, d))); err != nil {
			return "", err
		}
	}
	for _, f := range []string{filepath.Join("bin", "kc.sh"), filepath.Join("lib", "quarkus-run.jar")} {
		content, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(home, f), content, 0o700); err != nil { //nolint:gosec // kc.sh is a program
			return "", err
		}
	}
	if err := os.Symlink(filepath.Join(dir, "lib", "lib"), filepath.Join(home, "lib", "lib")); err != nil {
		return "", err
	}
	if realm == nil {
		return home, nil
	}
	return home, os.WriteFile(filepath.Join(home, "data", "import", "realm.json"), realm, 0o600)
}

func (k *Keycloak) start(ctx context.Context, log io.Writer) error {
	k.cmd = exec.Command(filepath.Join(k.dir, "bin", "kc.sh"), "start-dev", "--import-realm", //nolint:gosec,noctx // ended by Stop, in order
		"--http-host=127.0.0.1", "--http-port=0", "--db=dev-mem")
	k.cmd.Env = append(k.cmd.Environ(), "JAVA_OPTS_KC_HEAP=-Xms64m -Xmx"+maxHeap, "KC_BOOTSTRAP_ADMIN_USERNAME="+adminName, "KC_BOOTSTRAP_ADMIN_PASSWORD="+k.admin)
	k.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that kc.sh and its Java can be ended together
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	k.cmd.Stderr = k.cmd.Stdout
	if err := k.cmd.Start(); err != nil {
		k.cmd = nil
		return err
	}
	listening, last := make(chan string, 1), new(tail)
	go func() {
		defer close(k.ended)
		watch(io.TeeReader(out, log), listening, last)
		_ = k.cmd.Wait() // the log says how it ended
	}()
	select {
	case k.URL = <-listening:
		return nil
	case <-k.ended:
		return fmt.Errorf("keycloak ended before it listened:\n%s", last)
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(startTimeout):
		return fmt.Errorf("keycloak did not listen within %s:\n%s", startTimeout, last)
	}
}

// watch reads the log to its end and reports the URL on which Keycloak listens.
func watch(log io.Reader, listening chan<- string, last *tail) {
	address := regexp.MustCompile(`Listening on: (http://[0-9.]+:[0-9]+)`)
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		last.add(lines.Text())
		if m := address.FindStringSubmatch(lines.Text()); m != nil {
			select {
			case listening <- m[1]:
			default:
			}
		}
	}
	_, _ = io.Copy(io.Discard, log) // after a line that is too long, so that the process does not block
}

// Stop ends Keycloak and removes what it wrote.
func (k *Keycloak) Stop() error {
	if k.cmd != nil {
		_ = syscall.Kill(-k.cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-k.ended:
		case <-time.After(stopTimeout):
			_ = syscall.Kill(-k.cmd.Process.Pid, syscall.SIGKILL)
			<-k.ended
		}
	}
	return os.RemoveAll(k.dir)
}

// Memory returns the memory of Keycloak's processes, in bytes; 0 where the system does not tell
// (Linux does).
func (k *Keycloak) Memory() int64 {
	processes, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	var pages int64
	for _, name := range processes {
		content, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended in the meantime
		}
		// proc(5): after the name in parentheses come state, ppid, pgrp; rss, in pages, is the 22nd from there.
		fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
		if len(fields) > 21 && fields[2] == strconv.Itoa(k.cmd.Process.Pid) {
			n, _ := strconv.ParseInt(fields[21], 10, 64) // 0 if it is not a number
			pages += n
		}
	}
	return pages * int64(os.Getpagesize())
}

// tail keeps the last lines of a log. It is safe for concurrent use.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
	if len(t.lines) > keptLines {
		t.lines = t.lines[1:]
	}
}

// String returns the lines, each with its end.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}
