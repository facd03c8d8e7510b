package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// A part is a linked module, with the place of its source.
type part struct {
	Name, Version string
	Dir           string
}

// licensed is a part with the texts that its authors require to be passed on: licence, notices, patent grant.
type licensed struct {
	part

	SPDX  string // identifiers of the licences, by https://spdx.org/licenses/
	Files []file
}

type file struct {
	Name string
	Text string
}

// parts finds the source of all that is linked: the standard library in the Go installation, modules in the module
// cache. A replaced module is listed as its replacement.
func parts(ctx context.Context, info *debug.BuildInfo) ([]part, error) {
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	all := []part{{Name: "Go standard library", Version: strings.TrimPrefix(info.GoVersion, "go"), Dir: strings.TrimSpace(string(goroot))}}
	args := []string{"mod", "download", "-json"}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		args = append(args, m.Path+"@"+m.Version)
	}
	if len(args) == 3 {
		return all, nil
	}
	out, err := exec.CommandContext(ctx, "go", args...).Output()
	if err != nil {
		return nil, fmt.Errorf("go mod download: %w", err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var m struct{ Path, Version, Dir string }
		if err := decoder.Decode(&m); err != nil {
			return nil, fmt.Errorf("go mod download: %w", err)
		}
		all = append(all, part{Name: m.Path, Version: m.Version, Dir: m.Dir})
	}
	return all, nil
}

// license reads the licence in the top directory of a part's source. It fails if there is no licence or an unknown one,
// because somebody must read it before it is passed on.
func (p part) license() (licensed, error) {
	l := licensed{part: p}
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		return l, err
	}
	asked := regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice|patents|copyright)([-.].*)?$`)
	var ids []string
	for _, e := range entries {
		if e.IsDir() || !asked.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(p.Dir, e.Name()))
		if err != nil {
			return l, err
		}
		l.Files = append(l.Files, file{Name: e.Name(), Text: strings.ReplaceAll(string(text), "\r\n", "\n")})
		ids = append(ids, spdx(string(text))...)
	}
	slices.Sort(ids)
	if l.SPDX = strings.Join(slices.Compact(ids), " AND "); l.SPDX == "" {
		return l, fmt.Errorf("%s %s: no licence that is known here in %s", p.Name, p.Version, p.Dir)
	}
	return l, nil
}

// spdx returns the licences in a text. Each is recognised by words that the others do not have.
func spdx(text string) []string {
	flat := strings.Join(strings.Fields(text), " ")
	has := func(words string) bool { return strings.Contains(flat, words) }
	var ids []string
	for _, known := range []struct {
		id    string
		found bool
	}{
		{"Apache-2.0", has("Apache License") && has("Version 2.0, January 2004")},
		{"BSD-2-Clause", has("Redistributions of source code must retain") && !has("Neither the name") && !has("may be used to endorse")},
		{"BSD-3-Clause", has("Redistributions of source code must retain") && (has("Neither the name") || has("may be used to endorse"))},
		{"ISC", has("Permission to use, copy, modify, and/or distribute this software")},
		{"MIT", has("Permission is hereby granted, free of charge, to any person")},
		{"MPL-2.0", has("Mozilla Public License Version 2.0") || has("Mozilla Public License, version 2.0")},
	} {
		if known.found {
			ids = append(ids, known.id)
		}
	}
	return ids
}

// licenses returns all parts with their licences, by name, the standard library first.
func licenses(ctx context.Context, info *debug.BuildInfo) ([]licensed, error) {
	all, err := parts(ctx, info)
	if err != nil {
		return nil, err
	}
	var found []licensed
	var faults []error
	for _, p := range all {
		l, err := p.license()
		if err != nil {
			faults = append(faults, err)
		}
		found = append(found, l)
	}
	slices.SortStableFunc(found[1:], func(a, b licensed) int { return cmp.Compare(a.Name, b.Name) })
	return found, errors.Join(faults...)
}

// writeNotices writes the texts of all licences. It writes a text that several parts share only once.
func writeNotices(w io.Writer, all []licensed) error {
	var names []string
	parts := map[string][]string{} // by text
	for _, l := range all {
		for _, f := range l.Files {
			if parts[f.Text] == nil {
				names = append(names, f.Text)
			}
			parts[f.Text] = append(parts[f.Text], fmt.Sprintf("%s %s (%s)", l.Name, l.Version, f.Name))
		}
	}
	out := &bytes.Buffer{}
	fmt.Fprintf(out, "This program is made of the parts listed here, each under its own licence. Their texts follow.\n\n")
	for _, l := range all {
		fmt.Fprintf(out, "%s %s: %s\n", l.Name, l.Version, l.SPDX)
	}
	for _, text := range names {
		fmt.Fprintf(out, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 100), strings.Join(parts[text], "\n"), strings.TrimRight(text, "\n"))
	}
	_, err := w.Write(out.Bytes())
	return err
}
