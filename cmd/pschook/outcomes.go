package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"pschook/internal/config"
	"pschook/internal/doctor"
	"pschook/internal/outcomes"
	"pschook/internal/outside"
	"pschook/internal/server"
	"pschook/verify/words"
)

// outcomesTimeout bounds reading a live log: 200 pages, and waits for rate limits.
const outcomesTimeout = 10 * time.Minute

// logKept is how long Okta keeps its System Log (Okta help, "System Log": 90 days).
const logKept = 90 * 24 * time.Hour

// checkSince refuses a time that Okta's log does not reach back to.
func checkSince(flag string, since time.Duration) error {
	if since > 0 && since <= logKept {
		return nil
	}
	return fmt.Errorf("--%s: got %s, want more than 0 and at most %s: Okta keeps its log for 90 days", flag, since, logKept)
}

// outcomesFlags are the flags of the command outcomes.
type outcomesFlags struct {
	since        time.Duration
	clients      []string
	hookID       string
	format, lang string
}

func (a *app) outcomesCommand() *cobra.Command {
	var f outcomesFlags
	cmd := &cobra.Command{
		Use:   "outcomes [FILE|-]",
		Short: "Say what Okta did with the hook's answers, by its System Log",
		Long: `Read Okta's System Log and report what became of the hook's answers: calls that failed, answers that Okta dropped,
with its own reasons, the first drop and the last change of a rule or hook before it, and for which clients tokens were
minted. Without FILE the log of the live org is read, which needs a credential with okta.logs.read; FILE is a log that
was exported, JSON or CSV as the Admin Console's System Log page gives it. Of the log nothing that names a person is
kept or shown.

Success may be silent: Okta tells of answers that it applied only with debugging switched on for the hook.

Exit codes: 0 nothing failed; 1 calls failed or answers were dropped; 2 wrong usage, environment or file,
or the log cannot be read.`,
		Args: cobra.MaximumNArgs(1),
		PreRunE: func(*cobra.Command, []string) error {
			if f.lang == "" {
				f.lang = localeLanguage(a.env)
			}
			return errors.Join(checkSince("since", f.since), oneOf("format", f.format, formatText, formatJSON, formatJUnit), oneOf("lang", f.lang, string(words.English), string(words.French)))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var s outcomes.Summary
			var err error
			if len(args) == 1 {
				s, err = a.exportedOutcomes(args[0], f)
			} else {
				s, err = a.liveOutcomes(cmd.Context(), f)
			}
			if err != nil {
				return err
			}
			lang, _ := words.ParseLanguage(f.lang) // checked before
			return a.finish(doctor.Outcomes(s, lang), f.format)
		},
	}
	flags := cmd.Flags()
	flags.DurationVar(&f.since, "since", 24*time.Hour, "how far back the live log is read")
	flags.StringSliceVar(&f.clients, "client-id", nil, "count tokens of this client only (default PSCHOOK_CLIENT_IDS, else all); may be given more than once")
	flags.StringVar(&f.hookID, "hook-id", "", "count events of this inline hook only (default PSCHOOK_OUTCOMES_HOOK_ID, else all)")
	flags.StringVar(&f.format, "format", formatText, "form of the report: text, json or junit")
	flags.StringVar(&f.lang, "lang", "", "language of the report: en or fr (default: that of LC_ALL, LC_MESSAGES or LANG)")
	return cmd
}

func (a *app) exportedOutcomes(name string, f outcomesFlags) (outcomes.Summary, error) {
	in := a.io.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return outcomes.Summary{}, &exitError{Code: exitUsage, Err: err}
		}
		defer func() { _ = file.Close() }() // the file was only read
		in = file
	}
	text, err := outside.TextReader(in)
	if err != nil {
		return outcomes.Summary{}, &exitError{Code: exitUsage, Err: fmt.Errorf("%q %w", name, err)}
	}
	s, err := outcomes.Summarize(text, outcomes.Options{Clients: f.clients, HookID: f.hookID})
	if err != nil {
		return s, &exitError{Code: exitUsage, Err: err, Hint: "export the System Log as JSON or CSV, or leave FILE out to read it from the org"}
	}
	return s, nil
}

func (a *app) liveOutcomes(ctx context.Context, f outcomesFlags) (outcomes.Summary, error) {
	c, err := a.loadConfig(ctx)
	if err != nil {
		return outcomes.Summary{}, err
	}
	if !c.Okta.HasCredential() {
		return outcomes.Summary{}, &exitError{Code: exitUsage, Err: errors.New("there is no credential for Okta's Management API"), Hint: "set PSCHOOK_OKTA_API_TOKEN, or name a file with an exported log"}
	}
	f.complete(c)
	ctx, cancel := context.WithTimeout(ctx, outcomesTimeout)
	defer cancel()
	return readOutcomes(ctx, c, f)
}

// readOutcomes reads the log of the live org; the configuration has a credential.
func readOutcomes(ctx context.Context, c *config.Config, f outcomesFlags) (outcomes.Summary, error) {
	client, err := managementClient(c, server.LogsScope)
	if err != nil {
		return outcomes.Summary{}, &exitError{Code: exitUsage, Err: err}
	}
	s, err := outcomes.Read(ctx, outcomes.ReaderOptions{Client: client, OrgURL: c.Okta.OrgURL, Clients: f.clients, Now: time.Now, After: time.After},
		time.Now().Add(-f.since), outcomes.Options{Clients: f.clients, HookID: f.hookID})
	if err != nil {
		return s, &exitError{Code: exitUsage, Err: err}
	}
	return s, nil
}

// complete fills in values from the configuration.
func (f *outcomesFlags) complete(c *config.Config) {
	if f.clients == nil {
		f.clients = c.Hook.ClientIDs
	}
	if f.hookID == "" {
		f.hookID = c.Outcomes.HookID
	}
}
