package commands

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"go.yaml.in/yaml/v3"
)

// Limits of an AMR policy. The two sets agreed today need about a dozen lines.
const (
	maxPolicyBytes = 1 << 20
	maxPolicyRules = 500
	maxRuleValues  = 32 // Okta reports a handful of methods per sign-in
)

// PolicyError is one fault of an AMR policy, with its place.
type PolicyError struct {
	Policy string // the name given to ParsePolicy, usually a file name
	Line   int    // from 1; 0 when the fault concerns the whole policy
	Column int    // from 1
	Reason string
}

// Error formats the fault as NAME:LINE:COLUMN: reason.
func (e *PolicyError) Error() string { return place(e.Policy, e.Line, e.Column) + ": " + e.Reason }

// Warning names a likely mistake in an AMR policy that loads.
type Warning struct {
	Policy       string
	Line, Column int
	Text         string
	// Overstated says that the evidence of a rule is too weak for its level. A running
	// service accepts such a policy; a new installation should not.
	Overstated bool
}

// String formats the warning as NAME:LINE:COLUMN: text.
func (w Warning) String() string { return place(w.Policy, w.Line, w.Column) + ": " + w.Text }

func place(name string, line, column int) string {
	if line == 0 {
		return name
	}
	return fmt.Sprintf("%s:%d:%d", name, line, column)
}

// ParsePolicy reads an AMR policy from YAML. Errors and warnings begin with name. All faults are
// reported together (errors.Join of *PolicyError): a value that is emitted but neither guaranteed
// nor attested, a rule that can never be reached, a duplicate name, an empty emit, an unknown key.
// ParsePolicy does no I/O.
func ParsePolicy(name string, text []byte) (*Policy, []Warning, error) {
	p := &policyParser{name: name}
	doc, err := p.document(text)
	if err != nil {
		return nil, nil, err
	}
	unmatched, rules := p.policy(doc)
	p.checkReachable(rules)
	if len(p.faults) > 0 {
		return nil, p.warnings, errors.Join(p.faults...)
	}
	plain := make([]Rule, len(rules))
	for i, r := range rules {
		plain[i] = r.Rule
	}
	return &Policy{unmatched: unmatched, rules: plain, text: bytes.Clone(text)}, p.warnings, nil
}

// policyParser walks the YAML nodes of one policy and collects its faults.
type policyParser struct {
	name     string
	faults   []error
	warnings []Warning
}

// parsedRule is a rule with its place in the text.
type parsedRule struct {
	Rule
	node *yaml.Node
}

func (p *policyParser) fault(n *yaml.Node, format string, args ...any) {
	p.faults = append(p.faults, &PolicyError{Policy: p.name, Line: n.Line, Column: n.Column, Reason: fmt.Sprintf(format, args...)})
}

func (p *policyParser) warn(n *yaml.Node, format string, args ...any) {
	p.warnings = append(p.warnings, Warning{Policy: p.name, Line: n.Line, Column: n.Column, Text: fmt.Sprintf(format, args...)})
}

// document returns the root mapping of the one YAML document in text.
func (p *policyParser) document(text []byte) (*yaml.Node, error) {
	if len(text) > maxPolicyBytes {
		return nil, &PolicyError{Policy: p.name, Reason: fmt.Sprintf("larger than %d bytes", maxPolicyBytes)}
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, &PolicyError{Policy: p.name, Reason: "the file is empty; `pschook config --amr-policy` prints one to start from"}
	case err != nil:
		return nil, &PolicyError{Policy: p.name, Reason: fmt.Sprintf("not YAML: %v", err)}
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, &PolicyError{Policy: p.name, Line: more.Line, Column: more.Column, Reason: "a second YAML document; a policy is one document"}
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode {
		return nil, &PolicyError{Policy: p.name, Line: root.Line, Column: root.Column, Reason: "a policy is a mapping with the keys unmatched and rules"}
	}
	return root, nil
}

func (p *policyParser) policy(root *yaml.Node) (Unmatched, []parsedRule) {
	unmatched := UnmatchedPass
	var rules []parsedRule
	p.eachKey(root, []string{"unmatched", "rules"}, func(key string, value *yaml.Node) {
		switch key {
		case "unmatched":
			unmatched = p.unmatched(value)
		case "rules":
			rules = p.rules(value)
		}
	})
	return unmatched, rules
}

func (p *policyParser) unmatched(n *yaml.Node) Unmatched {
	s, ok := p.text(n, "unmatched")
	known := []Unmatched{UnmatchedPass, UnmatchedOmit, UnmatchedDeny}
	if ok && !slices.Contains(known, Unmatched(s)) {
		p.fault(n, "unmatched: %q is not one of pass, omit, deny", s)
	}
	return Unmatched(s)
}

func (p *policyParser) rules(n *yaml.Node) []parsedRule {
	if n.Kind != yaml.SequenceNode {
		p.fault(n, "rules: want a list of rules")
		return nil
	}
	if len(n.Content) > maxPolicyRules {
		p.fault(n, "rules: %d rules; at most %d", len(n.Content), maxPolicyRules)
		return nil
	}
	var rules []parsedRule
	lines := make(map[string]int)
	for _, item := range n.Content {
		r, ok := p.rule(item)
		if !ok {
			continue
		}
		if line, dup := lines[r.Name]; dup {
			p.fault(item, "rule %q: the name is already used on line %d", r.Name, line)
		}
		lines[r.Name] = item.Line
		rules = append(rules, r)
	}
	return rules
}

// rule reads one rule. ok is false when it is too broken to compare with others.
func (p *policyParser) rule(n *yaml.Node) (r parsedRule, ok bool) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "a rule is a mapping with the keys name, all, any, emit and attest")
		return r, false
	}
	before := len(p.faults)
	r.node = n
	at := make(map[string]*yaml.Node)
	p.eachKey(n, []string{"name", "level", "all", "any", "emit", "attest"}, func(key string, value *yaml.Node) {
		at[key] = value
		switch key {
		case "name":
			r.Name = p.ruleName(value)
		case "level":
			r.Level = p.level(value)
		case "all":
			r.All = p.values(value, key)
		case "any":
			r.Any = p.values(value, key)
		case "emit":
			r.Emit = p.values(value, key)
		case "attest":
			r.Attest = p.values(value, key)
		}
	})
	if at["name"] == nil {
		p.fault(n, "a rule has no name")
	}
	if len(p.faults) == before {
		p.checkRule(r, at)
	}
	return r, len(p.faults) == before
}

