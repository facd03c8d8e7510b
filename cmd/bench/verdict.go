package main

import (
	"fmt"

	"pschook/cmd/bench/internal/stats"
	"pschook/cmd/bench/internal/target"
)

// verdict is one of the project's targets and what was measured.
type verdict struct {
	what   string
	unit   string
	digits int
	limit  float64
	least  bool   // the limit is a least; else a most
	aim    string // what would be better still; may be empty
	got    stats.Summary
	reason string // why it was not measured; empty: it was
}

func (v verdict) met() bool {
	if v.least {
		return v.got.Median >= v.limit
	}
	return v.got.Median <= v.limit
}

func (v verdict) wanted() string {
	sign := "≤"
	if v.least {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s%s%s", sign, number(v.limit, v.digits), v.unit, v.aim)
}

func (v verdict) measured() string {
	if v.reason != "" {
		return "not measured: " + cellText(v.reason)
	}
	return spread(v.got, v.digits) + v.unit
}

// judgement says by how much a target is missed.
func (v verdict) judgement() string {
	switch {
	case v.reason != "":
		return "—"
	case v.met():
		return "met"
	}
	by := v.got.Median - v.limit
	if v.least {
		by = -by
	}
	text := fmt.Sprintf("**missed** by %s%s", number(by, v.digits), v.unit)
	if v.limit != 0 {
		text += fmt.Sprintf(" (%.0f %%)", 100*by/v.limit)
	}
	return text
}

// verdicts are the targets of the parts that were run.
func (d *document) verdicts() []verdict {
	var out []verdict
	if d.compared != nil {
		out = append(out, d.compared.verdicts()...)
	}
	if d.footprint != nil {
		out = append(out, d.footprint.verdicts()...)
	}
	for _, g := range d.growth {
		out = append(out, verdict{
			what: "growth by " + g.name + ", exponent", limit: g.most, digits: 2, got: stats.Summarize([]float64{g.exponent}), reason: g.unmeasure,
		})
	}
	return out
}

func (out *compared) verdicts() []verdict {
	throughput := func(s sample) float64 { return s.Throughput }
	var vs []verdict
	for _, n := range []int{32, 256} {
		c := cell{Connections: n}
		at := fmt.Sprintf(", %d connections", n)
		vs = append(vs,
			out.ratio(verdict{what: "throughput (b)/(a)" + at, limit: 0.60, least: true, aim: " (aim 0.70)"}, place{target.Service, c}, place{target.Echo, c}, throughput),
			out.ratio(verdict{what: "throughput (c)/(b)" + at, limit: 0.90, least: true}, place{target.Traced, c}, place{target.Service, c}, throughput),
			out.ratio(verdict{what: "throughput (b)/(d)" + at, limit: 4.0, least: true}, place{target.Service, c}, place{target.Express, c}, throughput),
		)
	}
	for i, rate := range []int{1000, 5000} {
		c, limit := cell{Connections: openConnections, Rate: rate}, []float64{1.25, 2}[i]
		vs = append(vs, out.ratio(verdict{what: "p99 (b)/(a), " + thousands(float64(rate)) + " calls/s", limit: limit},
			place{target.Service, c}, place{target.Echo, c}, func(s sample) float64 { return s.P99 }))
	}
	return vs
}

// ratio fills v with the ratio of two places.
func (out *compared) ratio(v verdict, above, below place, of func(sample) float64) verdict {
	v.digits = 2
	ratios := stats.Ratios(paired(out.values(above, of), out.values(below, of)))
	v.got = stats.Summarize(ratios)
	if len(ratios) == 0 {
		v.reason = "no round has both"
		for _, at := range []place{below, above} {
			if reason := out.failures[at]; reason != "" {
				v.reason = at.target.Title() + ": " + reason
			}
		}
	}
	return v
}

// growthTolerance is what memory may grow by in the last half of the calls: the
// garbage collector's heap goes up and down by that much.
const growthTolerance = 1.0 // MiB

func (f *footprint) verdicts() []verdict {
	one := func(v float64) stats.Summary { return stats.Summarize([]float64{v}) }
	start := verdict{what: "exec to first right answer, median", unit: " ms", digits: 1, limit: 20, got: stats.Summarize(f.starts[target.Service]), reason: f.reasons[target.Service]}
	if start.got.N == 0 && start.reason == "" {
		start.reason = "pschook was not among the targets"
	}
	memory := verdict{what: "memory at the end of the calls", unit: " MiB", digits: 1, limit: 40, reason: f.memoryReason}
	growth := verdict{what: "growth of memory over their last half, by its slope", unit: " MiB", digits: 2, limit: growthTolerance, reason: f.memoryReason}
	if n := len(f.memory); n > 1 && f.memoryReason == "" {
		memory.what = "memory after " + thousands(f.memory[n-1].X) + " calls"
		memory.got = one(f.memory[n-1].Y / mib)
		if slope, err := f.slope(); err != nil {
			growth.reason = err.Error()
		} else {
			growth.got = one(slope * f.memory[n-1].X / 2 / mib)
		}
	}
	return []verdict{
		start, memory, growth,
		{what: "size of the program, stripped", unit: " MiB", digits: 1, limit: 30, got: one(float64(f.binary) / mib)},
	}
}
