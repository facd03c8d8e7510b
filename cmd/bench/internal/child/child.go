// Package child starts the programs that are measured, tied to one processor core,
// and asks the kernel what they use.
package child

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"pschook/internal/trial"
)

// stopTimeout is how long a program may take to end once it is told to.
const stopTimeout = 15 * time.Second

// Pinning ties programs to cores with taskset; the zero value ties nothing.
type Pinning struct {
	Taskset       string // its path
	Target, Bench int    // core numbers
}

// FindPinning gives targets the first core and this program, with its children, the
// second, if there are two cores and taskset; else the zero Pinning and why.
func FindPinning(cores int) (p Pinning, whyNot string) {
	if cores < 2 {
		return Pinning{}, "the machine has one core only, which targets and load generator share"
	}
	path, err := exec.LookPath("taskset")
	if err != nil {
		return Pinning{}, "there is no taskset: targets and load generator wander between cores"
	}
	return Pinning{Taskset: path, Target: 0, Bench: 1}, ""
}

// Self ties this process, and what it starts from now on without a core of its own.
func (p Pinning) Self(ctx context.Context) error {
	if p.Taskset == "" {
		return nil
	}
	cmd := exec.CommandContext(ctx, p.Taskset, "--all-tasks", "--cpu-list", "--pid", strconv.Itoa(p.Bench), strconv.Itoa(os.Getpid())) //nolint:gosec // the program that the PATH names
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("taskset: %w: %s", err, out)
	}
	return nil
}

// Spec is a program to start.
type Spec struct {
	Path string
	Args []string
	Env  []string // all of it: nothing is inherited
	Dir  string
	Log  *os.File // takes standard output and error
}

// Process is a program that runs. It is not safe for concurrent use.
type Process struct {
	Begin time.Time // just before it was started
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // of Wait, once ended is closed
}

// Start starts a program on the core for targets.
func (p Pinning) Start(spec Spec) (*Process, error) {
	path, args := spec.Path, spec.Args
	if p.Taskset != "" {
		path, args = p.Taskset, append([]string{"--cpu-list", strconv.Itoa(p.Target), spec.Path}, spec.Args...) // it becomes the program: same process id
	}
	cmd := exec.Command(path, args...) //nolint:gosec,noctx // programs of this project and node; it is stopped by Stop, gently
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = spec.Env, spec.Dir, spec.Log, spec.Log
	proc := &Process{Begin: time.Now(), cmd: cmd, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		proc.err = cmd.Wait()
		close(proc.ended)
	}()
	return proc, nil
}

// PID is its process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ended is closed when the program has ended, whatever the reason.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Stop tells the program to end, waits, and kills it if it does not. It returns nil
// for exit code 0 and for a program that ends by the signal itself.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		err := p.cmd.Process.Kill()
		<-p.ended
		return errors.Join(fmt.Errorf("it did not stop within %v", stopTimeout), err)
	}
	var exit *exec.ExitError
	if errors.As(p.err, &exit) && strings.HasPrefix(exit.String(), "signal: terminated") {
		return nil
	}
	return p.err
}

// CPU is the processor time used so far, of user and kernel, to 10 ms (proc_pid_stat(5)).
func (p *Process) CPU() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	return ParseCPU(string(text))
}

// RSS is the memory that the program holds, in bytes (VmRSS of proc_pid_status(5)).
func (p *Process) RSS() (int64, error) {
	return trial.Memory(p.cmd.Process.Pid, "VmRSS")
}

// tick is the unit of processor time in /proc: USER_HZ is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// ParseCPU adds utime and stime of a /proc/PID/stat.
func ParseCPU(stat string) (time.Duration, error) {
	_, rest, found := strings.Cut(stat[max(strings.LastIndex(stat, ")"), 0):], ") ") // the name before may hold anything
	fields := strings.Fields(rest)
	if !found || len(fields) < 13 {
		return 0, fmt.Errorf("/proc/PID/stat: %.100q has too few fields", stat)
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("/proc/PID/stat: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}

// Head is the begin of a log, for messages.
func Head(log *os.File) string {
	text := make([]byte, 400)
	n, err := log.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err.Error()
	}
	return strings.TrimSpace(string(text[:n]))
}
