package testneed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recorder stands for the test that asks; it notes how it would have ended and goes on.
type recorder struct {
	testing.TB
	end string
}

func (r *recorder) Helper()                      {}
func (r *recorder) Skip(args ...any)             { r.end = "skip: " + fmt.Sprint(args...) }
func (r *recorder) Fatalf(f string, args ...any) { r.end = "fail: " + fmt.Sprintf(f, args...) }

func TestNeeds(t *testing.T) {
	t.Parallel()
	with := t.TempDir()
	if err := os.Mkdir(filepath.Join(with, "node_modules"), 0o750); err != nil {
		t.Fatal(err)
	}
	without := t.TempDir()
	chromium := func(tb testing.TB, m machine) string { tb.Helper(); return m.chromium(tb) }
	jq := func(tb testing.TB, m machine) string { tb.Helper(); return m.need(tb, "jq") }
	node := func(dir string) func(testing.TB, machine) string {
		return func(tb testing.TB, m machine) string { tb.Helper(); return m.node(tb, dir) }
	}
	file := func(path string) func(testing.TB, machine) string {
		return func(tb testing.TB, m machine) string { tb.Helper(); return m.file(tb, "tool", path, "install it") }
	}
	gone := filepath.Join(without, "tool.so")
	const noBrowser = "no browser (tried chromium, chromium-browser, google-chrome, google-chrome-stable, chrome, headless-shell): " +
		"install Chromium (Debian: apt-get install chromium) or name one in CHROME_BIN"
	noModules := fmt.Sprintf("no %s: run npm ci in %s", filepath.Join(without, "node_modules"), without)

	tests := []struct {
		name    string
		ask     func(testing.TB, machine) string
		has     []string
		require string
		chrome  string
		path    string
		end     string
	}{
		{name: "found", ask: jq, has: []string{"jq"}, path: "/bin/jq"},
		{name: "missing", ask: jq, end: `skip: no program "jq" on the PATH: install it`},
		{name: "required", ask: jq, require: "node, jq", end: `fail: no program "jq" on the PATH: install it (PSCHOOK_TEST_REQUIRE requires "jq")`},
		{name: "other_required", ask: jq, require: "node,jq2", end: `skip: no program "jq" on the PATH: install it`},
		{name: "browser", ask: chromium, has: []string{"google-chrome"}, path: "/bin/google-chrome"},
		{name: "browser_first_name", ask: chromium, has: []string{"google-chrome", "chromium"}, path: "/bin/chromium"},
		{name: "browser_named", ask: chromium, has: []string{"chromium", "brave"}, chrome: "brave", path: "/bin/brave"},
		{name: "browser_named_wrongly", ask: chromium, has: []string{"chromium"}, chrome: "brave",
			end: "skip: no browser (tried brave): install Chromium (Debian: apt-get install chromium) or name one in CHROME_BIN"},
		{name: "no_browser", ask: chromium, end: "skip: " + noBrowser},
		{name: "browser_required", ask: chromium, require: "chromium", end: "fail: " + noBrowser + ` (PSCHOOK_TEST_REQUIRE requires "chromium")`},
		{name: "node", ask: node(with), has: []string{"node"}, path: "/bin/node"},
		{name: "no_node", ask: node(with), end: `skip: no program "node" on the PATH: install Node.js`},
		{name: "no_packages", ask: node(without), has: []string{"node"}, end: "skip: " + noModules},
		{name: "file", ask: file(with), path: with},
		{name: "no_file", ask: file(gone), end: "skip: no " + gone + ": install it"},
		{name: "file_required", ask: file(gone), require: "tool", end: "fail: no " + gone + `: install it (PSCHOOK_TEST_REQUIRE requires "tool")`},
		{name: "packages_required", ask: node(without), has: []string{"node"}, require: "node", end: "fail: " + noModules + ` (PSCHOOK_TEST_REQUIRE requires "node")`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m := machine{lookPath: lookPathIn(tc.has), getenv: func(key string) string {
				return map[string]string{RequireEnv: tc.require, ChromeEnv: tc.chrome}[key]
			}}
			r := &recorder{TB: t}
			if path := tc.ask(r, m); path != tc.path {
				t.Errorf("path %q, want %q", path, tc.path)
			}
			if diff := cmp.Diff(tc.end, r.end); diff != "" {
				t.Errorf("end (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHost asks the machine itself for the one tool that is certainly there.
func TestHost(t *testing.T) {
	t.Parallel()
	if path := Need(t, "go"); !filepath.IsAbs(path) {
		t.Errorf("Need(go) = %q, want an absolute path", path)
	}
}

func lookPathIn(has []string) func(string) (string, error) {
	return func(name string) (string, error) {
		for _, h := range has {
			if h == name {
				return "/bin/" + h, nil
			}
		}
		return "", errors.New("not found")
	}
}
