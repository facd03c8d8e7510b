package oktaemu

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRing(t *testing.T) {
	t.Parallel()
	r := newRing[int](3)
	for i := range 5 {
		r.add(i)
	}
	if diff := cmp.Diff([]int{2, 3, 4}, r.list()); diff != "" {
		t.Errorf("the last three, oldest first (-want +got):\n%s", diff)
	}
}

func TestExpiring(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	var e expiring[string]
	e.put(now, "a", "1", now.Add(time.Minute))
	if got, ok := e.get(now.Add(59*time.Second), "a"); !ok || got != "1" {
		t.Errorf("before its end: %q, %t", got, ok)
	}
	if _, ok := e.get(now.Add(time.Minute), "a"); ok {
		t.Error("there after its end")
	}
	e.put(now, "b", "2", now.Add(time.Minute))
	if got, ok := e.take(now, "b"); !ok || got != "2" {
		t.Errorf("take: %q, %t", got, ok)
	}
	if _, ok := e.take(now, "b"); ok {
		t.Error("taken twice")
	}
}

// TestExpiringIsBounded: neither live nor dead values pile up.
func TestExpiringIsBounded(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	var e expiring[int]
	for i := range maxExpiring + 500 {
		e.put(now, fmt.Sprint(i), i, now.Add(time.Hour))
	}
	if len(e.items) != maxExpiring || len(e.queue) != maxExpiring {
		t.Errorf("%d values, queue of %d; want %d", len(e.items), len(e.queue), maxExpiring)
	}
	if _, ok := e.get(now, "0"); ok {
		t.Error("the oldest is still there")
	}
	for i := range 3 * maxExpiring { // one key put again and again
		e.put(now, "same", i, now.Add(time.Hour))
	}
	if len(e.queue) > maxExpiring {
		t.Errorf("queue of %d after one key was put often", len(e.queue))
	}
	e.put(now.Add(2*time.Hour), "late", 1, now.Add(3*time.Hour))
	if len(e.items) != 1 {
		t.Errorf("%d values although all others have ended", len(e.items))
	}
}

func TestCollectionIsBounded(t *testing.T) {
	t.Parallel()
	var c collection[int]
	for i := range maxObjects {
		if !c.put(fmt.Sprint(i), i) {
			t.Fatalf("full at %d", i)
		}
	}
	if c.put("more", 1) || !c.put("0", 7) {
		t.Error("a full collection takes replacements only")
	}
	if !c.delete("0") || !c.put("more", 1) || c.len() != maxObjects {
		t.Error("no room after a deletion")
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{newID(idUser), newID(idHook), fixedID(idOrg, "emuhopital"), adminID(), everyoneID(), defaultAccessPolicyID(), DefaultOrgID()} {
		if len(id) != idLength {
			t.Errorf("%q has %d characters, want %d", id, len(id), idLength)
		}
	}
	for _, p := range Personas() {
		if len(p.UserID) != idLength {
			t.Errorf("%q has %d characters, want %d", p.UserID, len(p.UserID), idLength)
		}
	}
}
