package words

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Text is a sentence in both languages. Get one from [Say]. The zero value is empty.
type Text struct{ en, fr string }

// Say makes a text from a format for each language (see package fmt) and the values for both. A
// value that is a Text or a [time.Duration] is written in the language of the text, and a
// [time.Time] by RFC 3339 in UTC. Write the French format with plain spaces: Say adds the no-break
// spaces of French typography. If the French format needs another order of the values, it names
// them by index (%[2]s).
func Say(en, fr string, values ...any) Text {
	fr = frenchTypography(fr)
	if len(values) == 0 {
		return Text{en, fr}
	}
	return Text{fmt.Sprintf(en, in(English, values)...), fmt.Sprintf(fr, in(French, values)...)}
}

// Literal returns a text that is the same in every language, such as a value.
func Literal(s string) Text { return Text{s, s} }

// List returns the values with commas between them, or "nothing".
func List(values []string) Text {
	if len(values) == 0 {
		return Say("nothing", "rien")
	}
	list := make([]string, len(values))
	for i, v := range values {
		if list[i] = v; strings.TrimSpace(v) != v || v == "" {
			list[i] = strconv.Quote(v) // one would not see it
		}
	}
	return Literal(strings.Join(list, ", "))
}

// Join joins texts. Each language has its own separator.
func Join(enSeparator, frSeparator string, texts ...Text) Text {
	en, fr := make([]string, len(texts)), make([]string, len(texts))
	for i, t := range texts {
		en[i], fr[i] = t.en, t.fr
	}
	return Text{strings.Join(en, enSeparator), strings.Join(fr, frenchTypography(frSeparator))}
}

// Date is a day as people write it: "14 January 2029", "14/01/2029".
func Date(t time.Time) Text { return Text{t.Format("2 January 2006"), t.Format("02/01/2006")} }

// Level is a level of authentication that settings call "substantiel" or "eleve". Any other name
// gives none.
func Level(name string, none Text) Text {
	switch name {
	case "substantiel":
		return Say("substantial (substantiel)", "substantiel")
	case "eleve":
		return Say("high (élevé)", "élevé")
	}
	return none
}

// In returns the text in a language. An unknown language gives English.
func (t Text) In(lang Language) string {
	if lang == French {
		return t.fr
	}
	return t.en
}

// in writes values for a format of that language.
func in(lang Language, values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case Text:
			out[i] = v.In(lang)
		case time.Time:
			out[i] = v.UTC().Format(time.RFC3339)
		case time.Duration:
			out[i] = duration(lang, v)
		default:
			out[i] = v
		}
	}
	return out
}

// frenchTypography adds the no-break spaces of French, and turns a straight quote into an
// apostrophe where it stands between an elided word and what follows (a letter, a value, a
// quotation).
func frenchTypography(s string) string {
	runes := []rune(s)
	for i := 1; i+1 < len(runes); i++ {
		if runes[i] == '\'' && unicode.IsLetter(runes[i-1]) && (unicode.IsLetter(runes[i+1]) || strings.ContainsRune("%«", runes[i+1])) {
			runes[i] = '’'
		}
	}
	return FrenchSpaces(string(runes))
}

// FrenchSpaces makes no-break spaces of the spaces before high punctuation, within quotation marks,
// and between a number and its unit.
func FrenchSpaces(s string) string {
	s = strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!",
		"« ", "«\u00a0", " »", "\u00a0»").Replace(s)
	parts := strings.Split(s, " ")
	var out strings.Builder
	for i, part := range parts {
		switch {
		case i == 0:
		case endsInDigit(parts[i-1]) && startsWithUnit(part):
			out.WriteString("\u00a0")
		default:
			out.WriteString(" ")
		}
		out.WriteString(part)
	}
	return out.String()
}

func endsInDigit(s string) bool {
	return s != "" && unicode.IsDigit(rune(s[len(s)-1]))
}

// startsWithUnit reports whether the word is one of the units that the texts use, whatever
// punctuation follows.
func startsWithUnit(word string) bool {
	unit := strings.TrimRightFunc(word, func(r rune) bool { return r != '%' && !unicode.IsLetter(r) })
	return slices.Contains([]string{"ms", "s", "min", "h", "j", "%", "Kio", "Mio"}, unit)
}

// duration writes a length of time in one suitable unit: "2 ms", "0.8 s", "12 min", "3 h", "2 d".
func duration(lang Language, d time.Duration) string {
	d = d.Abs()
	var number, unit string
	switch {
	case d < time.Millisecond:
		number, unit = "<\u00a01", "ms"
	case d < 100*time.Millisecond:
		number, unit = strconv.FormatInt(d.Round(time.Millisecond).Milliseconds(), 10), "ms"
	case d < 10*time.Second:
		number, unit = strconv.FormatFloat(d.Seconds(), 'f', 1, 64), "s"
	case d < 2*time.Minute:
		number, unit = strconv.FormatInt(int64(d.Seconds()), 10), "s"
	case d < 2*time.Hour:
		number, unit = strconv.FormatInt(int64(d.Minutes()), 10), "min"
	case d < 48*time.Hour:
		number, unit = strconv.FormatInt(int64(d.Hours()), 10), "h"
	default:
		number, unit = strconv.FormatInt(int64(d.Hours()/24), 10), Say("d", "j").In(lang)
	}
	if lang == French {
		number = strings.Replace(number, ".", ",", 1)
	}
	return number + "\u00a0" + unit
}
