package words

import (
	"golang.org/x/text/language"
)

// Language is English or French.
type Language string

// The languages.
const (
	English Language = "en"
	French  Language = "fr"
)

// maxAcceptLanguage is the length in bytes up to which an Accept-Language header
// is read; browsers send less than 100.
const maxAcceptLanguage = 1000

// ParseLanguage reads "en" or "fr"; ok is false for anything else.
func ParseLanguage(s string) (lang Language, ok bool) {
	switch Language(s) {
	case English:
		return English, true
	case French:
		return French, true
	}
	return English, false
}

// MatchLanguage picks the language for an Accept-Language header (RFC 9110 §12.5.4): French when
// the reader prefers it, otherwise English.
func MatchLanguage(acceptLanguage string) Language {
	if len(acceptLanguage) > maxAcceptLanguage {
		return English
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return English
	}
	_, index, _ := language.NewMatcher([]language.Tag{language.English, language.French}).Match(wanted...)
	if index == 1 {
		return French
	}
	return English
}
