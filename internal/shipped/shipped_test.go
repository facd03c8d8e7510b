package shipped_test

import (
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"pschook/internal/shipped"
)

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestMakefile holds that what make builds for use has the tags.
func TestMakefile(t *testing.T) {
	t.Parallel()
	var tags string
	builds := 0
	for line := range strings.Lines(string(read(t, "../../Makefile"))) {
		if value, ok := strings.CutPrefix(line, "TAGS := "); ok {
			tags = strings.TrimSpace(value)
		}
		if strings.Contains(line, "go build") && strings.Contains(line, "-trimpath") {
			builds++
			if !strings.Contains(line, "-tags $(TAGS)") {
				t.Errorf("without -tags $(TAGS): %s", line)
			}
		}
	}
	if tags != shipped.Tags || builds < 2 {
		t.Errorf("TAGS is %q, in %d builds; want %q, in 2 or more", tags, builds, shipped.Tags)
	}
}

// TestReleases holds the same for releases.
func TestReleases(t *testing.T) {
	t.Parallel()
	var release struct {
		Builds []struct{ Tags []string }
	}
	if err := yaml.Unmarshal(read(t, "../../.goreleaser.yaml"), &release); err != nil {
		t.Fatal(err)
	}
	if len(release.Builds) == 0 {
		t.Error("releases build nothing")
	}
	for _, build := range release.Builds {
		if got := strings.Join(build.Tags, ","); got != shipped.Tags {
			t.Errorf("tags of releases: %q, want %q", got, shipped.Tags)
		}
	}
}
