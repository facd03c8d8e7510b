package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"pschook/internal/outside"

	"github.com/go-playground/validator/v10"
)

// rules holds the declarative rules in the struct tags of [Config].
type rules struct {
	validate *validator.Validate
}

func newRules() *rules {
	r := &rules{validate: validator.New(validator.WithRequiredStructEnabled())}
	r.validate.RegisterTagNameFunc(envName)
	r.validate.RegisterCustomTypeFunc(func(v reflect.Value) any {
		u, _ := v.Interface().(url.URL)
		return u.String()
	}, url.URL{})
	for tag, holds := range map[string]func(field reflect.Value, param string) bool{
		"address":  func(f reflect.Value, _ string) bool { return r.isAddress(f.String()) },
		"orgurl":   func(f reflect.Value, _ string) bool { return r.orgURLProblem(f.String()) == "" },
		"httpsurl": func(f reflect.Value, _ string) bool { return r.urlProblem(f.String()) == "" },
		"issuerpattern": func(f reflect.Value, _ string) bool {
			whole := regexp.MustCompile(`(^|[/.])\*($|[/.:])`)
			plain := f.String()
			for whole.MatchString(plain) {
				plain = whole.ReplaceAllString(plain, "${1}x${2}")
			}
			return !strings.Contains(plain, "*") && r.urlProblem(plain) == ""
		},
		"authheader": func(f reflect.Value, _ string) bool { return isFreeHeader(f.String()) },
		"word":       func(f reflect.Value, _ string) bool { return isWord(f.String()) },
		"has":        hasItem,
	} {
		err := r.validate.RegisterValidation(tag, func(fl validator.FieldLevel) bool { return holds(fl.Field(), fl.Param()) })
		if err != nil {
			panic(err) // only for an empty tag name, which the tests would find
		}
	}
	return r
}

// judge returns the faults of c, except for variables that l already found broken.
func (r *rules) judge(c *Config, l *loader) []Fault {
	return r.faults(r.validate.Struct(c), l)
}

func (r *rules) faults(err error, l *loader) []Fault {
	failed, ok := errors.AsType[validator.ValidationErrors](err)
	if !ok {
		return nil
	}
	var faults []Fault
	for _, e := range failed {
		name, item, _ := strings.Cut(e.Field(), "[")
		v := l.table[l.index[Prefix+name]]
		if l.broken[v.Name] {
			continue
		}
		f := Fault{Variable: v.Name, Wanted: v.Wanted, Remedy: example(v)}
		item = strings.TrimSuffix(item, "]")
		switch text, _ := l.src.get(v.Name); {
		case v.Secret:
			f.Got, f.Remedy = secretGot(e, l.secrets.live, item), secretRemedy(v)
		case item != "":
			r.word(&f, e, fmt.Sprint(e.Value()))
		default:
			r.word(&f, e, text)
		}
		if l.from[v.Name] {
			f.Variable += fileSuffix
		}
		faults = append(faults, f)
	}
	return faults
}

// word says what was found: text, or nothing, and what is wrong with it.
func (r *rules) word(f *Fault, e validator.FieldError, text string) {
	switch {
	case strings.HasPrefix(e.Tag(), "required"):
		f.Got = "nothing" + because(e)
	case e.Tag() == "unique":
		f.Got = quote(text) + " with an item twice"
	case e.Tag() == "httpsurl":
		f.Got = quote(text) + r.urlProblem(text)
	case e.Tag() == "orgurl":
		f.Got = quote(text) + r.orgURLProblem(fmt.Sprint(e.Value()))
		if org, ok := withoutAdmin(text); ok {
			f.Remedy = "use " + org
		}
	default:
		f.Got = quote(text)
	}
}

// because says which other variable makes this one required.
func because(e validator.FieldError) string {
	switch e.Tag() {
	case "required_with":
		if strings.HasPrefix(e.StructNamespace(), "Config.TLS.") {
			return " although another file of TLS is set"
		}
		return " although another part of that credential is set"
	case "required_if":
		if strings.HasPrefix(e.Param(), "Enabled") {
			return " although " + Prefix + "RP_ENABLED is true"
		}
		return " although " + Prefix + "TID_SOURCE is static"
	}
	return ""
}

