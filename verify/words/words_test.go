package words

import (
	"strings"
	"testing"
	"time"
)

func TestDurationsReadWell(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration][2]string{
		0:                       {"<\u00a01\u00a0ms", "<\u00a01\u00a0ms"},
		2 * time.Millisecond:    {"2\u00a0ms", "2\u00a0ms"},
		-800 * time.Millisecond: {"0.8\u00a0s", "0,8\u00a0s"},
		61 * time.Second:        {"61\u00a0s", "61\u00a0s"},
		3 * time.Minute:         {"3\u00a0min", "3\u00a0min"},
		5 * time.Hour:           {"5\u00a0h", "5\u00a0h"},
		72 * time.Hour:          {"3\u00a0d", "3\u00a0j"},
	} {
		text := Say("%s", "%s", d)
		if text.In(English) != want[0] || text.In(French) != want[1] {
			t.Errorf("%v: %q, want %q", d, text, want)
		}
	}
}

func TestSay(t *testing.T) {
	t.Parallel()
	inner := Say("high", "élevé")
	tests := []struct {
		text   Text
		en, fr string
	}{
		{Say("100 %", "100 % !"), "100 %", "100\u00a0%\u00a0!"},
		{Say("4 %s, %d h", "4 %s, 3 s, %d h", "x", 2), "4 x, 2 h", "4 x, 3\u00a0s, 2 h"},
		{Say("level %s: %d", "%[2]d : niveau %[1]s", inner, 3), "level high: 3", "3\u00a0: niveau élevé"},
		{Say("found %s", "trouvé : %s", "a : b"), "found a : b", "trouvé\u00a0: a : b"},
		{Say("%s", "%s", time.Unix(0, 0)), "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
		{List(nil), "nothing", "rien"},
		{Date(time.Date(2029, 1, 4, 0, 0, 0, 0, time.UTC)), "4 January 2029", "04/01/2029"},
		{Level("eleve", inner), "high (élevé)", "élevé"},
		{Level("substantiel", inner), "substantial (substantiel)", "substantiel"},
		{Level("none", inner), "high", "élevé"},
		{List([]string{"a", "b"}), "a, b", "a, b"},
		{Join("; ", " ; ", inner, Literal("x")), "high; x", "élevé\u00a0; x"},
	}
	for _, tt := range tests {
		if tt.text.In(English) != tt.en || tt.text.In(French) != tt.fr || tt.text.In("de") != tt.en {
			t.Errorf("%q, want %q and %q", tt.text, tt.en, tt.fr)
		}
	}
}

func TestMatchLanguage(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]Language{
		"": English, "fr": French, "fr-CH, fr;q=0.9, en;q=0.8": French, "en-GB,fr;q=0.5": English, "de": English,
		"de, fr;q=0.7, en;q=0.3": French, "*": English, strings.Repeat("fr,", 500): English, "\x00": English,
	} {
		if got := MatchLanguage(header); got != want {
			t.Errorf("%.40q: %s, want %s", header, got, want)
		}
	}
}
