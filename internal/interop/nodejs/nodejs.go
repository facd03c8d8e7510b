// Package nodejs runs the scripts of internal/interop, whose clients are written for Node.js. It is for tests only.
package nodejs

import (
	"encoding/json"
	"errors"
	"os/exec"
	"testing"

	"pschook/internal/testneed"
)

// Run runs a script of the test's directory with settings as JSON in its one argument, and decodes what it prints. A
// script that fails fails the test. It skips the test without Node.js or node_modules; see [testneed.Node].
func Run[T any](t *testing.T, script string, settings any) T {
	t.Helper()
	node := testneed.Node(t, ".")
	argument, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), node, script, string(argument)).Output() //nolint:gosec // a script of the test
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		t.Fatalf("%s failed: %v\n%s", script, err, exit.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	var got T
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%s printed %s: %v", script, out, err)
	}
	return got
}
