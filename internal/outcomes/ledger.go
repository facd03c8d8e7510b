package outcomes

import (
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

// How much is remembered. The log is read every minute, so an answer is joined within a few
// minutes. 32,768 transactions are 100 a second for five minutes. 131,072 events are what is read
// again after an outage.
const (
	maxTransactions = 1 << 15
	maxEvents       = 1 << 17
	maxShown        = 50
	maxPending      = 1 << 12
)

// undecided is how long a dropped answer is kept open. A refusal that the hook asked for looks the
// same, but the log then has a failed token request in the same transaction. After that time the
// answer counts as dropped.
const undecided = 30 * time.Second

// Result says what happened to an answer, as counted in pschook_okta_outcomes_total.
type Result string

// All results. Denied is a drop that the hook asked for: its answer was an error object.
const (
	ResultDropped Result = "dropped"
	ResultFailed  Result = "failed"
	ResultApplied Result = "applied"
	ResultDenied  Result = "denied"
)

// Results returns all results, worst first.
func Results() []Result { return []Result{ResultDropped, ResultFailed, ResultDenied, ResultApplied} }

// Call is a call that this process answered.
type Call struct {
	RequestID string // data.context.request.id
	Denied    bool   // the answer was an error object: Okta was asked to mint nothing
}

// Fate says what is known about one transaction of Okta.
type Fate struct {
	Asked  bool   // this process answered the hook call
	Minted bool   // tokens were minted
	Result Result // empty: nothing was heard, which does not prove success
	Reason string // in Okta's words
}

// Shown is one of the last results, in a form to show to people.
type Shown struct {
	At          time.Time
	Result      Result
	Type        string // of the event
	Reason      string
	Transaction string // to search for in the System Log
	Joined      bool   // it belongs to a call of this process
}

// Counts are totals since the start.
type Counts struct {
	Results map[Result]uint64
	Asked   uint64 // calls of served clients that this process answered
	Minted  uint64 // transactions in which tokens were minted for served clients
	Joined  uint64 // of the minted: those whose call this process answered
	Bare    uint64 // transactions with a failure in which tokens were minted all the same, without our claims
	Rules   uint64 // changes of a policy or one of its rules
	Hooks   uint64 // changes of an inline hook
	Unclear uint64 // events that could not be read: they may tell of a failure

	LastChange Event // the latest of both; zero: there was none
}

// Options are those of [NewLedger]. Now is required.
type Options struct {
	Now     func() time.Time
	Clients []string // served clients, whose mintings count; empty: all clients
	HookID  string   // the hook whose events count; empty: all inline hooks

	// Each is called with each result as soon as it is known, one at a time. It may be nil, and
	// must not call the ledger.
	Each func(Shown)
}

// Ledger joins what Okta reports with the calls that this process answered. Its memory is bounded;
// it forgets the oldest entries first. It is safe for concurrent use.
type Ledger struct {
	opts Options
	seed maphash.Seed

	mu      sync.Mutex
	seen    recent[struct{}]
	by      recent[*transaction]
	pending []*transaction // dropped or denied, not decided yet
	counts  Counts
	shown   []Shown // oldest first
}

// transaction is one request at Okta.
type transaction struct {
	Fate

	denied, refused bool
	failed, bare    bool
	dropped         *Event    // the drop that was reported, not decided yet
	since           time.Time // when it was reported
}

// NewLedger returns an empty ledger.
func NewLedger(opts Options) *Ledger {
	return &Ledger{
		opts: opts, seed: maphash.MakeSeed(), seen: newRecent[struct{}](maxEvents), by: newRecent[*transaction](maxTransactions),
		counts: Counts{Results: make(map[Result]uint64)},
	}
}

// Asked notes a call that was answered. It costs one map access.
func (l *Ledger) Asked(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Asked++
	if c.RequestID == "" {
		return
	}
	t := l.transaction(c.RequestID)
	if t.Asked {
		return
	}
	t.Asked, t.denied = true, c.Denied
	if t.Minted {
		l.counts.Joined++
	}
	l.decide(t)
}

// Heard takes events in any order. It ignores an event that it already knows, and one of a client
// or hook that is not served.
func (l *Ledger) Heard(events ...Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		key := maphash.String(l.seed, e.ID)
		if _, again := l.seen.get(key); again {
			continue
		}
		l.seen.put(key, struct{}{})
		l.hear(e)
	}
}

func (l *Ledger) hear(e Event) {
	switch e.Kind {
	case Unreadable:
		l.counts.Unclear++
	case RuleChanged:
		l.counts.Rules++
		l.counts.LastChange = latest(l.counts.LastChange, e)
	case HookChanged:
		if l.serves(e) {
			l.counts.Hooks++
			l.counts.LastChange = latest(l.counts.LastChange, e)
		}
	case Failed, Dropped, Applied:
		if l.serves(e) {
			l.hearResult(e)
		}
	case Minted, Refused:
		if l.opts.counts(e.Client) {
			l.hearGrant(e)
		}
	}
}

// counts reports whether mintings for the client count. One that names no client counts, because it
// may be for a served one.
func (o Options) counts(client string) bool {
	return len(o.Clients) == 0 || client == "" || slices.Contains(o.Clients, client)
}

// serves reports whether an event may be about the hook. An event that names no hook counts.
func (l *Ledger) serves(e Event) bool {
	return l.opts.HookID == "" || e.Target == "" || e.Target == l.opts.HookID
}

