package hook

import (
	"net/netip"
	"sync"
	"time"
)

// Bounds on failed attempts to authenticate. An administrator who is trying out a
// secret stays far below them; somebody who guesses gets nowhere with secrets of 16
// characters anyway, so they are there to keep guessing cheap for the service.
const (
	failureBurst  = 20              // attempts of one address that are answered with 401 at once
	failureEvery  = 3 * time.Second // and one more each
	lineBurst     = 20              // log lines about failed attempts, of all addresses
	lineEvery     = time.Second     // and one more each
	maxAddresses  = 4096            // remembered at a time: some 200 KiB
	ipv6SiteBits  = 64              // one customer has a whole /64 (RFC 6177), so it counts as one address
	evictionTries = 8               // addresses looked at to make room for another
)

// failures counts failed attempts to authenticate, by address. It is safe for
// concurrent use and bounded in memory. It never hears of successful attempts:
// whoever has a right credential is not limited, whoever shares an address with it.
type failures struct {
	now func() time.Time

	mu     sync.Mutex
	places map[netip.Addr]allowance
	lines  allowance
	hidden int // attempts since the last log line
}

// verdict is what becomes of a failed attempt.
type verdict struct {
	retryAfter time.Duration // above 0: one too many, not worth another before that
	log        bool          // to be logged
	hidden     int           // attempts before this one that were not
}

func newFailures(now func() time.Time) *failures {
	return &failures{now: now, places: make(map[netip.Addr]allowance)}
}

// note counts a failed attempt from addr; the zero address is one that is not known.
func (f *failures) note(addr netip.Addr) verdict {
	if addr.Is6() {
		if site, err := addr.Prefix(ipv6SiteBits); err == nil {
			addr = site.Addr()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	place, ok := f.places[addr]
	if !ok {
		f.makeRoom(now)
	}
	place, wait := place.take(now, failureBurst, failureEvery)
	f.places[addr] = place
	v := verdict{retryAfter: wait, hidden: f.hidden}
	f.lines, wait = f.lines.take(now, lineBurst, lineEvery)
	if v.log = wait == 0; v.log {
		f.hidden = 0
	} else {
		f.hidden++
	}
	return v
}

// makeRoom forgets an address if there are too many: one that has been quiet for
// long enough if a few tries find it, else any.
func (f *failures) makeRoom(now time.Time) {
	if len(f.places) < maxAddresses {
		return
	}
	tries := 0
	var victim netip.Addr
	for addr, place := range f.places { // in random order
		victim = addr
		if tries++; tries == evictionTries || place.full(now) {
			break
		}
	}
	delete(f.places, victim)
}

// allowance lets burst events through at once and then one each interval (the
// generic cell rate algorithm: only the time at which it is full again is kept). The
// zero allowance is full.
type allowance struct{ fullAt time.Time }

func (a allowance) full(now time.Time) bool { return !a.fullAt.After(now) }

// take returns the allowance after an event, and 0; or a itself, and the wait until
// there is room for the event.
func (a allowance) take(now time.Time, burst int, interval time.Duration) (after allowance, wait time.Duration) {
	base := now
	if a.fullAt.After(now) {
		base = a.fullAt
	}
	next := base.Add(interval)
	if wait = next.Sub(now) - time.Duration(burst)*interval; wait > 0 {
		return a, wait
	}
	return allowance{next}, 0
}
