package verify

import (
	"testing"
	"time"
)

func TestDurationsReadWell(t *testing.T) {
	t.Parallel()
	en, fr := newTranslator(English), newTranslator(French)
	for d, want := range map[time.Duration][2]string{
		0:                       {"<1\u00a0ms", "<1\u00a0ms"},
		2 * time.Millisecond:    {"2\u00a0ms", "2\u00a0ms"},
		-800 * time.Millisecond: {"0.8\u00a0s", "0,8\u00a0s"},
		61 * time.Second:        {"61\u00a0s", "61\u00a0s"},
		3 * time.Minute:         {"3\u00a0min", "3\u00a0min"},
		5 * time.Hour:           {"5\u00a0h", "5\u00a0h"},
		72 * time.Hour:          {"3\u00a0d", "3\u00a0j"},
	} {
		if got := en.value(d); got != want[0] {
			t.Errorf("%v in English: %q, want %q", d, got, want[0])
		}
		if got := fr.value(d); got != want[1] {
			t.Errorf("%v in French: %q, want %q", d, got, want[1])
		}
	}
}
