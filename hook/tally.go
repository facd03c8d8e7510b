package hook

import (
	"sync/atomic"
	"time"

	"pschook/commands"
)

// outcomes are the values of the label outcome, in the order in which they are shown.
func outcomes() []string {
	return []string{
		string(commands.OutcomeCommands), string(commands.OutcomeEmpty), string(commands.OutcomeDenied),
		outcomeUnauthorized, outcomeForbidden, outcomeMalformed, outcomeTooLarge, outcomeError,
	}
}

// Tally is how many calls had an outcome since the start.
type Tally struct {
	Outcome string // as in the metric pschook_hook_requests_total
	Count   uint64
	Last    time.Time // of the last one; zero: none yet
}

// tally counts one outcome. It is safe for concurrent use.
type tally struct {
	count atomic.Uint64
	last  atomic.Int64 // Unix time in ns; 0: never
}

func (t *tally) note(at time.Time) {
	t.count.Add(1)
	t.last.Store(at.UnixNano())
}

// Tallies returns one for each outcome there is, always in the same order. It is safe
// for concurrent use.
func (h *Handler) Tallies() []Tally {
	all := make([]Tally, 0, len(h.observe.outcomes))
	for _, name := range outcomes() {
		t := &h.observe.outcomes[name].tally
		one := Tally{Outcome: name, Count: t.count.Load()}
		if ns := t.last.Load(); ns != 0 {
			one.Last = time.Unix(0, ns)
		}
		all = append(all, one)
	}
	return all
}
