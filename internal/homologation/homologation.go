// Package homologation reads a file that says on what basis each means of identification (MIE,
// moyen d'identification électronique) is used: it is the ANS's own, certified, or homologated by
// the establishment, with reference and dates.
//
// Since 1 January 2026 an establishment's MIE must be homologated, unless it comes from the ANS or
// is certified substantial under eIDAS. The file belongs to the AMR policy and names its rules.
//
// Of this module, homologation imports only [pschook/verify/report] and [pschook/verify/words].
package homologation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pschook/verify/report"
	"pschook/verify/words"
)

// Limits of the file. An establishment has a handful of means.
const (
	maxBytes = 64 << 10
	maxMeans = 100
	maxText  = 200 // characters of one text
)

// Notice is how long before the end of a homologation a warning begins. A new one takes weeks.
const Notice = 90 * 24 * time.Hour

// Origin says on what basis a means is used.
type Origin string

// The origins.
const (
	OriginANS         Origin = "ans"          // card or e-CPS of the ANS: needs no homologation
	OriginCertified   Origin = "certified"    // certified under eIDAS
	OriginHomologated Origin = "homologation" // by the establishment
)

// Document is a file that was read.
type Document struct {
	Establishment string
	Means         []Means

	text []byte
}

// Means is a means of identification.
type Means struct {
	Rule      string // of the AMR policy
	Name      string // "Carte CPx"
	Level     string // substantiel or eleve
	Origin    Origin
	Reference string    // of the decision or certificate; may be empty for the ANS's own
	Decided   time.Time // zero: not stated
	Expires   time.Time // the last day; zero: not stated
}

// Rule is a rule of the AMR policy, with the parts that are needed here.
type Rule struct{ Name, Level string }

// Text returns the YAML from which the document was read.
func (d Document) Text() []byte { return bytes.Clone(d.text) }

// For returns the means of a rule.
func (d Document) For(rule string) (Means, bool) {
	i := slices.IndexFunc(d.Means, func(m Means) bool { return m.Rule == rule })
	if i < 0 {
		return Means{}, false
	}
	return d.Means[i], true
}

// Parse reads a file. name is used in the errors, which list every fault with its line. Parse does
// no I/O.
func Parse(name string, text []byte) (Document, error) {
	p := &parser{name: name}
	root, err := p.root(text)
	if err != nil {
		return Document{}, err
	}
	d := Document{text: bytes.Clone(text)}
	p.keys(root, map[string]func(*yaml.Node){
		"establishment": func(n *yaml.Node) { d.Establishment = p.string(n, "establishment") },
		"means":         func(n *yaml.Node) { d.Means = p.means(n) },
	})
	if d.Establishment == "" {
		p.fault(root, "establishment: missing; the name of the établissement de santé")
	}
	if len(d.Means) == 0 {
		p.fault(root, "means: missing; one for each rule of the AMR policy")
	}
	return d, errors.Join(p.faults...)
}

type parser struct {
	name   string
	faults []error
}

func (p *parser) fault(n *yaml.Node, format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf("%s:%d:%d: %s", p.name, n.Line, n.Column, fmt.Sprintf(format, args...)))
}

func (p *parser) root(text []byte) (*yaml.Node, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("%s: larger than %d bytes", p.name, maxBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%s: the file is empty", p.name)
	case err != nil:
		return nil, fmt.Errorf("%s: not YAML: %w", p.name, err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: a second YAML document; one is expected", p.name)
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s: wanted a mapping with the keys establishment and means", p.name)
	}
	return doc.Content[0], nil
}

// keys calls, for each key of a mapping, the function of that key once.
func (p *parser) keys(n *yaml.Node, known map[string]func(*yaml.Node)) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		take := known[key.Value]
		switch {
		case take == nil:
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			slices.Sort(names)
			p.fault(key, "unknown key %q (one of %s)", words.Shorten(key.Value, 40), strings.Join(names, ", "))
		case seen[key.Value]:
			p.fault(key, "%s: given twice", key.Value)
		default:
			take(n.Content[i+1])
		}
		seen[key.Value] = true
	}
}

func (p *parser) string(n *yaml.Node, key string) string {
	text := strings.TrimSpace(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode || text == "":
		p.fault(n, "%s: wanted a text", key)
		return ""
	case len([]rune(text)) > maxText || words.Printable(text) != text:
		p.fault(n, "%s: wanted at most %d printable characters", key, maxText)
	}
	return text
}

