package register_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"pschook/internal/register"
)

// TestTwoAtOnce checks that a second run during a first one is told who changes the org, and
// changes nothing.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.options(t)
	second, said := 0, register.Text{}
	o.Progress = func(register.Text) { // called while the first run makes its changes
		if second++; second > 1 {
			return
		}
		before := w.snapshot(t)
		_, err := register.Apply(t.Context(), w.options(t))
		var held *register.Error
		if !errors.As(err, &held) {
			t.Errorf("the second apply: %v", err)
			return
		}
		said = held.Text
		if _, err := register.Undo(t.Context(), w.options(t)); !errors.As(err, &held) {
			t.Errorf("an undo beside it: %v", err)
		}
		if w.snapshot(t) != before {
			t.Error("the second one changed the org")
		}
		if _, err := register.MakePlan(t.Context(), w.options(t)); err != nil {
			t.Errorf("a plan beside it: %v", err)
		}
	}
	apply(t, o)
	if !strings.Contains(said.EN, "another pschook register is running") || !strings.Contains(said.EN, "process ") || !strings.Contains(said.FR, "un autre pschook register") {
		t.Errorf("the second one was told %q", said)
	}
	if _, err := os.Stat(w.journal + ".lock"); err == nil {
		t.Error("the lock stays")
	}
	o.Progress = nil
	if again := apply(t, o); again.Changes() > 0 {
		t.Errorf("it was not complete: %s", steps(again))
	}
	if err := os.WriteFile(w.journal+".lock", []byte("process 1 of a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	undo(t, o)
}
