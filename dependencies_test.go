package pschook_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// requirement is one line of go.mod.
type requirement struct {
	Path     string
	Indirect bool
}

func requirements(t *testing.T) []requirement {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct{ Require []requirement }
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	if len(mod.Require) == 0 {
		t.Fatal("go.mod requires nothing")
	}
	return mod.Require
}

// direct are the modules that go.mod calls direct, and those that our packages import whatever it calls them.
func direct(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	var paths []string
	for _, r := range requirements(t) {
		paths = append(paths, r.Path)
		if !r.Indirect {
			found[r.Path] = true
		}
	}
	for _, p := range list(t, "./...") {
		for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if path, ok := row(imported, paths); ok {
				found[path] = true
			}
		}
	}
	return found
}

// TestDependenciesAreExplained holds that docs/dependencies.md has one line for each direct dependency, with a
// reason and what else was considered, and no other.
func TestDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	want := direct(t)
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`") {
			continue
		}
		name := strings.Trim(cells[1], " `")
		switch {
		case seen[name]:
			t.Errorf("%s has two lines", name)
		case !want[name]:
			t.Errorf("%s has a line, but is no direct dependency: take it out", name)
		case strings.TrimSpace(cells[2]) == "" || strings.TrimSpace(cells[3]) == "":
			t.Errorf("%s: say what it is for and what else was considered", name)
		}
		seen[name] = true
	}
	for name := range want {
		if !seen[name] {
			t.Errorf("%s is a direct dependency without a line in docs/dependencies.md", name)
		}
	}
}
