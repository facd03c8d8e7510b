package pagetest_test

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"pschook/internal/pagetest"
)

// recorder takes the faults that a test is to find.
type recorder struct {
	testing.TB

	faults []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func TestHoldsText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, page string // RAW stands for the text as it is, ESCAPED for it escaped
		fault      string // "" for none
	}{
		{"escaped", `<p title="ESCAPED">ESCAPED</p><a href="/?q=1">`, ""},
		{"in a text", `<p>RAW</p>ESCAPED`, "changes the page"},
		{"in an attribute", `<p title="RAW">ESCAPED</p>`, "changes the page"},
		{"without quotes", `<p title=ESCAPED>ESCAPED</p>`, "changes the page"},
		{"in a link", `<a href="ESCAPED">ESCAPED</a>`, `refers to "javascript:alert(1)"`},
		{"in a form", `<form action="ESCAPED">ESCAPED</form>`, `refers to "data:text/html,`},
		{"not shown", `<p>harmless</p>`, "does not show"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &recorder{TB: t}
			pagetest.HoldsText(r, func(text string) string {
				return strings.NewReplacer("RAW", text, "ESCAPED", html.EscapeString(text)).Replace(tt.page)
			})
			if tt.fault == "" && len(r.faults) > 0 || !strings.Contains(strings.Join(r.faults, "\n"), tt.fault) {
				t.Errorf("found %q, want %q", r.faults, tt.fault)
			}
		})
	}
}
