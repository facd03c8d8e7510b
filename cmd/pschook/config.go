package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"pschook/internal/config"
	"pschook/internal/server"
)

// loadConfig loads the configuration for a command and writes the warnings. An error gives the exit code of wrong
// usage.
func (a *app) loadConfig(ctx context.Context) (*config.Config, error) {
	return a.warnOf(a.readConfig(ctx))
}

// loadStrictly is loadConfig for commands that refuse settings with which only a running service may go on.
func (a *app) loadStrictly(ctx context.Context) (*config.Config, error) {
	c, warnings, err := config.Strict(config.Load(ctx, a.env, a.checks...))
	return a.warnOf(usable(c, warnings, err))
}

func (a *app) warnOf(c *config.Config, warnings []config.Warning, err error) (*config.Config, error) {
	for _, w := range warnings {
		a.warn(w.String())
	}
	return c, err
}

// readConfig loads the configuration and leaves the warnings to its caller. An error gives the exit code of wrong
// usage.
func (a *app) readConfig(ctx context.Context) (*config.Config, []config.Warning, error) {
	return usable(config.Load(ctx, a.env, a.checks...))
}

func usable(c *config.Config, warnings []config.Warning, err error) (*config.Config, []config.Warning, error) {
	if err != nil {
		return nil, warnings, &exitError{
			Code: exitUsage, Hint: "pschook config --env-example prints a commented example",
			Err: fmt.Errorf("cannot use the configuration: %w", err),
		}
	}
	return c, warnings, nil
}

func (a *app) configCommand() *cobra.Command {
	var check, envExample, amrPolicy bool
	var output string
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print or check the configuration",
		Long: `Print the configuration in effect, secrets redacted, or everything that is wrong with it.

Exit codes: 0 the configuration can be used; 2 it cannot.`,
		PreRunE: func(*cobra.Command, []string) error {
			if check && envExample || check && amrPolicy || envExample && amrPolicy {
				return errors.New("--check, --env-example and --amr-policy exclude each other")
			}
			if output != "" && !envExample {
				return errors.New("--output goes with --env-example")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case amrPolicy:
				return a.printPolicy()
			case envExample:
				return a.writeExample(output)
			case check:
				_, err := a.loadStrictly(cmd.Context())
				return err
			}
			c, err := a.loadConfig(cmd.Context())
			if err != nil {
				return err
			}
			return printSettings(a.io.out, c.Settings(a.env))
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "print nothing unless something is wrong; also refuse what a running service only warns about, such as a secret that is easy to guess")
	cmd.Flags().BoolVar(&amrPolicy, "amr-policy", false, "print the AMR policy in force instead: PSCHOOK_AMR_POLICY_FILE, else the built-in one")
	cmd.Flags().BoolVar(&envExample, "env-example", false, "print a commented environment file instead, with a fresh hook secret")
	cmd.Flags().StringVarP(&output, "output", "o", "", "write the example to this new file, which only you can read, as it holds a secret")
	return cmd
}

// writeExample writes an environment file with a new secret to standard output, or to a file that must not exist yet.
func (a *app) writeExample(name string) error {
	text := config.Example(rand.Text())
	if name == "" {
		_, err := io.WriteString(a.io.out, text)
		return err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, text)
	return errors.Join(err, file.Close())
}

// printPolicy writes the AMR policy in force as it was read, including comments. It needs no other setting.
func (a *app) printPolicy() error {
	policy, warnings, err := server.ReadPolicy(a.env[config.Prefix+"AMR_POLICY_FILE"])
	if err != nil {
		return &exitError{Code: exitUsage, Err: fmt.Errorf("cannot use the AMR policy: %w", err), Hint: "unset PSCHOOK_AMR_POLICY_FILE to see the built-in one"}
	}
	for _, w := range warnings {
		a.warn(w.String())
	}
	_, err = a.io.out.Write(policy.Text())
	return err
}

// printSettings writes one setting per line: name, value and, unless it comes from the environment, the origin.
func printSettings(w io.Writer, settings []config.Setting) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var failed error
	for _, s := range settings {
		value := s.Value
		if value == "" {
			value = "(empty)"
		}
		_, err := fmt.Fprintf(table, "%s\t%s\t%s\n", s.Variable.Name, value, s.Origin)
		failed = errors.Join(failed, err)
	}
	return errors.Join(failed, table.Flush())
}
