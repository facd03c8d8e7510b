package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"pschook/internal/baseline"
	"pschook/verify/report"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// baselineFlags are the flags of verify that compare a run with an earlier good one.
type baselineFlags struct {
	file   string
	update bool
}

func (f *baselineFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.file, "baseline", "", "compare with the good run in this file, and name what changed since")
	flags.BoolVar(&f.update, "update-baseline", false, "write this run to the file of --baseline instead, unless it fails")
}

func (f *baselineFlags) check() error {
	if f.update && f.file == "" {
		return errors.New("--update-baseline goes with --baseline")
	}
	return nil
}

// compareBaseline adds what changed to the report, or stores the run as the new baseline.
func (a *app) compareBaseline(ctx context.Context, f verifyFlags, found report.Report) (report.Report, error) {
	if f.file == "" {
		return found, nil
	}
	document, err := a.providerDocument(ctx, f)
	if err != nil {
		return found, err
	}
	now, err := baseline.Of(found, f.issuer, document)
	if err != nil {
		return found, &exitError{Code: exitUsage, Err: err}
	}
	if f.update {
		return found, a.keepBaseline(f, found, now)
	}
	was, err := a.readBaseline(f.file)
	if err == nil {
		err = was.Comparable(now)
	}
	if err != nil {
		return found, baselineFailure(f.file, err)
	}
	lang, _ := words.ParseLanguage(f.lang) // checked before
	return found.With(was.Since(now, lang)), nil
}

func baselineFailure(name string, err error) error {
	var fault *fs.PathError
	hint := "write it anew with --update-baseline"
	if errors.As(err, &fault) {
		hint = "name a file that can be read"
	}
	if errors.Is(err, fs.ErrNotExist) {
		hint = "write it with --update-baseline, once all is well"
	}
	return &exitError{Code: exitUsage, Err: fmt.Errorf("--baseline: %q: %w", name, err), Hint: hint}
}

func (a *app) readBaseline(name string) (baseline.Baseline, error) {
	text, err := a.readInput(name)
	if err != nil {
		return baseline.Baseline{}, err
	}
	return baseline.Parse(text)
}

// keepBaseline writes the file, unless the run must not be stored. It replaces the whole file.
func (a *app) keepBaseline(f verifyFlags, found report.Report, now baseline.Baseline) error {
	if found.Verdict == report.StatusFail {
		_, _ = fmt.Fprintf(a.io.err, "pschook: %s is left as it is: this run fails\n", f.file) // the report says why
		return nil
	}
	text, err := now.Bytes()
	if err != nil {
		return err
	}
	if err := replaceFile(f.file, text); err != nil {
		return &exitError{Code: exitUsage, Err: fmt.Errorf("--baseline: %w", err)}
	}
	return nil
}

// replaceFile writes a file so that no reader ever sees half of it.
func replaceFile(name string, text []byte) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".pschook-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temporary.Name()))
		}
	}()
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(0o644))
	err = errors.Join(err, temporary.Close())
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}

// providerDocument returns the provider's metadata as JSON.
func (a *app) providerDocument(ctx context.Context, f verifyFlags) ([]byte, error) {
	opts, err := a.verifyClient(f)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: err}
	}
	client, err := rp.NewClient(opts)
	if err != nil {
		return nil, &exitError{Code: exitUsage, Err: err}
	}
	defer client.Close()
	endpoints, err := client.Endpoints(ctx)
	return endpoints.Document, providerFailure(err, f.language())
}

// canBeNew returns an error if a file of that name cannot be made, because it exists or its directory does not.
func canBeNew(name string) error {
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%q exists: remove it, or name another file", name)
	}
	return canBeMade(name)
}

// canBeMade returns an error if a file of that name cannot be made or replaced.
func canBeMade(name string) error {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return fmt.Errorf("%q is a directory: name a file", name)
	}
	probe, err := os.CreateTemp(filepath.Dir(name), ".pschook-*")
	if err != nil {
		return fmt.Errorf("%q cannot be written (%w): name a file in a directory that exists and is writable", name, errors.Unwrap(err))
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// writeNew writes a new file that others may read.
func writeNew(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // it is to be handed in
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}
