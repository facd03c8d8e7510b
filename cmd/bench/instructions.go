package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pschook/cmd/bench/internal/load"
	"pschook/cmd/bench/internal/target"
	"pschook/internal/shipped"
)

// instructed are the instructions that a target executes for one call, outside of the kernel.
type instructed struct {
	target target.Key
	all    float64
	parts  []float64 // by part
	reason string    // why they were not counted
}

// part is a share of the instructions: names of its functions begin with one of these.
type part struct {
	what  string
	begin []string
}

func (p part) holds(function string) bool {
	return slices.ContainsFunc(p.begin, func(begin string) bool { return strings.HasPrefix(function, begin) })
}

// parts are where instructions are spent. The first that fits counts.
func parts() []part {
	return []part{
		{"decoding", []string{"pschook/hook.(*scan)", "pschook/hook.(*decoder)", "pschook/hook.fingerprint", "unicode/utf8."}},
		{"the rest of the hook and its policy", []string{"pschook/hook.", "pschook/commands."}},
		{"log line", []string{"pschook/internal/telemetry.", "log/slog.", "time."}},
		{"listener, deadlines, headers", []string{"pschook/"}},
		{"metrics", []string{"go.opentelemetry.io/"}},
		{"digest of the secret", []string{"crypto/"}},
		{"Echo", []string{"github.com/labstack/echo/"}},
		{"net/http, reading and writing", []string{"net/", "net.", "bufio.", "io.", "internal/poll.", "mime.", "bytes.", "strings.", "context.", "vendor/golang.org/", "syscall.", "internal/runtime/syscall"}},
		{"Go runtime: memory, maps, goroutines", []string{""}},
	}
}

// byPart sums up by the first of parts that fits.
func (p profile) byPart(calls float64) []float64 {
	out := make([]float64, len(parts()))
	for function, n := range p.functions {
		i := slices.IndexFunc(parts(), func(p part) bool { return p.holds(function) })
		out[i] += n / calls
	}
	return out
}

// countedCalls are so many that what happens once in a while makes no difference.
const countedCalls = 2000

// instructions counts with valgrind, whose counts do not depend on how busy the machine is.
func (b *bench) instructions(ctx context.Context) []instructed {
	lab := *b.lab
	lab.PSCHook, lab.Pinning.Taskset = filepath.Join(lab.Dir, "pschook-with-symbols"), ""
	err := shipped.Build(ctx, b.root, lab.PSCHook, "")
	if err == nil {
		lab.Valgrind, err = exec.LookPath("valgrind")
	}
	var out []instructed
	for _, key := range []target.Key{target.Echo, target.Service} {
		if !slices.Contains(b.opts.targets, key) {
			continue
		}
		b.say("instructions: %s", key.Title())
		one := instructed{target: key}
		if err == nil {
			one.all, one.parts, err = b.perCall(ctx, &lab, key)
		}
		if err != nil {
			one.reason = err.Error()
		}
		out = append(out, one)
	}
	return out
}

// perCall sends calls to a target under Valgrind, the first of them to warm it up.
func (b *bench) perCall(ctx context.Context, lab *target.Lab, key target.Key) (all float64, of []float64, err error) {
	r, err := lab.Start(ctx, key, target.Variation{Call: b.call})
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = r.Stop() }() // Valgrind breaks down on the signal; what was to be had was written before
	want, err := load.Learn(ctx, r.Load, false)
	if err != nil {
		return 0, nil, err
	}
	for _, command := range []string{"zero", "dump"} {
		if _, err := load.Closed(ctx, load.Options{Target: r.Load, Want: want, Connections: 32, Duration: time.Hour, Count: countedCalls, FirstSerial: b.serial}); err != nil {
			return 0, nil, err
		}
		b.serial += countedCalls
		if out, err := exec.CommandContext(ctx, "vgdb", "--pid="+strconv.Itoa(r.PID()), command).CombinedOutput(); err != nil { //nolint:gosec // comes with Valgrind
			return 0, nil, fmt.Errorf("vgdb: %w: %.300s", err, out)
		}
	}
	file, err := os.Open(lab.Profile() + ".1")
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = file.Close() }() // it was only read
	p, err := parseProfile(bufio.NewScanner(file))
	return p.total / countedCalls, p.byPart(countedCalls), err
}

// profile is what callgrind found (Valgrind manual, Callgrind Format Specification).
type profile struct {
	total     float64
	functions map[string]float64 // what each executes itself
}

func parseProfile(lines *bufio.Scanner) (profile, error) {
	p := profile{functions: map[string]float64{}}
	names := map[string]string{} // by their number in the file
	function, call := "", false
	for lines.Scan() {
		line := lines.Text()
		kind, value, _ := strings.Cut(line, "=")
		number, name, _ := strings.Cut(value, " ")
		switch {
		case kind == "fn":
			names[number] = cmp.Or(name, names[number])
			function = names[number]
		case kind == "cfn":
			names[number] = cmp.Or(name, names[number])
		case kind == "calls":
			call = true // the next line says what the callee cost
		case call:
			call = false
		case line != "" && line[0] <= '9' && line[0] != '#': // a place: digits, + or -, or * for the same as before
			n, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			if err != nil {
				return p, fmt.Errorf("callgrind: %.80q: %w", line, err)
			}
			p.functions[function] += n
			p.total += n
		}
	}
	if err := lines.Err(); err != nil {
		return p, err
	}
	if p.total == 0 {
		return p, errors.New("callgrind counted nothing")
	}
	return p, nil
}

// instructionsTable shows instructions a call, by target and part.
func (d *document) instructionsTable(p printf) {
	if d.instructions == nil {
		return
	}
	p("## Instructions\n\nFor one call at 32 connections, outside of the kernel and without the garbage collector, counted by Valgrind: the same on a busy machine.\n")
	head, rule := "| in |", "| --- |"
	for _, one := range d.instructions {
		head, rule = head+fmt.Sprintf(" (%s) %s |", one.target, one.target.Title()), rule+" --- |"
		if one.reason != "" {
			p("(%s) was not counted: %s.\n", one.target, cellText(one.reason))
		}
	}
	p("%s\n%s", head, rule)
	for i, part := range parts() {
		text := "| " + part.what + " |"
		for _, one := range d.instructions {
			if one.reason == "" {
				text += " " + thousands(one.parts[i])
			}
			text += " |"
		}
		p("%s", text)
	}
	text := "| all |"
	for _, one := range d.instructions {
		if one.reason == "" {
			text += " **" + thousands(one.all) + "**"
		}
		text += " |"
	}
	p("%s\n", text)
}
