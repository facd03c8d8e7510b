package pschook_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
		{`\bjeux? (convenu|approuvé|d[’']|de valeurs|des? )`, "ensemble"},
		{`\bstratégies?\b`, "politique (d’accès, d’authentification)"},
		{`\b[ldn][’']issues?\b|\bissues?\b`, "résultat"},
		{`[ée]coute (d[’']administration|principale)`, "port d’administration, port principal"},
		{`\bclients? de test\b|\btesteurs? de jetons|\[testeurs?\]|\ble testeur\b`, "contrôle des jetons"},
		{`\bflows?\b`, "flux"},
		{`\bManagement API\b|\bAPI de management\b`, "API de gestion"},
		{`\bID tokens?\b`, "jeton d’identité"},
		{`\baccess tokens?\b`, "jeton d’accès"},
		{`\brefresh tokens?\b|\bjetons? de rafra[iî]chissement`, "jeton de renouvellement"},
		{`\btoken endpoint\b|\bpoints? d[’']accès token\b|\bendpoints?\b`, "point d’accès (aux jetons)"},
		{`\btypes? d[’']octroi`, "type de flux"},
		{`\b(jeton|identifiant|secret) de client\b`, "jeton client, identifiant client, secret du client"},
		{`\balertes? en silence`, "en sourdine"},
		{`\b(ne|n[’'])\s*(dit|disent)( \w+)? rien\b`, "n’indique rien"},
		{`à la demande du hook`, "à la demande du service"},
		{`\bscopes?\b`, "portée"},
		{`\b(un|[ld][’']|les|des) ?issuers?\b`, "émetteur"},
		{`\b(les?|des|un|du|au|ce) providers?\b`, "fournisseur"},
		{`\b[dl][’']app\b|\b(une|cette|votre|des|les) apps?\b`, "application"},
		{`\btenants?\b`, "organisation"},
		{`\b(un|le|ce|du|au|les|des) orgs?\b|\b[dl][’']org\b`, "organisation"},
		{`\d\.\d+[ \x{a0}\x{202f}]?((µs|ms|s|min|h|j|[KMGT]i?o|secondes?|minutes?|heures?|jours?|fois)\b|%)`, "a decimal comma"},
		{`\bURL de (retour|redirection)`, "URI de redirection"},
		{`\bcourriels?\b|\b(un|des|les?|par) mails?\b`, "e-mail, adresse e-mail"},
		{`[<>]\d`, "< 1, with a no-break space"},
		{`\b(un|le|du|au) (listener|replica|runbook|dashboard|firewall|load balancer)\b|\bles? (listeners|replicas|runbooks|dashboards)\b`, "port, instance, fiche réflexe, tableau de bord, pare-feu, répartiteur de charge"},
		{`\bjokers?\b`, "caractère générique"},
		{`\bsupporte(nt|r)?\b|\bdigital(e|es)?\b|\bimpacte|\badresser (un|le|ce) (problème|besoin)|\bcrypt(er|és?|ées?|age)|\bau final\b`, "prendre en charge, numérique, toucher, traiter, chiffrer, enfin"},
	}
	words := make([]frenchWord, 0, len(table))
	for _, row := range table {
		words = append(words, frenchWord{regexp.MustCompile(`(?i)` + row[0]), row[1]})
	}
	return append(words, // names whose capitals matter, and the level, which a settings file writes without accents
		frenchWord{regexp.MustCompile(`\b(Datapass|datapass|DATAPASS|DATAPass|[Dd]ata[ -][Pp]ass)\b`), "DataPass"},
		frenchWord{regexp.MustCompile(`\b(eleve|ELEVE|Eleve)\b`), "élevé"})
}

// frenchNames are names that keep their English words: a set of keys as RFC 7517 calls it, fields of Okta's console, and
// the technical word in brackets where a French one is introduced.
func frenchNames() *strings.Replacer {
	return strings.NewReplacer("jeu de clés", "", "jeux de clés", "", "ID token encryption", "", "(access token)", "", "(ID token)", "", "(authorization endpoint)", "", "(scope)", "", "(issuer)", "",
		"Access token lifetime, Refresh token lifetime", "", "› Scopes", "", "Add Scope", "", "| Scope |", "", "Scopes requested", "", "Any scopes", "", "Okta API Scopes", "", "API Endpoint", "",
		"substantiel ou eleve", "", "(tenant)", "", "mono-tenant", "", "multi-tenant", "")
}

