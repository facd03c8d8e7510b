package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pschook/internal/config"
	"pschook/internal/server"
)

// Exit codes of the program. The help of a command lists its own further codes.
const (
	exitFailure = 1 // the command failed, or its verdict is negative
	exitUsage   = 2 // wrong flags, arguments or environment: trying again does not help
)

// exitError is an error of a command with an exit code and a hint.
type exitError struct {
	Code int    // exit code; 0 means exitFailure
	Hint string // what to do, such as a command to type; may be empty
	Err  error  // what failed and why; nil when the command has already reported everything
}

// Error is what failed and why, without the hint.
func (e *exitError) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.Err }

// streams are the connections to the outside: standard input, output and error, the service manager, and SIGHUP.
type streams struct {
	in       io.Reader
	out, err io.Writer
	manager  func(state string) error            // sends a state of sd_notify(3) to the service manager; nil: there is none
	strays   func(context.Context, *slog.Logger) // makes libraries of this process log to the service's logger; nil: they write to standard error
	reload   <-chan os.Signal                    // each value makes the service read its files again; may be nil
}

// app is what the commands share.
type app struct {
	env     config.Source
	io      streams
	checks  []config.Check  // rules of other packages for the configuration
	stopped <-chan struct{} // closed when the user ends the program (Ctrl-C); nil: never
	ran     bool            // a command has begun; errors before that are errors of usage
}

// run runs the program and returns its exit code. It reads no global state.
func run(ctx context.Context, args []string, env config.Source, io streams) int {
	a := &app{env: env, io: io, stopped: ctx.Done(), checks: append(server.Checks(), checkHomologation)}
	root := a.rootCommand()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	failed, ok := errors.AsType[*exitError](err)
	switch {
	case !a.ran && ok && failed.Hint != "":
		failed = &exitError{Code: exitUsage, Err: err, Hint: failed.Hint}
	case !a.ran:
		failed = &exitError{Code: exitUsage, Err: err, Hint: cmd.CommandPath() + " --help says what it takes"}
	case !ok:
		failed = &exitError{Err: err}
	default:
		failed = &exitError{Code: failed.Code, Hint: failed.Hint, Err: err}
	}
	a.report(failed)
	if failed.Code == 0 {
		return exitFailure
	}
	return failed.Code
}

// report writes an error as "pschook: what failed: why (what to do)".
func (a *app) report(e *exitError) {
	text := e.Error()
	if text == "" {
		return
	}
	if e.Hint != "" {
		separator := " "
		if strings.Contains(text, "\n") {
			separator = "\n  "
		}
		text += separator + "(" + e.Hint + ")"
	}
	_, _ = fmt.Fprintln(a.io.err, "pschook:", text) // a failure cannot be reported anywhere else
}

// warn writes a warning.
func (a *app) warn(text string) {
	_, _ = fmt.Fprintln(a.io.err, "pschook: warning:", text)
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "pschook",
		Short: "Make an Okta org's tokens fit for Pro Santé Connect",
		Long: `pschook answers an Okta org's token inline hook: it adds the claims oid, tid and amr, so that Pro Santé Connect
accepts the org as identity provider.

Exit codes: 0 success; 1 the command failed, or its verdict is no; 2 wrong flags, arguments or environment.`,
		Args:          a.noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true, // reported by run
		SilenceUsage:  true,
	}
	root.SetIn(a.io.in)
	root.SetOut(a.io.out)
	root.SetErr(a.io.err)
	root.AddCommand(
		a.serveCommand(),
		a.previewCommand(),
		a.verifyCommand(),
		a.configCommand(),
		a.doctorCommand(),
		a.registerCommand(),
		a.probeCommand(),
		a.outcomesCommand(),
		a.shapesCommand(),
		a.pscRealmCommand(),
		a.evidenceCommand(),
		a.versionCommand(),
	)
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	completeValues(root)
	a.prepare(root)
	return root
}

// prepare makes each command refuse arguments, unless it accepts some, and note when it begins.
func (a *app) prepare(cmd *cobra.Command) {
	if cmd.Args == nil {
		cmd.Args = func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unexpected argument %q", args[0])
			}
			return nil
		}
	}
	if begin := cmd.RunE; begin != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			a.ran = true
			return begin(cmd, args)
		}
	}
	for _, child := range cmd.Commands() {
		a.prepare(child)
	}
}

// noSuchCommand explains an argument of the root command.
func (a *app) noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return unknownCommand(root, args[0])
}

// unknownCommand suggests the commands of parent that are most similar to the word.
func unknownCommand(parent *cobra.Command, word string) error {
	hint := parent.CommandPath() + " --help lists the commands"
	parent.SuggestionsMinimumDistance = 2
	if similar := parent.SuggestionsFor(word); len(similar) > 0 {
		return &exitError{Err: fmt.Errorf("unknown command %q, perhaps %s is meant", word, strings.Join(similar, " or ")), Hint: hint}
	}
	return &exitError{Err: fmt.Errorf("unknown command %q", word), Hint: hint}
}

// helpCommand is "pschook help [COMMAND]". Unlike cobra's own it fails for an unknown command.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND]",
		Short:             "Explain a command",
		ValidArgsFunction: commandNames(root),
		Args: func(_ *cobra.Command, args []string) error {
			// root.Find is not used, because its error for an unknown word does not say below which command.
			cmd := root
			for _, word := range args {
				i := slices.IndexFunc(cmd.Commands(), func(c *cobra.Command) bool { return c.Name() == word || c.HasAlias(word) })
				if i < 0 {
					return unknownCommand(cmd, word)
				}
				cmd = cmd.Commands()[i]
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, _, err := root.Find(args)
			if err != nil {
				return err
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// oneOf refuses a flag's value that is not one of words. Call it in PreRunE, where errors are errors of usage.
func oneOf(flag, value string, words ...string) error {
	if !slices.Contains(words, value) {
		return fmt.Errorf("--%s: got %q, wanted %s", flag, value, strings.Join(words, " or "))
	}
	return nil
}
