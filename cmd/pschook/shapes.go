package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"pschook/internal/config"
	"pschook/internal/shapes"
)

func (a *app) shapesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "shapes [FILE|-]",
		Short: "Show what a live org's calls look like, without personal data",
		Long: `Show the file that PSCHOOK_SHAPES_FILE names (or FILE): for each kind of call its members with their types, words
out of a closed list, lengths, and marks such as #1 where values are equal within the call. No value of a person, no id,
no address is in it: look it through all the same before you send it to anybody.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := a.readShapes(args)
			if err != nil {
				return err
			}
			return a.showShapes(list)
		},
	}
	cmd.AddCommand(a.shapesCompareCommand())
	return cmd
}

func (a *app) shapesCompareCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "compare [FILE|-]",
		Short: "Say what differs from the calls that this version was made for",
		Long: `Compare the shapes with those of the samples that stand for Okta's documents, and say of each difference whether a
decision depends on that member: evidence (of how the person signed in), renewal, user, client, issuer, org id, tokens; or
whether the call is answered at all (call), or found in the System Log (joining).

Exit codes: 0 nothing that decides differs; 1 something does; 2 wrong usage or file.`,
		Args:    cobra.MaximumNArgs(1),
		PreRunE: func(*cobra.Command, []string) error { return oneOf("format", format, formatText, formatJSON) },
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := a.readShapes(args)
			if err != nil {
				return err
			}
			return a.compareShapes(list, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", formatText, "form of the list: text or json")
	return cmd
}

func (a *app) readShapes(args []string) ([]shapes.Shape, error) {
	name := cmp.Or(strings.Join(args, ""), a.env[config.Prefix+"SHAPES_FILE"])
	if name == "" {
		return nil, &exitError{Code: exitUsage, Err: errors.New("no file of shapes is named"), Hint: "give FILE, or set PSCHOOK_SHAPES_FILE"}
	}
	text, err := a.readFile(name, shapes.MaxFileBytes)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: err}
	}
	list, err := shapes.Read(bytes.NewReader(text))
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: fmt.Errorf("reading %q: %w", name, err)}
	}
	if len(list) == 0 {
		return nil, &exitError{Code: exitUsage, Err: fmt.Errorf("%q holds no call", name), Hint: "sign in while PSCHOOK_SHAPES_FILE is set"}
	}
	return list, nil
}

// showShapes prints each different shape once.
func (a *app) showShapes(list []shapes.Shape) error {
	var out strings.Builder
	calls, order := make(map[string]int), []shapes.Shape{}
	for _, s := range list {
		key, err := json.Marshal(s, json.Deterministic(true))
		if err != nil {
			return err
		}
		if calls[string(key)]++; calls[string(key)] == 1 {
			order = append(order, s)
		}
	}
	for _, s := range order {
		key, err := json.Marshal(s, json.Deterministic(true))
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s (%d calls)\n", s.Call, calls[string(key)])
		for _, path := range slices.Sorted(maps.Keys(s.Forms)) {
			fmt.Fprintf(&out, "  %s: %s\n", path, strings.Join(s.Forms[path], " | "))
		}
	}
	fmt.Fprintf(&out, "%d calls, %d different shapes\n", len(list), len(order))
	_, err := io.WriteString(a.io.out, out.String())
	return err
}

func (a *app) compareShapes(list []shapes.Shape, format string) error {
	reference, err := shapes.Reference()
	if err != nil {
		return err
	}
	found := shapes.Compare(list, reference)
	if format == formatJSON {
		text, err := json.Marshal(found, jsontext.WithIndent("  "))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.io.out, string(text)); err != nil {
			return err
		}
	} else if _, err := io.WriteString(a.io.out, differencesText(found, len(list))); err != nil {
		return err
	}
	if len(found) > 0 && found[0].Decision != shapes.None {
		return &exitError{Code: exitFailure} // the list says why
	}
	return nil
}

func differencesText(found []shapes.Difference, calls int) string {
	var out strings.Builder
	for _, d := range found {
		fmt.Fprintf(&out, "%s %s (%s, %d calls)", d.Path, d.What, d.Call, d.Calls)
		if d.Decision != shapes.None {
			fmt.Fprintf(&out, " — decides: %s", d.Decision)
		}
		out.WriteByte('\n')
	}
	fmt.Fprintf(&out, "%d calls compared, %d differences\n", calls, len(found))
	return out.String()
}
