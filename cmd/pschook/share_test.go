package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"pschook/internal/testneed"
)

// share is how packages and archives are made: go test ./cmd/pschook -run '^TestShare$' -share DIRECTORY. Neither the pages'
// writer nor its libraries are in the program itself.
//
//nolint:gochecknoglobals // flags of a test are globals
var share = flag.String("share", "", "write man pages and shell completions into this `directory`")

// TestShare writes the man pages, one for each command, and the completions, and has man read the pages where it is.
func TestShare(t *testing.T) {
	t.Parallel()
	dir := *share
	if dir == "" {
		dir = t.TempDir()
	}
	root := (&app{io: streams{out: io.Discard, err: io.Discard}}).rootCommand()
	root.DisableAutoGenTag = true
	man := filepath.Join(dir, "man")
	if err := os.MkdirAll(man, 0o755); err != nil {
		t.Fatal(err)
	}
	released := time.Unix(0, 0).UTC() // the same pages from the same source
	if err := doc.GenManTree(root, &doc.GenManHeader{Title: "PSCHOOK", Section: "1", Source: "pschook", Manual: "pschook", Date: &released}, man); err != nil {
		t.Fatal(err)
	}
	readPages(t, root, man)
	writeCompletions(t, root, filepath.Join(dir, "completions"))
}

func readPages(t *testing.T, cmd *cobra.Command, dir string) {
	t.Helper()
	page := filepath.Join(dir, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1")
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(cmd.Short)) {
		t.Errorf("%s: does not say what the command does", page)
	}
	if _, err := exec.LookPath("man"); err == nil && cmd.Parent() == nil {
		out, err := exec.CommandContext(t.Context(), testneed.Need(t, "man"), "--warnings", "--local-file", page).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "SYNOPSIS") || strings.Contains(string(out), "warning") {
			t.Errorf("man %s: %v\n%s", page, err, out)
		}
	}
	for _, child := range cmd.Commands() {
		if child.IsAvailableCommand() && !child.IsAdditionalHelpTopicCommand() {
			readPages(t, child, dir)
		}
	}
}

func writeCompletions(t *testing.T, root *cobra.Command, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, generate := range map[string]func(io.Writer) error{
		"pschook.bash": func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"_pschook":     root.GenZshCompletion,
		"pschook.fish": func(w io.Writer) error { return root.GenFishCompletion(w, true) },
		"pschook.ps1":  root.GenPowerShellCompletionWithDesc,
	} {
		var text bytes.Buffer
		if err := generate(&text); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		if bash, err := exec.LookPath("bash"); err == nil && name == "pschook.bash" {
			if out, err := exec.CommandContext(t.Context(), bash, "-n", path).CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", name, err, out)
			}
		}
	}
}
