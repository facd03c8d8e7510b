package hook

import (
	"net/netip"
	"testing"
	"time"
)

// However many addresses there are, few are remembered; forgetting costs little.
func TestFailuresAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := newFailures(func() time.Time { return now })
	addr := netip.MustParseAddr("10.0.0.0")
	for range 100_000 {
		addr = addr.Next()
		f.note(addr)
		now = now.Add(time.Millisecond)
	}
	if len(f.places) > maxAddresses {
		t.Errorf("%d addresses are remembered, want at most %d", len(f.places), maxAddresses)
	}
}

// An allowance gives a burst, then one each interval, and never more than a burst.
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
