package outcomes

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"
)

// leftOut replaces a part of a text that may have named a person.
const leftOut = "…"

// withoutPersons returns Okta's words without anything that may identify a person: e-mail addresses
// and logins, user ids (00u…), numbers of persons, IP addresses, and unprintable text. Okta's reasons
// are words such as no_matching_policy, but Okta does not promise that they hold nothing else.
func withoutPersons(reason string) string {
	words := strings.Fields(bounded(strings.ToValidUTF8(reason, leftOut)))
	for i, word := range words {
		parts := strings.FieldsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != ':' })
		switch {
		case strings.ContainsAny(word, "@＠﹫"), strings.Contains(word, "%40"), strings.Contains(word, "00u"), // percent-encoded, too
			slices.ContainsFunc(parts, isAddress), slices.ContainsFunc(parts, isNumber), strings.ContainsFunc(word, unprintable):
			words[i] = leftOut
		}
	}
	return strings.Join(words, " ")
}

// isAddress reports whether text is an IP address, with or without a port.
func isAddress(text string) bool {
	text = strings.TrimRight(strings.TrimLeft(text, "."), ".")
	_, err := netip.ParseAddr(text)
	_, withPort := netip.ParseAddrPort(text)
	return err == nil || withPort == nil
}

// isNumber reports whether text holds a number as long as those by which persons are known: an RPPS
// number has 11 digits, a telephone number 8 or more.
func isNumber(text string) bool {
	digits := 0
	for _, r := range text {
		if digits++; !unicode.IsDigit(r) {
			digits = 0
		}
		if digits == 8 {
			return true
		}
	}
	return false
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
