package sbom_test

import (
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/sbom"
)

// TestNew translates build info of each kind of module.
func TestNew(t *testing.T) {
	t.Parallel()
	got := sbom.New(&debug.BuildInfo{
		GoVersion: "go1.26.1", Main: debug.Module{Path: "pschook", Version: "v1.2.3"},
		Settings: []debug.BuildSetting{{Key: "-ldflags", Value: "-s"}, {Key: "GOOS", Value: "linux"}, {Key: "vcs.revision", Value: "0123"}},
		Deps: []*debug.Module{
			{Path: "github.com/CycloneDX/x", Version: "v2.0.0+incompatible", Sum: "h1:abc="},
			{Path: "example.org/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/new", Version: "v1.0.1"}},
		},
	})
	want := sbom.BOM{
		Format: "CycloneDX", Spec: "1.5", Version: 1,
		Metadata: sbom.Metadata{Component: sbom.Component{
			Type: "application", Ref: "pkg:golang/pschook@v1.2.3", Name: "pschook", Version: "v1.2.3", PURL: "pkg:golang/pschook@v1.2.3",
			Properties: []sbom.Property{{Name: "go:build:GOOS", Value: "linux"}, {Name: "go:build:vcs.revision", Value: "0123"}},
		}},
		Components: []sbom.Component{
			{Type: "library", Ref: "pkg:golang/std@1.26.1", Name: "std", Version: "1.26.1", PURL: "pkg:golang/std@1.26.1"},
			{
				Type: "library", Ref: "pkg:golang/github.com/cyclonedx/x@v2.0.0%2Bincompatible", Name: "github.com/CycloneDX/x", Version: "v2.0.0+incompatible",
				PURL: "pkg:golang/github.com/cyclonedx/x@v2.0.0%2Bincompatible", Properties: []sbom.Property{{Name: "go:sum", Value: "h1:abc="}},
			},
			{Type: "library", Ref: "pkg:golang/example.org/new@v1.0.1", Name: "example.org/new", Version: "v1.0.1", PURL: "pkg:golang/example.org/new@v1.0.1"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bill of materials (-want +got):\n%s", diff)
	}
}
