package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pschook/internal/trial"
)

// NotSustainedError says that a target was too slow for the rate.
type NotSustainedError struct {
	Answered, Due int
	After         time.Duration
}

// Error says how far it came.
func (e *NotSustainedError) Error() string {
	return fmt.Sprintf("rate not sustained: %d of %d calls answered after %v", e.Answered, e.Due, e.After.Round(time.Millisecond))
}

// Open sends rate calls a second over opts.Connections kept-alive connections for
// opts.Duration. A call that finds no connection free waits for one, and its waiting
// counts. After the same time again and a little patience it gives up with a
// [NotSustainedError]. Any wrong answer ends the run with an error.
func Open(ctx context.Context, opts Options, rate int, clock trial.Clock) (Result, error) {
	if rate < 1 {
		return Result{}, errors.New("load: an open loop wants a rate of at least 1")
	}
	serial := new(atomic.Uint64)
	serial.Store(opts.FirstSerial)
	conns, err := dialAll(ctx, opts, serial)
	if err != nil {
		return Result{}, err
	}
	run := &openRun{clock: clock, idle: make(chan *conn, len(conns)), failed: make(chan error, len(conns))}
	limit := 2*opts.Duration + patience
	var readers sync.WaitGroup
	for _, c := range conns {
		if err := c.net.SetDeadline(time.Now().Add(limit)); err != nil {
			return Result{}, err
		}
		run.idle <- c
	}
	run.begin = clock.Now()
	for _, c := range conns {
		readers.Go(func() { run.read(c) })
	}
	err = run.send(ctx, rate, opts.Duration)
	if err == nil {
		err = run.drain(ctx, len(conns))
	}
	elapsed := clock.Now().Sub(run.begin)
	run.over.Store(true)
	for _, c := range conns {
		c.close()
	}
	readers.Wait()
	return run.result(conns, elapsed, err)
}

// openRun is one run of Open.
type openRun struct {
	clock  trial.Clock
	begin  time.Time
	idle   chan *conn // connections without a call under way
	failed chan error
	over   atomic.Bool // connections are being closed
	lag    []time.Duration
}

// send sends each call when it is due, or as soon as a connection is free: it is asked for before, so that
// waiting for it makes no call late that would not be.
func (run *openRun) send(ctx context.Context, rate int, lasts time.Duration) error {
	c := <-run.idle
	err := trial.Steady(ctx, run.clock, rate, lasts, func(_ int64, due time.Time) (err error) {
		run.lag = append(run.lag, run.clock.Now().Sub(due))
		c.due.Store(int64(due.Sub(run.begin))) // the reader sees it: the answer comes after the call
		if err = c.send(); err == nil {
			c, err = run.free(ctx)
		}
		return err
	})
	if err == nil {
		run.idle <- c
	}
	return cmp.Or(err, ctx.Err())
}

// free waits for a connection without a call under way.
func (run *openRun) free(ctx context.Context) (*conn, error) {
	select {
	case err := <-run.failed:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	case c := <-run.idle:
		return c, nil
	}
}

// drain waits for the answers that are still to come.
func (run *openRun) drain(ctx context.Context, connections int) error {
	for range connections {
		if _, err := run.free(ctx); err != nil {
			return err
		}
	}
	return nil
}

// read takes the answers of one connection.
func (run *openRun) read(c *conn) {
	for {
		if err := c.receive(); err != nil {
			if !run.over.Load() {
				run.failed <- err
			}
			return
		}
		c.latencies = append(c.latencies, run.clock.Now().Sub(run.begin)-time.Duration(c.due.Load()))
		run.idle <- c
	}
}

func (run *openRun) result(conns []*conn, elapsed time.Duration, err error) (Result, error) {
	result := Result{Elapsed: elapsed, Lag: run.lag}
	for _, c := range conns {
		result.Latencies = append(result.Latencies, c.latencies...)
	}
	slices.Sort(result.Latencies)
	slices.Sort(result.Lag)
	result.Requests = len(result.Latencies)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = &NotSustainedError{Answered: result.Requests, Due: len(run.lag), After: elapsed}
	}
	return result, err
}
