// Package trial is shared by the programs that measure the service and those that try to break it:
// calls at a steady rate, and what the machine and a process have used.
//
// It imports no other package of this module.
package trial

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// Clock is the clock of [Steady]. Several goroutines use it at the same time.
type Clock interface {
	Now() time.Time
	// SleepUntil returns at t, or at once if t is past.
	SleepUntil(t time.Time)
}

// Steady begins rate calls a second, on time even when earlier calls are slow. It ends after lasts,
// or when ctx ends if lasts is 0. begin gets the number of the call, from 0, and its due time. The
// next calls are late by the time that begin waits. An error of begin ends the load and is
// returned; the end of ctx is no error.
func Steady(ctx context.Context, clock Clock, rate int, lasts time.Duration, begin func(n int64, due time.Time) error) error {
	defer pace()()
	first := clock.Now()
	for n := int64(0); ; n++ {
		after := time.Duration(n) * time.Second / time.Duration(rate)
		if lasts > 0 && after >= lasts {
			return nil
		}
		clock.SleepUntil(first.Add(after))
		if ctx.Err() != nil {
			return nil
		}
		if err := begin(n, first.Add(after)); err != nil {
			return err
		}
	}
}

// keptFailures is how many failures are kept.
const keptFailures = 3

// Outcome is the result of calls.
type Outcome struct {
	Sent, Failed int
	Failures     []string        // the first ones, with their times
	Latencies    []time.Duration // ascending, each measured from the due time, so that a pause counts for all calls within it
}

// Calls makes calls at a steady rate, see [Steady], each in its own goroutine, and waits for all.
// The end of ctx does not stop running calls.
func Calls(ctx context.Context, rate int, lasts time.Duration, call func(ctx context.Context, n int64) error) *Outcome {
	var mu sync.Mutex
	var wg sync.WaitGroup
	o, begin := &Outcome{}, time.Now()
	_ = Steady(ctx, WallClock{}, rate, lasts, func(n int64, due time.Time) error { // the function below returns no error
		wg.Go(func() {
			err := call(context.WithoutCancel(ctx), n)
			took := time.Since(due)
			mu.Lock()
			defer mu.Unlock()
			o.Sent++
			o.Latencies = append(o.Latencies, took)
			if err == nil {
				return
			}
			if o.Failed++; len(o.Failures) < keptFailures {
				o.Failures = append(o.Failures, fmt.Sprintf("%s after %s: %v", time.Since(begin).Round(time.Millisecond), took.Round(time.Millisecond), err))
			}
		})
		return nil
	})
	wg.Wait()
	slices.Sort(o.Latencies)
	return o
}

// P99 returns the latency that 99 of 100 calls do not exceed.
func (o *Outcome) P99() time.Duration { return Quantile(o.Latencies, 0.99) }

// Quantile returns the least of the sorted values that at least the share q of them do not exceed
// (nearest rank); zero without values.
func Quantile[T cmp.Ordered](sorted []T, q float64) T {
	var zero T
	if len(sorted) == 0 {
		return zero
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