func (p *parser) means(n *yaml.Node) []Means {
	if n.Kind != yaml.SequenceNode {
		p.fault(n, "means: wanted a list")
		return nil
	}
	if len(n.Content) > maxMeans {
		p.fault(n, "means: more than %d", maxMeans)
		return nil
	}
	var all []Means
	for _, item := range n.Content {
		if item.Kind != yaml.MappingNode {
			p.fault(item, "wanted a mapping with rule, name, level, origin, reference, decided and expires")
			continue
		}
		m := p.one(item)
		if slices.ContainsFunc(all, func(other Means) bool { return other.Rule == m.Rule }) {
			p.fault(item, "rule: %q is there twice", m.Rule)
		}
		all = append(all, m)
	}
	return all
}

func (p *parser) one(item *yaml.Node) (m Means) {
	p.keys(item, map[string]func(*yaml.Node){
		"rule":  func(n *yaml.Node) { m.Rule = p.string(n, "rule") },
		"name":  func(n *yaml.Node) { m.Name = p.string(n, "name") },
		"level": func(n *yaml.Node) { m.Level = p.word(n, "level", "substantiel", "eleve") },
		"origin": func(n *yaml.Node) {
			m.Origin = Origin(p.word(n, "origin", string(OriginANS), string(OriginCertified), string(OriginHomologated)))
		},
		"reference": func(n *yaml.Node) { m.Reference = p.string(n, "reference") },
		"decided":   func(n *yaml.Node) { m.Decided = p.date(n, "decided") },
		"expires":   func(n *yaml.Node) { m.Expires = p.date(n, "expires") },
	})
	for _, needed := range []struct {
		key     string
		missing bool
	}{
		{"rule", m.Rule == ""},
		{"name", m.Name == ""},
		{"level", m.Level == ""},
		{"origin", m.Origin == ""},
		{"reference", m.Reference == "" && (m.Origin == OriginHomologated || m.Origin == OriginCertified)},
		{"decided", m.Decided.IsZero() && m.Origin == OriginHomologated},
		{"expires", m.Expires.IsZero() && m.Origin == OriginHomologated},
	} {
		if needed.missing {
			p.fault(item, "%s: missing", needed.key)
		}
	}
	if !m.Decided.IsZero() && !m.Expires.IsZero() && !m.Expires.After(m.Decided) {
		p.fault(item, "expires: not after decided")
	}
	return m
}

func (p *parser) word(n *yaml.Node, key string, known ...string) string {
	if !slices.Contains(known, n.Value) {
		p.fault(n, "%s: got %q, wanted %s", key, words.Shorten(n.Value, 40), strings.Join(known, " or "))
	}
	return n.Value
}

func (p *parser) date(n *yaml.Node, key string) time.Time {
	t, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		p.fault(n, "%s: got %q, wanted a day such as 2026-01-31", key, words.Shorten(n.Value, 40))
	}
	return t
}

// State is the state of a means on a day.
type State string

// The states.
const (
	StateValid   State = "valid"
	StateEnding  State = "ending"  // within [Notice]
	StateExpired State = "expired" // ended, or not decided yet
	StateMissing State = "missing" // the file does not mention the rule
)

// On returns the state at a time. The last day counts as a whole, in UTC.
func (m Means) On(now time.Time) State {
	switch {
	case !m.Decided.IsZero() && now.Before(m.Decided):
		return StateExpired
	case m.Expires.IsZero():
		return StateValid
	case !now.Before(m.Expires.AddDate(0, 0, 1)):
		return StateExpired
	case !now.Before(m.Expires.AddDate(0, 0, 1).Add(-Notice)):
		return StateEnding
	}
	return StateValid
}

// Checks compares the document with the rules of the AMR policy at a time, with one check for each
// rule that has a level. PSC accepts no means for a rule without a level.
func (d Document) Checks(rules []Rule, now time.Time, lang words.Language) []report.Check {
	var list []report.Rule[time.Time]
	add := func(name string, run func(now time.Time) report.Finding) {
		list = append(list, report.Rule[time.Time]{
			ID: "homologation." + name, Title: words.Say("The means of rule %s may be used", "Le MIE de la règle %s peut être utilisé", words.Literal(name)),
			Spec: spec, Run: run,
		})
	}
	for _, r := range rules {
		if r.Level != "" {
			add(r.Name, func(now time.Time) report.Finding { return d.judge(r, now) })
		}
	}
	for _, m := range d.Means {
		if !slices.ContainsFunc(rules, func(r Rule) bool { return r.Name == m.Rule }) {
			add(m.Rule, func(time.Time) report.Finding {
				return report.Warn(words.Say("a rule of the AMR policy", "une règle de la politique AMR"), words.Literal(words.Printable(m.Rule)), words.Say(
					"The file speaks of a rule that the AMR policy does not have: correct the name, or take the entry out.",
					"Le fichier parle d'une règle que la politique AMR n'a pas : corrigez le nom, ou retirez l'entrée."))
			})
		}
	}
	return report.Examine(list, now).Checks(lang)
}

