package rp

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"pschook/internal/attempts"
)

const (
	// maxCompares is how many passwords are compared at a time. maxSuspects is how many of those
	// may come from addresses with too many failures, so one place is always free for others. Each
	// comparison uses a core, which the hook needs too.
	maxCompares = 2
	maxSuspects = 1
	// guessWait is how long a password waits to be compared.
	guessWait = 3 * time.Second
	// maxGuesses is how many requests of one address may wait or be delayed at one time.
	maxGuesses = 48
)

// guesses decides in which order passwords are compared: first those from the addresses with the
// fewest failures, and among these the newest. So a user with the right password waits neither for
// guesses from elsewhere, nor behind a queue of guesses from the same address. It is safe for
// concurrent use.
type guesses struct {
	failed *attempts.Failed

	mu       sync.Mutex
	open     map[netip.Addr]int // requests by address
	waiting  []*guess           // oldest first
	compares int
	suspects int
}

// guess is a password that waits for its turn.
type guess struct {
	failures int
	suspect  bool
	turn     chan struct{} // closed when its turn comes
}

func newGuesses(failed *attempts.Failed) *guesses {
	return &guesses{failed: failed, open: make(map[netip.Addr]int)}
}

// enter admits a request of the address until leave is called. ok is false when there are already
// too many.
func (g *guesses) enter(addr netip.Addr) (leave func(), ok bool) {
	addr = attempts.Site(addr)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[addr] >= maxGuesses {
		return nil, false
	}
	g.open[addr]++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.open[addr]--; g.open[addr] == 0 {
			delete(g.open, addr)
		}
	}, true
}

// opened returns how many requests of the address are admitted.
func (g *guesses) opened(addr netip.Addr) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open[attempts.Site(addr)]
}

// turn calls compare when its turn comes. ok is false when the turn did not come in time.
func (g *guesses) turn(ctx context.Context, addr netip.Addr, compare func() bool) (right, ok bool) {
	mine := g.join(addr)
	timer := time.NewTimer(guessWait)
	defer timer.Stop()
	select {
	case <-mine.turn:
	case <-timer.C:
	case <-ctx.Done():
	}
	if !g.begin(mine) {
		return false, false
	}
	defer g.end(mine)
	return compare(), true
}

// join adds a guess to the waiting ones.
func (g *guesses) join(addr netip.Addr) *guess {
	mine := &guess{failures: g.failed.Recent(addr), suspect: g.failed.Exhausted(addr), turn: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, mine)
	g.next()
	return mine
}

// begin reports whether the guess has its turn. If not, the guess stops waiting.
func (g *guesses) begin(mine *guess) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, mine)
	if i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
	}
	return i < 0
}

func (g *guesses) end(done *guess) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.compares--
	if done.suspect {
		g.suspects--
	}
	g.next()
}

// next gives turns as long as there are places. The caller holds mu.
func (g *guesses) next() {
	for g.compares < maxCompares {
		best := -1
		for i, w := range g.waiting {
			if (!w.suspect || g.suspects < maxSuspects) && (best < 0 || w.failures <= g.waiting[best].failures) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		chosen := g.waiting[best]
		g.waiting = slices.Delete(g.waiting, best, best+1)
		g.compares++
		if chosen.suspect {
			g.suspects++
		}
		close(chosen.turn)
	}
}
