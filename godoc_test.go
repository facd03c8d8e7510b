package pschook_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// minPackageDoc is shorter than any package comment that says what a package does,
// what it never does, and where its facts come from.
const minPackageDoc = 80

// TestEverythingIsDocumented holds that each package has a comment worth the name,
// and each exported name one too.
func TestEverythingIsDocumented(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{if .GoFiles}}{{.Dir}}{{end}}", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Fields(string(out))
	if len(dirs) < 10 {
		t.Fatalf("%d packages found: the search is broken", len(dirs))
	}
	for _, dir := range dirs {
		p := documentation(t, dir)
		if len(p.Doc) < minPackageDoc {
			t.Errorf("%s: the package comment says too little: %q", dir, p.Doc)
		}
		for _, name := range undocumented(p) {
			t.Errorf("%s: %s.%s has no comment", dir, p.Name, name)
		}
	}
}

// documentation reads a package as go doc does, tests apart.
func documentation(t *testing.T, dir string) *doc.Package {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(set, name, text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	p, err := doc.NewFromFiles(set, files, dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// undocumented lists the exported names without a comment of their own or of the
// group that they stand in.
func undocumented(p *doc.Package) []string {
	names := append(bareValues(p.Consts), bareValues(p.Vars)...)
	names = append(names, bareFuncs(p.Funcs)...)
	for _, typ := range p.Types {
		if typ.Doc == "" {
			names = append(names, typ.Name)
		}
		names = append(names, bareValues(typ.Consts)...)
		names = append(names, bareValues(typ.Vars)...)
		names = append(names, bareFuncs(typ.Funcs)...)
		for _, name := range bareFuncs(typ.Methods) {
			names = append(names, typ.Name+"."+name)
		}
	}
	return names
}

func bareFuncs(funcs []*doc.Func) (names []string) {
	for _, f := range funcs {
		if f.Doc == "" {
			names = append(names, f.Name)
		}
	}
	return names
}

func bareValues(values []*doc.Value) (names []string) {
	for _, v := range values {
		for _, spec := range v.Decl.Specs {
			s, ok := spec.(*ast.ValueSpec)
			if !ok || v.Doc != "" || s.Doc != nil || s.Comment != nil {
				continue
			}
			for _, name := range s.Names {
				names = append(names, name.Name)
			}
		}
	}
	return names
}
