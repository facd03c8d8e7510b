package config_test

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pschook/internal/config"
	"pschook/internal/golden"
)

//go:generate go test . -run TestReference -update

// wording holds the reference's words in one language.
type wording struct {
	head   string
	column string // table headings
	needed string // shown in place of a default
	file   string // how to put a secret into a file
	text   func(config.Variable) string
	word   func(config.Type) string
	group  func(string) string
}

func english() wording {
	return wording{
		head: `# Configuration

**For** whoever deploys the service. **Time** to look things up.

pschook is configured by environment variables. It reads them at start and names everything that is wrong with them in one message.

- An empty variable counts as one that is not set. Where emptiness is a setting of its own, the word ` + "`none`" + ` says so.
- Durations have a unit: ` + "`2s`, `1h30m`" + `. Lists are separated by commas, words by spaces.
- ` + "`pschook config`" + ` prints what is in effect, ` + "`pschook config --check`" + ` only what is wrong (exit code 2), ` + "`pschook config --env-example`" + ` a file to start from.
`,
		column: "variable | type | default | what it does | example",
		needed: "required",
		file:   "Or in a file: `%s_FILE`.",
		text:   func(v config.Variable) string { return v.English },
		word:   func(t config.Type) string { return string(t) },
		group:  func(g string) string { return g },
	}
}

func french() wording {
	types := map[config.Type]string{
		config.TypeAddress: "adresse", config.TypeBoolean: "booléen", config.TypeChoice: "choix", config.TypeDuration: "durée",
		config.TypeFile: "fichier", config.TypePath: "chemin", config.TypeList: "liste", config.TypeWords: "mots",
		config.TypeSecret: "secret", config.TypeText: "texte", config.TypeURL: "URL",
		config.TypeNumber: "nombre", config.TypeNetworks: "réseaux",
	}
	groups := map[string]string{
		"Listening": "Écoute", "TLS": "TLS", "Logging": "Journal", "Okta org": "Organisation Okta", "Org id (tid)": "Identifiant de l’organisation (tid)",
		"Hook": "Hook", "What Okta did": "Ce qu’Okta a fait", "Claims": "Claims", "Relying party": "Contrôle des jetons",
	}
	return wording{
		head: typography(`# Configuration

**Pour** qui déploie le service. **Temps** page à consulter.

pschook se configure par variables d'environnement. Il les lit au démarrage et signale toutes les erreurs dans un seul message.

- Une variable vide compte comme absente. Quand le vide est un réglage en soi, le mot ` + "`none`" + ` le dit.
- Les durées portent une unité : ` + "`2s`, `1h30m`" + `. Les listes sont séparées par des virgules, les mots par des espaces.
- ` + "`pschook config`" + ` affiche la configuration en vigueur, ` + "`pschook config --check`" + ` seulement ce qui ne va pas (code de sortie 2), ` + "`pschook config --env-example`" + ` un fichier de départ.
`),
		column: "variable | type | défaut | rôle | exemple",
		needed: "obligatoire",
		file:   typography("Ou dans un fichier : `%s_FILE`."),
		text:   func(v config.Variable) string { return typography(v.French) },
		word:   func(t config.Type) string { return cmp.Or(types[t], "?") },
		group:  func(g string) string { return cmp.Or(groups[g], "?") },
	}
}

// typography adds the no-break spaces of French to a text with plain spaces.
func typography(s string) string {
	s = regexp.MustCompile(`(\pL)'([\pL`+"`"+`])`).ReplaceAllString(s, "$1’$2")
	return strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!", "« ", "«\u00a0", " »", "\u00a0»").Replace(s)
}

// reference writes the table of variables in one language.
func reference(w wording) string {
	var b strings.Builder
	b.WriteString("<!-- Made by go generate ./internal/config: do not edit. -->\n\n" + w.head)
	group := ""
	for _, v := range config.Variables() {
		if v.Group != group {
			group = v.Group
			fmt.Fprintf(&b, "\n## %s\n\n| %s |\n| --- | --- | --- | --- | --- |\n", w.group(group), w.column)
		}
		kind, value, text, example := w.word(v.Type), "—", w.text(v), "—"
		if len(v.Values) > 0 {
			kind = "`" + strings.Join(v.Values, "`, `") + "`"
		}
		switch {
		case v.Required:
			value = w.needed
		case v.Default != "":
			value = "`" + v.Default + "`"
		}
		if v.HasFile {
			text += " " + fmt.Sprintf(w.file, v.Name)
		}
		if !v.Secret {
			example = "`" + v.Example + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", v.Name, kind, value, text, example)
	}
	return b.String()
}

// TestReference checks that the references in docs agree with the table of variables.
func TestReference(t *testing.T) {
	t.Parallel()
	for path, w := range map[string]wording{"../../docs/en/configuration.md": english(), "../../docs/fr/configuration.md": french()} {
		want := reference(w)
		if strings.Contains(want, "?") {
			t.Errorf("%s: a type or group has no word in this language", path)
		}
		golden.Equal(t, path, []byte(want))
	}
}
