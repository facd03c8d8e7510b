package pschook_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "pschook"

// arrows says which packages of ours each package may import, tests apart. A package may also import what lies
// below it (oktaemu its oktaemu/internal/…), which then lives by the same row. A new package needs a row here:
// it is to be thought about.
func arrows() map[string][]string {
	groundFloor := []string{}
	return map[string][]string{
		"commands":           groundFloor,
		"orglookup":          {"internal/outside", "internal/secret"},
		"internal/attempts":  groundFloor,
		"internal/jwks":      {"internal/mishap", "internal/outside"},
		"internal/tokentest": groundFloor,
		"verify/words":       groundFloor,
		"verify/report":      {"verify/words"},
		"verify":             {"verify/report", "verify/words", "internal/jwks", "internal/mishap", "internal/outside"},
		"internal/dress":     {"verify/words"},
		"verify/rp":          {"internal/dress", "verify", "verify/report", "verify/words", "internal/attempts", "internal/jwks", "internal/mishap", "internal/outside", "internal/secret", "internal/wait"},
		"internal/config":    {"internal/outside", "internal/secret"},
		"internal/telemetry": groundFloor,
		"internal/outcomes":  groundFloor,
		"internal/shapes":    groundFloor,
		"internal/testneed":  groundFloor,
		"internal/browser":   {"internal/testneed"},
		"internal/otlptest":  groundFloor,
		"internal/pagetest":  groundFloor,
		"internal/mishap":    {"internal/outside", "verify/words"}, // what came of requests, in words
		"internal/outside":   groundFloor,                          // bounds on what comes from outside
		"internal/secret":    groundFloor,
		"internal/golden":    groundFloor,
		"internal/shipped":   groundFloor,
		"internal/trial":     groundFloor,
		"internal/pki":       groundFloor,
		"internal/pscrealm":  {"internal/outside"},
		"internal/rehearsal": groundFloor,
		"internal/baseline":  {"verify/report", "verify/words", "internal/outside"},
		"internal/scenario":  {"verify", "verify/report", "verify/rp", "verify/words", "internal/mishap", "internal/outside", "internal/oktaread", "internal/rehearsal", "internal/wait"},
		"internal/sbom":      groundFloor,
		"internal/evidence":  {"verify/report", "verify/words", "internal/homologation"},
		"internal/interop":   {"internal/testneed"}, // tests that run programs of other ecosystems
		"internal/tfmodule":  groundFloor,
		"deploy/terraform":   {"internal/tfmodule"},
		"deploy/compose":     groundFloor,
		"deploy/packages":    groundFloor,
		"hook":               {"commands", "orglookup", "internal/attempts", "internal/jwks", "internal/outside"},
		"testdata":           groundFloor,
		"oktaemu":            {"commands", "hook", "internal/dress", "verify/words", "testdata", "internal/outside", "internal/wait"},
		"internal/wait":      groundFloor,
		"internal/oktaread":  {"internal/wait"},
		"internal/register":  {"internal/config", "internal/oktaread", "internal/outside", "verify/words"},
		"internal/doctor":    {"internal/config", "internal/oktaread", "verify/report", "verify/words", "internal/outcomes"},
		"internal/server":    {"internal/dress", "commands", "orglookup", "hook", "verify", "verify/rp", "verify/words", "internal/config", "internal/outside", "internal/telemetry", "internal/outcomes", "internal/shapes", "internal/scenario", "internal/homologation", "verify/report"},
		"cmd/pschook":        {"commands", "orglookup", "hook", "verify", "verify/report", "verify/rp", "verify/words", "internal/jwks", "internal/outside", "internal/config", "internal/telemetry", "internal/oktaread", "internal/doctor", "internal/register", "internal/pscrealm", "internal/server", "internal/outcomes", "internal/shapes", "internal/scenario", "internal/baseline", "internal/evidence", "internal/homologation", "internal/sbom", "internal/wait"},
		"cmd/bench":          {"internal/pki", "internal/shipped", "internal/trial", "internal/wait"},
		"cmd/oktaemu":        {"oktaemu"},
		"cmd/sbom":           {"internal/sbom"},
		"cmd/chaos":          {"commands", "orglookup", "hook", "verify", "verify/rp", "oktaemu", "internal/config", "internal/telemetry", "internal/pki", "internal/server", "internal/shipped", "internal/trial", "internal/wait"},
		"cmd/demo":           {"internal/dress", "commands", "orglookup", "hook", "verify", "verify/report", "verify/rp", "verify/words", "internal/jwks", "oktaemu", "internal/config", "internal/telemetry", "internal/server", "internal/pscrealm", "internal/rehearsal"},

		"internal/homologation": {"verify/report", "verify/words"},
	}
}

