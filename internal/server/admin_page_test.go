package server

import (
	"strings"
	"testing"

	"pschook/internal/pagetest"
	"pschook/verify/words"
)

// Settings, hosts from Okta and rule names are shown as text, whatever they hold.
func TestAdminPageHoldsTextFromOutside(t *testing.T) {
	t.Parallel()
	pagetest.HoldsText(t, func(text string) string {
		page := adminPage{
			Lang: words.English, Words: adminWords(words.English), State: text, Tone: toneGood,
			Cards: []adminCard{{Title: text, Facts: []adminFact{{Name: text, Values: texts(text, text), Tone: toneBad}}}},
			Calls: []adminCalls{{Outcome: text, Meaning: text, Last: texts(text)[0], Count: 1}},
		}
		var b strings.Builder
		if err := page.html().Render(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	})
}
