package config

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// leastSurprise is how many characters of a secret a guesser must at least find. A common word, or
// a sequence such as 1234, counts as one character. Secrets drawn at random are far above it.
const leastSurprise = 10

// leastVariety is how many different characters a secret must have at least. Of 16 random
// hexadecimal digits, fewer than 6 are different about once in 30,000 draws.
const leastVariety = 6

// weakness says what is wrong with a secret that Okta must send in the header; "": nothing. It
// completes "a secret that …" and reveals nothing of the value.
func weakness(secret, header string) string {
	if fault := pasted(secret, header); fault != "" {
		return fault
	}
	if password, ok := basicPassword(secret); ok {
		if fault := guessable(password); fault != "" {
			return "is a Basic credential whose password " + fault
		}
		return ""
	}
	return guessable(secret)
}

// pasted says what was copied together with a secret, or in place of it; "": nothing.
func pasted(secret, header string) string {
	lower := strings.ToLower(secret)
	first, last := secret[:1], secret[len(secret)-1:]
	const quotes = "\"'`"
	switch {
	case strings.Contains(quotes, first) || strings.Contains(quotes, last):
		return "has a quotation mark at its beginning or end: quotation marks are part of the value"
	case last == "," || last == ";":
		return "ends with a comma or semicolon"
	case strings.Contains(lower, strings.ToLower(Prefix)):
		return "holds the name of a variable"
	case strings.EqualFold(secret, header) || holdsHeader(lower, strings.ToLower(header)):
		return "holds the name of a header: only its value is wanted"
	case strings.Contains(lower, "openssl ") || strings.Contains(lower, "urandom") || strings.Contains(secret, "$("):
		return "is a command, not what the command prints"
	case isTemplate(secret):
		return "is a placeholder that was never filled in"
	case strings.Contains(secret, "://"):
		return "is a URL"
	case strings.Contains(secret, "-----"):
		return "is a key or certificate, or a part of one"
	case isPlaceholder(lower):
		return "is a placeholder or an example"
	}
	return schemeFault(secret, header)
}

// holdsHeader reports whether a secret begins with "Name: ", or holds the header's own name
// anywhere.
func holdsHeader(lower, header string) bool {
	if strings.Contains(lower, header+":") || strings.Contains(lower, "authorization:") {
		return true
	}
	name, value, ok := strings.Cut(lower, ":")
	return ok && strings.HasPrefix(value, " ") && isFreeHeader(name)
}

// isTemplate reports whether secret is a template that somebody forgot to fill in: ${NAME}, {{ name
// }}, <secret>.
func isTemplate(secret string) bool {
	for _, marks := range [][2]string{{"${", "}"}, {"{{", "}}"}, {"%{", "}"}, {"<%", "%>"}} {
		if _, rest, ok := strings.Cut(secret, marks[0]); ok && strings.Contains(rest, marks[1]) {
			return true
		}
	}
	return secret[0] == '<' && secret[len(secret)-1] == '>' || secret[0] == '[' && secret[len(secret)-1] == ']'
}

