package outcomes

import (
	"cmp"
	"io"
	"slices"
	"time"
)

// How much of a log is kept for the summary.
const (
	maxKept  = 10_000 // changes and drops; the earliest are kept
	maxNamed = 1_000  // clients and reasons; the others are counted together under "…"
)

// Summary says what a part of the System Log tells about the hook.
type Summary struct {
	Scanned

	From, To time.Time // times of the events that concern the hook; zero: there are none
	Counts
	Mintings  map[string]uint64 // tokens minted, by client id
	Reasons   map[string]uint64 // of what was dropped, failed or denied: "result: Okta's words"
	FirstDrop *Shown            // nil: nothing was dropped
	Change    *Event            // the last change of a rule or hook before FirstDrop; nil: none

	Last       map[Result]Shown // the latest event of each result
	LastMinted Event            // the latest token; zero: none was minted
}

// Recovered reports whether tokens were minted, in another transaction, after the last result r.
func (s Summary) Recovered(r Result) bool {
	last := s.Last[r]
	return s.LastMinted.At.After(last.At) && s.LastMinted.Transaction != last.Transaction
}

// Summarize reads an exported log (see [Scan] for its forms and errors). Memory is bounded.
func Summarize(r io.Reader, opts Options) (Summary, error) {
	s := newSummary(opts)
	scanned, err := Scan(r, s.add)
	s.summary.Scanned = scanned
	return s.end(), err
}

// SummarizeEvents does the same for events that were already read.
func SummarizeEvents(events []Event, opts Options) Summary {
	s := newSummary(opts)
	for _, e := range events {
		s.add(e)
	}
	s.summary.Events = len(events)
	return s.end()
}

// summarizer fills a summary event by event, in any order.
type summarizer struct {
	summary Summary
	ledger  *Ledger
	changes []Event
	drops   []Shown
}

func newSummary(opts Options) *summarizer {
	s := &summarizer{summary: Summary{Mintings: make(map[string]uint64), Reasons: make(map[string]uint64), Last: make(map[Result]Shown)}}
	opts.Now = func() time.Time { return time.Time{} } // nothing is left open: see DecideAll
	opts.Each = s.addResult
	s.ledger = NewLedger(opts)
	return s
}

func (s *summarizer) add(e Event) {
	if s.summary.From.IsZero() || e.At.Before(s.summary.From) {
		s.summary.From = e.At
	}
	if e.At.After(s.summary.To) {
		s.summary.To = e.At
	}
	switch e.Kind {
	case RuleChanged, HookChanged:
		s.changes = keepEarliest(s.changes, e, func(e Event) time.Time { return e.At })
	case Minted:
		addNamed(s.summary.Mintings, cmp.Or(e.Client, leftOut))
		if s.ledger.opts.counts(e.Client) {
			s.summary.LastMinted = latest(s.summary.LastMinted, e)
		}
	}
	s.ledger.Heard(e)
}

func latest(a, b Event) Event {
	if b.At.Before(a.At) {
		return a
	}
	return b
}

func (s *summarizer) addResult(r Shown) {
	if last, ok := s.summary.Last[r.Result]; !ok || !r.At.Before(last.At) {
		s.summary.Last[r.Result] = r
	}
	if r.Result != ResultApplied {
		addNamed(s.summary.Reasons, string(r.Result)+": "+cmp.Or(r.Reason, "no reason given"))
	}
	if r.Result == ResultDropped {
		s.drops = keepEarliest(s.drops, r, func(r Shown) time.Time { return r.At })
	}
}

func (s *summarizer) end() Summary {
	s.ledger.DecideAll()
	s.summary.Counts = s.ledger.Counts()
	if len(s.drops) == 0 {
		return s.summary
	}
	first := slices.MinFunc(s.drops, func(a, b Shown) int { return a.At.Compare(b.At) })
	s.summary.FirstDrop = &first
	for _, change := range s.changes {
		if !change.At.After(first.At) && (s.summary.Change == nil || change.At.After(s.summary.Change.At)) {
			s.summary.Change = &change
		}
	}
	return s.summary
}

// keepEarliest adds item to a list. If the list is full, it drops the latest half.
func keepEarliest[T any](list []T, item T, at func(T) time.Time) []T {
	if list = append(list, item); len(list) <= maxKept {
		return list
	}
	slices.SortFunc(list, func(a, b T) int { return at(a).Compare(at(b)) })
	return list[:maxKept/2]
}

func addNamed(totals map[string]uint64, name string) {
	if _, known := totals[name]; !known && len(totals) >= maxNamed {
		name = leftOut
	}
	totals[name]++
}