// Unreadable is the check of a file that cannot be used. It tells nothing of the file: whoever reads the report need not
// be the operator.
func Unreadable(lang words.Language) []report.Check {
	return report.Examine([]report.Rule[struct{}]{{
		ID: "homologation.file", Title: words.Say("The file of homologations can be used", "Le fichier des homologations est utilisable"), Spec: spec,
		Run: func(struct{}) report.Finding {
			return report.Warn(words.Say("a file without faults", "un fichier sans faute"), words.Say("a file that is missing or has faults", "un fichier absent ou fautif"),
				words.Say("Whether the means of identification are homologated is not known: pschook config --check names each fault of PSCHOOK_HOMOLOGATION_FILE.",
					"On ignore si les MIE sont homologués : pschook config --check nomme chaque faute de PSCHOOK_HOMOLOGATION_FILE."))
		},
	}}, struct{}{}).Checks(lang)
}

// spec is where the rule comes from.
const spec = "ANS: homologation of MIE; PSCHOOK_HOMOLOGATION_FILE"

func (d Document) judge(r Rule, now time.Time) report.Finding {
	f := report.Want(words.Say("homologated, level %s", "homologué, niveau %s", words.Level(r.Level, words.Literal(r.Level))))
	m, ok := d.For(r.Name)
	if !ok {
		return f.Got(words.Say("nothing", "rien")).Fail(words.Say(
			"Say in PSCHOOK_HOMOLOGATION_FILE by what right this means is used, or take its rule out of the AMR policy.",
			"Dites dans PSCHOOK_HOMOLOGATION_FILE à quel titre ce MIE est utilisé, ou retirez sa règle de la politique AMR."))
	}
	f = f.Got(m.describe())
	if m.Below(r.Level) {
		return f.Fail(words.Say(
			"The AMR policy claims a level that the means was not homologated for: overstating a level gives access to health data.",
			"La politique AMR affirme un niveau pour lequel le MIE n'est pas homologué : surestimer un niveau ouvre l'accès à des données de santé."))
	}
	switch m.On(now) {
	case StateExpired:
		return f.Fail(words.Say("The homologation does not hold today: have it renewed, and take the rule out of the AMR policy until then.",
			"L'homologation n'est pas en vigueur aujourd'hui : faites-la renouveler et, d'ici là, retirez la règle de la politique AMR."))
	case StateEnding:
		return f.Warn(words.Say("The homologation ends soon: have it renewed, and put the new reference and dates into PSCHOOK_HOMOLOGATION_FILE.",
			"L'homologation prend bientôt fin : faites-la renouveler, et portez la nouvelle référence et les dates dans PSCHOOK_HOMOLOGATION_FILE."))
	}
	return f.Pass()
}

// Below reports whether the means was homologated for less than the level.
func (m Means) Below(level string) bool { return level == "eleve" && m.Level != "eleve" }

// describe is the means in a line.
func (m Means) describe() words.Text {
	parts := []words.Text{words.Literal(m.Name), m.Origin.Text(), words.Say("level %s", "niveau %s", words.Level(m.Level, words.Literal(m.Level)))}
	if m.Reference != "" {
		parts = append(parts, words.Say("reference %s", "référence %s", words.Literal(m.Reference)))
	}
	if !m.Expires.IsZero() {
		parts = append(parts, words.Say("until %s", "jusqu'au %s", words.Date(m.Expires)))
	}
	return words.Join(", ", ", ", parts...)
}

// Text is the origin in words.
func (o Origin) Text() words.Text {
	switch o {
	case OriginANS:
		return words.Say("from the ANS", "fourni par l'ANS")
	case OriginCertified:
		return words.Say("certified (eIDAS)", "certifié (eIDAS)")
	}
	return words.Say("homologated by the establishment", "homologué par l'établissement")
}
