package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"
)

// Load reads the configuration from src and from the files that it names, and runs the checks.
//
// The error is an [*Error] that names every fault. The Config is then nil. Warnings come with or without
// faults, in the order of the variables. Load reads files, but uses no network.
func Load(ctx context.Context, src Source, checks ...Check) (*Config, []Warning, error) {
	l := newLoader(src)
	c := new(Config)
	err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: c, Lookuper: l})
	if err != nil {
		// The loader hands over only what decodes. The text is left out, as it may quote a value.
		return nil, nil, errors.New("config: a checked value did not decode, which is a fault of this program")
	}
	c.Hook.Secrets = l.secrets.values()
	l.resolve(c)
	l.faults = append(l.faults, newRules().judge(c, l)...)
	l.cross(c)
	l.unknown()
	for _, check := range checks {
		faults, warnings := check(c)
		l.faults = append(l.faults, faults...)
		l.warnings = append(l.warnings, warnings...)
	}
	slices.SortStableFunc(l.warnings, func(a, b Warning) int { return cmp.Compare(l.rank(a.Variable), l.rank(b.Variable)) })
	if len(l.faults) > 0 {
		slices.SortStableFunc(l.faults, func(a, b Fault) int { return cmp.Compare(l.rank(a.Variable), l.rank(b.Variable)) })
		return nil, l.warnings, &Error{Faults: l.faults}
	}
	return c, l.warnings, nil
}

// loader hands go-envconfig only text that decodes: it reads _FILE forms, puts in defaults and notes a fault
// for what does not parse. It serves one [Load].
type loader struct {
	src      Source
	table    []Variable
	index    map[string]int  // position in table, by whole name
	from     map[string]bool // variables whose value came from their _FILE form
	secrets  secretList
	broken   map[string]bool // variables that did not parse or whose file was not read: they hold their default
	faults   []Fault
	warnings []Warning
}

func newLoader(src Source) *loader {
	l := &loader{src: src, table: Variables(), index: map[string]int{}, from: map[string]bool{}, broken: map[string]bool{}}
	for i, v := range l.table {
		l.index[v.Name] = i
	}
	return l
}

// Lookup implements the Lookuper of go-envconfig; key comes without [Prefix].
func (l *loader) Lookup(key string) (string, bool) {
	i, ok := l.index[Prefix+key]
	if !ok {
		return "", false
	}
	v := l.table[i]
	if v.Name == secretsName {
		l.readSecretList(v) // several values, of which some hold commas: they do not travel as one text
		return "", false
	}
	text, ok := l.text(v)
	if ok && v.None && text == none {
		return "", true
	}
	if ok {
		text, ok = l.parse(v, text)
	}
	if !ok {
		return v.Default, v.Default != ""
	}
	return text, true
}

// text is what the environment says for v, directly or through a file.
func (l *loader) text(v Variable) (string, bool) {
	if !v.HasFile {
		return l.src.get(v.Name)
	}
	text, direct := l.src.get(v.Name)
	content, inFile := l.file(v, direct)
	if !inFile {
		return text, direct && !l.broken[v.Name]
	}
	content = strings.TrimSpace(content)
	if content == "" {
		l.refuse(v, v.Name+fileSuffix, "an empty file", v.Wanted, "")
	}
	return content, content != ""
}

// readSecretList reads the secrets of the hook from the variable or from its file.
func (l *loader) readSecretList(v Variable) {
	text, direct := l.src.get(v.Name)
	switch content, inFile := l.file(v, direct); {
	case inFile:
		l.secrets = readSecretLines(content)
		l.secrets.uncomment()
	case !l.broken[v.Name]:
		l.secrets = splitSecrets(text)
	}
}

// file is the content of the file that the _FILE form of v names, if it does and can be read. direct says that v itself
// is set, too, which is a fault.
func (l *loader) file(v Variable, direct bool) (content string, ok bool) {
	path, inFile := l.src.get(v.Name + fileSuffix)
	if !inFile {
		return "", false
	}
	if direct {
		l.refuse(v, v.Name, "a value here and a file in "+v.Name+fileSuffix, "only one of them", "unset the one that is out of date")
		return "", false
	}
	text, err := ReadFile(path)
	if err != nil {
		l.refuse(v, v.Name+fileSuffix, quotePath(path)+": "+err.Error(), "a file that the service can read", "")
		return "", false
	}
	l.from[v.Name] = true
	return string(text), true
}

