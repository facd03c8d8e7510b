package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"pschook/internal/secret"

	"github.com/sethvargo/go-envconfig"
)

// Load reads the configuration from src and from the files that it names, and runs the checks.
//
// The error is an [*Error] that lists all faults. The Config is then nil. Warnings are returned
// with or without faults, in the order of the variables. Load reads files, but uses no network.
func Load(ctx context.Context, src Source, checks ...Check) (*Config, []Warning, error) {
	l := newLoader(src)
	c := new(Config)
	l.decode(ctx, reflect.ValueOf(c).Elem())
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

// loader gives go-envconfig the text of each variable, from the environment, a file or the default.
// It notes a fault for each value that cannot be decoded. It serves one [Load].
type loader struct {
	src      Source
	table    []Variable
	index    map[string]int  // position in table, by whole name
	from     map[string]bool // variables whose value came from their _FILE variable
	secrets  secretList
	broken   map[string]bool // variables that could not be parsed or whose file could not be read: they hold their default
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

// decode decodes the tagged fields of a struct with go-envconfig, one by one, because go-envconfig
// stops at the first fault. A field that cannot be decoded gets its default.
func (l *loader) decode(ctx context.Context, s reflect.Value) {
	for i := range s.NumField() {
		f, to := s.Type().Field(i), s.Field(i)
		name := envName(f)
		if name == "" {
			l.decode(ctx, to)
			continue
		}
		if err := decodeField(ctx, f, to, l); err != nil {
			l.undecodable(l.table[l.index[Prefix+name]], err)
			_ = decodeField(ctx, f, to, l) // the default; tests check that it decodes
		}
	}
}

func decodeField(ctx context.Context, f reflect.StructField, to reflect.Value, from envconfig.Lookuper) error {
	one := reflect.New(reflect.StructOf([]reflect.StructField{{Name: f.Name, Type: f.Type, Tag: f.Tag}}))
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: one.Interface(), Lookuper: from}); err != nil {
		return err
	}
	to.Set(one.Elem().Field(0))
	return nil
}

// undecodable notes a fault for a value that cannot be decoded. It hides the error of go-envconfig,
// which quotes the value.
func (l *loader) undecodable(v Variable, err error) {
	text, _ := l.src.get(v.Name)
	remedy := example(v)
	if bad, ok := errors.AsType[*NetworkError](err); ok {
		if text = bad.Text; bad.Hint != "" {
			remedy = "perhaps " + bad.Hint + " is meant"
		}
	}
	l.refuse(v, v.Name, quote(text), v.Wanted, remedy)
}

// Lookup implements the Lookuper of go-envconfig. key has no [Prefix].
func (l *loader) Lookup(key string) (string, bool) {
	i, ok := l.index[Prefix+key]
	if !ok {
		return "", false
	}
	v := l.table[i]
	if l.broken[v.Name] {
		return v.Default, v.Default != ""
	}
	if v.Name == secretsName {
		l.readSecretList(v) // secrets are not passed as one text, because some hold commas
		return "", false
	}
	text, ok := l.text(v)
	if ok && v.None && text == none {
		return "", true
	}
	if ok {
		text, ok = l.normal(v, text)
	}
	if !ok {
		return l.standard(v)
	}
	return text, true
}

// standard returns the default of v.
func (l *loader) standard(v Variable) (string, bool) {
	if v.Name == Prefix+"RP_SCOPES" {
		profile, _ := l.src.get(Prefix + "RP_PROFILE")
		return ScopesOf(profile), true
	}
	return v.Default, v.Default != ""
}

// text returns what the environment says for v, directly or through a file.
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

// file returns the content of the file that the _FILE variable of v names, if it can be read.
// direct says that v itself is set too, which is a fault.
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

// normal returns text in the form that is decoded and kept. It notes a fault for a text that
// go-envconfig and the rules would wrongly accept, or cannot judge.
func (l *loader) normal(v Variable, text string) (string, bool) {
	got := quote(text)
	var err error
	switch {
	case v.Type == TypeNumber: // go-envconfig reads 010 as 8
		var n int
		n, err = strconv.Atoi(text)
		text = strconv.Itoa(n)
	case v.Name == Prefix+"LOG_LEVEL":
		err = parseLevel(text)
	case v.Name == Prefix+"OKTA_ORG_URL":
		text, err = normalizeOrgURL(text)
	case v.Type == TypeFile && v.Name != secretsName+fileSuffix: // the secrets file was read with HOOK_SECRETS
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

// refuse notes a fault of v. v keeps its default.
func (l *loader) refuse(v Variable, name, got, wanted, remedy string) {
	l.broken[v.Name] = true
	l.faults = append(l.faults, Fault{Variable: name, Got: got, Wanted: wanted, Remedy: remedy})
}

// rank returns the place of a variable in the table. A _FILE variable has the place of its
// variable; unknown names come last.
func (l *loader) rank(name string) int {
	if i, ok := l.index[name]; ok {
		return i
	}
	if i, ok := l.index[strings.TrimSuffix(name, fileSuffix)]; ok {
		return i
	}
	return len(l.table)
}

// given reports whether the environment sets the variable, even if its value is wrong.
func (l *loader) given(name string) bool {
	_, direct := l.src.get(Prefix + name)
	_, inFile := l.src.get(Prefix + name + fileSuffix)
	return direct || (inFile && l.table[l.index[Prefix+name]].HasFile)
}

func (l *loader) warn(name, format string, args ...any) {
	l.warnings = append(l.warnings, Warning{Variable: Prefix + name, Text: fmt.Sprintf(format, args...)})
}

// levels are the accepted log levels; slog itself would also accept "INFO+2".
func levels() []string { return []string{"debug", "info", "warn", "error"} }

func parseLevel(text string) error {
	if slices.Contains(levels(), text) {
		return nil
	}
	return errors.New("unknown level")
}

// normalizeOrgURL writes scheme and host in lower case and removes the slash at the end.
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

// withoutTrailingSlashes removes the slash at the end of each URL in a list.
func withoutTrailingSlashes(list string) string {
	var urls List
	_ = urls.EnvDecode(list) // never fails
	for i := range urls {
		urls[i] = strings.TrimSuffix(urls[i], "/")
	}
	return strings.Join(urls, ",")
}

// quote writes a value for a fault: in quotes, cut if long, and without a password in a URL.
func quote(text string) string {
	const most = 80
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		scheme, _, ok := strings.Cut(text[:at], "://")
		if ok {
			scheme += "://"
		} else {
			scheme = ""
		}
		text = scheme + secret.Redacted + text[at:]
	}
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}

// quotePath writes a path for a fault. It hides a text that may be the file's content, given in
// place of the path.
func quotePath(path string) string {
	if (!strings.HasPrefix(path, "/") && !strings.HasPrefix(path, ".")) || strings.ContainsAny(path, "\r\n") {
		return "a relative path (not shown, in case it is the content itself)"
	}
	return quote(path)
}

// example returns a remedy that shows a good value.
func example(v Variable) string {
	return "for example " + v.Name + "=" + v.Example
}
