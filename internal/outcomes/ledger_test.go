package outcomes

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"
)

// step is something that happens to a ledger.
type step func(*Ledger)

func asked(tx string) step  { return func(l *Ledger) { l.Asked(Call{RequestID: tx}) } }
func denied(tx string) step { return func(l *Ledger) { l.Asked(Call{RequestID: tx, Denied: true}) } }
func decideAll(l *Ledger)   { l.DecideAll() }

// heard returns a step that reports a new event of that kind.
func heard(kind Kind, tx string) step {
	return func(l *Ledger) {
		id := fmt.Sprint(kind, tx, l.counts, len(l.seen.values))
		l.Heard(Event{ID: id, At: publishedAt(), Kind: kind, Transaction: tx, Client: "0oaclient", Target: "calhook", Reason: "words"})
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		steps []step
		want  Counts
		fate  Fate // of transaction a
	}{
		{"asked, nothing heard", []step{asked("a")}, Counts{Asked: 1}, Fate{Asked: true}},
		{"minted in silence", []step{asked("a"), heard(Minted, "a"), heard(Minted, "a")}, Counts{Asked: 1, Minted: 1, Joined: 1}, Fate{Asked: true, Minted: true}},
		{"minted before it was noted", []step{heard(Minted, "a"), asked("a"), asked("a")}, Counts{Asked: 2, Minted: 1, Joined: 1}, Fate{Asked: true, Minted: true}},
		{"never asked", []step{heard(Minted, "a")}, Counts{Minted: 1}, Fate{Minted: true}},
		{"dropped", []step{asked("a"), heard(Dropped, "a"), heard(Minted, "a")}, Counts{Asked: 1, Minted: 1, Joined: 1, Results: map[Result]uint64{ResultDropped: 1}}, Fate{Asked: true, Minted: true, Result: ResultDropped, Reason: "words"}},
		{"dropped, asked elsewhere", []step{heard(Dropped, "a"), heard(Minted, "a")}, Counts{Minted: 1, Results: map[Result]uint64{ResultDropped: 1}}, Fate{Minted: true, Result: ResultDropped, Reason: "words"}},
		{"denied", []step{denied("a"), heard(Dropped, "a"), heard(Refused, "a")}, Counts{Asked: 1, Results: map[Result]uint64{ResultDenied: 1}}, Fate{Asked: true, Result: ResultDenied, Reason: "words"}},
		{"denied elsewhere", []step{heard(Dropped, "a"), heard(Refused, "a")}, Counts{Results: map[Result]uint64{ResultDenied: 1}}, Fate{Result: ResultDenied, Reason: "words"}},
		{"refused first", []step{heard(Refused, "a"), heard(Dropped, "a")}, Counts{Results: map[Result]uint64{ResultDenied: 1}}, Fate{Result: ResultDenied, Reason: "words"}},
		{"sent commands, refused for another reason", []step{asked("a"), heard(Dropped, "a"), heard(Refused, "a")}, Counts{Asked: 1, Results: map[Result]uint64{ResultDropped: 1}}, Fate{Asked: true, Result: ResultDropped, Reason: "words"}},
		{"not known counts as dropped", []step{heard(Dropped, "a"), decideAll}, Counts{Results: map[Result]uint64{ResultDropped: 1}}, Fate{Result: ResultDropped, Reason: "words"}},
		{"not known yet", []step{heard(Dropped, "a")}, Counts{}, Fate{}},
		{"two drops in one transaction", []step{heard(Dropped, "a"), heard(Dropped, "a"), decideAll}, Counts{Results: map[Result]uint64{ResultDropped: 2}}, Fate{Result: ResultDropped, Reason: "words"}},
		{"failed", []step{heard(Failed, "a"), heard(Minted, "a")}, Counts{Minted: 1, Bare: 1, Results: map[Result]uint64{ResultFailed: 1}}, Fate{Minted: true, Result: ResultFailed, Reason: "words"}},
		{"applied", []step{asked("a"), heard(Applied, "a")}, Counts{Asked: 1, Results: map[Result]uint64{ResultApplied: 1}}, Fate{Asked: true, Result: ResultApplied, Reason: "words"}},
		{"dropped, then applied", []step{heard(Dropped, "a"), heard(Applied, "a"), decideAll}, Counts{Results: map[Result]uint64{ResultDropped: 1, ResultApplied: 1}}, Fate{Result: ResultDropped, Reason: "words"}},
		{"dropped, then failed", []step{heard(Dropped, "a"), heard(Failed, "a"), decideAll}, Counts{Results: map[Result]uint64{ResultDropped: 1, ResultFailed: 1}}, Fate{Result: ResultDropped, Reason: "words"}},
		{"failed, then applied", []step{heard(Failed, "a"), heard(Applied, "a")}, Counts{Results: map[Result]uint64{ResultFailed: 1, ResultApplied: 1}}, Fate{Result: ResultFailed, Reason: "words"}},
		{"applied, then failed", []step{heard(Applied, "a"), heard(Failed, "a")}, Counts{Results: map[Result]uint64{ResultFailed: 1, ResultApplied: 1}}, Fate{Result: ResultFailed, Reason: "words"}},
		{"failed twice", []step{heard(Minted, "a"), heard(Failed, "a"), heard(Failed, "a")}, Counts{Minted: 1, Bare: 1, Results: map[Result]uint64{ResultFailed: 2}}, Fate{Minted: true, Result: ResultFailed, Reason: "words"}},
		{"cannot be read", []step{heard(Unreadable, "")}, Counts{Unclear: 1}, Fate{}},
		{"no transaction", []step{asked(""), heard(Minted, ""), heard(Dropped, ""), heard(Failed, "")}, Counts{Asked: 1, Minted: 1, Results: map[Result]uint64{ResultDropped: 1, ResultFailed: 1}}, Fate{}},
		{"changes", []step{heard(RuleChanged, "a"), heard(HookChanged, "b")}, Counts{Rules: 1, Hooks: 1}, Fate{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := NewLedger(Options{Now: publishedAt})
			for _, do := range tt.steps {
				do(l)
			}
			sameCounts(t, l.Counts(), tt.want)
			if fate, _ := l.Find("a"); fate != tt.fate {
				t.Errorf("fate %+v, want %+v", fate, tt.fate)
			}
		})
	}
}