// parse checks that text decodes into the type of v, and brings it into the form that is kept. It notes a
// fault otherwise.
func (l *loader) parse(v Variable, text string) (string, bool) {
	got := quote(text)
	var err error
	switch {
	case v.Type == TypeDuration:
		_, err = time.ParseDuration(text)
	case v.Type == TypeBoolean:
		_, err = strconv.ParseBool(text)
	case v.Type == TypeNumber:
		_, err = strconv.Atoi(text)
	case v.Type == TypeNetworks:
		return text, l.parseNetworks(v, text)
	case v.Name == Prefix+"LOG_LEVEL":
		err = parseLevel(text)
	case v.Name == Prefix+"OKTA_ORG_URL":
		text, err = normalizeOrgURL(text)
	case v.Type == TypeFile && v.Name != secretsName+fileSuffix: // that one has been read with HOOK_SECRETS
		if _, err = ReadFile(text); err != nil {
			got = quotePath(text) + ": " + err.Error()
		}
	case v.Name == Prefix+"OKTA_ISSUERS":
		text = withoutTrailingSlashes(text)
	}
	if err != nil {
		l.refuse(v, v.Name, got, v.Wanted, example(v))
		return "", false
	}
	return text, true
}

// parseNetworks notes the first item that is no network.
func (l *loader) parseNetworks(v Variable, text string) bool {
	bad, ok := errors.AsType[*NetworkError](new(Networks).EnvDecode(text))
	if !ok {
		return true
	}
	remedy := example(v)
	if bad.Hint != "" {
		remedy = "perhaps " + bad.Hint + " is meant"
	}
	l.refuse(v, v.Name, quote(bad.Text), v.Wanted, remedy)
	return false
}

// refuse notes a fault of v that leaves it with its default.
func (l *loader) refuse(v Variable, name, got, wanted, remedy string) {
	l.broken[v.Name] = true
	l.faults = append(l.faults, Fault{Variable: name, Got: got, Wanted: wanted, Remedy: remedy})
}

// rank is where a variable stands in the table; _FILE forms go with their variable, strangers last.
func (l *loader) rank(name string) int {
	if i, ok := l.index[name]; ok {
		return i
	}
	if i, ok := l.index[strings.TrimSuffix(name, fileSuffix)]; ok {
		return i
	}
	return len(l.table)
}

// given reports whether the environment sets the variable, rightly or wrongly.
func (l *loader) given(name string) bool {
	_, direct := l.src.get(Prefix + name)
	_, inFile := l.src.get(Prefix + name + fileSuffix)
	return direct || (inFile && l.table[l.index[Prefix+name]].HasFile)
}

func (l *loader) warn(name, format string, args ...any) {
	l.warnings = append(l.warnings, Warning{Variable: Prefix + name, Text: fmt.Sprintf(format, args...)})
}

// levels are the words for levels of the log; slog itself also reads "INFO+2".
func levels() []string { return []string{"debug", "info", "warn", "error"} }

func parseLevel(text string) error {
	if slices.Contains(levels(), text) {
		return nil
	}
	return errors.New("unknown level")
}

// normalizeOrgURL writes scheme and host in lower case and drops the slash at the end.
func normalizeOrgURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", errors.New("not a URL")
	}
	u.Host = strings.ToLower(u.Host)
	if u.Path == "/" {
		u.Path = ""
	}
	return u.String(), nil
}

// withoutTrailingSlashes drops the slash at the end of each URL in a list.
func withoutTrailingSlashes(list string) string {
	var urls List
	_ = urls.EnvDecode(list) // never fails
	for i := range urls {
		urls[i] = strings.TrimSuffix(urls[i], "/")
	}
	return strings.Join(urls, ",")
}

// quote shows a value in a fault: in quotes, cut if long, and without a password that a URL may carry.
func quote(text string) string {
	const most = 80
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		scheme, _, ok := strings.Cut(text[:at], "://")
		if ok {
			scheme += "://"
		} else {
			scheme = ""
		}
		text = scheme + redacted + text[at:]
	}
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}

// quotePath shows a path in a fault, unless it may be the content itself, put where the path belongs.
func quotePath(path string) string {
	if (!strings.HasPrefix(path, "/") && !strings.HasPrefix(path, ".")) || strings.ContainsAny(path, "\r\n") {
		return "a relative path (not shown, in case it is the content itself)"
	}
	return quote(path)
}

// example is the remedy that shows a good value.
func example(v Variable) string {
	return "for example " + v.Name + "=" + v.Example
}
