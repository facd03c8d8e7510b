package verify

import (
	"strconv"
	"strings"
	"time"
)

// A phrase is a sentence not yet in a language: a key of the catalog with values
// for its {placeholders}, or, without a key, a literal value that is the same in
// every language.
type phrase struct {
	key     string
	literal string
	args    []arg
}

// arg is one placeholder's value: string, []string, time.Time, time.Duration,
// int or phrase.
type arg struct {
	name  string
	value any
}

// say makes a phrase of a catalog key and placeholder values.
func say(key string, args ...arg) phrase { return phrase{key: key, args: args} }

// literal makes a phrase that needs no translation.
func literal(s string) phrase { return phrase{literal: s} }

// with names a placeholder's value.
func with(name string, value any) arg { return arg{name: name, value: value} }

// text is one sentence in both languages. Placeholders are {names}.
type text struct {
	en, fr string
}

func (t text) in(lang Language) string {
	if lang == French {
		return frenchSpacing(t.fr)
	}
	return t.en
}

// frenchSpacing puts no-break spaces where French typography wants them, so that
// the catalog can be written with plain ones.
func frenchSpacing(s string) string {
	return strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!",
		"« ", "«\u00a0", " »", "\u00a0»").Replace(s)
}

// translator renders phrases in one language.
type translator struct {
	lang    Language
	catalog map[string]text
}

func newTranslator(lang Language) translator {
	return translator{lang: lang, catalog: catalog()}
}

// has reports whether the catalog knows the key.
func (t translator) has(key string) bool {
	_, ok := t.catalog[key]
	return ok
}

// plain renders a key without placeholders. An unknown key comes back as itself,
// which a test turns into a failure.
func (t translator) plain(key string) string { return t.render(say(key)) }

func (t translator) render(p phrase) string {
	if p.key == "" {
		return p.literal
	}
	sentence, ok := t.catalog[p.key]
	if !ok {
		return p.key
	}
	if len(p.args) == 0 {
		return sentence.in(t.lang)
	}
	pairs := make([]string, 0, 2*len(p.args))
	for _, a := range p.args {
		pairs = append(pairs, "{"+a.name+"}", t.value(a.value))
	}
	return strings.NewReplacer(pairs...).Replace(sentence.in(t.lang))
}

func (t translator) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case []string:
		if len(v) == 0 {
			return t.plain("common.nothing")
		}
		return strings.Join(v, ", ")
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case time.Duration:
		return t.duration(v)
	case phrase:
		return t.render(v)
	}
	return ""
}

// duration writes a length of time in the one unit a reader wants: "2 ms",
// "0.8 s", "12 min", "3 h", "2 d".
func (t translator) duration(d time.Duration) string {
	d = d.Abs()
	var number, unit string
	switch {
	case d < time.Millisecond:
		number, unit = "<1", "ms"
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
		number, unit = strconv.FormatInt(int64(d.Hours()/24), 10), t.plain("common.days")
	}
	if t.lang == French {
		number = strings.Replace(number, ".", ",", 1)
	}
	return number + "\u00a0" + unit
}
