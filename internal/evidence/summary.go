package evidence

import (
	"bytes"
	"cmp"
	_ "embed"
	"slices"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/homologation"
	"pschook/verify/report"
	"pschook/verify/words"
)

//go:embed summary.css
var summaryStyle string

// Limits of the summary, so that it prints on two pages: rows of a table, characters of a cell.
const (
	maxRows      = 4
	maxProofs    = 6
	maxCell      = 48
	maxNarrow    = 28 // of a cell next to others
	maxScenarios = 24
)

// Summary is the content of the summary.
type Summary struct {
	Establishment                  string // "" when no file states it
	Issuer, ClientID, TID, Profile string
	Rules                          words.Text // what the profile is called
	Version                        string     // version of pschook
	At                             time.Time
	Proofs                         []Proof
	Scenarios                      []Proof // one line each
	Means                          []Means
	Attention                      []string // ids of failed checks and warnings, with the names of their files
	Keys                           []Key
	Signer                         string // fingerprint of the key; "" when the archive is not signed
	Absent                         []words.Text
}

// Proof is one line of results.
type Proof struct {
	Title            words.Text
	File             string
	Status           report.Status
	Fail, Warn, Pass int
	Skip             int
}

// Means is a rule of the AMR policy with its means of identification.
type Means struct {
	Rule, Level  string
	All, Any     []string
	Emit, Attest []string
	Homologation homologation.Means // zero when State is missing
	State        homologation.State
	Overstated   bool // the rule's level is higher than the homologated one
}

// HTML returns the summary as a page that prints on two pages of A4.
func (s Summary) HTML(lang words.Language) ([]byte, error) {
	p := printer{lang}
	var b bytes.Buffer
	err := h.Doctype(h.HTML(h.Lang(string(lang)),
		h.Head(
			h.Meta(h.Charset("utf-8")), h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(g.Attr("http-equiv", "Content-Security-Policy"), h.Content("default-src 'none'; style-src 'unsafe-inline'")),
			h.TitleEl(p.say(title())), h.StyleEl(g.Raw(summaryStyle)), //nolint:forbidigo // our own file
		),
		h.Body(
			h.Header(h.H1(p.say(title())), h.P(g.Text(cell(s.Establishment)))),
			h.Main(
				h.Section(g.Group(p.facts(s)), g.Group(p.proofs(s)), g.Group(p.means(s))),
				h.Section(h.Class("second"), g.Group(p.scenarios(s)), g.Group(p.attention(s)), g.Group(p.trace(s)), g.Group(p.check(s))),
			),
			h.Footer(p.say(words.Say("Made by pschook %s on %s (UTC). It names no person.", "Établi par pschook %s le %s (UTC). Il ne nomme personne.", words.Literal(cell(s.Version)), words.Date(s.At.UTC())))),
		),
	)).Render(&b)
	return b.Bytes(), err
}

func title() words.Text {
	return words.Say("Proof of conformity: authentication delegated to Pro Santé Connect", "Preuve de conformité : délégation d'authentification à Pro Santé Connect")
}

// printer writes in one language.
type printer struct{ lang words.Language }

func (p printer) say(t words.Text) g.Node { return g.Text(t.In(p.lang)) }

func (p printer) head(t words.Text) g.Node { return h.H2(p.say(t)) }

func cell(text string) string { return words.Printable(words.Shorten(text, maxCell)) }

func narrow(text string) string { return words.Printable(words.Shorten(text, maxNarrow)) }

func (p printer) row(name words.Text, value string) g.Node {
	return h.Tr(h.Th(h.Scope("row"), p.say(name)), h.Td(g.Text(cell(value))))
}

func (p printer) table(class string, heads []words.Text, rows ...g.Node) g.Node {
	var cells []g.Node
	for _, t := range heads {
		cells = append(cells, h.Th(h.Scope("col"), p.say(t)))
	}
	return h.Table(g.If(class != "", h.Class(class)), g.If(len(cells) > 0, h.THead(h.Tr(cells...))), h.TBody(rows...))
}

func (p printer) status(s report.Status) g.Node {
	return h.Td(h.Class(string(s)), p.say(s.Text()))
}

func (p printer) facts(s Summary) []g.Node {
	return []g.Node{
		p.head(words.Say("What was tested", "Ce qui a été contrôlé")),
		p.table("facts", nil,
			p.row(words.Say("Identity provider (FI)", "Fournisseur d'identité (FI)"), s.Issuer),
			p.row(words.Say("Client id", "Identifiant client"), s.ClientID),
			p.row(words.Literal("tid"), cmp.Or(s.TID, words.Say("not named (--expected-tid)", "non indiqué (--expected-tid)").In(p.lang))),
			h.Tr(h.Th(h.Scope("row"), p.say(words.Say("Rules applied", "Règles appliquées"))), h.Td(p.say(s.Rules), g.Text(" "), h.Code(g.Text(cell(s.Profile))))),
			p.row(words.Say("Date and time (UTC)", "Date et heure (UTC)"), s.At.UTC().Format(time.DateTime)),
			p.row(words.Say("Version of the hook", "Version du hook"), s.Version),
		),
	}
}

