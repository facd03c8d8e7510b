package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Shorten cuts s to at most limit characters and marks the cut.
func Shorten(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}

// Printable escapes characters that could control a terminal: control characters, and format
// characters that change the direction of writing.
func Printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) || r == '\u00a0' {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "\\u%04x", r)
	}
	return b.String()
}
