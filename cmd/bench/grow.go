package main

import (
	"context"
	"time"

	"pschook/cmd/bench/internal/payload"
	"pschook/cmd/bench/internal/stats"
	"pschook/cmd/bench/internal/target"
)

// grown is how the cost of a call grows in one series.
type grown struct {
	series
	costs     []stats.Summary // microseconds of the service's processor time a call, for each value
	exponent  float64
	tail      float64 // exponent between the last two values
	unmeasure string  // why it was not measured
}

// grow measures the service for each value of each series, round by round.
func (b *bench) grow(ctx context.Context) []grown {
	var out []grown
	for _, s := range allSeries() {
		b.say("growth: by %s", s.name)
		g := grown{series: s}
		costs := make([][]float64, len(s.values))
		for range b.plan.growthRounds {
			for i, value := range s.values {
				cost, err := b.cost(ctx, s.name, value)
				if err != "" {
					g.unmeasure = err
					break
				}
				costs[i] = append(costs[i], cost)
			}
		}
		out = append(out, g.fit(costs))
	}
	return out
}

// fit finds the exponents.
func (g grown) fit(costs [][]float64) grown {
	if g.unmeasure != "" {
		return g
	}
	var points []stats.Point
	for i, value := range g.values {
		s := stats.Summarize(costs[i])
		g.costs = append(g.costs, s)
		points = append(points, stats.Point{X: float64(value), Y: s.Median})
	}
	var err error
	if g.exponent, err = stats.Exponent(points); err == nil {
		g.tail, err = stats.TailExponent(points)
	}
	if err != nil {
		g.unmeasure = err.Error()
	}
	return g
}

// cost measures one value once: microseconds of processor time a call, or why not.
func (b *bench) cost(ctx context.Context, name string, value int) (micros float64, failure string) {
	v := target.Variation{Call: b.call}
	c := cell{Connections: 32}
	d := b.plan.growth
	var err error
	switch name {
	case bySize:
		v.Call, err = payload.Sized(value << 10)
	case bySecrets:
		v.Secrets = value
	case byConnections:
		c.Connections = value
		v.Connections = 5000                               // more than the service takes unless told to; the same for all values
		d += time.Duration(value) * 200 * time.Microsecond // each connection is to come to its turn
	}
	if err != nil {
		return 0, err.Error()
	}
	r, err := b.lab.Start(ctx, target.Service, v)
	if err != nil {
		return 0, err.Error()
	}
	b.run(ctx, r, cell{Connections: 32}, b.plan.warmUp/2)
	s := b.run(ctx, r, c, d)
	if err := r.Close(ctx); err != nil && s.Err == "" {
		s.Err = err.Error()
	}
	return s.CPU, s.Err
}
