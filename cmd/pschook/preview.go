package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pschook/commands"
	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/outside"
	"pschook/internal/server"
)

// exitRefused is preview's exit code when the hook refuses the call or the token.
const exitRefused = 3

// maxPreviewBytes bounds what is read. The hook itself accepts less, and says so.
const maxPreviewBytes = 1 << 20

// maxSecretBytes bounds a file with one secret.
const maxSecretBytes = 64 << 10

func (a *app) previewCommand() *cobra.Command {
	var orgID string
	var other compareFlags
	cmd := &cobra.Command{
		Use:   "preview [FILE|-]",
		Short: "Show what the hook would answer to a call from Okta, and why",
		Long: `Read a call of the token inline hook, for example what the Admin Console's Preview shows, from FILE or standard
input, and print the answer that the configured service would give. How it came to that goes to standard error.
Nothing is logged or counted. Unless --org-id or PSCHOOK_TID_VALUE says it, Okta is asked for the org id.

With --compare the same call goes to another hook, such as the Workflows flow to be replaced, and the answers are
compared claim by claim: same, added, changed or lost. A call is of a real person: mind who may read the flow's history.

Exit codes: 0 the call would be answered; 1 with --compare, something would be lost or changed, or there is nothing to
compare with; 2 wrong usage, environment or file; 3 the call or its token would be refused.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.loadConfig(cmd.Context())
			if err != nil {
				return err
			}
			body, err := a.readInput(append(args, "-")[0])
			if err != nil {
				return &exitError{Code: exitUsage, Err: err}
			}
			h, err := server.NewPreview(c, orgID, thisBuild().Version, time.Now)
			if err != nil {
				return err
			}
			p, err := h.Preview(cmd.Context(), body)
			if err != nil {
				return err
			}
			refused := a.printPreview(c, p)
			if other.url == "" {
				return refused
			}
			var ours []byte // Okta ignores the body of any other status
			if p.Status == http.StatusOK {
				ours = p.Body
			}
			return cmp.Or(refused, a.compare(cmd.Context(), other, body, ours))
		},
	}
	other.register(cmd)
	cmd.Flags().StringVar(&orgID, "org-id", "", "assume this org id instead of asking Okta")
	return cmd
}

// readInput reads a call from a file, or from standard input for "-".
func (a *app) readInput(name string) ([]byte, error) { return a.readFile(name, maxPreviewBytes) }

// readFile reads a file, or standard input for "-". It accepts no more than most bytes.
func (a *app) readFile(name string, most int) ([]byte, error) {
	type content struct {
		text []byte
		err  error
	}
	read := make(chan content, 1)
	go func() { // a terminal, or a pipe that nobody writes to, keeps one waiting
		text, err := a.readNow(name, most)
		read <- content{text, err}
	}()
	select {
	case c := <-read:
		return c.text, c.err
	case <-a.stopped:
		return nil, &exitError{Code: exitCancelled, Err: fmt.Errorf("cancelled while reading %q", name)}
	}
}

func (a *app) readNow(name string, most int) ([]byte, error) {
	if name == "-" {
		return readText(name, a.io.in, most)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // the file was only read
	return readText(name, f, most)
}

// readText reads a text as UTF-8, whatever editor or shell wrote it (see [outside.Text]). For files that the
// configuration names, [config.ReadFile] does the same.
func readText(name string, in io.Reader, most int) ([]byte, error) {
	raw, err := outside.Read(in, most)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", name, err)
	}
	text, err := outside.Text(raw)
	if err != nil {
		return nil, fmt.Errorf("%q %w", name, err)
	}
	return text, nil
}

// readSecret reads a file that holds one secret.
func readSecret(name string) (string, error) {
	text, err := new(app).readFile(name, maxSecretBytes)
	return strings.TrimSpace(string(text)), err
}

// printPreview writes the answer to standard output and its explanation to standard error.
func (a *app) printPreview(c *config.Config, p hook.Preview) error {
	if len(p.Body) > 0 {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, p.Body, "", "  "); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.io.out, pretty.String()); err != nil {
			return err
		}
	}
	b, err := server.NewBuilder(c)
	if err != nil {
		return err
	}
	story := explainPreview(b, c, p)
	if _, err := io.WriteString(a.io.err, story); err != nil {
		return err
	}
	if p.Refused != "" || p.Outcome == string(commands.OutcomeDenied) {
		return &exitError{Code: exitRefused}
	}
	return nil
}

// explainPreview says how the answer was made, one fact per line.
func explainPreview(b *commands.Builder, c *config.Config, p hook.Preview) string {
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	say("status:   %d", p.Status)
	say("outcome:  %s%s", p.Outcome, because(p.Reason))
	if p.Refused != "" {
		say("refused:  %s", p.Refused)
		return out.String()
	}
	if p.NoOrgID != nil {
		say("org:      %v", p.NoOrgID)
	}
	d := p.Decision
	if d.AMRRule != "" {
		say("evidence: %s", orNone(d.AMREvidence))
		for _, v := range b.Policy().Explain(d.AMREvidence) {
			say("rule:     %s %s", v.Rule, ruleVerdict(v))
		}
		if d.AMRRule == commands.RuleUnmatched || d.AMRRule == commands.RuleNoEvidence {
			say("rule:     %s, so unmatched: %s", d.AMRRule, b.Policy().Unmatched())
		}
	}
	if d.ContextUserDiffers {
		say("note:     data.context.user is not the tokens' user; the tokens' user counts")
	}
	if d.SessionOfAnotherUser {
		say("note:     data.context.session is another user's; its amr does not count")
	}
	table := commands.ReservedTable(c.Claims.Reserved)
	for _, cmd := range d.Commands {
		for _, patch := range cmd.Patches {
			if table.Reserved(cmd.Token, string(patch.Claim)) {
				say("warning:  Okta would refuse %s of the %s (table %q) and with it the whole answer", patch.Path(), cmd.Token, string(table))
			}
		}
	}
	if c.Hook.Shadow {
		say("note:     PSCHOOK_SHADOW is set: the service would answer 204 all the same")
	}
	return out.String()
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func orNone(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(values, " ")
}

func ruleVerdict(v commands.RuleVerdict) string {
	var why []string
	if len(v.Missing) > 0 {
		why = append(why, "missing "+strings.Join(v.Missing, ", "))
	}
	if len(v.NoneOf) > 0 {
		why = append(why, "none of "+strings.Join(v.NoneOf, ", "))
	}
	if v.Matched {
		return "matches"
	}
	return "does not match: " + strings.Join(why, "; ")
}
