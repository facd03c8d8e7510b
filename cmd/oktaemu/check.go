package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"pschook/oktaemu"
)

// errDropped says that the check found answers that Okta would not apply as they stand.
var errDropped = errors.New("answers of the hook would be lost")

// report is what check prints.
type report struct {
	HookURL  string            `json:"hook_url"`
	Verdict  string            `json:"verdict"` // pass, fail
	Mintings []oktaemu.Verdict `json:"mintings"`
}

// check posts every kind of minting to a hook, and writes what Okta would do with each answer.
func check(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var opts oktaemu.Options
	flags := flag.NewFlagSet("oktaemu check", flag.ContinueOnError)
	hookFlags(flags, &opts, "the token inline hook to check")
	flags.DurationVar(&opts.HookTimeout, "timeout", oktaemu.DefaultHookTimeout, "`time` after which Okta gives up; its support can change it for a hook")
	flags.StringVar(&opts.PublicURL, "org-url", "", "`origin` of the org that the calls come from, for a hook that takes those of its own org only")
	flags.StringVar(&opts.OrgID, "org-id", "", "`id` of that org")
	flags.StringVar(&opts.ClientID, "client-id", "", "`id` of the client that the tokens are for, for a hook that knows its clients")
	write := writeText
	flags.Func("format", "`form` of the report: text (the default), json or junit", func(form string) (err error) {
		write, err = writer(form)
		return err
	})
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	if opts.Hook.URL == "" {
		return usageError{errors.New("--hook-url: must say which hook to check")}
	}
	verdicts, err := oktaemu.CheckHook(ctx, opts)
	if err != nil {
		return usageError{fmt.Errorf("cannot check: %w", err)}
	}
	r := report{opts.Hook.URL, "pass", verdicts}
	if slices.ContainsFunc(verdicts, func(v oktaemu.Verdict) bool { return !v.OK }) {
		r.Verdict = "fail"
	}
	if err := write(stdout, r); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	if r.Verdict == "fail" {
		return errDropped
	}
	return nil
}

func writer(form string) (func(io.Writer, report) error, error) {
	switch form {
	case "text":
		return writeText, nil
	case "json":
		return writeJSON, nil
	case "junit":
		return writeJUnit, nil
	}
	return nil, errors.New("not one of text, json, junit")
}

// writeText writes for people: a line for each minting, then a summary.
func writeText(w io.Writer, r report) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	failed := 0
	for _, v := range r.Mintings {
		mark := "ok  "
		if !v.OK {
			mark = "FAIL"
			failed++
		}
		_, _ = fmt.Fprintf(table, "%s  %s\t%s\t%s\n", mark, v.Minting, v.Outcome, sentence(v)) // Flush returns the error
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s: Okta does what the hook says for %d of %d mintings. %s\n",
		r.HookURL, len(r.Mintings)-failed, len(r.Mintings), strings.ToUpper(r.Verdict))
	return err
}

// sentence says what Okta does with an answer.
func sentence(v oktaemu.Verdict) string {
	var parts []string
	switch v.Outcome {
	case oktaemu.HookApplied:
		parts = append(parts, "changes "+changes(v.Changed))
	case oktaemu.HookEmpty:
		parts = append(parts, "the tokens stay as they are")
	case oktaemu.HookDenied:
		parts = append(parts, "no token is minted; the client is told: "+v.Reason)
	default:
		parts = append(parts, v.Reason, "the tokens stay as they are, and only the System Log says so")
	}
	if v.Warning != "" {
		parts = append(parts, "warning: "+v.Warning)
	}
	return strings.Join(parts, "; ")
}

func changes(c *oktaemu.Changed) string {
	var parts []string
	if len(c.AccessToken) > 0 {
		parts = append(parts, "access token: "+strings.Join(c.AccessToken, ", "))
	}
	if len(c.IDToken) > 0 {
		parts = append(parts, "ID token: "+strings.Join(c.IDToken, ", "))
	}
	if len(parts) == 0 {
		return "nothing: the values were there already"
	}
	return strings.Join(parts, "; ")
}

func writeJSON(w io.Writer, r report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// junitSuite is the format that build servers read: https://github.com/testmoapp/junitxml
type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Seconds float64       `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
}

func writeJUnit(w io.Writer, r report) error {
	suite := junitSuite{Name: "oktaemu check", Tests: len(r.Mintings)}
	for _, v := range r.Mintings {
		c := junitCase{Name: v.Minting, Class: "oktaemu.check", Seconds: v.TookMS / 1000, Out: sentence(v)}
		if !v.OK {
			c.Failure, c.Out = &junitFailure{v.Outcome, c.Out}, ""
			suite.Failures++
		}
		suite.Cases = append(suite.Cases, c)
	}
	text, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}
