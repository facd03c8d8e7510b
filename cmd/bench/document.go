package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"pschook/cmd/bench/internal/stats"
	"pschook/cmd/bench/internal/target"
)

// document is all that is told of a run. Parts that were not run are nil.
type document struct {
	machine      machine
	plan         plan
	short        bool
	begin        time.Time
	took         time.Duration
	elsewhere    float64 // share of the machine's processor time that went to other programs
	compared     *compared
	growth       []grown
	footprint    *footprint
	instructions []instructed
}

// markdown is the document as text.
func (d *document) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) {
		_, _ = fmt.Fprintf(&b, format+"\n", args...) // a Builder takes everything
	}
	p("<!-- Made by cmd/bench (make bench): do not edit. -->\n\n# Benchmarks\n")
	if d.short {
		p("**A short run: for a first impression only.**\n")
	}
	if d.elsewhere > quiet {
		p("**The machine was busy: %.0f %% of its processor time went to other programs. Do not rely on these numbers.**\n", 100*d.elsewhere)
	}
	d.targetsTable(p)
	d.instructionsTable(p)
	d.costTable(p)
	d.growthTable(p)
	d.method(p)
	return b.String()
}

// printf adds a line.
type printf func(format string, args ...any)

// targetsTable says which of the project's targets are met.
func (d *document) targetsTable(p printf) {
	p("## Targets\n\n| target | wanted | measured | |\n| --- | --- | --- | --- |")
	for _, v := range d.verdicts() {
		p("| %s | %s | %s | %s |", v.what, v.wanted(), v.measured(), v.judgement())
	}
	p("")
}

// row is a line of the table of costs: one quantity of one target.
type row struct {
	what, unit string
	digits     int
	target     target.Key
	values     map[int]float64 // by round
	cpu        map[int]float64 // likewise, if it was measured: microseconds a call
	busy       map[int]float64 // likewise: percent of the core
	remark     string          // why there are no values, or not in all rounds
}

// costTable is the one table of medians, ratios and spreads.
func (d *document) costTable(p printf) {
	rows := d.rows()
	if len(rows) == 0 {
		return
	}
	p("## Speed, start and memory\n\nMedians (least–most of the rounds). × (a) and × (d) are ratios to bare Echo and to Express 4 in the same round.\n")
	p("| load | quantity | target | median | × (a) | × (d) | CPU µs a call | core in use, %% |\n| --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, r := range rows {
		if len(r.values) == 0 {
			p("| %s | %s | (%s) %s | not measured: %s | | | | |", r.what, r.unit, r.target, r.target.Title(), cellText(cmp.Or(r.remark, "no round came to it")))
			continue
		}
		text := byRound(r.values, r.digits)
		if r.remark != "" {
			text += " (not in all rounds: " + cellText(r.remark) + ")"
		}
		p("| %s | %s | (%s) %s | %s | %s | %s | %s | %s |", r.what, r.unit, r.target, r.target.Title(), text,
			ratioTo(rows, r, target.Echo), ratioTo(rows, r, target.Express), byRound(r.cpu, 1), byRound(r.busy, 0))
	}
	p("")
}

// byRound is the spread of values, empty if there are none.
func byRound(values map[int]float64, digits int) string {
	if len(values) == 0 {
		return ""
	}
	return spread(stats.Summarize(slices.Collect(maps.Values(values))), digits)
}

// ratioTo is the ratio of r to the same quantity of another target.
func ratioTo(rows []row, r row, other target.Key) string {
	i := slices.IndexFunc(rows, func(o row) bool { return o.what == r.what && o.unit == r.unit && o.target == other })
	if i < 0 || r.target == other {
		return ""
	}
	ratios := stats.Ratios(paired(r.values, rows[i].values))
	if len(ratios) == 0 {
		return ""
	}
	return spread(stats.Summarize(ratios), 2)
}

func (d *document) rows() []row {
	var rows []row
	if d.compared != nil {
		for _, c := range allCells() {
			rows = append(rows, d.compared.rows(c)...)
		}
	}
	if d.footprint != nil {
		rows = append(rows, d.footprint.rows()...)
	}
	return rows
}

