package outcomes

import (
	"errors"
	"net/netip"
	"strings"
	"unicode"
)

// errNoEvent says that something is no event of the System Log. It quotes nothing: events hold personal data.
var errNoEvent = errors.New("not an event of Okta's System Log")

// left out of a text stands where something may have named a person.
const leftOut = "…"

// withoutPersons returns Okta's words with all that may name a person left out: e-mail addresses and logins,
// user ids (00u…), IP addresses, and whatever is no printable text. Okta's reasons are words such as
// no_matching_policy; nobody promises that they hold nothing else.
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