// TestFrenchWords holds that pages and messages have one French word for each thing, and decimal commas.
func TestFrenchWords(t *testing.T) {
	t.Parallel()
	texts := frenchMessages(t)
	for name, p := range pages(t) {
		if strings.HasPrefix(name, "docs/fr/") && !strings.HasPrefix(name, "docs/fr/checks/") { // the names of documents, and messages, are there
			for _, text := range append(comments(p), p.prose...) {
				texts = append(texts, frenchText{name, text})
			}
		}
	}
	texts = append(texts, frenchDrawings(t)...)
	names, settings, words := frenchNames(), regexp.MustCompile(`PSCHOOK_\w+|okta_[\w.]+|okta\.[\w.]+|--[a-z-]+`), frenchWords()
	for _, text := range texts {
		says := settings.ReplaceAllString(names.Replace(text.says), "")
		for _, w := range words {
			if m := w.not.FindString(says); m != "" {
				t.Errorf("%s: %q, want %s: %s", text.at, m, w.want, text.says)
			}
		}
	}
}

// comments are what blocks of code say to the reader.
func comments(p *page) (found []string) {
	for _, b := range p.blocks {
		for _, m := range regexp.MustCompile(`(?m)(?:^|\s)(?:#|//) (.+)$`).FindAllStringSubmatch(b.text, -1) {
			found = append(found, m[1])
		}
	}
	return found
}

// TestFrenchAsItStands holds the typography of messages that no function of package words mends on their way: those of
// register, of the rehearsal's realm, and of the emulator's people.
func TestFrenchAsItStands(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, text := range frenchMessages(t) {
		faults := looseFrench()
		switch {
		case strings.HasPrefix(text.at, "internal/register/"), strings.HasPrefix(text.at, "cmd/pschook/register.go"): // words.FrenchSpaces sees to spaces
			faults = regexp.MustCompile(`\pL'[\pL%«]`)
		case strings.HasPrefix(text.at, "internal/pscrealm/"), strings.HasPrefix(text.at, "oktaemu/internal/store/"):
		default:
			continue
		}
		seen++
		if m := faults.FindString(text.says); m != "" {
			t.Errorf("%s: %q, want a no-break space or ’: %q", text.at, m, text.says)
		}
	}
	if seen < 50 {
		t.Errorf("%d messages seen: the search is broken", seen)
	}
}

// looseFrench is what French typography does not have: a plain space before high punctuation, within quotation marks or
// before a unit, a straight apostrophe or quotation mark, three dots. In pages a _ stands for what is code.
func looseFrench() *regexp.Regexp {
	return regexp.MustCompile(` [:;?!»]|« |[\pL\d]'[\pL\d_%«*\[(]|"|\.\.\.|\d (µs|ms|s|min|h|j|%|[KMGT]i?o)(?:[^\pL\d]|$)`)
}

// frenchDrawings are the words in drawings, whose typography is looked at on the way.
func frenchDrawings(t *testing.T) (found []frenchText) {
	t.Helper()
	loose := looseFrench()
	files, err := filepath.Glob("docs/img/*.fr.svg")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d French drawings found, %v", len(files), err)
	}
	style := regexp.MustCompile(`(?s)<style>.*?</style>`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text = style.ReplaceAll(text, nil)
		for _, m := range regexp.MustCompile(`>([^<]*\pL[^<]*)<`).FindAllStringSubmatch(string(text), -1) {
			found = append(found, frenchText{name, m[1]})
			if got := loose.FindString(m[1]); got != "" {
				t.Errorf("%s: %q, want a no-break space or ’: %q", name, got, m[1])
			}
		}
	}
	return found
}

type frenchText struct{ at, says string }