// edges are packages from elsewhere that only some of ours may import, tests apart.
func edges() map[string][]string {
	return map[string][]string{
		"github.com/labstack/echo":            {"hook", "oktaemu", "internal/server", "cmd/bench"},
		"github.com/spf13/cobra":              {"cmd/pschook"},
		"github.com/okta/okta-sdk-golang":     {"orglookup"},
		"github.com/sethvargo/go-envconfig":   {"internal/config"},
		"go.opentelemetry.io/otel/sdk":        {"internal/telemetry"},
		"go.opentelemetry.io/otel/exporters":  {"internal/telemetry"},
		"github.com/prometheus/client_golang": {"internal/telemetry", "internal/server"},
	}
}

// pure are packages of the standard library that the core does without: it has no I/O and no clock.
func pure() []string {
	return []string{"io/fs", "log", "log/slog", "net", "net/http", "os", "os/exec", "time"}
}

// listed is what go list says of one package.
type listed struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// list runs go list with the arguments.
func list(t *testing.T, args ...string) []listed {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports,TestImports,XTestImports"}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) == 0 {
		t.Fatal("go list found no packages")
	}
	return packages
}

// row is the name in names that path is, or lies below; the longest.
func row(path string, names []string) (string, bool) {
	best, found := "", false
	for _, name := range names {
		if (path == name || strings.HasPrefix(path, name+"/")) && len(name) >= len(best) {
			best, found = name, true
		}
	}
	return best, found
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	return names
}

// TestArrows holds that packages import what the table of arrows lets them, and nothing else of ours.
func TestArrows(t *testing.T) {
	t.Parallel()
	arrows, edges := arrows(), edges()
	for _, p := range list(t, "./...") {
		path, ours := strings.CutPrefix(p.ImportPath, module+"/")
		if !ours {
			continue // this directory, which holds tests only
		}
		name, ok := row(path, keys(arrows))
		if !ok {
			t.Errorf("%s: no row in the table of arrows: say there what it may import", path)
			continue
		}
		for _, imported := range p.Imports {
			if target, ours := strings.CutPrefix(imported, module+"/"); ours {
				if target, _ := row(target, keys(arrows)); target != name && !slices.Contains(arrows[name], target) {
					t.Errorf("%s imports %s: %s may import only %v", path, imported, name, arrows[name])
				}
			}
			if edge, ok := row(imported, keys(edges)); ok && !slices.Contains(edges[edge], name) {
				t.Errorf("%s imports %s: that is for %v", path, imported, edges[edge])
			}
			if name == "commands" && slices.Contains(pure(), imported) {
				t.Errorf("%s imports %s: it is pure, without I/O and clock", path, imported)
			}
		}
	}
}

// TestEmulatorIsNotLinked holds that the service carries no emulator, nor a package that is for tests.
func TestEmulatorIsNotLinked(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "-deps", "./cmd/pschook") {
		for _, never := range []string{module + "/oktaemu", module + "/cmd/demo", module + "/internal/browser", module + "/internal/pki", module + "/internal/testneed", module + "/internal/otlptest", module + "/internal/pagetest", module + "/internal/tokentest", "testing", "net/http/httptest"} {
			if _, ok := row(p.ImportPath, []string{never}); ok {
				t.Errorf("cmd/pschook links %s", p.ImportPath)
			}
		}
	}
}
