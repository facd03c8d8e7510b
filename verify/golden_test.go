package verify

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files and docs instead of comparing") //nolint:gochecknoglobals // a flag of the test binary

// golden compares got with a file, or writes it with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (write it with -update):\n%s", path, diff)
	}
}

// mixedReport has every status: a warning, a failure, and checks skipped for it.
func mixedReport(t *testing.T, lang Language) Report {
	t.Helper()
	w := goodWorld(t, "psc")
	w.in.Language = lang
	w.access.claims["amr"] = "pwd\u202emfa\x1b[2J"
	w.id.claims["auth_time"] = nil
	w.id.kid, w.access.kid = "k9", "k9" // signatures change with every run
	w.id.claims["at_hash"] = nil
	return Run(t.Context(), w.input(t))
}

func TestReportForms(t *testing.T) {
	t.Parallel()
	forms := map[string]func(Report, *bytes.Buffer) error{
		"json": func(r Report, b *bytes.Buffer) error {
			out, err := r.JSON()
			b.Write(out)
			return err
		},
		"txt": func(r Report, b *bytes.Buffer) error { return r.WriteText(b) },
		"xml": func(r Report, b *bytes.Buffer) error { return r.WriteJUnit(b) },
	}
	for ext, write := range forms {
		for _, lang := range []Language{English, French} {
			t.Run(ext+"/"+string(lang), func(t *testing.T) {
				t.Parallel()
				var b bytes.Buffer
				if err := write(mixedReport(t, lang), &b); err != nil {
					t.Fatal(err)
				}
				golden(t, fmt.Sprintf("testdata/report.%s.%s", lang, ext), b.Bytes())
			})
		}
	}
}

// The tables in docs/checks list every check of every profile.
func TestDocsListEveryCheck(t *testing.T) {
	t.Parallel()
	for _, name := range ProfileNames() {
		p, err := ProfileNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("..", "docs", "checks", name+".md"), checksTable(p))
	}
}

func checksTable(p Profile) []byte {
	en, fr := newTranslator(English), newTranslator(French)
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Checks of profile `%s`\n\n", p.Name())
	fmt.Fprintf(&b, "Generated from the package `verify` by `go test ./verify -update`.\n"+
		"A check is skipped when one of those under \"needs\" failed, or when one under \"unless\" already says what is wrong.\n\n")
	b.WriteString("| id | what is checked | ce qui est vérifié | rule | needs | unless |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, c := range p.checks {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", c.id, en.plain("title."+c.id), fr.plain("title."+c.id), c.spec,
			codeList(p, c.needs), codeList(p, c.unless))
	}
	return b.Bytes()
}

func codeList(p Profile, ids []string) string {
	var list []string
	for _, id := range ids {
		if _, ok := p.check(id); ok {
			list = append(list, "`"+id+"`")
		}
	}
	return strings.Join(list, " ")
}
