package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"pschook/cmd/bench/internal/child"
	"pschook/cmd/bench/internal/otlpsink"
	"pschook/cmd/bench/internal/payload"
	"pschook/cmd/bench/internal/target"
	"pschook/cmd/bench/internal/wrk"
	"pschook/internal/shipped"
	"pschook/internal/trial"
)

// prepare builds and finds all that is needed, and ties this process to its core.
func (b *bench) prepare(ctx context.Context, dir, searchPath string) error {
	var err error
	if b.root, err = moduleRoot(ctx); err != nil {
		return err
	}
	sample, err := os.ReadFile(filepath.Join(b.root, "testdata", "requests", "authorization-code.json"))
	if err != nil {
		return err
	}
	if b.call, err = payload.Sample(sample); err != nil {
		return err
	}
	if err := raiseFileLimit(); err != nil {
		b.say("limit of open files: %v", err)
	}
	pinning, unpinned := child.FindPinning(runtime.NumCPU())
	if err := b.newLab(ctx, dir, searchPath, pinning); err != nil {
		return err
	}
	if b.wrk, err = wrk.Find(dir); err != nil {
		b.say("%v: no closed loops (Debian: apt-get install wrk)", err)
	}
	b.machine = describe(ctx, b)
	b.machine.unpinned = unpinned
	if err := pinning.Self(ctx); err != nil {
		return err
	}
	runtime.GOMAXPROCS(4) // more than its one core: a thread that sleeps until a call is due must not keep others from reading answers
	return nil
}

// moduleRoot is the directory of the module that the working directory lies in.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-json").Output()
	if err != nil {
		return "", fmt.Errorf("go list -m: %w (run it in the project's directory, with Go on the PATH)", err)
	}
	var module struct{ Path, Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return "", err
	}
	if module.Path != "pschook" {
		return "", fmt.Errorf("this is module %q, wanted pschook (run it in the project's directory)", module.Path)
	}
	return module.Dir, nil
}

// newLab builds the service as it is shipped and makes what targets are started with.
func (b *bench) newLab(ctx context.Context, dir, searchPath string, pinning child.Pinning) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	l := &target.Lab{
		PSCHook: filepath.Join(dir, "pschook"), Self: self, ExpressDir: filepath.Join(b.root, "cmd", "bench", "express"),
		Dir: dir, SearchPath: searchPath, Secret: rand.Text() + rand.Text(), Pinning: pinning,
	}
	b.lab = l
	b.say("building pschook")
	if err := shipped.Build(ctx, b.root, l.PSCHook, "-s -w"); err != nil {
		return err
	}
	if node, err := exec.LookPath("node"); err == nil {
		l.Node = node
	}
	if err := l.Certify(); err != nil {
		return err
	}
	if l.Addr, err = trial.FreeAddr(ctx); err != nil {
		return err
	}
	if l.AdminAddr, err = trial.FreeAddr(ctx); err != nil {
		return err
	}
	l.Sink, err = otlpsink.Start(ctx)
	return err
}

// machine is what the numbers were measured on and with.
type machine struct {
	cores                             int
	cpu, kernel, memory, load         string
	goVersion, node, wrk, express, at string
	callBytes, answerBytes            int
	unpinned                          string // why programs are not tied to cores; empty: they are
}

func describe(ctx context.Context, b *bench) machine {
	m := machine{
		cores: runtime.NumCPU(), goVersion: runtime.Version(),
		cpu:    field(read("/proc/cpuinfo"), "model name"),
		memory: field(read("/proc/meminfo"), "MemTotal"),
		kernel: first(read("/proc/sys/kernel/osrelease"), 1), load: first(read("/proc/loadavg"), 3),
		node: said(ctx, b.root, b.lab.Node, "--version"), at: said(ctx, b.root, "git", "describe", "--always", "--dirty"),
		callBytes: len(b.call.Body), express: "unknown",
	}
	_, version, _ := strings.Cut(said(ctx, b.root, b.wrk.Path, "--version"), "wrk ") // exits 1 whatever it is asked
	m.wrk = first(version, 1)
	var pkg struct{ Version string }
	if json.Unmarshal([]byte(read(filepath.Join(b.lab.ExpressDir, "node_modules", "express", "package.json"))), &pkg) == nil {
		m.express = pkg.Version
	}
	if answer, err := payload.Answer(); err == nil {
		m.answerBytes = len(answer)
	}
	return m
}

// read is the text of a file, empty if it cannot be read.
func read(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	return string(text)
}

// said is what a program printed, whatever its exit code.
func said(ctx context.Context, dir, program string, args ...string) string {
	if program == "" {
		return "none"
	}
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // node, git and wrk
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil && len(out) == 0 {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// field is the value of the first line "name : value".
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// first are the first n words of text.
func first(text string, n int) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(n, len(words))], " ")
}
