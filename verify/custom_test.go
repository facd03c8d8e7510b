package verify_test

import (
	"strings"
	"testing"

	"pschook/verify"
)

// TestNewReport holds that checks from elsewhere get a verdict, and a text that does not speak of tokens.
func TestNewReport(t *testing.T) {
	t.Parallel()
	pass, warn := verify.Check{ID: "a", Status: verify.StatusPass, Title: "A"}, verify.Check{ID: "b", Status: verify.StatusWarn, Title: "B"}
	fail := verify.Check{ID: "c", Status: verify.StatusFail, Title: "C", Hint: "mend it"}
	tests := []struct {
		name   string
		lang   verify.Language
		checks []verify.Check
		want   verify.Status
		text   string
	}{
		{"pass", verify.English, []verify.Check{pass}, verify.StatusPass, "Pass (doctor): everything is in order.\nFailed: 0. Warnings: 0. Passed: 1. Not checked: 0.\n"},
		{"warn", verify.English, []verify.Check{pass, warn}, verify.StatusWarn, "Pass with warnings (doctor)"},
		{"fail", "", []verify.Check{pass, warn, fail}, verify.StatusFail, "Fail (doctor)"},
		{"French", verify.French, []verify.Check{fail}, verify.StatusFail, "Échec (doctor)\u00a0: voyez"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := verify.NewReport("doctor", tt.lang, tt.checks)
			if r.Verdict != tt.want || r.AMRLevel != verify.LevelNone {
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
	if got := verify.Localize(verify.French, "a: b", "« a » : b"); got != "«\u00a0a\u00a0»\u00a0: b" {
		t.Errorf("French spacing: %q", got)
	}
}
