package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"pschook/cmd/bench/internal/load"
	"pschook/cmd/bench/internal/stats"
	"pschook/cmd/bench/internal/target"
	"pschook/internal/wait"
)

// footprint is what starting and running costs.
type footprint struct {
	starts  map[target.Key][]float64 // milliseconds from exec to the first right answer
	idle    map[target.Key][]float64 // bytes of memory
	reasons map[target.Key]string    // why a target has neither

	memory       []stats.Point // of the service: calls so far, bytes
	memoryReason string        // why there is none
	binary       int64         // bytes
}

// slope is how much the memory grows with each call in the last half, in bytes.
func (f *footprint) slope() (float64, error) { return stats.Slope(f.memory[len(f.memory)/2:]) }

func (b *bench) footprint(ctx context.Context) (*footprint, error) {
	info, err := os.Stat(b.lab.PSCHook)
	if err != nil {
		return nil, err
	}
	f := &footprint{
		starts: map[target.Key][]float64{}, idle: map[target.Key][]float64{}, reasons: map[target.Key]string{},
		binary: info.Size(),
	}
	for _, key := range b.opts.targets {
		b.say("footprint: starting %s", key.Title())
		if err := b.starts(ctx, f, key); err != nil {
			f.reasons[key] = err.Error()
		}
	}
	b.say("footprint: %d calls", b.plan.calls)
	if err := b.memory(ctx, f); err != nil {
		f.memoryReason = err.Error()
	}
	return f, nil
}

// starts starts a target several times, and once reads its memory after a rest.
func (b *bench) starts(ctx context.Context, f *footprint, key target.Key) error {
	for i := range b.plan.starts {
		r, err := b.lab.Start(ctx, key, target.Variation{Call: b.call})
		if err != nil {
			return err
		}
		f.starts[key] = append(f.starts[key], float64(r.FirstRight.Microseconds())/1e3)
		if i == 0 {
			err = wait.For(ctx, b.plan.idle)
			if rss, rssErr := r.RSS(); rssErr == nil {
				f.idle[key] = append(f.idle[key], float64(rss))
			}
		}
		if stopErr := r.Stop(); err == nil {
			err = stopErr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// memory reads the service's memory again and again while it answers calls, no two of
// which are for the same token.
func (b *bench) memory(ctx context.Context, f *footprint) (err error) {
	r, err := b.lab.Start(ctx, target.Service, target.Variation{Call: b.call})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := r.Close(ctx); err == nil {
			err = closeErr
		}
	}()
	want, err := load.Learn(ctx, r.Load, false)
	if err != nil {
		return err
	}
	r.Calls++
	for range b.plan.slices {
		opts := load.Options{Target: r.Load, Want: want, Connections: 32, Duration: time.Hour, Count: b.plan.calls / b.plan.slices, FirstSerial: b.serial}
		result, err := load.Closed(ctx, opts)
		if err != nil {
			return err
		}
		if result.Requests != opts.Count {
			return fmt.Errorf("%d of %d calls answered", result.Requests, opts.Count)
		}
		r.Calls += result.Requests
		b.serial += uint64(result.Requests) //nolint:gosec // a count is not negative
		rss, err := r.RSS()
		if err != nil {
			return err
		}
		f.memory = append(f.memory, stats.Point{X: float64(r.Calls), Y: float64(rss)})
	}
	return nil
}
