// Package trial is what the programs share that measure the service and that try to break it: calls at a steady rate,
// certificates, and what the machine and a process have used.
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

// Clock is the time by which [Steady] begins calls. It is used by several goroutines at once.
type Clock interface {
	Now() time.Time
	// SleepUntil returns at t, or at once if t is past.
	SleepUntil(t time.Time)
}

// Steady begins rate calls a second, on time whatever becomes of those before, for so long, or until ctx ends if that
// is 0. begin gets the number of the call, from 0, and when it is due; what it waits, the next calls are late. Its
// error ends the load and is returned; the end of ctx is none.
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

// keptFailures is how many failures are told of.
const keptFailures = 3

// Outcome is what became of calls.
type Outcome struct {
	Sent, Failed int
	Failures     []string        // the first ones, and when they were
	Latencies    []time.Duration // ascending, each from when the call was due, so that a pause counts for all calls that fall into it
}

// Calls makes calls at a steady rate, see [Steady], each in a goroutine of its own, and waits for all. ctx does not
// end those under way.
func Calls(ctx context.Context, rate int, lasts time.Duration, call func(ctx context.Context, n int64) error) *Outcome {
	var mu sync.Mutex
	var wg sync.WaitGroup
	o, begin := &Outcome{}, time.Now()
	_ = Steady(ctx, WallClock{}, rate, lasts, func(n int64, due time.Time) error { // nothing below returns an error
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

// P99 is the latency that 99 of 100 calls do not exceed.
func (o *Outcome) P99() time.Duration { return Quantile(o.Latencies, 0.99) }

// Quantile returns the least of the sorted values that at least the share q of them does not exceed (nearest rank);
// zero without values.
func Quantile[T cmp.Ordered](sorted []T, q float64) T {
	var zero T
	if len(sorted) == 0 {
		return zero
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
