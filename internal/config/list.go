package config

import "strings"

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
	*w = strings.Fields(text)
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
