package main

import (
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"

	"pschook/internal/testneed"
)

// ciScripts are the scripts of deploy/ci, by file.
func ciScripts(t *testing.T) map[string]string {
	t.Helper()
	var action struct {
		Runs struct{ Steps []struct{ Run string } }
	}
	var gitlab struct {
		Job struct{ Script []string } `yaml:".pschook"`
	}
	for name, to := range map[string]any{"action.yml": &action, "gitlab.yml": &gitlab} {
		text, err := os.ReadFile(root + "deploy/ci/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, to); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if len(action.Runs.Steps) != 1 || len(gitlab.Job.Script) != 1 {
		t.Fatal("one script each was expected")
	}
	return map[string]string{"action.yml": action.Runs.Steps[0].Run, "gitlab.yml": gitlab.Job.Script[0]}
}

// TestBuildServers runs the scripts as a build server would: the report is JUnit, and the exit code that of the check.
func TestBuildServers(t *testing.T) {
	t.Parallel()
	bash := testneed.Need(t, "bash")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, script := range ciScripts(t) {
		for arguments, want := range map[string]struct {
			code   int
			report bool
		}{
			"probe http://" + freeAddr(t): {1, true},
			"verify --scenario unknown":   {2, false},
			"version":                     {2, false}, // it has no such form
		} {
			dir := t.TempDir()
			program, report := filepath.Join(dir, "pschook"), filepath.Join(dir, "report.xml")
			if err := os.Symlink(self, program); err != nil { // under this name the test binary runs main
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), bash, "-e", "-c", script)
			cmd.Env = append(cmd.Environ(),
				"CHECK_PROGRAM="+program, "CHECK_ARGUMENTS="+arguments, "CHECK_REPORT="+report,
				"PSCHOOK_OKTA_ORG_URL=http://127.0.0.1:1", "PSCHOOK_HOOK_SECRETS="+serviceSecret,
			)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != want.code {
				t.Errorf("%s, %s: %v, want exit code %d: %s", name, arguments, err, want.code, out)
			}
			text, err := os.ReadFile(report)
			if err != nil {
				t.Fatal(err)
			}
			var suites struct{ XMLName xml.Name }
			if err := xml.Unmarshal(text, &suites); (err == nil) != want.report {
				t.Errorf("%s, %s: report %q: %v", name, arguments, text, err)
			}
		}
	}
}
