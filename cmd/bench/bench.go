package main

import (
	"context"
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
	wrk     wrk.Runner
	call    payload.Call // of the comparison
	root    string       // directory of the module
	machine machine
	begin   time.Time
	stderr  io.Writer
	serial  uint64 // last serial number given out
}

// sample is what one run of one load says of a target.
type sample struct {
	Requests   int
	Throughput float64 // answers a second
	CPU        float64 // of the target for each call, in microseconds
	Busy       float64 // share of a core that the target used
	P50, P99   float64 // latencies in microseconds
	Stolen     float64 // share of all processor time that the hypervisor gave to other machines
	Tries      int     // how often it was measured, if more than once
	Err        string  // why there is nothing
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
	doc := document{machine: b.machine, plan: b.plan, short: opts.short, begin: begin}
	before, beforeErr := processorTimes()
	err = b.parts(ctx, &doc)
	if after, afterErr := processorTimes(); beforeErr == nil && afterErr == nil {
		doc.elsewhere = after.elsewhere(before)
	}
	if err != nil {
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

func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.stderr, "%4.0f s  "+format+"\n", append([]any{time.Since(b.begin).Seconds()}, args...)...) // progress only
}

// run loads a target once and says what came of it; sample.Err is why nothing did.
func (b *bench) run(ctx context.Context, r *target.Running, c cell, d time.Duration) sample {
	var s sample
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
	if c.Rate == 0 && opts.Duration%time.Second == 0 {
		r, err := b.wrk.Run(ctx, opts)
		if err != nil {
			return err
		}
		s.Requests, s.Throughput = r.Requests, r.Throughput()
		s.P50, s.P99 = float64(r.P50), float64(r.P99)
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
	s.P50, s.P99 = micros(result.Latencies, 0.50), micros(result.Latencies, 0.99)
	return nil
}
