package main

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/spf13/cobra"

	"pschook/internal/config"
	"pschook/internal/doctor"
	"pschook/verify/words"
)

func (a *app) probeCommand() *cobra.Command {
	var f sampleFlags
	var secretFile string
	cmd := &cobra.Command{
		Use:   "probe URL",
		Short: "Call the hook as Okta does and check the answer: for monitoring",
		Long: `Call the hook at URL three times as Okta would: with the secret, with a wrong one and with none. The first call must
get the claims that the configuration says, in less than the 3 s that Okta waits; the others must be refused. The
certificate must be valid for at least 14 more days and its chain complete.

The sample stands for a sign-in of a user that does not exist; its event id begins with ` + doctor.EventIDPrefix + `. The secret is the
first of the configuration, or of --secret-file. An URL without a path gets the hook's.

Exit codes: 0 all is well, perhaps with warnings; 1 something is wrong; 2 wrong usage or environment.`,
		Args:    cobra.ExactArgs(1),
		PreRunE: func(*cobra.Command, []string) error { return f.check(a.env) },
		RunE: func(cmd *cobra.Command, args []string) error {
			if secretFile != "" {
				a.env = withSecretFile(a.env, secretFile)
			}
			c, err := a.loadConfig(cmd.Context())
			if err != nil {
				return err
			}
			return a.probe(cmd.Context(), c, f, args[0])
		},
	}
	f.register(cmd)
	cmd.Flags().StringVar(&secretFile, "secret-file", "", "file with the secret, one a line, instead of PSCHOOK_HOOK_SECRETS")
	return cmd
}

// withSecretFile replaces the secrets of an environment by those in a file.
func withSecretFile(env config.Source, file string) config.Source {
	env = maps.Clone(env)
	if env == nil {
		env = config.Source{}
	}
	delete(env, config.Prefix+"HOOK_SECRETS")
	env[config.Prefix+"HOOK_SECRETS_FILE"] = file
	return env
}

func (a *app) probe(ctx context.Context, c *config.Config, f sampleFlags, target string) error {
	u, err := hookURL(target)
	if err != nil {
		return &exitError{Code: exitUsage, Err: err}
	}
	if len(c.Hook.Secrets) == 0 {
		return &exitError{Code: exitUsage, Err: errors.New("there is no secret to call the hook with"), Hint: "set PSCHOOK_HOOK_SECRETS or give --secret-file"}
	}
	if err := f.complete(c, false); err != nil {
		return err
	}
	sample, err := f.sample()
	if err != nil {
		return err
	}
	expected, err := f.expected(ctx, c, "")
	if err != nil {
		return &exitError{Code: exitUsage, Err: err, Hint: "--amr names how the sample's person signed in"}
	}
	lang, _ := words.ParseLanguage(f.lang) // checked before
	report, err := doctor.Probe(ctx, doctor.ProbeOptions{
		URL: u, AuthHeader: c.Hook.AuthHeader, Credential: string(c.Hook.Secrets[0]),
		Sample: sample, Expected: expected, Language: lang, Now: time.Now,
	})
	if err != nil {
		return err
	}
	return a.finish(report, f.format)
}
