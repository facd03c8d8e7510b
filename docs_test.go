package pschook_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/config"
	"pschook/internal/testneed"
)

// page is what the tests want to know of one Markdown file.
type page struct {
	path     string // slash-separated, from the root of the repository
	lines    []string
	headings []heading
	anchors  map[string]bool
	links    []string
	blocks   []block
	prose    []string // headings, paragraphs, list items and table rows, without code
}

type heading struct {
	level int
	text  string
}

// block is a fenced code block.
type block struct{ info, text string }

// pages reads every Markdown file of the repository, by path.
func pages(t *testing.T) map[string]*page {
	t.Helper()
	all := make(map[string]*page)
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") && name != "."
		if d.IsDir() && (hidden || slices.Contains([]string{"node_modules", "bin", "dist", "screenshots"}, d.Name())) {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".md" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err == nil {
			all[filepath.ToSlash(name)] = readPage(filepath.ToSlash(name), string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("%d Markdown files found: the search is broken", len(all))
	}
	return all
}

func readPage(name, text string) *page {
	p := &page{path: name, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n"), anchors: make(map[string]bool)}
	var paragraph []string
	fenced := false
	flush := func() {
		if len(paragraph) > 0 {
			p.prose = append(p.prose, strings.Join(paragraph, " "))
			paragraph = nil
		}
	}
	for _, line := range p.lines {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "```"):
			flush()
			if !fenced {
				p.blocks = append(p.blocks, block{info: strings.TrimPrefix(trimmed, "```")})
			}
			fenced = !fenced
		case fenced:
			last := &p.blocks[len(p.blocks)-1]
			last.text += line + "\n"
		case strings.HasPrefix(line, "#"):
			flush()
			p.heading(line)
		default:
			p.link(line)
			if trimmed == "" || strings.HasPrefix(trimmed, "- ") || strings.HasPrefix(trimmed, "|") || ordered().MatchString(trimmed) {
				flush()
			}
			if trimmed != "" {
				paragraph = append(paragraph, inlineCode().ReplaceAllString(trimmed, "_"))
			}
		}
	}
	flush()
	return p
}

func ordered() *regexp.Regexp    { return regexp.MustCompile(`^\d+\. `) }
func inlineCode() *regexp.Regexp { return regexp.MustCompile("`[^`]*`") }

func (p *page) heading(line string) {
	text := strings.TrimLeft(line, "#")
	h := heading{level: len(line) - len(text), text: strings.TrimSpace(text)}
	p.headings = append(p.headings, h)
	p.prose = append(p.prose, inlineCode().ReplaceAllString(h.text, "_"))
	slug := anchor(h.text)
	for n := 1; p.anchors[slug]; n++ {
		slug = anchor(h.text) + "-" + string(rune('0'+n))
	}
	p.anchors[slug] = true
}

// anchor is the name that GitHub and GitLab give a heading: lower case, without
// punctuation, hyphens for spaces.
func anchor(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

func (p *page) link(line string) {
	line = inlineCode().ReplaceAllString(line, "")
	for _, m := range regexp.MustCompile(`\]\(([^)\s]+)[^)]*\)|(?:src|href)="([^"]+)"`).FindAllStringSubmatch(line, -1) {
		p.links = append(p.links, m[1]+m[2])
	}
}

// TestLinksResolve holds that every link to a file of the repository leads
// somewhere, down to the heading. Links to elsewhere are not followed.
func TestLinksResolve(t *testing.T) {
	t.Parallel()
	all := pages(t)
	seen := 0
	for _, p := range all {
		for _, link := range p.links {
			u, err := url.Parse(link)
			if err != nil {
				t.Errorf("%s: %q is not a link: %v", p.path, link, err)
				continue
			}
			if u.Scheme != "" {
				continue
			}
			seen++
			target := path.Join(path.Dir(p.path), u.Path)
			if u.Path == "" {
				target = p.path
			}
			if _, err := os.Stat(filepath.FromSlash(target)); err != nil {
				t.Errorf("%s: %q leads nowhere", p.path, link)
				continue
			}
			if to := all[target]; u.Fragment != "" && (to == nil || !to.anchors[u.Fragment]) {
				t.Errorf("%s: %q: %s has no such heading", p.path, link, target)
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d links seen: the search is broken", seen)
	}
}

// TestLanguagesAgree holds that docs/en and docs/fr have the same pages, each with the same headings in the same order,
// the same commands, and the same settings, flags, metrics and figures in what it says.
func TestLanguagesAgree(t *testing.T) {
	t.Parallel()
	all := pages(t)
	const en, fr = "docs/en/", "docs/fr/"
	for name, p := range all {
		rest, english := strings.CutPrefix(name, en)
		if other, french := strings.CutPrefix(name, fr); french && all[en+other] == nil {
			t.Errorf("%s has no counterpart in English", name)
		}
		if !english {
			continue
		}
		q := all[fr+rest]
		if q == nil {
			t.Errorf("%s has no counterpart in French", name)
			continue
		}
		if diff := cmp.Diff(outline(p), outline(q)); diff != "" {
			t.Errorf("%s and %s differ in headings or commands (-English +French):\n%s", name, q.path, diff)
		}
		if diff := cmp.Diff(facts(p), facts(q)); diff != "" {
			t.Errorf("%s and %s differ in settings, flags, metrics or figures (-English +French):\n%s", name, q.path, diff)
		}
	}
}

// outline is what both languages must share: levels of headings in order, then
// code, without comments and the language that it asks for.
func outline(p *page) []string {
	var out []string
	for _, h := range p.headings {
		out = append(out, strings.Repeat("#", h.level))
	}
	comment, language := regexp.MustCompile(`(?m)(^|\s+)#( .*)?$`), regexp.MustCompile(` --lang (en|fr)\b`)
	for _, b := range p.blocks {
		out = append(out, "```"+b.info)
		if slices.Contains([]string{"sh", "yaml", "hcl", "nginx", "haproxy", "ini"}, b.info) {
			text := language.ReplaceAllString(comment.ReplaceAllString(b.text, ""), "")
			out = append(out, strings.Split(text, "\n")...)
		}
	}
	return out
}

// facts are the names and figures in a page's text that do not depend on the language, each once.
func facts(p *page) []string {
	name := regexp.MustCompile(`(?:PSCHOOK|OTEL)_[A-Z_]+|pschook_[a-z_]+|--[a-z][a-z-]+|okta\.[a-zA-Z.]+`)
	figure, fence, target := regexp.MustCompile(`\d+(?:[.,]\d+)*`), regexp.MustCompile("(?s)```.*?```"), regexp.MustCompile(`\]\([^)]*\)`)
	text := target.ReplaceAllString(fence.ReplaceAllString(strings.Join(p.lines, "\n"), ""), "]")
	found := make(map[string]bool)
	for _, code := range inlineCode().FindAllString(text, -1) {
		for _, n := range name.FindAllString(code, -1) {
			found[n] = true
		}
	}
	for _, n := range figure.FindAllString(inlineCode().ReplaceAllString(text, ""), -1) {
		found[strings.NewReplacer(",", "", ".", "").Replace(n)] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// TestRunbooksAreListed holds that the index of each language leads to every runbook.
func TestRunbooksAreListed(t *testing.T) {
	t.Parallel()
	all := pages(t)
	runbooks := 0
	for name := range all {
		dir, file := path.Split(name)
		if path.Base(dir) != "runbooks" {
			continue
		}
		runbooks++
		index := path.Clean(dir) + ".md"
		if p := all[index]; p == nil || !slices.Contains(p.links, "runbooks/"+file) {
			t.Errorf("%s does not lead to %s", index, name)
		}
	}
	if runbooks == 0 {
		t.Error("no runbooks found: the search is broken")
	}
}

// TestLanguageOfPages finds paragraphs that were left in the other language.
func TestLanguageOfPages(t *testing.T) {
	t.Parallel()
	// Short words that are frequent in one language and not words of the other.
	words := map[string][]string{
		"en": {"the", "and", "of", "is", "with", "that", "which", "this", "are", "be", "it", "to", "for", "when", "its", "as", "from", "by", "what", "who", "must"},
		"fr": {"le", "la", "les", "des", "une", "un", "est", "et", "dans", "qui", "pour", "que", "par", "pas", "ce", "au", "du", "de", "il", "elle", "sont", "avec", "en", "quand"},
	}
	other := map[string]string{"en": "fr", "fr": "en"}
	names := regexp.MustCompile(`\]\([^)]*\)|\*\*[^*]*\*\*`) // where links lead, and what Okta's console calls things
	for name, p := range pages(t) {
		for lang := range maps.Keys(words) {
			if !strings.HasPrefix(name, "docs/"+lang+"/") {
				continue
			}
			for _, text := range p.prose {
				text = names.ReplaceAllString(text, "")
				own, foreign := count(text, words[lang]), count(text, words[other[lang]])
				if foreign >= 3 && foreign > own {
					t.Errorf("%s: not in the page's language: %q", name, text)
				}
			}
		}
	}
}

func count(text string, words []string) (n int) {
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if slices.Contains(words, w) {
			n++
		}
	}
	return n
}

// TestFrenchTypography holds that no line of a French page can break before a colon, within quotation marks or before a
// unit, and that its apostrophes and quotation marks are those of print.
func TestFrenchTypography(t *testing.T) {
	t.Parallel()
	loose, comment := looseFrench(), regexp.MustCompile(`<!--.*?-->`)
	seen := 0
	for name, p := range pages(t) {
		if !strings.HasPrefix(name, "docs/fr/") {
			continue
		}
		for _, text := range p.prose {
			seen += strings.Count(text, "\u00a0")
			if m := loose.FindString(comment.ReplaceAllString(text, "")); m != "" {
				t.Errorf("%s: %q, want a no-break space (U+00A0), ’ (U+2019), « », …: %q", name, m, text)
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d no-break spaces seen: the search is broken", seen)
	}
}

// TestPagesAreForEverybody holds that no page names a place on somebody's machine.
func TestPagesAreForEverybody(t *testing.T) {
	t.Parallel()
	private := regexp.MustCompile(`/(home|root|work|Users)/`)
	for name, p := range pages(t) {
		for i, line := range p.lines {
			if m := private.FindString(line); m != "" {
				t.Errorf("%s:%d names %q", name, i+1, m)
			}
		}
	}
}

// maxReadme is the length beyond which nobody reads a README.
const maxReadme = 150

// TestReadme holds that the README stays short and that .ci/readme knows how to run
// each of its commands.
func TestReadme(t *testing.T) {
	t.Parallel()
	p := pages(t)["README.md"]
	if len(p.lines) >= maxReadme {
		t.Errorf("README.md has %d lines, want fewer than %d", len(p.lines), maxReadme)
	}
	script, err := os.ReadFile(filepath.Join(".ci", "readme"))
	if err != nil {
		t.Fatal(err)
	}
	shell := 0
	for _, b := range p.blocks {
		if b.info != "sh" {
			continue
		}
		shell++
		for line := range strings.Lines(b.text) {
			command, _, _ := strings.Cut(strings.TrimSpace(line), " #")
			if command != "" && !strings.Contains(string(script), "'"+strings.TrimSpace(command)+"')") {
				t.Errorf(".ci/readme does not know the command %q of README.md", command)
			}
		}
	}
	if shell == 0 {
		t.Error("README.md has no commands")
	}
}

// TestNamesExist holds that the variables and metrics that pages name are those of the program.
func TestNamesExist(t *testing.T) {
	t.Parallel()
	variables := map[string]bool{config.Prefix: true, testneed.RequireEnv: true}
	for _, v := range config.Variables() {
		variables[v.Name] = true
		variables[v.Name+"_FILE"] = variables[v.Name+"_FILE"] || v.HasFile
	}
	metrics := source(t, "hook", "orglookup", "verify/rp", "internal/server", "internal/telemetry", "internal/outcomes")
	found := 0
	for name, p := range pages(t) {
		text := strings.Join(p.lines, "\n")
		for _, v := range regexp.MustCompile(`PSCHOOK_[A-Z0-9_]*`).FindAllString(text, -1) {
			if !variables[v] {
				t.Errorf("%s: there is no variable %s", name, v)
			}
		}
		for _, m := range regexp.MustCompile(`\bpschook_[a-z_]*(?:total|seconds)\b`).FindAllString(text, -1) {
			found++
			if !strings.Contains(metrics, m) {
				t.Errorf("%s: there is no metric %s", name, m)
			}
		}
	}
	if found < 50 {
		t.Errorf("%d metrics found: the search is broken", found)
	}
}

// TestFlagsExist holds that the flags in pages are those of the program that stands before them.
func TestFlagsExist(t *testing.T) {
	t.Parallel()
	programs := map[string]string{"pschook": source(t, "cmd/pschook"), "oktaemu": source(t, "cmd/oktaemu"), "cmd/demo": source(t, "cmd/demo")}
	command := regexp.MustCompile("(?m)(?:^|[`/ '\"])(pschook|oktaemu|cmd/demo) ((?:config|doctor|evidence|outcomes|preview|probe|psc-realm|register|serve|shapes|verify|check|-)[^`|;\n]*)")
	others := regexp.MustCompile("\\\\\n|(?:go test|kubectl|helm) [^`\n]*")
	flag := regexp.MustCompile(`(?:^| )--?([a-z][a-z-]+)`)
	found := 0
	for name, p := range pages(t) {
		text := others.ReplaceAllString(strings.Join(p.lines, "\n"), "")
		for _, c := range command.FindAllStringSubmatch(text, -1) {
			for _, f := range flag.FindAllStringSubmatch(c[2], -1) {
				found++
				if f[1] != "help" && !strings.Contains(programs[c[1]], `"`+f[1]+`"`) {
					t.Errorf("%s: there is no flag --%s: %s %s", name, f[1], c[1], c[2])
				}
			}
		}
	}
	if found < 200 {
		t.Errorf("%d flags found: the search is broken", found)
	}
}

// source is the text of all Go files of some packages, tests apart.
func source(t *testing.T, dirs ...string) string {
	t.Helper()
	var all strings.Builder
	for _, dir := range dirs {
		names, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d Go files, %v", dir, len(names), err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(name, "_test.go") {
				all.Write(text)
			}
		}
	}
	return all.String()
}

// TestPagesSayForWhom holds that each guide begins with whom it is for and how long it takes.
func TestPagesSayForWhom(t *testing.T) {
	t.Parallel()
	begins := map[string]*regexp.Regexp{
		"docs/en": regexp.MustCompile(`^\*\*For\*\* .+\. \*\*Time\*\* .+\.$`),
		"docs/fr": regexp.MustCompile(`^\*\*Pour\*\* .+\. \*\*Temps\*\* .+\.$`),
	}
	for name, p := range pages(t) {
		want := begins[path.Dir(name)]
		if want == nil {
			continue
		}
		first := slices.IndexFunc(p.lines, func(line string) bool {
			return strings.HasPrefix(line, "**") || line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "<!--")
		})
		if first < 0 || !want.MatchString(p.lines[first]) {
			t.Errorf("%s: the line below the title must match %s (see docs/en/index.md)", name, want)
		}
	}
}

// maxDrawing is what a picture in docs/img may weigh, in bytes: people read on phones.
const maxDrawing = 150_000

// TestPictures holds that each picture is there in both languages and is shown by a page of its language, that it is light,
// and that a drawing has words for those who cannot see it and colours for light and dark.
func TestPictures(t *testing.T) {
	t.Parallel()
	shown := make(map[string]bool)
	for _, p := range pages(t) {
		for _, link := range p.links {
			shown[path.Join(path.Dir(p.path), link)] = true
		}
	}
	files, err := filepath.Glob("docs/img/*")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pictures found, %v", len(files), err)
	}
	swap := strings.NewReplacer(".en.", ".fr.", ".fr.", ".en.")
	for _, name := range files {
		name = filepath.ToSlash(name)
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > maxDrawing {
			t.Errorf("%s: %d bytes, want at most %d", name, len(text), maxDrawing)
		}
		if other := swap.Replace(name); other == name || !slices.Contains(files, filepath.FromSlash(other)) {
			t.Errorf("%s is not there in the other language", name)
		}
		if !shown[name] {
			t.Errorf("%s is shown by no page", name)
		}
		for _, part := range []string{"<title ", "<desc ", "prefers-color-scheme: dark", "viewBox="} {
			if path.Ext(name) == ".svg" && !strings.Contains(string(text), part) {
				t.Errorf("%s: no %q", name, part)
			}
		}
	}
}

// TestArchitectureNames holds that what docs/architecture.md calls by name is in the code: functions, types, and methods with their types.
func TestArchitectureNames(t *testing.T) {
	t.Parallel()
	names := declarations(t)
	text, err := os.ReadFile(filepath.Join("docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, m := range regexp.MustCompile("`([A-Za-z.]+)`").FindAllStringSubmatch(string(text), -1) {
		parts := strings.Split(m[1], ".")
		last := parts[len(parts)-1]
		if strings.ToLower(last[1:]) == last[1:] && len(parts) == 1 || slices.Contains([]string{"go", "md"}, last) {
			continue // a package, or a word
		}
		found++
		if n := len(parts); n > 1 && unicode.IsUpper(rune(parts[n-2][0])) {
			last = parts[n-2] + "." + last
		}
		if names[last] == nil {
			t.Errorf("docs/architecture.md: there is no %s", m[1])
		}
	}
	if found < 40 {
		t.Errorf("%d names found: the search is broken", found)
	}
}

// TestArchitectureWalks holds that the walks in docs/architecture.md are true: each step is a package, what a step names is
// in that package (or, as package.Name, in another), and a package that comes a second time says so.
func TestArchitectureWalks(t *testing.T) {
	t.Parallel()
	names := declarations(t)
	text, err := os.ReadFile(filepath.Join("docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	in := func(name, pkg string) bool {
		return slices.ContainsFunc(names[name], func(folder string) bool { return folder == pkg || path.Base(folder) == pkg })
	}
	isPackage := make(map[string]bool)
	for _, folders := range names {
		for _, folder := range folders {
			isPackage[path.Base(folder)] = true
		}
	}
	walks, seen := 0, make(map[string]bool)
	for _, m := range regexp.MustCompile("(?m)^(\\d+)\\. \\*\\*`([a-z/]+)`\\*\\*(.*)$").FindAllStringSubmatch(string(text), -1) {
		number, pkg, step := m[1], m[2], m[3]
		if number == "1" {
			walks++
			clear(seen)
		}
		if again := strings.HasPrefix(step, " again, "); again != seen[pkg] {
			t.Errorf("step %s%s: entered before: %v, but the step says: %v", pkg, step, seen[pkg], again)
		}
		seen[pkg] = true
		for _, c := range regexp.MustCompile("`([A-Za-z]+(?:\\.[A-Za-z]+)?)`").FindAllStringSubmatch(step, -1) {
			other, name, _ := strings.Cut(c[1], ".")
			if !in(c[1], pkg) && !in(name, other) && !isPackage[c[1]] {
				t.Errorf("step %s%s: there is no %s in %s", pkg, step, c[1], pkg)
			}
		}
	}
	if walks != 4 {
		t.Errorf("%d walks found, want 4", walks)
	}
}

// declarations are the names of all functions, types and constants, and of methods as Type.Method and alone, each
// with the folders that declare it.
func declarations(t *testing.T) map[string][]string {
	t.Helper()
	names := make(map[string][]string)
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(file) != ".go" {
			return err
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		add := func(name string) { names[name] = append(names[name], filepath.ToSlash(filepath.Dir(file))) }
		for _, decl := range syntax.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				add(decl.Name.Name)
				if decl.Recv != nil {
					of, _, _ := strings.Cut(strings.TrimPrefix(types.ExprString(decl.Recv.List[0].Type), "*"), "[") // generic or not
					add(of + "." + decl.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						add(spec.Name.Name)
					case *ast.ValueSpec:
						for _, n := range spec.Names {
							add(n.Name)
						}
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
