package pschook_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestThreatModel holds that each row of the tables of threats names what shows that
// it is dealt with, and that these tests, and rows of cmd/chaos, exist.
func TestThreatModel(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	chaos := sources(t, "cmd/chaos", "")
	shown := regexp.MustCompile("(chaos: )?`([^`]+)`")
	rows, threats := 0, false
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 {
			threats = false
			continue
		}
		head := strings.TrimSpace(cells[1])
		if head == "threat" {
			threats = true
		}
		if !threats || head == "threat" || strings.HasPrefix(head, "---") {
			continue
		}
		rows++
		proofs := shown.FindAllStringSubmatch(cells[3], -1)
		if len(proofs) == 0 {
			t.Errorf("%q: no test", head)
		}
		for _, proof := range proofs {
			name := proof[2]
			if proof[1] != "" {
				if !strings.Contains(chaos, `name: "`+name+`"`) {
					t.Errorf("%q: cmd/chaos has no row %q", head, name)
				}
				continue
			}
			dir, test := ".", name
			if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
				dir, test = name[:dot], name[dot+1:]
			}
			if !strings.Contains(sources(t, dir, "_test"), "\nfunc "+test+"(") {
				t.Errorf("%q: there is no %s", head, name)
			}
		}
	}
	if rows < 30 {
		t.Errorf("only %d threats were found: the table is not read right", rows)
	}
}

// sources are the Go files of a directory whose names end in suffix.
func sources(t *testing.T, dir, suffix string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"+suffix+".go"))
	if err != nil || len(files) == 0 {
		t.Errorf("no Go files in %s: %v", dir, err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("\n")
		all.Write(text)
	}
	return all.String()
}
