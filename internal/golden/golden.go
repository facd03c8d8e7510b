// Package golden compares a test's result with a stored file, and rewrites the file when the test
// runs with -update. Only tests import it, because it adds the flag to their binary.
//
// It is ground floor: it imports no other package of this module.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the files that the tests compare with anew") //nolint:gochecknoglobals // a flag of the test binary

// Update reports whether files are written and not compared.
func Update() bool { return *update }

// Equal fails the test unless the file holds got, and shows the difference. With -update it writes
// the file and its folder.
func Equal(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // files of the repository, for everybody to read
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil { //nolint:gosec // as above
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test with -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-kept +got; go test with -update writes it anew):\n%s", path, diff)
	}
}
