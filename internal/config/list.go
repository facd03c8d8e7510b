package config

import (
	"strings"
	"unicode"
)

// List is a comma-separated list. Spaces around items, and empty items, are dropped.
type List []string

// EnvDecode implements the decoder of go-envconfig. It never fails.
func (l *List) EnvDecode(text string) error {
	*l = split(text, func(r rune) bool { return r == ',' })
	return nil
}

// Words is a list separated by spaces, as OAuth writes scopes (RFC 6749, 3.3).
type Words []string

// EnvDecode implements the decoder of go-envconfig. It never fails.
func (w *Words) EnvDecode(text string) error {
	*w = split(text, unicode.IsSpace)
	return nil
}

// Secrets is a list of secrets.
type Secrets []Secret

// secretSeparator stands between secrets while go-envconfig hands them over. No variable can hold it.
const secretSeparator = "\x00"

// EnvDecode implements the decoder of go-envconfig. It never fails.
func (s *Secrets) EnvDecode(text string) error {
	*s = nil
	for _, item := range split(text, func(r rune) bool { return r == 0 }) {
		*s = append(*s, Secret(item))
	}
	return nil
}

// ReadSecrets reads a file with one secret a line, by the rules of HOOK_SECRETS_FILE: to be used when that file
// changes while the service runs. The error is an [*Error].
func ReadSecrets(path string) ([]Secret, error) {
	const name = Prefix + "HOOK_SECRETS"
	content, err := readFile(path)
	if err != nil {
		return nil, &Error{Faults: []Fault{{Variable: name + fileSuffix, Got: quotePath(path) + ": " + err.Error(), Wanted: "a file that the service can read"}}}
	}
	var h Hook
	_ = h.Secrets.EnvDecode(secretLines(content)) // never fails
	l := newLoader(nil)
	l.from[name] = true
	r := newRules()
	if faults := r.faults(r.validate.StructPartial(&h, "Secrets"), l); len(faults) > 0 {
		return nil, &Error{Faults: faults}
	}
	return h.Secrets, nil
}

// split cuts text at the separators and drops the space around items, and empty items.
func split(text string, separator func(rune) bool) []string {
	var items []string
	for _, item := range strings.FieldsFunc(text, separator) {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