// checkRule reports a rule without a condition, and every emitted value that is neither
// guaranteed by all nor attested.
func (p *policyParser) checkRule(r parsedRule, at map[string]*yaml.Node) {
	if len(r.All) == 0 && len(r.Any) == 0 {
		p.fault(r.node, "rule %q: all and any are both empty, so it would match every sign-in", r.Name)
	}
	if len(r.Emit) == 0 {
		p.fault(orElse(at["emit"], r.node), "rule %q: emit is empty; to add no amr, leave the rule out and set unmatched: omit", r.Name)
	}
	for i, v := range r.Emit {
		if !slices.Contains(r.All, v) && !slices.Contains(r.Attest, v) {
			p.fault(at["emit"].Content[i], "rule %q: emits %q, which all does not guarantee; add it to all, or to attest if you vouch for it whenever this rule matches", r.Name, v)
		}
	}
	p.checkLevel(r, orElse(at["level"], r.node))
	for i, v := range r.Attest {
		switch {
		case !slices.Contains(r.Emit, v):
			p.fault(at["attest"].Content[i], "rule %q: attests %q, which it does not emit", r.Name, v)
		case slices.Contains(r.All, v):
			p.warn(at["attest"].Content[i], "rule %q: attests %q, which all guarantees already", r.Name, v)
		}
	}
}

// checkLevel warns when the evidence of a rule is too weak for its level. Both levels of
// the ANS require two factors. The higher one also requires a method that resists
// phishing. Attested values count, because the administrator vouches for them.
func (p *policyParser) checkLevel(r parsedRule, at *yaml.Node) {
	shown := slices.Concat(r.All, r.Attest)
	unlisted := func(v string) bool { return !slices.Contains(knownAMR(), v) }
	if r.Level == "" || slices.ContainsFunc(shown, unlisted) || slices.ContainsFunc(r.Any, unlisted) {
		return // a value agreed for one org only: its strength is not known here
	}
	switch {
	case !shows(r.Rule, "mfa", "mca") && factors(r.Rule) < 2:
		p.overstated(at, "rule %q: level %s, but its evidence shows one factor at most; take the level out, or demand mfa or a second factor", r.Name, r.Level)
	case r.Level == "eleve" && !shows(r.Rule, "sc", "hwk", "pop", "phr", "wia"):
		p.overstated(at, "rule %q: level eleve, but its evidence shows nothing that resists phishing (sc, hwk, pop, phr)", r.Name)
	}
}

// factors counts the kinds of factors that a match of r proves: something known, something owned,
// something inherent.
func factors(r Rule) int {
	n := 0
	for _, kind := range [][]string{
		{"pwd", "pin", "kba"},
		{"sc", "hwk", "swk", "pop", "otp", "phr", "sms", "tel", "okta_verify", "google_otp", "duo", "rsa", "yubikey"},
		{"fpt", "face", "iris", "retina", "vbm"},
	} {
		if shows(r, kind...) {
			n++
		}
	}
	return n
}

// shows reports whether every match of r proves one of these values: All or Attest holds one of
// them, or Any holds only such values.
func shows(r Rule, values ...string) bool {
	among := func(v string) bool { return slices.Contains(values, v) }
	return slices.ContainsFunc(r.All, among) || slices.ContainsFunc(r.Attest, among) ||
		len(r.Any) > 0 && !slices.ContainsFunc(r.Any, func(v string) bool { return !among(v) })
}

