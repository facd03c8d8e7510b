// Package baseline stores the shape of a good run and reports what has changed since: which checks
// there were, what the tokens contain, what the provider says about itself.
//
// A shape holds no personal data: it has names and types of claims, and the values only of claims
// that describe the sign-in or the provider ([shown]). The same run always gives the same bytes.
//
// Of this module, baseline imports only [pschook/verify/report], [pschook/verify/words] and
// internal/outside.
package baseline

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/outside"
	"pschook/verify/report"
	"pschook/verify/words"
)

// version is the version of the file format.
const version = 1

// Baseline is the shape of a run. Its JSON form is a contract.
type Baseline struct {
	Version int `json:"version"`
	// The subject of the run. Runs with different subjects cannot be compared.
	Profile string `json:"profile"`
	Issuer  string `json:"issuer"`

	Level       string            `json:"amr_level"`
	Checks      map[string]string `json:"checks"`       // status, by id
	IDToken     map[string]string `json:"id_token"`     // type, by claim; "header.x" is a header member
	AccessToken map[string]string `json:"access_token"` // as IDToken
	Provider    map[string]string `json:"provider"`     // metadata: compact JSON, by member
}

// shown are the claims and header members whose values are stored. They describe the sign-in, the
// client or the provider, never the person.
func shown() []string {
	return []string{"header.alg", "header.typ", "acr", "amr", "iss", "scp", "scope", "ver", "idp", "tid", "token_type", "typ"}
}

// Of returns the shape of a run. metadata is the provider's, as JSON; nil when it is not known.
func Of(found report.Report, issuer string, metadata []byte) (Baseline, error) {
	b := Baseline{
		Version: version, Profile: found.Profile, Issuer: issuer, Level: found.AMRLevel,
		Checks: map[string]string{}, IDToken: shape(found.IDToken), AccessToken: shape(found.AccessToken), Provider: map[string]string{},
	}
	for _, c := range found.Checks {
		b.Checks[c.ID] = string(c.Status)
	}
	if metadata == nil {
		return b, nil
	}
	o, err := outside.ParseObject(metadata)
	if err != nil {
		return b, fmt.Errorf("provider metadata: %w", err)
	}
	for _, name := range o.Names {
		b.Provider[name] = canonical(o.Members[name])
	}
	return b, nil
}

// shape describes what a token contains; empty for none.
func shape(t *report.Token) map[string]string {
	forms := map[string]string{}
	if t == nil {
		return forms
	}
	for prefix, text := range map[string]jsontext.Value{"header.": t.Header, "": t.Claims} {
		o, err := outside.ParseObject(text)
		if err != nil {
			continue // cannot happen: a report holds only objects
		}
		for _, name := range o.Names {
			forms[prefix+name] = form(o.Members[name])
			if slices.Contains(shown(), prefix+name) {
				forms[prefix+name] = canonical(o.Members[name])
			}
		}
		if prefix != "" {
			continue
		}
		issued, p := o.Time("iat")
		ends, q := o.Time("exp")
		if p == outside.Present && q == outside.Present {
			forms["exp - iat"] = strconv.FormatInt(int64(ends.Sub(issued).Seconds()), 10) + " s"
		}
	}
	return forms
}

// form is the type of a value.
func form(v jsontext.Value) string {
	switch v.Kind() {
	case '"':
		return "text"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	case '[':
		var items []jsontext.Value
		if json.Unmarshal(v, &items) != nil {
			return "list"
		}
		var kinds []string
		for _, item := range items {
			kinds = append(kinds, form(item))
		}
		slices.Sort(kinds)
		return strings.TrimSpace("list of " + strings.Join(slices.Compact(kinds), ", "))
	case '{':
		return "object"
	}
	return "null"
}

// canonical returns a value as compact JSON, with members and lists of texts in sorted order.
func canonical(v jsontext.Value) string {
	var list []string
	if v.Kind() == '[' && json.Unmarshal(v, &list) == nil {
		slices.Sort(list)
		text, err := json.Marshal(list)
		if err == nil {
			return string(text)
		}
	}
	v = v.Clone()
	if err := v.Canonicalize(); err != nil {
		return form(v)
	}
	return string(v)
}

// Bytes returns the file: JSON with sorted names and a final line feed.
func (b Baseline) Bytes() ([]byte, error) {
	text, err := json.Marshal(b, json.Deterministic(true), jsontext.WithIndent("  "))
	return append(text, '\n'), err
}

