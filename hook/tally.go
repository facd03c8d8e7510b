package hook

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"pschook/commands"
)

// outcomes are the values of the label outcome, in the order in which they are shown.
func outcomes() []string {
	return []string{
		string(commands.OutcomeCommands), string(commands.OutcomeEmpty), string(commands.OutcomeDenied),
		outcomeUnauthorized, outcomeForbidden, outcomeMalformed, outcomeTooLarge, outcomeError,
	}
}

// Tally says how many calls had one outcome since the start.
type Tally struct {
	Outcome string // as in the metric pschook_hook_requests_total
	Count   uint64
	Last    time.Time // time of the last such call; zero: none yet
}

// tally counts the calls of one kind. It is safe for concurrent use.
type tally struct {
	count atomic.Uint64
	last  atomic.Int64 // Unix time in ns; 0: never
	place uint8        // among the values of the label
}

func (t *tally) note(at time.Time) {
	t.count.Add(1)
	t.last.Store(at.UnixNano())
}

// newTallies returns a tally for each value of a label. A single counter reads them at each
// collection, so counting costs the calls almost nothing.
func newTallies(meter metric.Meter, name, description, label string, values []string) (map[string]*tally, error) {
	tallies := make(map[string]*tally, len(values))
	labels := make(map[string]metric.ObserveOption, len(values))
	for i, v := range values {
		tallies[v] = &tally{place: uint8(i)}
		labels[v] = metric.WithAttributeSet(attribute.NewSet(attribute.String(label, v)))
	}
	_, err := meter.Int64ObservableCounter(name, metric.WithDescription(description),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			for v, t := range tallies {
				to.Observe(int64(t.count.Load()), labels[v]) //nolint:gosec // no process counts that far
			}
			return nil
		}))
	return tallies, err
}

// Tallies returns one tally for each outcome, always in the same order. It is safe for concurrent
// use.
func (h *Handler) Tallies() []Tally {
	all := make([]Tally, 0, len(h.observe.outcomes))
	for _, name := range outcomes() {
		t := h.observe.outcomes[name]
		one := Tally{Outcome: name, Count: t.count.Load()}
		if ns := t.last.Load(); ns != 0 {
			one.Last = time.Unix(0, ns)
		}
		all = append(all, one)
	}
	return all
}