func (p printer) proofs(s Summary) []g.Node {
	var rows []g.Node
	for _, proof := range general(s.Proofs) {
		rows = append(rows, h.Tr(h.Th(h.Scope("row"), p.say(proof.Title)), p.status(proof.Status),
			h.Td(p.say(proof.counts())), h.Td(h.Code(g.Text(narrow(proof.File))))))
	}
	nodes := []g.Node{
		p.head(words.Say("Tests and controls", "Tests et contrôles")),
		p.table("", []words.Text{words.Say("Proof", "Preuve"), words.Say("Result", "Résultat"), words.Say("Checks", "Points contrôlés"), words.Say("File", "Fichier")}, rows[:min(len(rows), maxProofs)]...),
	}
	if len(rows) > maxProofs {
		nodes = append(nodes, h.P(p.say(words.Say("%d further ones: see manifest.json.", "%d autres : voir manifest.json.", len(rows)-maxProofs))))
	}
	for _, absent := range s.Absent[:min(len(s.Absent), maxRows)] {
		nodes = append(nodes, h.P(h.Class("warn"), p.say(absent)))
	}
	return nodes
}

// general returns proofs about the org before reports on single sign-ins, of which there may be many.
func general(proofs []Proof) []Proof {
	return slices.SortedStableFunc(slices.Values(proofs), func(a, b Proof) int {
		return cmp.Compare(strings.Count(a.File, "/"), strings.Count(b.File, "/"))
	})
}

// counts says how many checks had each status, without those that none had.
func (p Proof) counts() words.Text {
	var parts []words.Text
	add := func(n int, one, more words.Text) {
		switch {
		case n == 1:
			parts = append(parts, one)
		case n > 1:
			parts = append(parts, words.Say("%d %s", "%d %s", n, more))
		}
	}
	add(p.Pass, words.Say("1 pass", "1 conforme"), words.Say("pass", "conformes"))
	add(p.Warn, words.Say("1 warning", "1 point d'attention"), words.Say("warnings", "points d'attention"))
	add(p.Fail, words.Say("1 fail", "1 échec"), words.Say("fail", "échecs"))
	add(p.Skip, words.Say("1 not checked", "1 non vérifié"), words.Say("not checked", "non vérifiés"))
	return words.Join(", ", ", ", parts...)
}

func (p printer) means(s Summary) []g.Node {
	var rows []g.Node
	for _, m := range s.Means {
		rows = append(rows, h.Tr(h.Th(h.Scope("row"), g.Text(narrow(m.name()))), h.Td(h.Class("level"), p.say(level(m.Level))),
			h.Td(h.Code(g.Text(narrow(strings.Join(m.Emit, " "))))), h.Td(h.Code(g.Text(narrow(strings.Join(m.Attest, " "))))), p.homologation(m)))
	}
	nodes := []g.Node{
		p.head(words.Say("Means of identification (MIE) and levels", "Moyens d'identification électronique (MIE) et niveaux")),
		p.table("", []words.Text{
			words.Say("MIE", "MIE"), words.Say("Level", "Niveau"), words.Say("amr sent", "amr transmis"),
			words.Say("of which attested", "dont attesté"), words.Say("Homologation", "Homologation"),
		}, rows[:min(len(rows), maxRows)]...),
	}
	if len(rows) > maxRows {
		nodes = append(nodes, h.P(p.say(words.Say("%d further ones: see amr-policy.yaml.", "%d autres : voir amr-policy.yaml.", len(rows)-maxRows))))
	}
	return append(nodes, h.P(p.say(words.Say(
		"The hook sends what Okta says of the sign-in; what is attested beyond that is the establishment's word, and stands in amr-policy.yaml.",
		"Le hook transmet ce qu'Okta dit de la connexion ; ce qui est attesté au-delà engage l'établissement et figure dans amr-policy.yaml."))))
}

func (m Means) name() string {
	if m.State != homologation.StateMissing {
		return m.Homologation.Name
	}
	return m.Rule
}