// isPlaceholder reports whether a secret in lower case holds words from examples, whatever their
// spacing.
func isPlaceholder(lower string) bool {
	words := []string{
		"changeme", "changethis", "changeit", "changeyour", "tobechanged", "replaceme", "replacethis", "replacewith", "replaceby", "placeholder",
		"example", "yoursecret", "yourtoken", "yourhook", "yourpassword", "mysecret", "insertsecret", "insertyour", "enteryour", "putyour", "secrethere",
		"samplesecret", "dummysecret", "fakesecret", "notasecret", "redacted", "fixme",
		"changezmoi", "changemoi", "achanger", "remplacer", "remplacez", "exemple", "votresecret", "monsecret", "votrejeton", "secretici",
	}
	text := unleet(strings.NewReplacer("-", "", "_", "", " ", "", ".", "", "/", "").Replace(lower))
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// unleet replaces digits and signs by the letters that they stand for, as in p4ssw0rd. It keeps the
// length.
func unleet(lower string) string {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s").Replace(lower)
}

// schemeFault says what is wrong with an authentication scheme (RFC 9110, 11.1) before a secret.
// Only Basic is right there, in the header Authorization: Okta's documentation tells the
// administrator to type it (guides/secure-hooks).
func schemeFault(secret, header string) string {
	for _, scheme := range []string{"Bearer", "SSWS", "Digest", "Token", "Basic"} {
		rest, ok := cutPrefixFold(secret, scheme)
		if !ok || scheme == "Token" && !strings.HasPrefix(rest, " ") {
			continue
		}
		switch _, decodes := basicPassword(secret); {
		case scheme != "Basic":
			return "begins with " + scheme + ": only what comes after it is wanted, here and in Okta"
		case !strings.EqualFold(header, "Authorization"):
			return "begins with Basic, which belongs into the header Authorization only"
		case !decodes:
			return "begins with Basic, but is not followed by user:password in Base64"
		}
	}
	return ""
}

func cutPrefixFold(text, prefix string) (rest string, ok bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// basicPassword returns the password in a Basic credential (RFC 7617), if secret is one.
func basicPassword(secret string) (password string, ok bool) {
	encoded, ok := cutPrefixFold(secret, "Basic ")
	if !ok {
		return "", false
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	_, password, ok = strings.Cut(string(text), ":")
	return password, ok && err == nil
}

// guessable says why a secret is easy to guess; "": it is not.
func guessable(secret string) string {
	if n := period(secret); n <= len(secret)/2 {
		return fmt.Sprintf("repeats the same %d characters", n)
	}
	different := map[rune]bool{}
	for _, r := range secret {
		different[r] = true
	}
	switch {
	case len(different) < leastVariety:
		return fmt.Sprintf("has only %d different characters", len(different))
	case surprise(secret) < leastSurprise:
		return "is made of common words or of sequences such as 1234"
	}
	return ""
}

// period returns the least n for which secret is a repetition of its first n characters.
func period(secret string) int {
	n := 1
	for n < len(secret) && secret[n:] != secret[:len(secret)-n] {
		n++
	}
	return n
}

// surprise counts the characters of a secret. Each common word and each sequence counts as one.
func surprise(secret string) int {
	lower := strings.ToLower(secret)
	plain, n := unleet(lower), 0
	for i := 0; i < len(lower); n++ {
		i += max(1, commonWord(plain[i:]), sequence(lower[i:]))
	}
	return n
}

// commonWord returns the length of the longest common word at the beginning of text.
func commonWord(text string) int {
	longest := 0
	for _, word := range []string{
		"password", "passphrase", "motdepasse", "secret", "token", "jeton", "hook", "pschook", "okta", "admin", "administrator", "administrateur",
		"welcome", "bienvenue", "bonjour", "hello", "test", "demo", "default", "hopital", "hospital", "sante", "doctor", "docteur", "letmein", "soleil", "user", "root", "production", "prod",
	} {
		if strings.HasPrefix(text, word) {
			longest = max(longest, len(word))
		}
	}
	return longest
}

// sequence returns the length of the sequence at the beginning of text: neighbours on a keyboard or
// in the alphabet, in either direction, or one repeated character; 0 if it is shorter than three
// characters.
func sequence(text string) int {
	longest := 0
	for _, row := range []string{"0123456789abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn"} {
		for _, step := range []int{-1, 0, 1} {
			n := 1
			for at := strings.IndexByte(row, text[0]); n < len(text) && at >= 0 && at+step >= 0 && at+step < len(row) && row[at+step] == text[n]; n++ {
				at += step
			}
			longest = max(longest, n)
		}
	}
	for n := 1; n < len(text) && text[n] == text[0]; n++ { // signs as well
		longest = max(longest, n+1)
	}
	if longest < 3 {
		return 0
	}
	return longest
}
