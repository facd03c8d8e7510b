package verify

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pschook/internal/golden"
	"pschook/verify/report"
	"pschook/verify/words"
)

// mixedReport returns a report with every status: a warning, a failure, and skipped checks.
func mixedReport(t *testing.T, lang words.Language) report.Report {
	t.Helper()
	w := goodWorld(t, "psc")
	w.in.Language = lang
	w.Access.Claims["amr"] = "pwd\u202emfa\x1b[2J"
	w.ID.Claims["auth_time"] = nil
	w.ID.Kid, w.Access.Kid = "k9", "k9" // each run makes other signatures
	w.ID.Claims["at_hash"] = nil
	return Run(t.Context(), w.input(t))
}

func TestReportForms(t *testing.T) {
	t.Parallel()
	forms := map[string]func(report.Report, *bytes.Buffer) error{
		"json": func(r report.Report, b *bytes.Buffer) error {
			out, err := r.JSON()
			b.Write(out)
			return err
		},
		"txt": func(r report.Report, b *bytes.Buffer) error { return r.WriteText(b) },
		"xml": func(r report.Report, b *bytes.Buffer) error { return r.WriteJUnit(b) },
	}
	for ext, write := range forms {
		for _, lang := range []words.Language{words.English, words.French} {
			t.Run(ext+"/"+string(lang), func(t *testing.T) {
				t.Parallel()
				var b bytes.Buffer
				if err := write(mixedReport(t, lang), &b); err != nil {
					t.Fatal(err)
				}
				golden.Equal(t, fmt.Sprintf("testdata/report.%s.%s", lang, ext), b.Bytes())
			})
		}
	}
}

// The tables in docs list every check of every profile, in both languages.
func TestDocsListEveryCheck(t *testing.T) {
	t.Parallel()
	for _, name := range ProfileNames() {
		p, err := ProfileNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, lang := range []words.Language{words.English, words.French} {
			golden.Equal(t, filepath.Join("..", "docs", string(lang), "checks", name+".md"), checksTable(p, lang))
		}
	}
}

// checksHead is the text above the table of a profile's checks.
func checksHead(lang words.Language) string {
	return words.Say(
		"# Checks of profile `%s`\n\n"+
			"Generated from the package `verify` by `go test ./verify -update`.\n"+
			"A check is skipped when one of those under \"needs\" failed, or when one under \"unless\" already says what is wrong.\n\n"+
			"| id | what is checked | rule | needs | unless | cause, by `pschook doctor` |\n| --- | --- | --- | --- | --- | --- |\n",
		"# Contrôles du profil `%s`\n\n"+
			"Tableau produit à partir du paquet `verify` par `go test ./verify -update`.\n"+
			"Un contrôle est laissé de côté quand l'un de ceux de la colonne « suppose » a échoué, ou quand l'un de ceux de la colonne « sauf si » dit déjà ce qui ne va pas.\n\n"+
			"| identifiant | ce qui est vérifié | règle | suppose | sauf si | cause, par `pschook doctor` |\n| --- | --- | --- | --- | --- | --- |\n").In(lang)
}

func checksTable(p Profile, lang words.Language) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, checksHead(lang), p.Name())
	for _, c := range p.checks {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", c.ID, c.Title.In(lang), c.Spec, codeList(p, c.Needs), codeList(p, c.Unless), codes(c.Doctor))
	}
	return b.Bytes()
}

func codeList(p Profile, ids []string) string {
	var list []string
	for _, id := range ids {
		if p.holds(id) {
			list = append(list, "`"+id+"`")
		}
	}
	return strings.Join(list, " ")
}

func codes(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return "`" + strings.Join(ids, "` `") + "`"
}
