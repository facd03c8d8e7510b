package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu/internal/wire"
)

func TestRing(t *testing.T) {
	t.Parallel()
	r := newRing[int](3)
	for i := range 5 {
		r.Add(i)
	}
	if diff := cmp.Diff([]int{2, 3, 4}, r.List()); diff != "" {
		t.Errorf("the last three, oldest first (-want +got):\n%s", diff)
	}
}

func TestExpiring(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	var e Expiring[string]
	e.Put(now, "a", "1", now.Add(time.Minute))
	if got, ok := e.Get(now.Add(59*time.Second), "a"); !ok || got != "1" {
		t.Errorf("before its end: %q, %t", got, ok)
	}
	if _, ok := e.Get(now.Add(time.Minute), "a"); ok {
		t.Error("there after its end")
	}
	e.Put(now, "b", "2", now.Add(time.Minute))
	if got, ok := e.Take(now, "b"); !ok || got != "2" {
		t.Errorf("take: %q, %t", got, ok)
	}
	if _, ok := e.Take(now, "b"); ok {
		t.Error("taken twice")
	}
}

// TestExpiringIsBounded: neither live nor dead values pile up.
func TestExpiringIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	var e Expiring[int]
	for i := range maxExpiring + 500 {
		e.Put(now, fmt.Sprint(i), i, now.Add(time.Hour))
	}
	if len(e.items) != maxExpiring || len(e.queue) != maxExpiring {
		t.Errorf("%d values, queue of %d; want %d", len(e.items), len(e.queue), maxExpiring)
	}
	if _, ok := e.Get(now, "0"); ok {
		t.Error("the oldest is still there")
	}
	for i := range 3 * maxExpiring { // one key put again and again
		e.Put(now, "same", i, now.Add(time.Hour))
	}
	if len(e.queue) > maxExpiring {
		t.Errorf("queue of %d after one key was put often", len(e.queue))
	}
	e.Put(now.Add(2*time.Hour), "late", 1, now.Add(3*time.Hour))
	if len(e.items) != 1 {
		t.Errorf("%d values although all others have ended", len(e.items))
	}
}

func TestCollectionIsBounded(t *testing.T) {
	t.Parallel()
	var c Collection[int]
	for i := range MaxObjects {
		if !c.Put(fmt.Sprint(i), i) {
			t.Fatalf("full at %d", i)
		}
	}
	if c.Put("more", 1) || !c.Put("0", 7) {
		t.Error("a full collection takes replacements only")
	}
	if !c.Delete("0") || !c.Put("more", 1) || c.Len() != MaxObjects {
		t.Error("no room after a deletion")
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{wire.NewID(wire.IDUser), wire.NewID(wire.IDHook), wire.FixedID(wire.IDOrg, "emuhopital"), wire.NamedID(wire.IDRule, "x"), AdminID(), EveryoneID(), DefaultAccessPolicyID()} {
		if len(id) != wire.IDLength {
			t.Errorf("%q has %d characters, want %d", id, len(id), wire.IDLength)
		}
	}
}
