package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"pschook/internal/golden"

	"github.com/google/go-cmp/cmp"
)

// linked is what is linked into the service for Linux, as the packages and the image have it.
func linked(t *testing.T) *debug.BuildInfo {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-tags", "grpcnotrace,validator_novalidatefn",
		"-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "pschook/cmd/pschook")
	cmd.Env = append(cmd.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(lines)
	info := &debug.BuildInfo{GoVersion: "go1"}
	for _, line := range slices.Compact(lines) {
		if path, version, ok := strings.Cut(line, " "); ok {
			info.Deps = append(info.Deps, &debug.Module{Path: path, Version: version})
		}
	}
	return info
}

// TestNotice holds that NOTICE names all that is linked into the service, with its licence, and that each licence is one
// that lets the service be handed on under Apache-2.0.
func TestNotice(t *testing.T) {
	t.Parallel()
	all, err := licenses(t.Context(), linked(t))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.FromSlash("../../NOTICE")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "\nThe program is made of these parts, too:\n\n"
	head, _, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatalf("%s: no line %q", path, strings.TrimSpace(mark))
	}
	want := head + mark
	for _, l := range all {
		want += fmt.Sprintf("%s: %s\n", l.Name, l.SPDX)
		for id := range strings.SplitSeq(l.SPDX, " AND ") {
			if !slices.Contains([]string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}, id) {
				t.Errorf("%s: licence %s: may it be linked into what is handed on under Apache-2.0?", l.Name, id)
			}
		}
	}
	golden.Equal(t, path, []byte(want))
}

// TestLicense reads sources that are made up, one kind of fault at a time.
func TestLicense(t *testing.T) {
	t.Parallel()
	const mit = "Permission is hereby granted, free of charge,\r\nto any person"
	tests := []struct {
		name  string
		files map[string]string
		want  string // the licence, or the error
	}{
		{name: "mit", files: map[string]string{"LICENSE": mit}, want: "MIT"},
		{name: "british", files: map[string]string{"LICENCE.md": mit}, want: "MIT"},
		{name: "two_files", files: map[string]string{"LICENSE-MIT": mit, "LICENSE-APACHE": "Apache License Version 2.0, January 2004"}, want: "Apache-2.0 AND MIT"},
		{name: "bsd", files: map[string]string{"COPYING": "Redistributions of source code must retain … Neither the name"}, want: "BSD-3-Clause"},
		{name: "bsd_of_two_clauses", files: map[string]string{"LICENSE": "Redistributions of source code must retain …"}, want: "BSD-2-Clause"},
		{name: "notice_alone", files: map[string]string{"NOTICE": "by somebody"}, want: "part v1: no licence that is known here"},
		{name: "unknown", files: map[string]string{"LICENSE": "all rights reserved"}, want: "part v1: no licence that is known here"},
		{name: "source", files: map[string]string{"license.go": mit}, want: "part v1: no licence that is known here"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := part{Name: "part", Version: "v1", Dir: t.TempDir()}
			for name, text := range test.files {
				if err := os.WriteFile(filepath.Join(p.Dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			l, err := p.license()
			got := l.SPDX
			if err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestWriteNotices holds that each text is there, once.
func TestWriteNotices(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	if err := writeNotices(&got, []licensed{
		{part: part{Name: "one", Version: "v1"}, SPDX: "MIT", Files: []file{{"LICENSE", "free\n"}}},
		{part: part{Name: "two", Version: "v2"}, SPDX: "MIT", Files: []file{{"LICENSE", "free\n"}, {"NOTICE", "by us\n"}}},
	}); err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("=", 100)
	want := "This program is made of the parts listed here, each under its own licence. Their texts follow.\n\none v1: MIT\ntwo v2: MIT\n" +
		"\n" + line + "\none v1 (LICENSE)\ntwo v2 (LICENSE)\n\nfree\n" +
		"\n" + line + "\ntwo v2 (NOTICE)\n\nby us\n"
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}
