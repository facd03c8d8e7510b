package main

import (
	"bytes"
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"testing"

	"pschook/internal/sbom"
)

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
	var b sbom.BOM
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
