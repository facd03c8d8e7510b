package main

import (
	"strings"
	"testing"

	"pschook/internal/pagetest"
	"pschook/verify/words"
)

// Of the page's texts, what a hook answered comes from outside; the others are held to the same.
func TestHomePageHoldsTextFromOutside(t *testing.T) {
	t.Parallel()
	pagetest.HoldsText(t, func(text string) string {
		page := homePage{
			Lang: words.English, T: homeTexts(words.English), CallsURL: "http://127.0.0.1:8081/_emu/hook-calls",
			Personas: []personaRow{{Login: text, Method: text, Verdict: "pass", Label: text, Why: text}},
			Calls:    []callRow{{Took: text, Who: text, Class: "fail", Outcome: text, Detail: text}},
		}
		var b strings.Builder
		if err := page.html().Render(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	})
}