func sameCounts(t *testing.T, got, want Counts) {
	t.Helper()
	results := maps.Clone(got.Results)
	maps.DeleteFunc(results, func(_ Result, n uint64) bool { return n == 0 })
	if !maps.Equal(results, want.Results) {
		t.Errorf("results %v, want %v", results, want.Results)
	}
	got.Results, want.Results, got.LastChange = nil, nil, Event{}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOthersDoNotCount(t *testing.T) {
	t.Parallel()
	l := NewLedger(Options{Now: publishedAt, Clients: []string{"0oaother"}, HookID: "calother"})
	for _, kind := range []Kind{Minted, Refused, Dropped, Failed, Applied, HookChanged} {
		heard(kind, "a")(l)
	}
	l.DecideAll()
	sameCounts(t, l.Counts(), Counts{})
	l.Heard(Event{ID: "of nobody", Kind: Minted, Transaction: "b"}, Event{ID: "of no hook", Kind: Failed})
	sameCounts(t, l.Counts(), Counts{Minted: 1, Results: map[Result]uint64{ResultFailed: 1}})
}

// A drop stays open for 30 s, by the ledger's clock.
func TestUndecided(t *testing.T) {
	t.Parallel()
	now := publishedAt()
	l := NewLedger(Options{Now: func() time.Time { return now }})
	heard(Dropped, "a")(l)
	now = now.Add(undecided - 1)
	sameCounts(t, l.Counts(), Counts{})
	now = now.Add(1)
	sameCounts(t, l.Counts(), Counts{Results: map[Result]uint64{ResultDropped: 1}})
	if last := l.Last(); len(last) != 1 || last[0].Result != ResultDropped || last[0].Transaction != "a" || last[0].Joined {
		t.Errorf("last: %+v", last)
	}
}

// However many refusals were asked for before, one that is not decided yet stays open.
func TestManyRefusals(t *testing.T) {
	t.Parallel()
	l := NewLedger(Options{Now: publishedAt})
	for i := range 2*maxPending + 1 {
		tx := fmt.Sprint(i)
		heard(Dropped, tx)(l)
		heard(Refused, tx)(l)
	}
	sameCounts(t, l.Counts(), Counts{Results: map[Result]uint64{ResultDenied: 2*maxPending + 1}})
}

// In any order, and however often it is delivered, each event counts once.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	const transactions = 10_000
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	l := NewLedger(Options{Now: publishedAt})
	want := Counts{Results: make(map[Result]uint64)}
	var steps []step
	add := func(kind Kind, i, times int) {
		e := Event{ID: fmt.Sprint(kind, i, len(steps)), Kind: kind, At: publishedAt(), Transaction: fmt.Sprint(i)}
		for range times {
			steps = append(steps, func(l *Ledger) { l.Heard(e) })
		}
	}
	for i := range transactions {
		here := random.IntN(3) == 0 // this replica was asked
		if here {
			steps = append(steps, asked(fmt.Sprint(i)))
			want.Asked++
			want.Joined++
		}
		want.Minted++
		add(Minted, i, 1+random.IntN(2))
		add(Minted, i, 1+random.IntN(2))
		switch random.IntN(10) {
		case 0:
			add(Dropped, i, 1+random.IntN(3))
			want.Results[ResultDropped]++
		case 1:
			add(Failed, i, 1+random.IntN(3))
			want.Results[ResultFailed]++
			want.Bare++
		}
	}
	random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	for _, do := range steps {
		do(l)
	}
	l.DecideAll()
	sameCounts(t, l.Counts(), want)
}

