package pschook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// frenchWord is a word that French texts do not use here, and the one that they do: one name per thing.
type frenchWord struct {
	not  *regexp.Regexp
	want string
}

func frenchWords() []frenchWord {
	table := [][2]string{
		{`(?i)\bjeux? (convenu|approuvé|d’|de valeurs|des? )`, "ensemble"},
		{`(?i)stratégie`, "politique (d’accès, d’authentification)"},
		{`[ld][’']issue\b|\bIssue\b`, "résultat"},
		{`Datapass`, "DataPass"},
		{`(?i)écoute (d[’']administration|principale)`, "port d’administration, port principal"},
		{`(?i)clients? de test\b|testeurs? de jetons|\[testeur\]`, "contrôle des jetons"},
		{`\bflows?\b`, "flux"},
		{`Management API`, "API de gestion"},
		{`\bID tokens?\b`, "jeton d’identité"},
		{`\b[Aa]ccess tokens?\b`, "jeton d’accès"},
		{`\beleve\b`, "élevé"},
		{`(?i)alerte en silence`, "en sourdine"},
		{`(?i)ne dit rien\b|ne disent rien\b`, "n’indique rien"},
		{`(?i)à la demande du hook`, "à la demande du service"},
		{`\b(les?|des|une?|du|au|ses|vos|claims,) scopes?\b`, "portée"},
		{`(?i)\brefresh tokens?\b`, "jeton de renouvellement"},
		{`\b(un|[ld][’'])issuers?\b|\b(les|des) issuers\b`, "émetteur"},
		{`\b(les?|des|un|du|au) providers?\b`, "fournisseur"},
		{`(?i)\bl[’']app\b|\bune app\b`, "application"},
		{`(?i)\btenant\b`, "organisation"},
		{`\d\.\d+[ \x{a0}](s|ms|%|Mio|Kio|Go)\b`, "a decimal comma"},
		{`URL de (retour|redirection)`, "URI de redirection"},
		{`\b[Cc]ourriel`, "e-mail, adresse e-mail"},
		{`<\d`, "< 1, with a no-break space"},
	}
	words := make([]frenchWord, 0, len(table))
	for _, row := range table {
		words = append(words, frenchWord{regexp.MustCompile(row[0]), row[1]})
	}
	return words
}

// frenchNames are names that keep their English words: a set of keys as RFC 7517 calls it, and fields of Okta's console.
func frenchNames() *strings.Replacer {
	return strings.NewReplacer("jeu de clés", "", "jeux de clés", "", "ID token encryption", "", "(access token)", "", "(ID token)", "", "(tenant)", "", "mono-tenant", "", "multi-tenant", "")
}

// TestFrenchWords holds that pages and messages have one French word for each thing, and decimal commas.
func TestFrenchWords(t *testing.T) {
	t.Parallel()
	texts := frenchMessages(t)
	for name, p := range pages(t) {
		if strings.HasPrefix(name, "docs/fr/") && !strings.HasPrefix(name, "docs/fr/checks/") { // the names of documents, and messages, are there
			for _, text := range p.prose {
				texts = append(texts, frenchText{name, text})
			}
		}
	}
	texts = append(texts, frenchDrawings(t)...)
	names, words := frenchNames(), frenchWords()
	for _, text := range texts {
		for _, w := range words {
			if m := w.not.FindString(names.Replace(text.says)); m != "" {
				t.Errorf("%s: %q, want %s: %s", text.at, m, w.want, text.says)
			}
		}
	}
}

// frenchDrawings are the words in drawings, whose typography is looked at on the way.
func frenchDrawings(t *testing.T) (found []frenchText) {
	t.Helper()
	loose := regexp.MustCompile(` [:;?!»]|« |\pL'\pL`)
	files, err := filepath.Glob("docs/img/*.fr.svg")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d French drawings found, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`<(?:title|desc|text)[^>]*>([^<]*)<`).FindAllStringSubmatch(string(text), -1) {
			found = append(found, frenchText{name, m[1]})
			if got := loose.FindString(m[1]); got != "" {
				t.Errorf("%s: %q, want a no-break space or ’: %q", name, got, m[1])
			}
		}
	}
	return found
}

type frenchText struct{ at, says string }

// frenchMessages are the strings in the program that are French, by their letters.
func frenchMessages(t *testing.T) []frenchText {
	t.Helper()
	french := regexp.MustCompile(`[éèàùêçû’]|\p{L}'\p{L}`)
	little := regexp.MustCompile(`(?i)\b(le|la|les|une?|des|du|de|est|pas|et|ou|dans|pour|par|sur|au)\b|\b[ldnsc]['’]`)
	var found []frenchText
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		syntax, err := parser.ParseFile(files, name, text, 0)
		if err != nil {
			return err
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			s, err := strconv.Unquote(literal.Value)
			if err == nil && french.MatchString(s) && little.MatchString(s) && !englishText(s) {
				found = append(found, frenchText{files.Position(literal.Pos()).String(), s})
			}
			return true
		})
		return nil
	})
	if err != nil || len(found) < 300 {
		t.Fatalf("%d French messages found, %v: the search is broken", len(found), err)
	}
	return found
}

// englishText reports whether a text that has accents, as names have, is English all the same.
func englishText(s string) bool {
	return count(s, []string{"the", "of", "is", "with", "that", "which", "this", "be", "it", "to", "for", "when", "its", "as", "from", "by", "and"}) > 0
}
