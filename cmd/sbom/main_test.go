package main

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNewBOM translates build info of each kind of module.
func TestNewBOM(t *testing.T) {
	t.Parallel()
	got := newBOM(&debug.BuildInfo{
		GoVersion: "go1.26.1", Main: debug.Module{Path: "pschook", Version: "v1.2.3"},
		Settings: []debug.BuildSetting{{Key: "-ldflags", Value: "-s"}, {Key: "GOOS", Value: "linux"}, {Key: "vcs.revision", Value: "0123"}},
		Deps: []*debug.Module{
			{Path: "github.com/CycloneDX/x", Version: "v2.0.0+incompatible", Sum: "h1:abc="},
			{Path: "example.org/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/new", Version: "v1.0.1"}},
		},
	})
	want := bom{
		Format: "CycloneDX", Spec: "1.5", Version: 1,
		Metadata: metadata{component{
			Type: "application", Ref: "pkg:golang/pschook@v1.2.3", Name: "pschook", Version: "v1.2.3", PURL: "pkg:golang/pschook@v1.2.3",
			Properties: []property{{"go:build:GOOS", "linux"}, {"go:build:vcs.revision", "0123"}},
		}},
		Components: []component{
			{Type: "library", Ref: "pkg:golang/std@1.26.1", Name: "std", Version: "1.26.1", PURL: "pkg:golang/std@1.26.1"},
			{
				Type: "library", Ref: "pkg:golang/github.com/cyclonedx/x@v2.0.0%2Bincompatible", Name: "github.com/CycloneDX/x", Version: "v2.0.0+incompatible",
				PURL: "pkg:golang/github.com/cyclonedx/x@v2.0.0%2Bincompatible", Properties: []property{{"go:sum", "h1:abc="}},
			},
			{Type: "library", Ref: "pkg:golang/example.org/new@v1.0.1", Name: "example.org/new", Version: "v1.0.1", PURL: "pkg:golang/example.org/new@v1.0.1"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bill of materials (-want +got):\n%s", diff)
	}
}

// TestRun reads this test itself, in which Go notes the standard library but no modules.
func TestRun(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	if err := run(t.Context(), []string{program}, &first); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{program}, &second); err != nil || first.String() != second.String() {
		t.Errorf("not the same twice: %v", err)
	}
	var b bom
	if err := json.Unmarshal(first.Bytes(), &b); err != nil {
		t.Fatal(err)
	}
	if len(b.Components) == 0 || b.Components[0].Version != strings.TrimPrefix(runtime.Version(), "go") {
		t.Errorf("components: %v", b.Components)
	}
}

func TestRunFaults(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), nil, nil); err == nil || !strings.Contains(err.Error(), "wanted the path") {
		t.Errorf("no argument: %v", err)
	}
	if err := run(t.Context(), []string{"main_test.go"}, nil); err == nil {
		t.Error("a text file: no error")
	}
}