// rows are those of one load.
func (out *compared) rows(c cell) []row {
	type quantity struct {
		unit   string
		digits int
		of     func(sample) float64
	}
	quantities := []quantity{{"answers/s", 0, func(s sample) float64 { return s.Throughput }}}
	if c.Rate > 0 {
		quantities = []quantity{
			{"p50 ms", 3, func(s sample) float64 { return s.P50 / 1e3 }},
			{"p99 ms", 3, func(s sample) float64 { return s.P99 / 1e3 }},
		}
	}
	var rows []row
	for i, q := range quantities {
		for _, key := range out.targets {
			at := place{key, c}
			r := row{what: c.String(), unit: q.unit, digits: q.digits, target: key, values: out.values(at, q.of), remark: out.failures[at]}
			if i > 0 && len(r.values) == 0 {
				continue // said once is enough
			}
			if i == 0 {
				r.cpu = out.values(at, func(s sample) float64 { return s.CPU })
				r.busy = out.values(at, func(s sample) float64 { return 100 * s.Busy })
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// rows are those of starting and running.
func (f *footprint) rows() []row {
	var rows []row
	numbered := func(values []float64, unit float64) map[int]float64 {
		m := map[int]float64{}
		for i, v := range values {
			m[i] = v / unit
		}
		return m
	}
	for _, key := range target.Keys() {
		if f.starts[key] != nil || f.reasons[key] != "" {
			rows = append(rows, row{what: "start", unit: "ms from exec to first right answer", digits: 1, target: key, values: numbered(f.starts[key], 1), remark: f.reasons[key]})
		}
	}
	for _, key := range target.Keys() {
		if f.starts[key] != nil || f.reasons[key] != "" {
			rows = append(rows, row{what: "memory (VmRSS)", unit: "MiB idle", digits: 1, target: key, values: numbered(f.idle[key], mib), remark: f.reasons[key]})
		}
	}
	after := row{what: "memory (VmRSS)", unit: "MiB at the end of the calls", digits: 1, target: target.Service, remark: f.memoryReason}
	if n := len(f.memory); n > 0 && f.memoryReason == "" {
		after.unit = "MiB after " + thousands(f.memory[n-1].X) + " calls"
		after.values = numbered([]float64{f.memory[n-1].Y}, mib)
	}
	return append(rows, after, row{what: "size", unit: "MiB program, stripped", digits: 1, target: target.Service, values: numbered([]float64{float64(f.binary)}, mib)})
}

// mib is a MiB in bytes.
const mib = 1 << 20

// growthTable shows how the cost of a call grows.
func (d *document) growthTable(p printf) {
	if d.growth == nil {
		return
	}
	p("## Growth\n\nProcessor time of pschook for a call in µs, medians (least–most of the rounds), and the exponent k of cost = a·xᵏ by least squares on the logarithms, over all and between the last two.\n")
	p("| by | measured | k | k, last two |\n| --- | --- | --- | --- |")
	for _, g := range d.growth {
		if g.unmeasure != "" {
			p("| %s | not measured: %s | | |", g.name, cellText(g.unmeasure))
			continue
		}
		var parts []string
		for i, c := range g.costs {
			x := thousands(float64(g.values[i]))
			if g.unit != "" {
				x += " " + g.unit
			}
			parts = append(parts, x+": "+spread(c, 1))
		}
		p("| %s | %s | %.2f | %.2f |", g.name, strings.Join(parts, "; "), g.exponent, g.tail)
	}
	p("")
}

// spread is a median with its range.
func spread(s stats.Summary, digits int) string {
	if s.N == 1 {
		return number(s.Median, digits)
	}
	return number(s.Median, digits) + " (" + number(s.Min, digits) + "–" + number(s.Max, digits) + ")"
}

// number writes v with that many digits, none after the point for large ones.
func number(v float64, digits int) string {
	if digits == 0 || math.Abs(v) >= 10_000 {
		return thousands(v)
	}
	return fmt.Sprintf("%.*f", digits, v)
}

// thousands writes a whole number with commas.
func thousands(v float64) string {
	digits := fmt.Sprintf("%.0f", math.Abs(v))
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	sign := ""
	if v <= -0.5 {
		sign = "-"
	}
	return sign + strings.Join(append([]string{digits}, groups...), ",")
}

// cellText makes text fit for a cell of a table.
func cellText(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
