package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"pschook/verify/words"
)

// about holds the sentences for each verdict. name is what was checked.
type about map[Status]func(name any) words.Text

func aboutTokens() about {
	return about{
		StatusPass: func(profile any) words.Text {
			return words.Say("Pass: the tokens are what profile %s asks for.", "Conforme : les jetons répondent au profil %s.", profile)
		},
		StatusWarn: func(profile any) words.Text {
			return words.Say("Pass with warnings: the tokens work for profile %s, but look at the warnings.",
				"Conforme avec réserves : les jetons conviennent au profil %s, mais voyez les points d'attention.", profile)
		},
		StatusFail: func(profile any) words.Text {
			return words.Say("Fail: the tokens are not what profile %s asks for.", "Échec : les jetons ne répondent pas au profil %s.", profile)
		},
	}
}

func aboutOthers() about {
	return about{
		StatusPass: func(name any) words.Text {
			return words.Say("Pass (%s): everything is in order.", "Conforme (%s) : tout est en ordre.", name)
		},
		StatusWarn: func(name any) words.Text {
			return words.Say("Pass with warnings (%s): nothing failed, but look at the warnings.",
				"Conforme avec réserves (%s) : rien n'a échoué, mais voyez les points d'attention.", name)
		},
		StatusSkip: func(name any) words.Text {
			return words.Say("Nothing was checked (%s): see what was missing.", "Rien n'a été vérifié (%s) : voyez ce qui manquait.", name)
		},
		StatusFail: func(name any) words.Text {
			return words.Say("Fail (%s): see what has to be fixed.", "Échec (%s) : voyez ce qu'il faut corriger.", name)
		},
	}
}

// VerdictText returns the verdict as a sentence.
func (r Report) VerdictText() words.Text {
	say := r.about[r.Verdict]
	switch {
	case say == nil:
		return words.Text{}
	case r.named != (words.Text{}):
		return say(r.named)
	}
	return say(r.Profile)
}

// Tally returns the sentence that counts the checks and names the level.
func (r Report) Tally() words.Text {
	counts := []any{r.Count(StatusFail), r.Count(StatusWarn), r.Count(StatusPass), r.Count(StatusSkip)}
	if _, ok := r.Check("amr.psc_approved"); ok {
		return words.Say("Failed: %d. Warnings: %d. Passed: %d. Not checked: %d. Level: %s.",
			"Échecs : %d. Points d'attention : %d. Conformes : %d. Non vérifiés : %d. Niveau : %s.", append(counts, levelText(r.AMRLevel))...)
	}
	return words.Say("Failed: %d. Warnings: %d. Passed: %d. Not checked: %d.",
		"Échecs : %d. Points d'attention : %d. Conformes : %d. Non vérifiés : %d.", counts...)
}

func levelText(level string) words.Text {
	return words.Level(level, words.Say("none reached", "aucun niveau atteint"))
}

// Text returns the status in one word.
func (s Status) Text() words.Text {
	switch s {
	case StatusPass:
		return words.Say("pass", "conforme")
	case StatusWarn:
		return words.Say("warning", "attention")
	case StatusFail:
		return words.Say("fail", "échec")
	}
	return words.Say("skipped", "non vérifié")
}

// Labels of what a check says.

// ExpectedLabel stands before [Check.Expected].
func ExpectedLabel() words.Text { return words.Say("Expected:", "Attendu :") }

// ActualLabel stands before [Check.Actual].
func ActualLabel() words.Text { return words.Say("Found:", "Constaté :") }

// SpecLabel stands before [Check.Spec].
func SpecLabel() words.Text { return words.Say("Rule:", "Règle :") }

// DoctorLabel stands before [Check.Doctor].
func DoctorLabel() words.Text {
	return words.Say("The cause, by pschook doctor:", "La cause, par pschook doctor :")
}

func remedyLabel() words.Text { return words.Say("What to do:", "Que faire :") }

// HintLabel stands before [Check.Hint], which is a remedy, a reason, or a remark.
func (c Check) HintLabel() words.Text {
	switch c.Status {
	case StatusPass:
		return words.Say("Note:", "À noter :")
	case StatusSkip:
		return words.Say("Why:", "Pourquoi :")
	}
	return remedyLabel()
}

// WriteText writes the report for a terminal or a log: the verdict, then each check, with remedies
// if there is something to do. It escapes characters that could control a terminal, because claims
// come from outside. The error is that of w.
func (r Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", r.VerdictText().In(r.lang), r.Tally().In(r.lang))
	groups := Fold(r.Checks)
	var columns columns
	for _, g := range groups {
		columns.status = max(columns.status, utf8.RuneCountInString(g.Checks[0].Status.Text().In(r.lang)))
		columns.id = max(columns.id, utf8.RuneCountInString(g.head()))
	}
	for _, g := range groups {
		g.writeText(&b, r.lang, columns)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// columns holds the widths, in characters, of the columns before a check's title.
type columns struct{ status, id int }

// head names the group: its first check, and how many more there are.
func (g Group) head() string {
	if g.Because == "" {
		return g.Checks[0].ID
	}
	return fmt.Sprintf("%s +%d", g.Checks[0].ID, len(g.Checks)-1)
}

func (g Group) writeText(b *strings.Builder, lang words.Language, width columns) {
	c := g.Checks[0]
	title := c.Title
	if g.Because != "" {
		title = g.Reason().In(lang) + words.Say(": %s", " : %s", g.IDs()).In(lang)
	}
	fmt.Fprintf(b, "%-*s  %-*s  %s\n", width.status, c.Status.Text().In(lang), width.id, g.head(), title)
	if g.Because != "" {
		return
	}
	indent := strings.Repeat(" ", width.status+2)
	for _, l := range c.lines() {
		if l.text != "" {
			fmt.Fprintf(b, "%s%s %s\n", indent, l.label.In(lang), words.Printable(l.text))
		}
	}
}

type line struct {
	label words.Text
	text  string
}

// lines returns the lines of a check: all of them if there is something to do, otherwise only the
// hint.
func (c Check) lines() []line {
	hint := line{c.HintLabel(), c.Hint}
	if c.Status != StatusFail && c.Status != StatusWarn {
		return []line{hint}
	}
	return []line{{ExpectedLabel(), c.Expected}, {ActualLabel(), c.Actual}, hint, {DoctorLabel(), strings.Join(c.Doctor, ", ")}, {SpecLabel(), c.Spec}}
}
