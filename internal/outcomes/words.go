package outcomes

import (
	"net/netip"
	"strings"
	"unicode"
)

// leftOut replaces a part of a text that may have named a person.
const leftOut = "…"

// withoutPersons returns Okta's words without anything that may identify a person: e-mail addresses
// and logins, user ids (00u…), IP addresses, and unprintable text. Okta's reasons are words such as
// no_matching_policy, but Okta does not promise that they hold nothing else.
func withoutPersons(reason string) string {
	words := strings.Fields(bounded(strings.ToValidUTF8(reason, leftOut)))
	for i, word := range words {
		bare := strings.Trim(word, `"'()[]{}<>,;:.`)
		_, notAddress := netip.ParseAddr(bare)
		switch {
		case strings.ContainsRune(word, '@'), strings.Contains(word, "00u"), notAddress == nil, strings.ContainsFunc(word, unprintable):
			words[i] = leftOut
		}
	}
	return strings.Join(words, " ")
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