func (p *policyParser) overstated(n *yaml.Node, format string, args ...any) {
	p.warn(n, format, args...)
	p.warnings[len(p.warnings)-1].Overstated = true
}

func orElse(n, other *yaml.Node) *yaml.Node {
	if n != nil {
		return n
	}
	return other
}

// eachKey calls visit for every known key of a mapping, once.
func (p *policyParser) eachKey(n *yaml.Node, known []string, visit func(key string, value *yaml.Node)) {
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || !slices.Contains(known, key.Value):
			p.fault(key, "unknown key %q%s; known are %s", shorten(key.Value), didYouMean(key.Value, known), strings.Join(known, ", "))
		case seen[key.Value]:
			p.fault(key, "key %q appears twice", key.Value)
		default:
			seen[key.Value] = true
			visit(key.Value, value)
		}
	}
}

// text reads a plain string.
func (p *policyParser) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		p.fault(n, "%s: want a word", what)
		return "", false
	}
	return n.Value, true
}

func (p *policyParser) ruleName(n *yaml.Node) string {
	s, ok := p.text(n, "name")
	switch {
	case !ok:
	case s == RuleUnmatched || s == RuleNoEvidence:
		p.fault(n, "name: %q is what logs and metrics say when no rule matched; choose another", s)
	case !isRuleName(s):
		p.fault(n, "name: %q: want 1 to 64 of a-z, 0-9, - and _, because it becomes a metric label", shorten(s))
	}
	return s
}

// isRuleName reports whether s can be a metric label without quoting.
func isRuleName(s string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !letter && (i == 0 || c != '-' && c != '_') {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 64
}

// isAMRValue reports whether s is printable ASCII without spaces.
func isAMRValue(s string) bool {
	for _, c := range []byte(s) {
		if c < '!' || c > '~' {
			return false
		}
	}
	return 0 < len(s) && len(s) <= 64
}

func (p *policyParser) level(n *yaml.Node) string {
	s, ok := p.text(n, "level")
	if ok && s != "substantiel" && s != "eleve" {
		p.fault(n, "level: %q is not one of substantiel, eleve", shorten(s))
	}
	return s
}

// values reads a list of amr values in RFC 8176 spelling. It drops duplicates with a warning. It
// drops them from n too, so that n.Content[i] belongs to the i-th value.
func (p *policyParser) values(n *yaml.Node, key string) []string {
	if n.Kind != yaml.SequenceNode {
		p.fault(n, "%s: want a list such as [pwd, mfa]", key)
		return nil
	}
	if len(n.Content) > maxRuleValues {
		p.fault(n, "%s: %d values; at most %d", key, len(n.Content), maxRuleValues)
		return nil
	}
	var out []string
	kept := n.Content[:0]
	for _, item := range n.Content {
		v, ok := p.value(item, key)
		if !ok {
			continue
		}
		if slices.Contains(out, v) {
			p.warn(item, "%s: %q is listed twice", key, v)
			continue
		}
		out, kept = append(out, v), append(kept, item)
	}
	n.Content = kept
	return out
}

func (p *policyParser) value(n *yaml.Node, key string) (string, bool) {
	s, ok := p.text(n, key)
	if !ok {
		return "", false
	}
	if !isAMRValue(s) {
		p.fault(n, "%s: %q: want 1 to 64 printable ASCII characters without spaces", key, shorten(s))
		return "", false
	}
	if rfc, ok := fromHookSpelling(s); ok {
		return rfc, true
	}
	if !slices.Contains(knownAMR(), s) {
		p.warn(n, "%s: %q is neither an RFC 8176 value nor one of Okta's%s", key, s, didYouMean(s, knownAMR()))
	}
	return s, true
}

// checkReachable reports rules that can never be the first to match. Conditions only ask for values
// to be present. So a rule cannot be reached exactly when a rule above matches each smallest
// evidence that satisfies it.
func (p *policyParser) checkReachable(rules []parsedRule) {
	for j, r := range rules {
		var by string
		taken := !slices.ContainsFunc(smallestEvidence(r.Rule), func(evidence []string) bool {
			i := slices.IndexFunc(rules[:j], func(above parsedRule) bool { return above.matches(evidence) })
			if i >= 0 {
				by = rules[i].Name
			}
			return i < 0
		})
		if taken {
			p.fault(r.node, "rule %q: can never be reached, rule %q above it matches first; move it up or delete it", r.Name, by)
		}
	}
}

// smallestEvidence returns the minimal sets of values that satisfy r.
func smallestEvidence(r Rule) [][]string {
	if len(r.Any) == 0 {
		return [][]string{r.All}
	}
	var sets [][]string
	for _, v := range r.Any {
		sets = append(sets, append(slices.Clone(r.All), v))
	}
	return sets
}

// didYouMean returns `, did you mean "x"?` for a close known word, else nothing.
func didYouMean(word string, known []string) string {
	best, distance := "", 3 // a larger distance is another word, not a slip
	if len(word) > 64 {
		return ""
	}
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(word), k); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// shorten keeps error messages readable when a wrong file was given.
func shorten(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
