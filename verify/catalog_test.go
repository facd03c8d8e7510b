package verify

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestCatalogIsCompleteInBothLanguages(t *testing.T) {
	t.Parallel()
	placeholder := regexp.MustCompile(`\{[a-z_]+\}`)
	for key, sentence := range catalog() {
		for _, lang := range []Language{English, French} {
			s := sentence.in(lang)
			if strings.TrimSpace(s) == "" || s != strings.TrimSpace(s) {
				t.Errorf("%s, %s: %q is empty or has space around it", key, lang, s)
			}
		}
		en, fr := placeholder.FindAllString(sentence.en, -1), placeholder.FindAllString(sentence.fr, -1)
		slices.Sort(en)
		slices.Sort(fr)
		if !slices.Equal(en, fr) {
			t.Errorf("%s: placeholders %v in English, %v in French", key, en, fr)
		}
	}
}

// What admins have to type must be the same in both languages.
func TestCatalogNamesTheSameSettingsInBothLanguages(t *testing.T) {
	t.Parallel()
	setting := regexp.MustCompile(`PSCHOOK_[A-Z_]+(=[a-z]+)?|okta_[a-z_]+\.[a-z_]+|--[a-z-]+`)
	for key, sentence := range catalog() {
		en, fr := setting.FindAllString(sentence.en, -1), setting.FindAllString(sentence.fr, -1)
		slices.Sort(en)
		slices.Sort(fr)
		if !slices.Equal(en, fr) {
			t.Errorf("%s: settings %v in English, %v in French", key, en, fr)
		}
	}
}

func TestCatalogGluesFrenchPunctuation(t *testing.T) {
	t.Parallel()
	loose := regexp.MustCompile(`[^\s] [:;?!»]|« `)
	for key, sentence := range catalog() {
		if s := sentence.in(French); loose.MatchString(s) {
			t.Errorf("%s: a plain space before punctuation in %q", key, s)
		}
		if strings.Contains(sentence.en, " :") || strings.Contains(sentence.en, " ;") {
			t.Errorf("%s: French spacing in English %q", key, sentence.en)
		}
	}
}

// Every key written in the sources stands in the catalog, and the catalog holds
// no other.
func TestCatalogAndSourcesAgree(t *testing.T) {
	t.Parallel()
	used := keysInSources(t)
	for _, name := range ProfileNames() {
		p, err := ProfileNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range p.CheckIDs() {
			used["title."+id], used["expected."+id], used["hint."+id] = true, true, true
		}
	}
	known := catalog()
	for key := range used {
		if _, ok := known[key]; !ok && !strings.HasSuffix(key, ".") && !madeOfCheckID(key) && !isCheckID(key) {
			t.Errorf("the sources say %q, which the catalog does not hold", key)
		}
	}
	for key := range known {
		if !used[key] && !slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(u string) bool {
			return !slices.Contains([]string{"hint.", "expected.", "title."}, u) &&
				strings.HasSuffix(u, ".") && strings.HasPrefix(key, u)
		}) {
			t.Errorf("nothing says %q", key)
		}
	}
}

// madeOfCheckID spares the keys that are derived from every check id, though not
// every check needs each.
func madeOfCheckID(key string) bool {
	kind, id, _ := strings.Cut(key, ".")
	return (kind == "expected" || kind == "hint") && isCheckID(id)
}

// keysInSources collects the string literals that look like catalog keys from
// the sources other than the catalog itself, and from the page templates.
func keysInSources(t *testing.T) map[string]bool {
	t.Helper()
	used := make(map[string]bool)
	groups := make(map[string]bool)
	for key := range catalog() {
		groups[key[:strings.Index(key, ".")+1]] = true
	}
	keep := func(s string) {
		group, _, found := strings.Cut(s, ".")
		if found && groups[group+"."] && !strings.ContainsAny(s, " /%") {
			used[s] = true
		}
	}
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasPrefix(file, "catalog") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == gotoken.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					keep(s)
				}
			}
			return true
		})
	}
	templates, err := fs.Glob(os.DirFS("."), "page/*.html")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`"([a-z_]+\.[a-z_.]*)"`)
	for _, file := range templates {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			keep(m[1])
		}
	}
	return used
}

func isCheckID(s string) bool {
	for _, name := range ProfileNames() {
		p, err := ProfileNamed(name)
		if err == nil && slices.Contains(p.CheckIDs(), s) {
			return true
		}
	}
	return false
}
