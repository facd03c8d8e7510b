package terraform_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"pschook/internal/golden"
	"pschook/internal/testneed"
	"pschook/internal/tfmodule"
)

// Flags of these tests. Without the latter two, what needs them is skipped.
//
//nolint:gochecknoglobals // flags of a test are globals
var (
	schemaFile = flag.String("schemas", "", "`file` with the output of terraform providers schema -json, of the newest versions")
	oldestFile = flag.String("schemas-oldest", "", "the same `file` of the oldest versions that modules/okta allows")
	mirrorDir  = flag.String("mirror", "", "`directory` that terraform providers mirror has filled")
)

// age is what modules rely on in the providers' schemas, at some versions (docs/tested-with.md names them).
type age struct {
	facts       string // file
	schemas     string // file, empty where there is none
	directories []string
}

func newest() age {
	return age{facts: "testdata/provider-schemas.json", schemas: *schemaFile, directories: directories()}
}

func oldest() age {
	return age{facts: "testdata/provider-schemas-oldest.json", schemas: *oldestFile, directories: []string{"modules/okta"}}
}

// directories are those with a module, the example's too.
func directories() []string {
	return []string{"modules/okta", "modules/okta-oauth-hook", "modules/kubernetes", "modules/kubernetes-secret", "examples/complete", "examples/okta-only", "examples/kubernetes-only", "examples/existing"}
}

func load(t *testing.T, dir string) *tfmodule.Module {
	t.Helper()
	m, err := tfmodule.Load(filepath.FromSlash(dir))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (a age) modules(t *testing.T) []*tfmodule.Module {
	t.Helper()
	var all []*tfmodule.Module
	for _, dir := range a.directories {
		all = append(all, load(t, dir))
	}
	return all
}

// facts are those of the newest versions.
func facts(t *testing.T) *tfmodule.Schemas {
	t.Helper()
	return newest().read(t)
}

func (a age) read(t *testing.T) *tfmodule.Schemas {
	t.Helper()
	text, err := os.ReadFile(a.facts)
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := tfmodule.ParseSchemas(text)
	if err != nil {
		t.Fatal(err)
	}
	return schemas
}

// TestFactsAreTheProviders holds that the facts in testdata are what the providers say. They are made anew by -update.
func TestFactsAreTheProviders(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]age{"newest": newest(), "oldest": oldest()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if a.schemas == "" {
				t.Skip("no provider schemas: name files with the output of terraform providers schema -json by -schemas and -schemas-oldest")
			}
			text, err := os.ReadFile(a.schemas)
			if err != nil {
				t.Fatal(err)
			}
			schemas, err := tfmodule.ParseProviderSchemas(text)
			if err != nil {
				t.Fatal(err)
			}
			schemas.Resources["terraform_data"] = facts(t).Resources["terraform_data"] // Terraform's own, listed nowhere
			used, err := json.MarshalIndent(schemas.Used(a.modules(t)...), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, a.facts, append(used, '\n'))
		})
	}
}

// TestModulesFitTheSchemas holds that every attribute and block of the modules is one that the providers have, and
// that none is missing that they require, in the oldest versions that are allowed as in the newest.
func TestModulesFitTheSchemas(t *testing.T) {
	t.Parallel()
	for _, a := range []age{newest(), oldest()} {
		for _, m := range a.modules(t) {
			for _, fault := range a.read(t).Check(m) {
				t.Errorf("%s: %s", a.facts, fault)
			}
		}
		if unused := a.unused(t); len(unused) > 0 {
			t.Errorf("%s: facts about what no module uses: %v", a.facts, unused)
		}
	}
}

// unused are types among the facts that no module names.
func (a age) unused(t *testing.T) []string {
	t.Helper()
	all, used := a.read(t), a.read(t).Used(a.modules(t)...)
	var unused []string
	for name := range all.Resources {
		if used.Resources[name] == nil {
			unused = append(unused, name)
		}
	}
	for name := range all.DataSources {
		if used.DataSources[name] == nil {
			unused = append(unused, "data."+name)
		}
	}
	slices.Sort(unused)
	return unused
}

// TestTables holds that the tables in the READMEs say what the modules declare.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, dir := range directories() {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			m := load(t, dir)
			for _, v := range m.Variables {
				if v.Description == "" || v.TypeText == "" {
					t.Errorf("variable %q: needs a description and a type", v.Name)
				}
			}
			for _, o := range m.Outputs {
				if o.Description == "" {
					t.Errorf("output %q: needs a description", o.Name)
				}
			}
			path := filepath.Join(filepath.FromSlash(dir), "README.md")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			want := m.Tables()
			got, updated, err := tfmodule.Between(string(text), want)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if got == want {
				return
			}
			if !golden.Update() {
				t.Fatalf("%s: its tables are not what the module declares: go test ./deploy/terraform -update", path)
			}
			if err := os.WriteFile(path, []byte(updated), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestFormat holds that the files are as terraform fmt writes them.
func TestFormat(t *testing.T) {
	t.Parallel()
	terraform := testneed.Need(t, "terraform")
	cmd := exec.CommandContext(t.Context(), terraform, "fmt", "-check", "-diff", "-recursive", ".")
	cmd.Env = append(cmd.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("terraform fmt -check: %v\n%s", err, out)
	}
}
