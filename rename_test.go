package pschook_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pschook/internal/testneed"
)

// TestRename gives a copy of the repository another module name by make rename, and holds that every import is found then,
// that the arrows between packages hold, and that the old name is nowhere.
func TestRename(t *testing.T) {
	t.Parallel()
	git, run := testneed.Need(t, "git"), testneed.Need(t, "make")
	testneed.Need(t, "perl")
	const name = "git.example.org/identity/pschook"
	dir := t.TempDir()
	files, err := exec.CommandContext(t.Context(), git, "ls-files").Output()
	if err != nil {
		t.Skipf("not a checkout: %v", err)
	}
	for file := range strings.FieldsSeq(string(files)) {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // deleted here, and not in the index yet
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, info.Mode().Perm()); err != nil {
			t.Fatal(err)
		}
	}
	in := func(program string, args ...string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir = dir
		cmd.Env = append(cmd.Environ(), "GOFLAGS=-trimpath")
		return cmd.CombinedOutput()
	}
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "--all", "--force"}} {
		if out, err := in(git, args...); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	if out, err := in(run, "rename", "MODULE=pschook"); err == nil || !bytes.Contains(out, []byte("wanted a host with a dot")) {
		t.Errorf("a name that nobody can install: %v\n%s", err, out)
	}
	if out, err := in(run, "rename", "MODULE="+name); err != nil {
		t.Fatalf("make rename: %v\n%s", err, out)
	}
	if out, err := in("go", "test", "-run", "Arrows|EmulatorIsNotLinked", "."); err != nil {
		t.Errorf("after it: %v\n%s", err, out)
	}
	out, err := in(git, "grep", "-nE", `(^|[^A-Za-z0-9_./-])pschook/(commands|hook|internal|orglookup|oktaemu|verify|cmd|testdata)\b`)
	if err == nil {
		t.Errorf("the old name is still in:\n%s", out)
	}
}
