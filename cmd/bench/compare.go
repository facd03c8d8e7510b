package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"pschook/cmd/bench/internal/target"
)

// place is where in the comparison a sample belongs.
type place struct {
	target target.Key
	cell   cell
}

// compared are the samples of the comparison, by round, and what went wrong.
type compared struct {
	targets  []target.Key
	samples  map[place]map[int]sample
	rounds   int
	failures map[place]string // why a place has no or too few samples; the last reason
}

// compare measures all loads round by round, each for all targets one after the other,
// so that what is compared is some seconds apart, in another order each time.
func (b *bench) compare(ctx context.Context) *compared {
	out := &compared{targets: b.opts.targets, samples: map[place]map[int]sample{}, failures: map[place]string{}}
	broken := map[place]bool{} // does not start: not tried again
	begin := time.Now()
	for round := range b.plan.rounds {
		if spent := time.Since(begin); round > 0 && spent+spent/time.Duration(round) > b.plan.compare {
			b.say("comparison: no time for a further round: this machine is slow, or busy")
			break
		}
		out.rounds++
		for _, c := range allCells() {
			b.say("comparison: round %d of %d, %s", round+1, b.plan.rounds, c)
			for i := range b.opts.targets {
				key := b.opts.targets[(i+round)%len(b.opts.targets)]
				kind := place{target: key, cell: cell{TLS: c.TLS}}
				if ctx.Err() != nil || broken[kind] {
					continue
				}
				s, err := b.instance(ctx, key, c)
				var start *startError
				broken[kind] = errors.As(err, &start)
				if err != nil {
					b.say("  %s: not measured: %v", key.Title(), err)
				}
				out.add(place{key, c}, round, s, err)
			}
		}
	}
	return out
}

// startError says that a target did not even start.
type startError struct{ error }

// instance starts a target, puts it under one load, and stops it. With an error the
// sample counts for nothing.
func (b *bench) instance(ctx context.Context, key target.Key, c cell) (sample, error) {
	r, err := b.lab.Start(ctx, key, target.Variation{TLS: c.TLS, Call: b.call})
	if err != nil {
		return sample{Err: err.Error()}, &startError{err}
	}
	b.run(ctx, r, cell{TLS: c.TLS, Connections: 32}, b.plan.warm(key))
	d := b.plan.closed
	if c.Rate > 0 {
		d = b.plan.open
	}
	s := leastStolen(b.plan.tries, func() sample { return b.run(ctx, r, c, d) })
	return s, r.Close(ctx)
}

// leastStolen runs up to so many times, until other machines on the same host took
// next to nothing of this one's processors meanwhile, and returns the sample of the
// run in which they took least: it is chosen by that alone, not by what was measured.
func leastStolen(tries int, run func() sample) sample {
	best := run()
	for n := 1; n < tries && best.Err == "" && best.Stolen > hardlyStolen; n++ {
		if s := run(); s.Err != "" || s.Stolen < best.Stolen {
			best = s
		}
		best.Tries = n + 1
	}
	return best
}

// add sorts a sample in.
func (out *compared) add(at place, round int, s sample, err error) {
	switch {
	case err != nil:
		out.failures[at] = err.Error()
	case s.Err != "":
		out.failures[at] = s.Err
	default:
		if out.samples[at] == nil {
			out.samples[at] = map[int]sample{}
		}
		out.samples[at][round] = s
	}
}

// stolen tells how many samples there are, how many were measured more than once, and
// which share of the processors' time other machines took in the worst that counts.
func (out *compared) stolen() (samples, repeated int, worst float64) {
	for _, rounds := range out.samples {
		for _, s := range rounds {
			samples++
			if s.Tries > 1 {
				repeated++
			}
			worst = max(worst, s.Stolen)
		}
	}
	return samples, repeated, worst
}

// values are one quantity at a place, by round.
func (out *compared) values(at place, of func(sample) float64) map[int]float64 {
	values := map[int]float64{}
	for round, s := range out.samples[at] {
		values[round] = of(s)
	}
	return values
}

// paired are the values of rounds in which both were measured, in order.
func paired(a, b map[int]float64) (as, bs []float64) {
	var rounds []int
	for round := range a {
		if _, ok := b[round]; ok {
			rounds = append(rounds, round)
		}
	}
	slices.Sort(rounds)
	for _, round := range rounds {
		as, bs = append(as, a[round]), append(bs, b[round])
	}
	return as, bs
}
