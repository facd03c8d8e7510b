package verify

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WriteText writes the report for a terminal or a log: the verdict, then each
// check, with remedies where there is something to do. Characters that could
// steer a terminal are escaped, since claims come from outside.
// The error is that of w.
func (r Report) WriteText(w io.Writer) error {
	tr := newTranslator(r.lang)
	var b strings.Builder
	sentence := "verdict."
	if r.custom {
		sentence = "custom."
	}
	fmt.Fprintf(&b, "%s\n%s\n\n", tr.render(say(sentence+string(r.Verdict), with("profile", r.Profile))), tr.render(r.tally()))
	var columns columns
	for _, c := range r.Checks {
		columns.status = max(columns.status, utf8.RuneCountInString(tr.plain("status."+string(c.Status))))
		columns.id = max(columns.id, utf8.RuneCountInString(c.ID))
	}
	for _, c := range r.Checks {
		tr.textCheck(&b, c, columns)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tally is the sentence that counts the checks and names the level.
func (r Report) tally() phrase {
	key := "report.tally"
	if _, ok := r.Check("amr.psc_approved"); ok {
		key = "report.tally_level"
	}
	return say(key, with("fail", r.Count(StatusFail)), with("warn", r.Count(StatusWarn)),
		with("pass", r.Count(StatusPass)), with("skip", r.Count(StatusSkip)), with("level", say("level."+r.AMRLevel)))
}

// columns are the widths, in characters, of what stands before a check's title.
type columns struct{ status, id int }

func (t translator) textCheck(b *strings.Builder, c Check, width columns) {
	fmt.Fprintf(b, "%-*s  %-*s  %s\n", width.status, t.plain("status."+string(c.Status)), width.id, c.ID, c.Title)
	indent := strings.Repeat(" ", width.status+2)
	lines := [][2]string{{c.hintLabel(), c.Hint}}
	if c.Status == StatusFail || c.Status == StatusWarn {
		lines = [][2]string{{"label.expected", c.Expected}, {"label.actual", c.Actual}, {c.hintLabel(), c.Hint}, {"label.spec", c.Spec}}
	}
	for _, l := range lines {
		if l[1] != "" {
			fmt.Fprintf(b, "%s%s %s\n", indent, t.plain(l[0]), printable(l[1]))
		}
	}
}

// hintLabel names the hint: a remedy, a reason, or a remark.
func (c Check) hintLabel() string {
	switch c.Status {
	case StatusPass:
		return "label.note"
	case StatusSkip:
		return "label.reason"
	}
	return "label.hint"
}

// printable escapes what is not to be printed: control characters, and format
// characters that turn the direction of writing.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) || r == '\u00a0' {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "\\u%04x", r)
	}
	return b.String()
}

// printableLines is printable for texts of several lines.
func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = printable(line)
	}
	return strings.Join(lines, "\n")
}