func (p printer) homologation(m Means) g.Node {
	if m.State == homologation.StateMissing {
		return h.Td(h.Class("warn free"), p.say(words.Say("not stated", "non renseignée")))
	}
	parts := []words.Text{m.Homologation.Origin.Text()}
	if m.Homologation.Reference != "" {
		parts = append(parts, words.Literal(narrow(m.Homologation.Reference)))
	}
	if !m.Homologation.Decided.IsZero() {
		parts = append(parts, words.Say("of %s", "du %s", words.Date(m.Homologation.Decided)))
	}
	if !m.Homologation.Expires.IsZero() {
		parts = append(parts, words.Say("until %s", "jusqu'au %s", words.Date(m.Homologation.Expires)))
	}
	class := "pass"
	switch {
	case m.State == homologation.StateExpired || m.Overstated:
		class = "fail"
		parts = append(parts, words.Say("does not hold", "n'est pas en vigueur"))
	case m.State == homologation.StateEnding:
		class = "warn"
		parts = append(parts, words.Say("ends soon", "prend bientôt fin"))
	}
	nodes := g.Group{p.say(parts[0])}
	for _, part := range parts[1:] { // no line ends within a date or a reference
		nodes = append(nodes, g.Text(", "), h.Span(p.say(part)))
	}
	return h.Td(h.Class(class+" free"), nodes)
}

func level(name string) words.Text {
	return words.Level(name, words.Say("none", "aucun"))
}

func (p printer) scenarios(s Summary) []g.Node {
	if len(s.Scenarios) == 0 {
		return nil
	}
	var rows []g.Node
	for pair := range slices.Chunk(s.Scenarios[:min(len(s.Scenarios), maxScenarios)], 2) { // two in a row
		var cells []g.Node
		for _, sc := range pair {
			cells = append(cells, h.Th(h.Scope("row"), p.say(sc.Title)), p.status(sc.Status))
		}
		rows = append(rows, h.Tr(cells...))
	}
	return []g.Node{
		p.head(words.Say("Scenarios", "Scénarios")),
		p.table("", nil, rows...),
	}
}

func (p printer) attention(s Summary) []g.Node {
	if len(s.Attention) == 0 {
		return nil
	}
	shown := s.Attention[:min(len(s.Attention), maxRows)]
	more := words.Text{}
	if n := len(s.Attention) - len(shown); n > 0 {
		more = words.Say(" and %d more", " et %d de plus", n)
	}
	return []g.Node{
		p.head(words.Say("To be looked at", "Points d'attention")),
		h.P(h.Code(g.Text(words.Printable(words.Shorten(strings.Join(shown, ", "), 300)))), p.say(more)),
	}
}

func (p printer) trace(s Summary) []g.Node {
	var prints []string
	for _, k := range s.Keys {
		if k.Thumbprint != "" && len(prints) < 4 {
			prints = append(prints, cell(k.Thumbprint))
		}
	}
	return []g.Node{
		p.head(words.Say("Traceability", "Traçabilité")),
		h.P(p.say(words.Say(
			"Each call of the hook is logged with the id of Okta's event, the rule that applied and the outcome, without anybody's name. The archive holds the reports, the configuration without secrets, the AMR policy, the bill of materials (SBOM) and the provider's metadata of that day.",
			"Chaque appel du hook est journalisé avec l'identifiant de l'événement Okta, la règle appliquée et le résultat, sans nommer personne. L'archive contient les rapports, la configuration sans les secrets, la politique AMR, la nomenclature logicielle (SBOM) et les métadonnées du fournisseur à cette date."))),
		g.If(len(prints) > 0, h.P(p.say(words.Say("The provider's keys (RFC 7638): ", "Clés du fournisseur (RFC 7638) : ")), h.Code(g.Text(strings.Join(prints, ", "))))),
	}
}

func (p printer) check(s Summary) []g.Node {
	signer := words.Say("The archive is not signed.", "L'archive n'est pas signée.")
	commands := "pschook evidence verify ARCHIVE\nsha256sum -c SHA256SUMS"
	if s.Signer != "" {
		signer = words.Say("Signed by the key %s.", "Signée par la clé %s.", words.Literal(cell(s.Signer)))
		commands = "pschook evidence verify ARCHIVE --allowed-signers KEYS\nssh-keygen -Y verify -f KEYS -I IDENTITY -n " + Namespace + " -s " + SignatureName + " < " + SumsName + "\nsha256sum -c " + SumsName
	}
	return []g.Node{
		p.head(words.Say("How to check it", "Comment le vérifier")),
		h.P(p.say(signer), g.Text(" "), p.say(words.Say("With pschook, or with OpenSSH and sha256sum alone:", "Avec pschook, ou avec OpenSSH et sha256sum seuls :"))),
		h.Pre(h.Code(g.Text(commands))),
	}
}
