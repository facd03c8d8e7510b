package attempts

import (
	"net/netip"
	"testing"
	"time"
)

// However many addresses there are, only a bounded number is remembered, and forgetting one is
// cheap.
func TestFailedIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := NewFailed(func() time.Time { return now })
	addr := netip.MustParseAddr("10.0.0.0")
	for range 100_000 {
		addr = addr.Next()
		f.Note(addr)
		now = now.Add(time.Millisecond)
	}
	if len(f.places) > maxAddresses {
		t.Errorf("%d addresses are remembered, want at most %d", len(f.places), maxAddresses)
	}
}

// An allowance allows a burst, then one event each interval, and never more than a burst.
func TestAllowance(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var a allowance
	granted := func(tries int) (n int) {
		for range tries {
			var wait time.Duration
			if a, wait = a.take(now, 5, time.Second); wait == 0 {
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		after time.Duration
		tries int
		want  int
	}{{0, 10, 5}, {0, 10, 0}, {999 * time.Millisecond, 1, 0}, {time.Millisecond, 2, 1}, {3 * time.Second, 10, 3}, {time.Hour, 10, 5}} {
		now = now.Add(step.after)
		if got := granted(step.tries); got != step.want {
			t.Errorf("%v later: %d granted, want %d", step.after, got, step.want)
		}
	}
}

// Recent grows with failures and shrinks with time. A whole IPv6 site counts as one address.
func TestRecent(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := NewFailed(func() time.Time { return now })
	addr, neighbour := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	for want := range failureBurst {
		if got := f.Recent(neighbour); got != want || f.Exhausted(neighbour) {
			t.Errorf("after %d failures: %d", want, got)
		}
		if v := f.Note(addr); v.RetryAfter != 0 {
			t.Errorf("failure %d: wait %v", want+1, v.RetryAfter)
		}
	}
	if !f.Exhausted(addr) || f.Note(addr).RetryAfter == 0 {
		t.Error("one failure too many is allowed")
	}
	now = now.Add(failureEvery)
	if f.Exhausted(addr) || f.Recent(netip.MustParseAddr("2001:db8:1::1")) != 0 {
		t.Error("failures are not forgotten, or others' count")
	}
}
