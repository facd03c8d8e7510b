package verify

import (
	"encoding/xml"
	"io"
)

// The JUnit XML that CI systems read. A warning is a test case that passes and
// says so on system-out, since JUnit knows no warnings.
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

// WriteJUnit writes the report as JUnit XML: one test suite, one test case for
// each check.
// The error is that of w.
func (r Report) WriteJUnit(w io.Writer) error {
	tr := newTranslator(r.lang)
	suite := junitSuite{
		Name: "pschook verify " + r.Profile, Tests: len(r.Checks),
		Failures: r.Count(StatusFail), Skipped: r.Count(StatusSkip),
	}
	for _, c := range r.Checks {
		suite.Cases = append(suite.Cases, tr.junitCase(r.Profile, c))
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

func (t translator) junitCase(profile string, c Check) junitCase {
	details := t.plain("label.expected") + " " + c.Expected + "\n" + t.plain("label.actual") + " " + c.Actual + "\n" +
		t.plain("label.hint") + " " + c.Hint + "\n" + t.plain("label.spec") + " " + c.Spec
	out := junitCase{ClassName: "pschook.verify." + profile, Name: c.ID + ": " + c.Title}
	switch c.Status {
	case StatusFail:
		out.Failure = &junitMessage{Message: c.Actual, Text: printableLines(details)}
	case StatusSkip:
		out.Skipped = &junitMessage{Message: c.Hint}
	case StatusWarn:
		out.SystemOut = t.plain("status.warn") + "\n" + printableLines(details)
	}
	return out
}
