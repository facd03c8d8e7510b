package report_test

import (
	"strings"
	"testing"

	"pschook/verify/report"
	"pschook/verify/words"
)

// TestNew checks that checks from other packages get a verdict, and a text that does not mention
// tokens.
func TestNew(t *testing.T) {
	t.Parallel()
	pass, warn := report.Check{ID: "a", Status: report.StatusPass, Title: "A"}, report.Check{ID: "b", Status: report.StatusWarn, Title: "B"}
	fail := report.Check{ID: "c", Status: report.StatusFail, Title: "C", Hint: "mend it"}
	tests := []struct {
		name   string
		lang   words.Language
		checks []report.Check
		want   report.Status
		text   string
	}{
		{"pass", words.English, []report.Check{pass}, report.StatusPass, "Pass (doctor): everything is in order.\nFailed: 0. Warnings: 0. Passed: 1. Not checked: 0.\n"},
		{"warn", words.English, []report.Check{pass, warn}, report.StatusWarn, "Pass with warnings (doctor)"},
		{"fail", "", []report.Check{pass, warn, fail}, report.StatusFail, "Fail (doctor)"},
		{"French", words.French, []report.Check{fail}, report.StatusFail, "Échec (doctor)\u00a0: voyez"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := report.New("doctor", tt.lang, tt.checks)
			if r.Verdict != tt.want || r.AMRLevel != "none" {
				t.Errorf("verdict %s, level %s", r.Verdict, r.AMRLevel)
			}
			var text strings.Builder
			if err := r.WriteText(&text); err != nil || !strings.HasPrefix(text.String(), tt.text) {
				t.Errorf("text %q, %v; want %q", text.String(), err, tt.text)
			}
			if json, err := r.JSON(); err != nil || !strings.Contains(string(json), `"id_token": null`) {
				t.Errorf("JSON %s, %v", json, err)
			}
		})
	}
}

// Further checks count for the verdict; where only they fail, its sentence does not speak of the tokens.
func TestWith(t *testing.T) {
	t.Parallel()
	check := func(s report.Status) []report.Check { return []report.Check{{ID: "x", Status: s}} }
	for _, tt := range []struct {
		own, more, want report.Status
		says            string
	}{
		{report.StatusPass, report.StatusPass, report.StatusPass, "Pass: the tokens"},
		{report.StatusPass, report.StatusWarn, report.StatusWarn, "Pass with warnings: the tokens"},
		{report.StatusPass, report.StatusFail, report.StatusFail, "Fail (psc)"},
		{report.StatusFail, report.StatusPass, report.StatusFail, "Fail: the tokens"},
		{report.StatusFail, report.StatusFail, report.StatusFail, "Fail: the tokens"},
	} {
		r := report.Tokens("psc", words.English, check(tt.own), nil, nil, "none").With(check(tt.more))
		if got := r.VerdictText().In(words.English); r.Verdict != tt.want || len(r.Checks) != 2 || !strings.HasPrefix(got, tt.says) {
			t.Errorf("%s with %s: %s, %q; want %s, %q", tt.own, tt.more, r.Verdict, got, tt.want, tt.says)
		}
	}
}

// Where nothing was looked at, nothing is said to be in order.
func TestNothingChecked(t *testing.T) {
	t.Parallel()
	r := report.New("x", words.English, []report.Check{{Status: report.StatusSkip}, {Status: report.StatusSkip}})
	if got := r.VerdictText().In(words.English); r.Verdict != report.StatusSkip || got != "Nothing was checked (x): see what was missing." {
		t.Errorf("%s, %q", r.Verdict, got)
	}
}
