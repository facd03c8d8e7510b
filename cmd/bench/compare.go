package main

import (
	"context"
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

// compare measures all targets in turn, round by round, in another order each time.
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
		for _, tls := range []bool{false, true} {
			for i := range b.opts.targets {
				key := b.opts.targets[(i+round)%len(b.opts.targets)]
				instance := place{target: key, cell: cell{TLS: tls}}
				if ctx.Err() != nil || broken[instance] || len(cells(key, tls)) == 0 {
					continue
				}
				b.say("comparison: round %d of %d, %s, https %t", round+1, b.plan.rounds, key.Title(), tls)
				samples, err := b.instance(ctx, key, tls)
				if err != nil {
					b.say("  not measured: %v", err)
					broken[instance] = len(samples) == 0
				}
				for _, s := range samples {
					s.Part, s.Round = partComparison, round
					b.record(s)
				}
				out.add(key, tls, round, samples, err)
			}
		}
	}
	return out
}

// instance starts a target, puts it under every load, and stops it. With an error the
// samples count for nothing; there are none if it did not even start.
func (b *bench) instance(ctx context.Context, key target.Key, tls bool) ([]sample, error) {
	r, err := b.lab.Start(ctx, key, target.Variation{TLS: tls, Call: b.call})
	if err != nil {
		return nil, err
	}
	samples := []sample{b.run(ctx, r, cell{TLS: tls, Connections: 32}, b.plan.warmUp)}
	for _, c := range cells(key, tls) {
		d := b.plan.closed
		if c.Rate > 0 {
			d = b.plan.open
		}
		samples = append(samples, b.run(ctx, r, c, d))
	}
	return samples[1:], r.Close(ctx)
}

// add sorts the samples of one instance in.
func (out *compared) add(key target.Key, tls bool, round int, samples []sample, err error) {
	for i, c := range cells(key, tls) {
		at := place{key, c}
		switch {
		case err != nil:
			out.failures[at] = err.Error()
		case samples[i].Err != "":
			out.failures[at] = samples[i].Err
		default:
			if out.samples[at] == nil {
				out.samples[at] = map[int]sample{}
			}
			out.samples[at][round] = samples[i]
		}
	}
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
