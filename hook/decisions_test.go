package hook

import (
	"fmt"
	"testing"
	"time"
)

func TestDecisionsForget(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	d := NewDecisions(func() time.Time { return now })
	d.add(decision{at: now.UnixNano()}, "ID.1", "AT.1")
	if _, ok := d.Find("AT.1"); !ok {
		t.Fatal("not found at once")
	}
	now = now.Add(decisionTTL)
	if _, ok := d.Find("ID.1"); !ok {
		t.Error("forgotten too early")
	}
	now = now.Add(time.Second)
	if _, ok := d.Find("ID.1"); ok {
		t.Error("remembered for longer than promised")
	}
}

func TestDecisionsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	d := NewDecisions(func() time.Time { return now })
	for i := range maxDecisions + 10 {
		d.add(decision{at: now.UnixNano()}, fmt.Sprintf("ID.%d", i), fmt.Sprintf("AT.%d", i))
	}
	d.add(decision{at: now.UnixNano()}, "", "")
	for jti, want := range map[string]bool{"ID.9": false, "AT.9": false, "ID.10": true, "AT.4105": true, "": false} {
		if _, ok := d.Find(jti); ok != want {
			t.Errorf("%q found: %v, want %v", jti, ok, want)
		}
	}
}

// A jti may be used for a second call. It is then found with that call.
func TestDecisionsSameTokenTwice(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	d := NewDecisions(func() time.Time { return now })
	d.add(decision{at: now.UnixNano(), outcome: 1}, "ID.x", "")
	d.add(decision{at: now.UnixNano(), outcome: 2}, "ID.x", "")
	for i := range maxDecisions - 1 {
		d.add(decision{at: now.UnixNano()}, fmt.Sprintf("ID.%d", i), "")
	}
	if got, ok := d.Find("ID.x"); !ok || got.Outcome != outcomes()[2] {
		t.Errorf("got %+v, %v", got, ok)
	}
}
