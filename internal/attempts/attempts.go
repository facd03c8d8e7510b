// Package attempts counts failed attempts to authenticate, by address, in bounded memory.
//
// It is ground floor: it imports no other package of this module.
package attempts

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Limits on failed attempts to authenticate. An administrator who tries out a secret stays far
// below them. Guessing a secret of 16 characters is hopeless anyway; the limits make it cheap for
// the service.
const (
	failureBurst  = 20              // attempts from one address that get 401 at once
	failureEvery  = 3 * time.Second // after that, one more per interval
	lineBurst     = 20              // log lines about failed attempts, from all addresses
	lineEvery     = time.Second     // after that, one more per interval
	maxAddresses  = 4096            // remembered at one time: some 200 KiB
	ipv6SiteBits  = 64              // one customer has a whole /64 (RFC 6177), so it counts as one address
	evictionTries = 8               // addresses looked at when one must be forgotten
)

// Peer returns the address at the other end of the connection of r; the zero address: it is not known.
func Peer(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// Failed counts failed attempts to authenticate, by address. It is safe for concurrent use and
// bounded in memory. It does not count successful attempts: a caller with a right credential is not
// limited, even if it shares an address with others. Get one from [NewFailed].
type Failed struct {
	now func() time.Time

	mu     sync.Mutex
	places map[netip.Addr]allowance
	lines  allowance
	hidden int // attempts since the last log line
}

// Verdict says how to treat a failed attempt.
type Verdict struct {
	RetryAfter time.Duration // above 0: there were too many attempts; do not try again before that
	Log        bool          // whether to log the attempt
	Hidden     int           // earlier attempts that were not logged
}

// NewFailed returns a counter; now is the clock.
func NewFailed(now func() time.Time) *Failed {
	return &Failed{now: now, places: make(map[netip.Addr]allowance)}
}

// Note counts a failed attempt from addr. The zero address means that the address is not known.
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

// Recent returns about how many attempts from addr failed lately. After failureBurst, each further
// one is too many.
func (f *Failed) Recent(addr netip.Addr) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	place := f.places[Site(addr)]
	if now := f.now(); !place.full(now) {
		return int((place.fullAt.Sub(now) + failureEvery - 1) / failureEvery)
	}
	return 0
}

// Exhausted reports whether another failure from addr would be too many.
func (f *Failed) Exhausted(addr netip.Addr) bool { return f.Recent(addr) >= failureBurst }

// Site returns the address under which an attempt counts: addr itself, or the IPv6 network of one
// customer.
func Site(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		if site, err := addr.Prefix(ipv6SiteBits); err == nil {
			return site.Addr()
		}
	}
	return addr
}

// makeRoom forgets one address if there are too many. It prefers one that has been quiet for long,
// if a few tries find it.
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

// allowance allows burst events at once, and then one each interval. It is the generic cell rate
// algorithm: it only stores the time at which the allowance is full again. The zero allowance is
// full.
type allowance struct{ fullAt time.Time }

func (a allowance) full(now time.Time) bool { return !a.fullAt.After(now) }

// take returns the allowance after an event, and 0. If there is no allowance left, it returns a
// itself and the wait until there is.
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
