package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"pschook/cmd/bench/internal/target"
	"pschook/internal/shipped"
)

// profileTime is how long the service is watched.
const profileTime = 5 * time.Second

// profile has perf look where the service, built with symbols, spends its time under
// load, and returns the functions with their shares.
func (b *bench) profile(ctx context.Context) (_ string, err error) {
	b.say("profile")
	lab := *b.lab
	lab.PSCHook = filepath.Join(lab.Dir, "pschook-with-symbols")
	if err := shipped.Build(ctx, b.root, lab.PSCHook, ""); err != nil {
		return "", err
	}
	r, err := lab.Start(ctx, target.Service, target.Variation{Call: b.call})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	b.run(ctx, r, cell{Connections: 32}, b.plan.warmUp)
	data := filepath.Join(lab.Dir, "perf.data")
	record := exec.CommandContext(ctx, "perf", "record", "--quiet", "--event", "cpu-clock", "--freq", "997", "--output", data, //nolint:gosec // a number and a scratch file
		"--pid", strconv.Itoa(r.PID()), "--", "sleep", strconv.Itoa(int(profileTime.Seconds())))
	if err := record.Start(); err != nil {
		return "", err
	}
	s := b.run(ctx, r, cell{Connections: 32}, profileTime-500*time.Millisecond)
	if err := record.Wait(); err != nil {
		return "", fmt.Errorf("perf record: %w", err)
	}
	if s.Err != "" {
		return "", errors.New(s.Err)
	}
	out, err := exec.CommandContext(ctx, "perf", "report", "--stdio", "--input", data, "--no-children", "--sort", "symbol", "--percent-limit", "0.7").Output() //nolint:gosec // a scratch file
	if err != nil {
		return "", fmt.Errorf("perf report: %w", err)
	}
	return shares(string(out)), nil
}

// shares are the lines of a perf report that are not comments, without columns after the symbol.
func shares(report string) string {
	var lines []string
	for line := range strings.Lines(report) {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		symbol, _, _ := strings.Cut(line[indent:], "    ")
		if line = strings.TrimRight(line[:indent]+symbol, " \n"); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