// Memory stays within its bounds however much is heard.
func TestLedgerIsBounded(t *testing.T) {
	t.Parallel()
	l := NewLedger(Options{Now: publishedAt})
	for i := range 3 * maxEvents {
		l.Heard(Event{ID: fmt.Sprint(i), Kind: Dropped, Transaction: fmt.Sprint(i), At: publishedAt()})
	}
	if len(l.seen.values) > maxEvents || len(l.by.values) > maxTransactions || len(l.pending) > maxPending || len(l.shown) > maxShown {
		t.Errorf("%d events, %d transactions, %d pending, %d shown", len(l.seen.values), len(l.by.values), len(l.pending), len(l.shown))
	}
	l.DecideAll()
	sameCounts(t, l.Counts(), Counts{Results: map[Result]uint64{ResultDropped: 3 * maxEvents}})
}

// Three replicas read the same log, and each answers a third of the calls. The mintings that one
// replica sees, divided into the joined calls of all, give the coverage; here nine in ten.
func TestThreeReplicas(t *testing.T) {
	t.Parallel()
	const mintings = 3000
	var replicas [3]*Ledger
	for i := range replicas {
		replicas[i] = NewLedger(Options{Now: publishedAt})
	}
	for n := range mintings {
		tx := fmt.Sprint(n)
		if n%10 != 0 { // the tenth is minted by a rule without the hook
			replicas[n%3].Asked(Call{RequestID: tx})
		}
		for _, r := range replicas {
			for _, token := range []string{"id", "access"} {
				r.Heard(Event{ID: tx + token, Kind: Minted, Transaction: tx, At: publishedAt()})
			}
		}
	}
	var joined, minted uint64
	for _, r := range replicas {
		joined += r.Counts().Joined
		minted = max(minted, r.Counts().Minted)
	}
	if joined != mintings*9/10 || minted != mintings {
		t.Errorf("joined %d of %d", joined, minted)
	}
}
