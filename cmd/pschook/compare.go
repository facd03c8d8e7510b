package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pschook/internal/doctor"
	"pschook/internal/outside"
)

// compareFlags say which other hook preview compares with.
type compareFlags struct {
	url, header, secretFile string
}

func (f *compareFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.url, "compare", "", "send the call to this `URL` too, such as that of the Workflows flow to be replaced, and say how the answers differ")
	cmd.Flags().StringVar(&f.header, "compare-header", "x-api-client-token", "`name` of the header that carries the secret of --compare-secret-file")
	cmd.Flags().StringVar(&f.secretFile, "compare-secret-file", "", "`file` with the other hook's secret; none is sent without it")
}

// options reads the secret and returns the options.
func (f *compareFlags) options(body []byte) (doctor.CompareOptions, error) {
	u, err := url.Parse(f.url)
	if err != nil || u.Host == "" || u.Scheme != "https" && !outside.IsLoopback(u.Hostname()) {
		return doctor.CompareOptions{}, errors.New("--compare: wanted an https URL (http for loopback)") // not quoted: it may hold a token
	}
	opts := doctor.CompareOptions{URL: u, Body: body, Now: time.Now}
	if f.secretFile == "" {
		return opts, nil
	}
	secret, err := readSecret(f.secretFile)
	if err != nil {
		return opts, fmt.Errorf("--compare-secret-file: %w", err)
	}
	opts.Header, opts.Value = f.header, secret
	return opts, nil
}

// compare calls the other hook and writes to standard error how its answer differs from ours. The command fails if a
// claim of the other answer is missing or different in ours, and if Okta would take nothing of the other answer.
func (a *app) compare(ctx context.Context, f compareFlags, body, ours []byte) error {
	opts, err := f.options(body)
	if err != nil {
		return &exitError{Code: exitUsage, Err: err}
	}
	c, err := doctor.Compare(ctx, opts, ours)
	if err != nil {
		return &exitError{Err: err, Hint: "see the flow's execution history in Okta Workflows"}
	}
	lost := 0
	var out strings.Builder
	fmt.Fprintf(&out, "compare:  the other hook answers %d in %d ms\n", c.Status, c.Took.Milliseconds())
	for _, fault := range c.Faults {
		fmt.Fprintf(&out, "compare:  Okta takes nothing of it: %s\n", fault)
	}
	for _, line := range c.Lines {
		if line.Lost() {
			lost++
		}
		fmt.Fprintf(&out, "compare:  %s %s: %s\n", line.Token, line.Path, describeCompared(line))
	}
	if len(c.Lines) == 0 && len(c.Faults) == 0 {
		out.WriteString("compare:  neither adds anything\n")
	}
	if _, err := io.WriteString(a.io.err, out.String()); err != nil {
		return err
	}
	if len(c.Faults) > 0 {
		return &exitError{
			Err:  fmt.Errorf("the other hook's answer: Okta takes nothing of it (reasons: %d)", len(c.Faults)),
			Hint: "today's tokens have none of its claims, or come from elsewhere: see the flow's execution history, and the System Log for inline_hook.executed and inline_hook.response.processed",
		}
	}
	if lost > 0 {
		return &exitError{Err: fmt.Errorf("%d of the other hook's patches would be lost or changed", lost), Hint: "fix the configuration or the AMR policy before the switch, or accept the change"}
	}
	return nil
}

func describeCompared(c doctor.ComparedClaim) string {
	switch {
	case c.Same():
		return "same " + c.Ours
	case c.Theirs == "":
		return "added " + c.Ours
	case c.Ours == "":
		return "lost " + c.Theirs
	}
	return "changed from " + c.Theirs + " to " + c.Ours
}
