// Package attempts counts failed attempts to authenticate, by address, in bounded memory.
//
// It is ground floor: it imports no other package of this module.
package attempts

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

// Failed counts failed attempts to authenticate, by address. It is safe for
// concurrent use and bounded in memory. It never hears of successful attempts:
// whoever has a right credential is not limited, whoever shares an address with it.
// Get one from [NewFailed].
type Failed struct {
	now func() time.Time

	mu     sync.Mutex
	places map[netip.Addr]allowance
	lines  allowance
	hidden int // attempts since the last log line
}

// Verdict is what becomes of a failed attempt.
type Verdict struct {
	RetryAfter time.Duration // above 0: one too many, not worth another before that
	Log        bool          // to be logged
	Hidden     int           // attempts before this one that were not
}

// NewFailed returns a counter; now is the clock.
func NewFailed(now func() time.Time) *Failed {
	return &Failed{now: now, places: make(map[netip.Addr]allowance)}
}

// Note counts a failed attempt from addr; the zero address is one that is not known.
func (f *Failed) Note(addr netip.Addr) Verdict {
	addr = Site(addr)
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	place, ok := f.places[addr]
	if !ok {
		f.makeRoom(now)
	}
	place, wait := place.take(now, failureBurst, failureEvery)
	f.places[addr] = place
	v := Verdict{RetryAfter: wait, Hidden: f.hidden}
	f.lines, wait = f.lines.take(now, lineBurst, lineEvery)
	if v.Log = wait == 0; v.Log {
		f.hidden = 0
	} else {
		f.hidden++
	}
	return v
}

// Recent is about how many attempts from addr failed lately. From failureBurst on, each further one is too many.
func (f *Failed) Recent(addr netip.Addr) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	place := f.places[Site(addr)]
	if now := f.now(); !place.full(now) {
		return int((place.fullAt.Sub(now) + failureEvery - 1) / failureEvery)
	}
	return 0
}

// Exhausted reports whether a further failure from addr is one too many.
func (f *Failed) Exhausted(addr netip.Addr) bool { return f.Recent(addr) >= failureBurst }

// Site is what an address is counted as: itself, or the IPv6 network of its customer.
func Site(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		if site, err := addr.Prefix(ipv6SiteBits); err == nil {
			return site.Addr()
		}
	}
	return addr
}

// makeRoom forgets an address if there are too many: one that has been quiet for
// long enough if a few tries find it, else any.
func (f *Failed) makeRoom(now time.Time) {
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
