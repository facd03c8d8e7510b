// Package testneed finds tools that some tests need in addition to Go: a browser, Node.js.
//
// Most tests need only Go. If a tool is missing, the test that needs it is skipped, with a message
// that says what is missing and how to get it. If the environment variable PSCHOOK_TEST_REQUIRE
// names the tool ("chromium,node"), the test fails instead, so that a build server cannot lose
// tests without notice.
//
// testneed is for tests only and imports no other package of this module.
package testneed

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// RequireEnv names the environment variable that turns a skip into a failure: a comma-separated list
// of tool names, as given to [Need] and [File]; [Chromium] is "chromium", [Node] is "node".
const RequireEnv = "PSCHOOK_TEST_REQUIRE"

// KeycloakEnv names the environment variable that holds the directory for [Keycloak].
const KeycloakEnv = "KEYCLOAK_HOME"

// ChromeEnv names the environment variable that may hold the path of the browser for [Chromium].
const ChromeEnv = "CHROME_BIN"

// Need returns the path of the program called tool, or skips the test; it fails the test if
// [RequireEnv] lists tool.
func Need(tb testing.TB, tool string) string {
	tb.Helper()
	return host().need(tb, tool)
}

// Chromium returns the path of a Chromium or Chrome browser: the one named by [ChromeEnv], else the first of
// the usual names on the PATH. Without one it skips the test, or fails it if [RequireEnv] lists "chromium".
func Chromium(tb testing.TB) string {
	tb.Helper()
	return host().chromium(tb)
}

// Node returns the path of Node.js, for a test that runs a script in dir. The packages that the script uses
// must have been installed there (dir/node_modules). Without either it skips the test, or fails it if
// [RequireEnv] lists "node".
func Node(tb testing.TB, dir string) string {
	tb.Helper()
	return host().node(tb, dir)
}

// File returns path if there is such a file, as the tool's package installs it. Otherwise it skips
// the test with the advice, or fails it if [RequireEnv] lists tool. It is for tools that are not
// programs.
func File(tb testing.TB, tool, path, advice string) string {
	tb.Helper()
	return host().file(tb, tool, path, advice)
}

// Keycloak returns the directory of an unpacked Keycloak, which [KeycloakEnv] names. Without one it skips the test, or
// fails it if [RequireEnv] lists "keycloak".
func Keycloak(tb testing.TB) string {
	tb.Helper()
	home := host().getenv(KeycloakEnv)
	File(tb, "keycloak", filepath.Join(home, "bin", "kc.sh"), "name a directory with Keycloak in "+KeycloakEnv+", or run make psc-test, which fetches one")
	return home
}

// machine is where the tools are looked for.
type machine struct {
	lookPath func(string) (string, error)
	getenv   func(string) string
}

func host() machine { return machine{lookPath: exec.LookPath, getenv: os.Getenv} }

func (m machine) need(tb testing.TB, tool string) string {
	tb.Helper()
	path, err := m.lookPath(tool)
	if err != nil {
		m.missing(tb, tool, fmt.Sprintf("no program %q on the PATH: install it", tool))
	}
	return path
}

func (m machine) chromium(tb testing.TB) string {
	tb.Helper()
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell"}
	if path := m.getenv(ChromeEnv); path != "" {
		names = []string{path}
	}
	for _, name := range names {
		if path, err := m.lookPath(name); err == nil {
			return path
		}
	}
	m.missing(tb, "chromium", fmt.Sprintf("no browser (tried %s): install Chromium (Debian: apt-get install chromium) or name one in %s",
		strings.Join(names, ", "), ChromeEnv))
	return ""
}

func (m machine) node(tb testing.TB, dir string) string {
	tb.Helper()
	path, err := m.lookPath("node")
	if err != nil {
		m.missing(tb, "node", "no program \"node\" on the PATH: install Node.js")
		return ""
	}
	modules := filepath.Join(dir, "node_modules")
	if info, err := os.Stat(modules); err != nil || !info.IsDir() {
		m.missing(tb, "node", fmt.Sprintf("no %s: run npm ci in %s", modules, dir))
		return ""
	}
	return path
}

func (m machine) file(tb testing.TB, tool, path, advice string) string {
	tb.Helper()
	if _, err := os.Stat(path); err != nil {
		m.missing(tb, tool, fmt.Sprintf("no %s: %s", path, advice))
		return ""
	}
	return path
}

// missing ends the test: a skip, or a failure if the tool is required.
func (m machine) missing(tb testing.TB, tool, what string) {
	tb.Helper()
	if m.required(tool) {
		tb.Fatalf("%s (%s requires %q)", what, RequireEnv, tool)
		return
	}
	tb.Skip(what)
}

func (m machine) required(tool string) bool {
	list := strings.Split(m.getenv(RequireEnv), ",")
	return slices.ContainsFunc(list, func(s string) bool { return strings.TrimSpace(s) == tool })
}
