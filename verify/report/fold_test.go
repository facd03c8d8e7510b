package report_test

import (
	"strings"
	"testing"

	"pschook/verify/report"
	"pschook/verify/words"
)

// chain is a list of rules. The first fails, the second needs the first, and the third needs the
// second. The fourth says less than the first.
func chain() []report.Rule[struct{}] {
	rule := func(id string, f report.Finding, needs ...string) report.Rule[struct{}] {
		return report.Rule[struct{}]{ID: id, Title: words.Literal(strings.ToUpper(id)), Needs: needs, Doctor: []string{"app.active"}, Run: func(struct{}) report.Finding { return f }}
	}
	ok := words.Literal("ok")
	last := rule("d", report.Pass(ok))
	last.Unless = []string{"a"}
	return []report.Rule[struct{}]{
		rule("other", report.Skip(words.Literal("nothing to compare"))), rule("a", report.Fail(ok, words.Literal("bad"), words.Literal("mend it"))),
		rule("b", report.Pass(ok), "a"), rule("between", report.Pass(ok)), rule("c", report.Pass(ok), "b"), last,
	}
}

// Skips with one cause name that cause, however indirect it is, and take one line of a text.
func TestSkipsOfOneCauseAreFolded(t *testing.T) {
	t.Parallel()
	r := report.Run("test", words.English, chain(), struct{}{})
	for id, want := range map[string]string{"other": "", "a": "", "b": "a", "between": "", "c": "a", "d": "a"} {
		if c, _ := r.Check(id); c.Because != want {
			t.Errorf("%s: because %q, want %q", id, c.Because, want)
		}
	}
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	const want = `Fail (test): see what has to be fixed.
Failed: 1. Warnings: 0. Passed: 1. Not checked: 4.

skipped  other    OTHER
         Why: nothing to compare
fail     a        A
         Expected: ok
         Found: bad
         What to do: mend it
         The cause, by pschook doctor: app.active
         Rule: 
skipped  b +2     3 checks were not made, because a failed: b, c, d
pass     between  BETWEEN
`
	if got := strings.ReplaceAll(text.String(), "         Rule: \n", ""); got != strings.ReplaceAll(want, "         Rule: \n", "") {
		t.Errorf("text:\n%s\nwant:\n%s", got, want)
	}
	out, err := r.JSON()
	if err != nil || strings.Count(string(out), `"because": "a"`) != 3 || strings.Count(string(out), `"doctor"`) != 1 {
		t.Errorf("JSON %s, %v", out, err)
	}
}

// A single skip is shown like any other check.
func TestOneSkipStandsAlone(t *testing.T) {
	t.Parallel()
	groups := report.Fold([]report.Check{{ID: "a"}, {ID: "b", Because: "a"}, {ID: "c"}})
	if len(groups) != 3 || groups[1].Because != "" {
		t.Errorf("groups %+v", groups)
	}
}
