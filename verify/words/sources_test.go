package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sentence is a call in the sources that gives a sentence in both languages.
type sentence struct {
	at     string // file and line
	en, fr string
}

// speakers are the functions that take an English and a French sentence, in this order.
func speakers() []string { return []string{"Say", "words", "plain", "hint", "look"} }

// sentences returns those of all packages that use this one.
func sentences(t *testing.T) []sentence {
	t.Helper()
	var found []sentence
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), `"pschook/verify/words"`) {
			return err
		}
		found = append(found, spoken(t, path, text)...)
		return nil
	})
	if err != nil || len(found) < 300 {
		t.Fatalf("%d sentences found, %v", len(found), err)
	}
	return found
}

func spoken(t *testing.T, path string, text []byte) (found []sentence) {
	t.Helper()
	files := token.NewFileSet()
	syntax, err := parser.ParseFile(files, path, text, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(syntax, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !slices.Contains(speakers(), calledName(call)) {
			return true
		}
		for i := range len(call.Args) - 1 {
			en, ok1 := literalText(call.Args[i])
			fr, ok2 := literalText(call.Args[i+1])
			if ok1 && ok2 {
				found = append(found, sentence{files.Position(call.Pos()).String(), en, fr})
				break
			}
		}
		return true
	})
	return found
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// literalText returns the text of a string, or of a sum of strings and constants.
func literalText(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		a, ok1 := literalText(e.X)
		b, ok2 := literalText(e.Y)
		return a + b, ok1 || ok2
	}
	return "", false
}

// Every sentence exists in both languages, with the same values and the same names of settings.
func TestSentences(t *testing.T) {
	t.Parallel()
	setting := regexp.MustCompile(`PSCHOOK_[A-Z_]+(=[a-z]+)?|okta_[a-z_]+\.[a-z_]+|--[a-z-]+`)
	loose := regexp.MustCompile(`[^\s] [:;?!»]|« `)
	for _, s := range sentences(t) {
		if strings.TrimSpace(s.en) == "" || strings.TrimSpace(s.fr) == "" {
			t.Errorf("%s: a language is missing: %q, %q", s.at, s.en, s.fr)
		}
		if a, b := values(s.en), values(s.fr); !slices.Equal(a, b) {
			t.Errorf("%s: the values are %v in English, %v in French", s.at, a, b)
		}
		a, b := setting.FindAllString(s.en, -1), setting.FindAllString(s.fr, -1)
		slices.Sort(a)
		slices.Sort(b)
		if !slices.Equal(a, b) {
			t.Errorf("%s: settings %v in English, %v in French", s.at, a, b)
		}
		if loose.MatchString(frenchTypography(s.fr)) || strings.Contains(s.en, " : ") || strings.Contains(s.en, " ; ") {
			t.Errorf("%s: the spacing of the other language: %q, %q", s.at, s.en, s.fr)
		}
	}
}

// values returns the verbs of a format, each with the index of its value.
func values(format string) []string {
	var out []string
	for i, m := range regexp.MustCompile(`%(?:\[(\d+)\])?([a-z])`).FindAllStringSubmatch(strings.ReplaceAll(format, "%%", ""), -1) {
		at := m[1]
		if at == "" {
			at = strconv.Itoa(i + 1)
		}
		out = append(out, at+m[2])
	}
	slices.Sort(out)
	return out
}