// limits bounds a baseline file. A file with all of Okta's metadata has about 10 kB.
func limits() outside.JSONLimits { return outside.JSONLimits{Bytes: 1 << 20, Depth: 3, Values: 10000} }

// Parse reads a baseline file. The error says what is wrong with the file.
func Parse(text []byte) (Baseline, error) {
	var b Baseline
	if err := limits().Check(text); err != nil {
		return b, fmt.Errorf("not a baseline: it %w", err)
	}
	if err := json.Unmarshal(text, &b, json.RejectUnknownMembers(true)); err != nil {
		var semantic *json.SemanticError
		if errors.As(err, &semantic) {
			return b, fmt.Errorf("not a baseline: %q is not as pschook writes it", semantic.JSONPointer)
		}
		return b, errors.New("not a baseline: not strict JSON")
	}
	if b.Version != version {
		return b, fmt.Errorf("a baseline of version %d, this pschook reads version %d", b.Version, version)
	}
	return b, nil
}

// Comparable says why the runs cannot be compared; nil if they can.
func (b Baseline) Comparable(now Baseline) error {
	for _, of := range []struct{ name, was, is string }{{"profile", b.Profile, now.Profile}, {"issuer", b.Issuer, now.Issuer}} {
		if of.was != of.is {
			return fmt.Errorf("the baseline is of %s %q, this run of %q", of.name, of.was, of.is)
		}
	}
	return nil
}

// Since reports what changed from b to now, with one check for each part. Checks that b does not
// have are new and not changed, because a newer pschook has more checks.
func (b Baseline) Since(now Baseline, lang words.Language) []report.Check {
	parts := []struct {
		id       string
		title    words.Text
		was, are map[string]string
	}{
		{"drift.checks", words.Say("The checks end as in the baseline", "Les contrôles donnent le même résultat que la référence"), b.Checks, known(now.Checks, b.Checks)},
		{"drift.level", words.Say("The level is that of the baseline", "Le niveau est celui de la référence"), map[string]string{"amr_level": b.Level}, map[string]string{"amr_level": now.Level}},
		{"drift.id_token", words.Say("The ID token is made as in the baseline", "Le jeton d'identité est fait comme dans la référence"), b.IDToken, now.IDToken},
		{"drift.access_token", words.Say("The access token is made as in the baseline", "Le jeton d'accès est fait comme dans la référence"), b.AccessToken, now.AccessToken},
		{"drift.provider", words.Say("The provider's metadata are those of the baseline", "Les métadonnées du fournisseur sont celles de la référence"), b.Provider, now.Provider},
	}
	rules := make([]report.Rule[struct{}], len(parts))
	for i, p := range parts {
		rules[i] = report.Rule[struct{}]{ID: p.id, Title: p.title, Spec: "--baseline", Run: func(struct{}) report.Finding { return compare(p.was, p.are) }}
	}
	return report.Examine(rules, struct{}{}).Checks(lang)
}

// known returns the entries of m whose names other has.
func known(m, other map[string]string) map[string]string {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(name, _ string) bool { _, ok := other[name]; return !ok })
	return m
}

func compare(was, are map[string]string) report.Finding {
	var changed []words.Text
	names := slices.AppendSeq(slices.Collect(maps.Keys(was)), maps.Keys(are))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		before, had := was[name]
		after, has := are[name]
		said := words.Literal(words.Printable(words.Shorten(name, 80)))
		switch {
		case !had:
			changed = append(changed, words.Say("%s: new, %s", "%s : nouveau, %s", said, short(after)))
		case !has:
			changed = append(changed, words.Say("%s: gone, was %s", "%s : disparu, était %s", said, short(before)))
		case before != after:
			changed = append(changed, words.Say("%s: was %s, is %s", "%s : était %s, est %s", said, short(before), short(after)))
		}
	}
	f := report.Want(words.Say("no change", "aucun changement"))
	if len(changed) == 0 {
		return f.Got(words.Say("no change", "aucun changement")).Pass()
	}
	return f.Got(words.Join("; ", " ; ", changed...)).Fail(words.Say(
		"Find out who changed it: an Okta release, a policy, a claim, a new version of pschook. If it is right, keep it with --update-baseline.",
		"Cherchez qui l'a changé : une version d'Okta, une politique, un claim, une nouvelle version de pschook. Si c'est juste, gardez-le par --update-baseline."))
}

func short(s string) words.Text { return words.Literal(words.Printable(words.Shorten(s, 200))) }
