package register

import (
	"errors"
	"fmt"
	"strings"

	"pschook/verify/words"
)

// Text is a sentence in both languages.
type Text struct{ EN, FR string }

// say makes a text from a format in each language (see package fmt) and the values for both.
func say(en, fr string, args ...any) Text {
	if len(args) == 0 {
		return Text{en, fr}
	}
	return Text{fmt.Sprintf(en, args...), fmt.Sprintf(fr, args...)}
}

// In returns the text in French for "fr", with its no-break spaces, else in English.
func (t Text) In(lang string) string {
	if lang == "fr" {
		return words.FrenchSpaces(t.FR)
	}
	return t.EN
}

// Error says why a run cannot go on, in both languages.
type Error struct {
	Text Text
	Err  error // cause; may be nil
}

// Error is the English text with the cause.
func (e *Error) Error() string { return e.In("en") }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// In returns the text with its cause. The cause has only one language.
func (e *Error) In(lang string) string {
	if e.Err == nil {
		return e.Text.In(lang)
	}
	return e.Text.In(lang) + Text{": ", " : "}.In(lang) + e.Err.Error()
}

// Localize returns the errors in the language, one per line.
func Localize(err error, lang string) string {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var lines []string
		for _, e := range several.Unwrap() {
			lines = append(lines, Localize(e, lang))
		}
		return strings.Join(lines, "\n")
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.In(lang)
	}
	return err.Error()
}