// frenchMessages are the French sentences in the program: the second of the two that are given to a function or a table
// of words, what stands under the name of the language, and whatever else has French letters.
func frenchMessages(t *testing.T) []frenchText {
	t.Helper()
	french := regexp.MustCompile(`[éèàùêçû’]|\p{L}'\p{L}`)
	little := regexp.MustCompile(`(?i)\b(le|la|les|une?|des|du|de|est|pas|et|ou|dans|pour|par|sur|au)\b|\b[ldnsc]['’]`)
	seen := make(map[frenchText]bool)
	byPlace := 0
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
		speaks := bytes.Contains(text, []byte(`"pschook/verify/words"`))
		ast.Inspect(syntax, func(n ast.Node) bool {
			if n == nil {
				return true
			}
			at := name + ":" + strconv.Itoa(files.Position(n.Pos()).Line)
			for _, s := range frenchAt(n, speaks) {
				seen[frenchText{at, s}] = true
				byPlace++
			}
			if literal, ok := n.(*ast.BasicLit); ok {
				if s, ok := stringOf(literal); ok && french.MatchString(s) && little.MatchString(s) && !englishText(s) {
					seen[frenchText{at, s}] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil || byPlace < 1000 || len(seen) < 1000 {
		t.Fatalf("%d French messages found, %d by their place, %v: the search is broken", len(seen), byPlace, err)
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b frenchText) int { return strings.Compare(a.at+a.says, b.at+b.says) })
}

// frenchAt returns the texts that are French because of where they stand: the node says so itself.
func frenchAt(n ast.Node, speaks bool) []string {
	switch n := n.(type) {
	case *ast.CallExpr: // words.Say("high", "élevé"), and the functions that hand both on
		if slices.Contains([]string{"Say", "say", "words", "plain", "hint", "look"}, calledName(n)) {
			return secondOfPair(n.Args)
		}
	case *ast.CompositeLit: // map[string][2]string{"high": {"high", "élevé"}}
		table, ok := n.Type.(*ast.MapType)
		if !ok || !speaks {
			return nil
		}
		if _, ok := table.Value.(*ast.ArrayType); !ok {
			return nil
		}
		var found []string
		for _, e := range n.Elts {
			if row, ok := e.(*ast.KeyValueExpr).Value.(*ast.CompositeLit); ok {
				found = append(found, secondOfPair(row.Elts)...)
			}
		}
		return found
	case *ast.KeyValueExpr: // French: "élevé", or "fr": {…}
		key, isName := n.Key.(*ast.Ident)
		literal, isText := n.Key.(*ast.BasicLit)
		if isName && slices.Contains([]string{"French", "french", "FR"}, key.Name) || isText && literal.Value == `"fr"` {
			return stringsIn(n.Value)
		}
	}
	return nil
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

// secondOfPair returns the second of the first two texts that follow each other.
func secondOfPair(list []ast.Expr) []string {
	for i := range len(list) - 1 {
		if len(stringsIn(list[i])) > 0 && len(stringsIn(list[i+1])) > 0 {
			return []string{strings.Join(stringsIn(list[i+1]), "…")}
		}
	}
	return nil
}

// stringsIn returns the texts of a string, of a sum of strings and constants, or of a table with texts.
func stringsIn(e ast.Expr) (found []string) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, ok := stringOf(e); ok {
			found = append(found, s)
		}
	case *ast.BinaryExpr:
		found = append(stringsIn(e.X), stringsIn(e.Y)...)
	case *ast.CompositeLit:
		for _, one := range e.Elts {
			if row, ok := one.(*ast.KeyValueExpr); ok {
				found = append(found, stringsIn(row.Value)...)
			}
		}
	}
	return found
}

func stringOf(literal *ast.BasicLit) (string, bool) {
	s, err := strconv.Unquote(literal.Value)
	return s, err == nil && literal.Kind == token.STRING
}

// englishText reports whether a text that has accents, as names have, is English all the same.
func englishText(s string) bool {
	return count(s, []string{"the", "of", "is", "with", "that", "which", "this", "be", "it", "to", "for", "when", "its", "as", "from", "by", "and"}) > 0
}
