package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"pschook/cmd/bench/internal/load"
	"pschook/cmd/bench/internal/payload"
	"pschook/cmd/bench/internal/target"
	"pschook/cmd/bench/internal/wrk"
	"pschook/internal/trial"
)

// bench is one run of this program.
type bench struct {
	opts    options
	plan    plan
	lab     *target.Lab
	wrk     *wrk.Runner  // nil: all closed loops by the own generator
	call    payload.Call // of the comparison
	root    string       // directory of the module
	machine machine
	raw     *json.Encoder // takes every sample
	begin   time.Time
	stderr  io.Writer
	serial  uint64 // last serial number given out
}

// sample is what one run of one load says of a target.
type sample struct {
	Part       string     `json:"part"`
	Round      int        `json:"round"`
	Target     target.Key `json:"target"`
	Cell       cell       `json:"cell"`
	Value      int        `json:"value,omitempty"` // of a series of growth
	Requests   int        `json:"requests"`
	Throughput float64    `json:"throughput"`      // answers a second
	CPU        float64    `json:"cpu_us"`          // of the target for each call, in microseconds
	Busy       float64    `json:"busy"`            // share of a core that the target used
	P50        float64    `json:"p50_us"`          // latencies in microseconds
	P99        float64    `json:"p99_us"`          //
	P999       float64    `json:"p999_us"`         //
	Max        float64    `json:"max_us"`          //
	Lag        float64    `json:"lag_p99_us"`      // of the open loop's sender
	Stolen     float64    `json:"stolen"`          // share of all processor time that the hypervisor gave to other machines
	Tries      int        `json:"tries,omitempty"` // how often it was measured, if more than once
	Err        string     `json:"err,omitempty"`   // why there is nothing
	Spare      []float64  `json:"more,omitempty"`  // start times in ms, memory in bytes
}

// measure runs all parts and prints what came of them.
func measure(ctx context.Context, opts options, searchPath string, stdout, stderr io.Writer) error {
	begin := time.Now()
	dir, err := os.MkdirTemp("", "pschook-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // scratch files; what is left is in the system's temporary directory
	b := &bench{opts: opts, plan: newPlan(opts.short, opts.rounds), begin: begin, stderr: stderr}
	if err := b.prepare(ctx, dir, searchPath); err != nil {
		return err
	}
	defer func() { _ = b.lab.Sink.Close() }() // nobody sends any more
	raw, err := b.openRaw(begin)
	if err != nil {
		return err
	}
	b.raw = json.NewEncoder(raw)
	doc := document{machine: b.machine, plan: b.plan, short: opts.short, begin: begin}
	before, beforeErr := processorTimes()
	err = b.parts(ctx, &doc)
	if after, afterErr := processorTimes(); beforeErr == nil && afterErr == nil {
		doc.elsewhere = after.elsewhere(before)
	}
	if err := errors.Join(err, raw.Close()); err != nil {
		return err
	}
	doc.took = time.Since(begin)
	text := doc.markdown()
	if _, err := io.WriteString(stdout, text); err != nil {
		return err
	}
	if opts.write {
		if err := os.WriteFile(filepath.Join(b.root, "docs", "benchmarks.md"), []byte(text), 0o644); err != nil { //nolint:gosec // for everybody to read
			return err
		}
	}
	if missed := doc.missed(); opts.gate && missed > 0 {
		return fmt.Errorf("targets missed or not measured: %d", missed)
	}
	return nil
}

func (b *bench) parts(ctx context.Context, doc *document) error {
	var footErr error
	if slices.Contains(b.opts.parts, partInstructions) {
		doc.instructions = b.instructions(ctx)
	}
	if slices.Contains(b.opts.parts, partComparison) {
		doc.compared = b.compare(ctx)
	}
	if slices.Contains(b.opts.parts, partGrowth) {
		doc.growth = b.grow(ctx)
	}
	if slices.Contains(b.opts.parts, partFootprint) {
		doc.footprint, footErr = b.footprint(ctx)
	}
	return errors.Join(footErr, ctx.Err())
}

// openRaw makes the file for the samples, one a run.
func (b *bench) openRaw(begin time.Time) (*os.File, error) {
	dir := filepath.Join(b.root, "bench-data")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	return os.Create(filepath.Join(dir, begin.UTC().Format("20060102T150405Z")+".jsonl"))
}

// record keeps a sample in the raw data.
func (b *bench) record(s sample) {
	if err := b.raw.Encode(s); err != nil {
		b.say("raw data: %v", err)
	}
}

func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.stderr, "%4.0f s  "+format+"\n", append([]any{time.Since(b.begin).Seconds()}, args...)...) // progress only
}

// run loads a target once and says what came of it; sample.Err is why nothing did.
func (b *bench) run(ctx context.Context, r *target.Running, c cell, d time.Duration) sample {
	s := sample{Target: r.Key, Cell: c}
	opts := load.Options{Target: r.Load, Connections: c.Connections, NewEach: c.NewEach, Duration: d, FirstSerial: b.serial}
	var err error
	if opts.Want, err = load.Learn(ctx, r.Load, c.NewEach); err != nil {
		s.Err = err.Error()
		return s
	}
	runtime.GC() // not while measuring
	machine, machineErr := trial.ReadTimes()
	before, err := r.CPU()
	begin := time.Now()
	if err == nil {
		err = b.load(ctx, opts, c, &s)
	}
	elapsed := time.Since(begin)
	after, cpuErr := r.CPU()
	if err = errors.Join(err, cpuErr); err != nil {
		s.Err = err.Error()
		return s
	}
	r.Calls += 1 + s.Requests
	b.serial += uint64(s.Requests) + uint64(c.Connections) //nolint:gosec // counts are not negative
	s.CPU = float64((after - before).Microseconds()) / float64(max(s.Requests, 1))
	s.Busy = float64(after-before) / float64(elapsed)
	if now, err := trial.ReadTimes(); err == nil && machineErr == nil {
		s.Stolen = now.StolenSince(machine)
	}
	return s
}

// load runs the generator that c asks for.
func (b *bench) load(ctx context.Context, opts load.Options, c cell, s *sample) error {
	if c.Rate == 0 && b.wrk != nil && opts.Duration%time.Second == 0 {
		r, err := b.wrk.Run(ctx, opts)
		if err != nil {
			return err
		}
		s.Requests, s.Throughput = r.Requests, r.Throughput()
		s.P50, s.P99, s.P999, s.Max = float64(r.P50), float64(r.P99), float64(r.P999), float64(r.Max)
		_, err = load.Learn(ctx, opts.Target, c.NewEach) // wrk compares lengths only: look at a whole answer afterwards, too
		return err
	}
	var result load.Result
	var err error
	if c.Rate == 0 {
		result, err = load.Closed(ctx, opts)
	} else {
		result, err = load.Open(ctx, opts, c.Rate, trial.WallClock{})
	}
	if err != nil {
		return err
	}
	s.Requests, s.Throughput = result.Requests, result.Throughput()
	micros := func(sorted []time.Duration, q float64) float64 {
		return float64(trial.Quantile(sorted, q).Nanoseconds()) / 1e3
	}
	s.P50, s.P99, s.P999 = micros(result.Latencies, 0.50), micros(result.Latencies, 0.99), micros(result.Latencies, 0.999)
	s.Max, s.Lag = micros(result.Latencies, 1), micros(result.Lag, 0.99)
	return nil
}
