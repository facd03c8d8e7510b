package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"pschook/internal/config"
	"pschook/internal/golden"
)

//go:generate go test . -run ^TestScripts$/^config$ -update

func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"pschook": main})
}

// leakChecked are tests after which no goroutine may be left.
type leakChecked struct{ tests *testing.M }

func (l leakChecked) Run() int {
	code := l.tests.Run()
	// The SDK's client starts a cache janitor that cannot be stopped, one for each client.
	err := goleak.Find(goleak.IgnoreTopFunction("github.com/patrickmn/go-cache.(*janitor).Run"))
	if code == 0 && err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err) // nowhere else to say it
		return 1
	}
	return code
}

// TestScripts runs testdata/script: a file for each feature, with main as the command pschook in an
// environment that holds only what the script sets.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       golden.Update(),
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits is the script command "exits CODE COMMAND [ARG...]": the exit code must be CODE, which "! exec" cannot say.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("exit %s, want %s", code, args[0])
	}
}

// call runs the program in this process and returns what it wrote.
func call(t *testing.T, env config.Source, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(t.Context(), args, env, streams{in: strings.NewReader(""), out: &out, err: &err})
	return code, out.String(), err.String()
}

// TestEnvExampleLoads feeds config --env-example to config --check, as somebody starting out would.
func TestEnvExampleLoads(t *testing.T) {
	t.Parallel()
	code, first, stderr := call(t, nil, "config", "--env-example")
	if code != 0 || stderr != "" {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	env := config.Environ(strings.Split(strings.Replace(first, "# PSCHOOK_OKTA_ORG_URL=https://example.", "PSCHOOK_OKTA_ORG_URL=https://hopital.", 1), "\n"))
	if code, stdout, stderr := call(t, env, "config", "--check"); code != 0 || stdout != "" || stderr != "" {
		t.Errorf("exit %d, stdout %q, stderr %q; want silence", code, stdout, stderr)
	}
	if _, second, _ := call(t, nil, "config", "--env-example"); first == second {
		t.Error("two examples hold the same secret")
	}
}

// TestVersionOrder takes one source of the version away at a time.
func TestVersionOrder(t *testing.T) {
	t.Parallel()
	const commit = "0123456789abcdef0123456789abcdef01234567"
	settings := []debug.BuildSetting{
		{Key: "vcs.revision", Value: commit}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"},
	}
	system := ", " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	tests := []struct {
		name   string
		linked string
		info   *debug.BuildInfo
		want   string
	}{
		{"linked", "v1.2.3", &debug.BuildInfo{Main: debug.Module{Version: "v9.9.9"}, Settings: settings}, "pschook v1.2.3, commit " + commit + " with changes of 2026-01-02T03:04:05Z" + system},
		{"module", "", &debug.BuildInfo{Main: debug.Module{Version: "v9.9.9"}}, "pschook v9.9.9" + system},
		{"commit", "", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: settings[:1]}, "pschook " + commit + system},
		{"nothing", "", nil, "pschook unknown" + system},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, newBuild(tc.linked, tc.info).String()); diff != "" {
				t.Errorf("version (-want +got):\n%s", diff)
			}
		})
	}
}
