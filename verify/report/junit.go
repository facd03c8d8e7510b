package report

import (
	"encoding/xml"
	"io"
	"strings"

	"pschook/verify/words"
)

// The JUnit XML that CI systems read. JUnit knows no warnings, so a warning is a passed test case
// with a text on system-out.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		ClassName string        `xml:"classname,attr"`
		Name      string        `xml:"name,attr"`
		Failure   *junitMessage `xml:"failure,omitempty"`
		Skipped   *junitMessage `xml:"skipped,omitempty"`
		SystemOut string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes the report as JUnit XML: one test suite, with one test case for each check. The
// error is that of w.
func (r Report) WriteJUnit(w io.Writer) error {
	suite := junitSuite{
		Name: "pschook verify " + r.Profile, Tests: len(r.Checks),
		Failures: r.Count(StatusFail), Skipped: r.Count(StatusSkip),
	}
	for _, c := range r.Checks {
		suite.Cases = append(suite.Cases, c.junit(r.Profile, r.lang))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(junitSuites{Suite: suite}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (c Check) junit(profile string, lang words.Language) junitCase {
	details := ExpectedLabel().In(lang) + " " + c.Expected + "\n" + ActualLabel().In(lang) + " " + c.Actual + "\n" +
		remedyLabel().In(lang) + " " + c.Hint + "\n" + SpecLabel().In(lang) + " " + c.Spec
	out := junitCase{ClassName: "pschook.verify." + profile, Name: c.ID + ": " + c.Title}
	switch c.Status {
	case StatusFail:
		out.Failure = &junitMessage{Message: c.Actual, Text: printableLines(details)}
	case StatusSkip:
		out.Skipped = &junitMessage{Message: c.Hint}
	case StatusWarn:
		out.SystemOut = StatusWarn.Text().In(lang) + "\n" + printableLines(details)
	}
	return out
}

// printableLines is [words.Printable] for texts of several lines.
func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = words.Printable(line)
	}
	return strings.Join(lines, "\n")
}