func (l *Ledger) hearResult(e Event) {
	t := new(transaction)
	if e.Transaction != "" {
		t = l.transaction(e.Transaction)
	}
	switch e.Kind {
	case Failed:
		t.failed = true
		l.setResult(t, e, ResultFailed)
	case Applied:
		l.setResult(t, e, ResultApplied)
	case Dropped:
		l.hearDropped(t, e)
	}
}

// hearDropped keeps a drop open until it is known whether the hook asked for it.
func (l *Ledger) hearDropped(t *transaction, e Event) {
	if t.dropped != nil {
		l.settle(t, ResultDropped)
	}
	t.dropped, t.since = &e, l.opts.Now()
	if e.Transaction == "" {
		l.settle(t, ResultDropped)
		return
	}
	if l.decide(t); t.dropped == nil {
		return
	}
	if len(l.pending) == maxPending {
		l.makeRoom()
	}
	l.pending = append(l.pending, t)
}

// makeRoom removes what is decided from the pending drops. If more than half of them are open, it
// decides the oldest.
func (l *Ledger) makeRoom() {
	l.decideOlder(undecided)
	tooMany := max(0, len(l.pending)-maxPending/2)
	for _, t := range l.pending[:tooMany] {
		l.settle(t, ResultDropped)
	}
	l.pending = slices.Delete(l.pending, 0, tooMany)
}

// hearGrant counts a minting once, however many tokens it had.
func (l *Ledger) hearGrant(e Event) {
	if e.Transaction == "" {
		if e.Kind == Minted {
			l.counts.Minted++
		}
		return
	}
	t := l.transaction(e.Transaction)
	switch {
	case e.Kind == Refused:
		t.refused = true
	case !t.Minted:
		t.Minted = true
		l.counts.Minted++
		l.countBare(t)
		if t.Asked {
			l.counts.Joined++
		}
	}
	l.decide(t)
}

// decide decides whether the hook asked for a drop, as soon as that is known.
func (l *Ledger) decide(t *transaction) {
	if t.dropped == nil {
		return
	}
	switch {
	case t.Asked && t.denied, !t.Asked && t.refused:
		l.settle(t, ResultDenied)
	case t.Asked, t.Minted:
		l.settle(t, ResultDropped)
	}
}

// settle says what became of the drop that was open.
func (l *Ledger) settle(t *transaction, result Result) {
	e := *t.dropped
	t.dropped = nil
	l.setResult(t, e, result)
}

// setResult counts a result. A transaction with several results has the worst of them.
func (l *Ledger) setResult(t *transaction, e Event, result Result) {
	if t.Result == "" || slices.Index(Results(), result) < slices.Index(Results(), t.Result) {
		t.Result, t.Reason = result, e.Reason
	}
	l.counts.Results[result]++
	l.countBare(t)
	if len(l.shown) == maxShown {
		l.shown = slices.Delete(l.shown, 0, 1)
	}
	shown := Shown{At: e.At, Result: result, Type: e.Type, Reason: e.Reason, Transaction: e.Transaction, Joined: t.Asked}
	l.shown = append(l.shown, shown)
	if l.opts.Each != nil {
		l.opts.Each(shown)
	}
}

// countBare is called when a failure or a minting is heard. It counts when both are known.
func (l *Ledger) countBare(t *transaction) {
	if t.Minted && t.failed && !t.bare {
		t.bare = true
		l.counts.Bare++
	}
}

// DecideAll decides all open drops, because no more events will come.
func (l *Ledger) DecideAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.decideOlder(0)
}

// decideOlder decides drops that have been open for that time. They count as dropped, because
// unknown is never good.
func (l *Ledger) decideOlder(wait time.Duration) {
	now := l.opts.Now()
	l.pending = slices.DeleteFunc(l.pending, func(t *transaction) bool {
		if t.dropped != nil && now.Sub(t.since) >= wait {
			l.settle(t, ResultDropped)
		}
		return t.dropped == nil
	})
}

// Find returns what is known about the transaction with this id of Okta's request.
func (l *Ledger) Find(requestID string) (Fate, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.decideOlder(undecided)
	t, ok := l.by.get(maphash.String(l.seed, requestID))
	if !ok || requestID == "" {
		return Fate{}, false
	}
	return t.Fate, true
}

// Counts returns the totals since the start.
func (l *Ledger) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.decideOlder(undecided)
	c := l.counts
	c.Results = make(map[Result]uint64, len(l.counts.Results))
	for _, r := range Results() {
		c.Results[r] = l.counts.Results[r]
	}
	return c
}

// Last returns the last results, newest first.
func (l *Ledger) Last() []Shown {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.decideOlder(undecided)
	list := slices.Clone(l.shown)
	slices.Reverse(list)
	return list
}

func (l *Ledger) transaction(id string) *transaction {
	key := maphash.String(l.seed, id)
	if t, ok := l.by.get(key); ok {
		return t
	}
	t := new(transaction)
	l.by.put(key, t)
	return t
}

// recent is a map that forgets its oldest entry when it is full.
type recent[V any] struct {
	values map[uint64]V
	ring   []uint64 // keys, oldest first
	next   int
	most   int
}

func newRecent[V any](most int) recent[V] { return recent[V]{values: make(map[uint64]V), most: most} }

func (r *recent[V]) get(key uint64) (V, bool) {
	v, ok := r.values[key]
	return v, ok
}

// put adds a key that is not in the map.
func (r *recent[V]) put(key uint64, value V) {
	if len(r.ring) < r.most {
		r.ring = append(r.ring, key)
	} else {
		delete(r.values, r.ring[r.next])
		r.ring[r.next] = key
		r.next = (r.next + 1) % r.most
	}
	r.values[key] = value
}
