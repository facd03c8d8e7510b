package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pschook/internal/scenario"
	"pschook/verify"
	"pschook/verify/words"
)

// completeValues makes the shell offer the values of flags that accept only a few words. For flags and arguments that
// name a file it offers file names, and otherwise nothing.
func completeValues(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		values := valuesOf(flag)
		if values == nil && strings.Contains(flag.Usage, "file") || flag.Value.Type() == "bool" {
			return // the shell's own completion: file names, or nothing
		}
		_ = cmd.RegisterFlagCompletionFunc(flag.Name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // fails only for unknown flags
	})
	if cmd.ValidArgsFunction == nil && !strings.Contains(cmd.Use, "FILE") {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, child := range cmd.Commands() {
		if child.Name() != "completion" { // cobra's own
			completeValues(child)
		}
	}
}

// valuesOf returns the words that the flag accepts; none for a flag that accepts any text.
func valuesOf(flag *pflag.Flag) []string {
	switch flag.Name {
	case "lang":
		return []string{string(words.English), string(words.French)}
	case "profile":
		return verify.ProfileNames()
	case "scenario":
		return append([]string{scenario.All}, scenario.Names()...)
	case "app-type":
		return []string{"spa", "web"}
	case "format": // not every report has every format: its help says which
		return slices.DeleteFunc([]string{formatText, formatJSON, formatJUnit}, func(word string) bool { return !strings.Contains(flag.Usage, word) })
	}
	return nil
}

// commandNames completes "pschook help".
func commandNames(root *cobra.Command) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		cmd, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []string
		for _, child := range cmd.Commands() {
			if child.IsAvailableCommand() {
				names = append(names, cobra.CompletionWithDesc(child.Name(), child.Short))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