func secretGot(e validator.FieldError, all []secretEntry, item string) string {
	which := ""
	if i, err := strconv.Atoi(item); err == nil {
		which = " (" + all[i].place + ")"
	}
	switch e.Tag() {
	case "required_without":
		return "nothing"
	case "min":
		return fmt.Sprintf("a secret of %d characters%s", utf8.RuneCountInString(reflect.ValueOf(e.Value()).String()), which)
	case "unique":
		return "the same secret twice"
	case "excluded_with":
		return "a token beside " + Prefix + "OKTA_CLIENT_ID, " + Prefix + "OKTA_PRIVATE_KEY_FILE or " + Prefix + "OKTA_PRIVATE_KEY_ID"
	}
	return strangeCharacter(reflect.ValueOf(e.Value()).String()) + which
}

// strangeCharacter describes the character of a secret that is not visible ASCII.
func strangeCharacter(secret string) string {
	if strings.HasPrefix(secret, "\ufeff") {
		return "a byte order mark (BOM) before it, which some editors write"
	}
	return "a character other than visible ASCII"
}

func secretRemedy(v Variable) string {
	if v.Name == secretsName {
		return "make one with: " + v.Example + "; " + v.Name + fileSuffix + " may name a file with one a line instead"
	}
	return v.Example
}

// isAddress reports whether net.Listen accepts text for TCP, with a number as port.
func (r *rules) isAddress(text string) bool {
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil && (host == "" || r.isHost(host))
}

func (r *rules) isHost(host string) bool {
	return r.validate.Var(host, "ip|hostname_rfc1123") == nil
}

// orgURLProblem says what is wrong with the URL of an Okta org; "": nothing.
func (r *rules) orgURLProblem(text string) string {
	if problem := r.urlProblem(text); problem != "" {
		return problem
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return ", not a URL"
	case u.Path != "":
		return ", with a path"
	}
	if _, ok := withoutAdmin(text); ok {
		return ", the host of the Admin Console"
	}
	return ""
}

// urlProblem says why text is not an https URL for a browser or this service; "": it is one. Plain
// http is accepted for loopback, where nobody can listen.
func (r *rules) urlProblem(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return ", not a URL"
	case u.Scheme != "https" && u.Scheme != "http":
		return ", neither https nor http"
	case u.User != nil:
		return ", with a user name or password"
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(text, "#"):
		return ", with a query or fragment"
	case !r.isHost(u.Hostname()) || !isPort(u):
		return ", with a bad host or port"
	case u.Scheme == "http" && !outside.IsLoopback(u.Hostname()):
		return ", http with a host that is not loopback"
	}
	return ""
}

func isPort(u *url.URL) bool {
	if strings.HasSuffix(u.Host, ":") {
		return false
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return u.Port() == "" || (err == nil && port > 0)
}

// withoutAdmin turns the URL of an Admin Console on one of Okta's own domains, such as
// https://acme-admin.okta.com, into the URL of its org.
func withoutAdmin(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil {
		return "", false
	}
	label, domain, _ := strings.Cut(u.Host, ".")
	name, ok := strings.CutSuffix(label, "-admin")
	okta := []string{"okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "okta.mil"}
	if !ok || name == "" || !slices.Contains(okta, domain) {
		return "", false
	}
	return u.Scheme + "://" + name + "." + domain, true
}

// isFreeHeader reports whether name is a header (RFC 9110, 5.6.2) that HTTP does not use itself.
func isFreeHeader(name string) bool {
	taken := []string{"accept", "accept-encoding", "connection", "content-length", "content-type", "host", "te", "trailer",
		"transfer-encoding", "upgrade", "user-agent"}
	return name != "" && !slices.Contains(taken, strings.ToLower(name)) &&
		!strings.ContainsFunc(name, func(r rune) bool {
			return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
		})
}

// isWord reports whether text is visible ASCII without spaces and commas.
func isWord(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == ',' })
}

// hasItem reports whether a list holds the item that the tag names.
func hasItem(list reflect.Value, item string) bool {
	for i := range list.Len() {
		if list.Index(i).String() == item {
			return true
		}
	}
	return false
}
