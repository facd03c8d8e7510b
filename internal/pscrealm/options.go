package pscrealm

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"pschook/internal/outside"
)

// Realm is the name of the realm, as at PSC.
const Realm = "esante-wallet"

// The levels that an agreed set of amr values can have.
const (
	LevelSubstantial = "substantiel"
	LevelHigh        = "eleve"
)

// Options says which establishments the realm knows, and which services.
type Options struct {
	Establishments []Establishment // at least one
	Services       []Service       // at least one
	Sets           []Set           // the agreed sets of amr values; at least one
	Accounts       []Account       // the professionals that PSC knows; at least one
}

// Establishment is an établissement de santé with the Okta org that authenticates its people.
type Establishment struct {
	Alias    string // such as "chu"; the hint is then OKTA_chu
	Hint     string // another kc_idp_hint, such as the number of the DataPass request; default OKTA_<Alias>
	Name     string // shown where a person chooses; default Alias
	Issuer   string // the org's custom authorization server: https://<org>/oauth2/<id>
	ClientID string // of PSC's app in that org
	TID      string // the only tid that is authorised for it

	// ClientSecret makes PSC's app a Web app that authenticates by client_secret_basic. Without it
	// PSC's app is an SPA, a public client. Public documents of the ANS show both. Both use PKCE.
	ClientSecret string
}

// Service is a service provider: a client of PSC.
type Service struct {
	ClientID     string
	Secret       string
	RedirectURIs []string // matched exactly; at least one

	// SignedUserinfo makes userinfo a signed JWT (application/jwt), not JSON. Each service agrees
	// with PSC which form it gets.
	SignedUserinfo bool
}

// Set is one set of amr values that the ANS agreed, with its level.
type Set struct {
	Level  string // [LevelSubstantial] or [LevelHigh]
	Values []string
}

// Account is a professional whom PSC knows. In the rehearsal a password replaces the CPx card or
// e-CPS.
type Account struct {
	NationalID string // 8 followed by the RPPS number: 12 digits
	GivenName  string
	FamilyName string
	Password   string
}

// People returns the accounts of invented professionals, all with one password. Their RPPS numbers
// are in no register.
func People(password string) []Account {
	names := [][2]string{
		{"Camille", "Roux"}, {"Hélène", "Marchand"}, {"Karim", "Benali"}, {"Sophie", "Lefèvre"}, {"Antoine", "Girard"}, {"Léa", "Fontaine"},
	}
	accounts := make([]Account, len(names))
	for i, n := range names {
		accounts[i] = Account{NationalID: fmt.Sprintf("8997%08d", i+1), GivenName: n[0], FamilyName: n[1], Password: password}
	}
	return accounts
}

// KCIdPHint returns the value of kc_idp_hint that selects the establishment: the alias of its
// identity provider in Keycloak.
func (e Establishment) KCIdPHint() string {
	if e.Hint != "" {
		return e.Hint
	}
	return "OKTA_" + e.Alias
}

// withDefaults fills empty optional fields, in copies.
func (o Options) withDefaults() Options {
	o.Establishments = slices.Clone(o.Establishments)
	for i, e := range o.Establishments {
		if e.Name == "" {
			o.Establishments[i].Name = e.Alias
		}
	}
	return o
}

// validate reports everything that is wrong together. It quotes no secret and no password.
func (o Options) validate() error {
	var errs []error
	for name, n := range map[string]int{"establishment": len(o.Establishments), "service": len(o.Services), "agreed amr set": len(o.Sets), "account": len(o.Accounts)} {
		if n == 0 {
			errs = append(errs, fmt.Errorf("no %s: at least one is needed", name))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	for _, e := range o.Establishments {
		errs = append(errs, e.validate()...)
	}
	for _, s := range o.Services {
		errs = append(errs, s.validate()...)
	}
	for _, s := range o.Sets {
		errs = append(errs, s.validate()...)
	}
	for _, a := range o.Accounts {
		errs = append(errs, a.validate()...)
	}
	return errors.Join(append(errs, o.duplicates()...)...)
}

// duplicates finds values that must be unique. Hints that differ only in case count as equal, as in
// some databases.
func (o Options) duplicates() []error {
	var errs []error
	once := func(kind string) func(string) {
		seen := map[string]bool{}
		return func(key string) {
			if seen[key] {
				errs = append(errs, fmt.Errorf("%s %q is there twice", kind, key))
			}
			seen[key] = true
		}
	}
	hint, tid, client, set, account := once("hint"), once("tid"), once("service"), once("agreed amr set"), once("account")
	for _, e := range o.Establishments {
		hint(strings.ToLower(e.KCIdPHint()))
		tid(e.TID)
	}
	for _, s := range o.Services {
		client(s.ClientID)
	}
	for _, s := range o.Sets {
		set(strings.Join(slices.Sorted(slices.Values(s.Values)), " "))
	}
	for _, a := range o.Accounts {
		account(a.NationalID)
	}
	return errs
}

// Names and values in flows, regular expressions and URLs may only have plain characters.
func isName(s string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`).MatchString(s)
}

func (e Establishment) validate() (errs []error) {
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("establishment %q: "+format, append([]any{e.Alias}, args...)...))
	}
	if !isName(e.Alias) {
		fail("the alias must be letters, digits, dots, dashes and underscores")
	}
	if !isName(e.KCIdPHint()) {
		fail("the hint %q must be letters, digits, dots, dashes and underscores", e.KCIdPHint())
	}
	if !isName(e.TID) {
		fail("tid %q must be what the tokens carry: the org id (00o…), OKTA_<alias> or a UUID", e.TID)
	}
	if e.ClientID == "" {
		fail("the client id of PSC's app is missing")
	}
	u, err := url.Parse(e.Issuer)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		fail("issuer %q is not the address of an authorization server", e.Issuer)
	case u.Scheme != "https" && (u.Scheme != "http" || !outside.IsLoopback(u.Hostname())):
		fail("issuer %q must be https; http is for loopback only", e.Issuer)
	case !regexp.MustCompile(`^/oauth2/[A-Za-z0-9]+$`).MatchString(u.Path):
		fail("issuer %q must be a custom authorization server, https://<org>/oauth2/<id>: Okta calls hooks for no other", e.Issuer)
	}
	return errs
}

func (s Service) validate() (errs []error) {
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("service %q: "+format, append([]any{s.ClientID}, args...)...))
	}
	if !isName(s.ClientID) {
		fail("the client id must be letters, digits, dots, dashes and underscores")
	}
	if s.Secret == "" {
		fail("the client secret is missing")
	}
	if len(s.RedirectURIs) == 0 {
		fail("the redirect URI is missing")
	}
	for _, uri := range s.RedirectURIs {
		u, err := url.Parse(uri)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Contains(uri, "*") || u.Fragment != "" {
			fail("redirect URI %q must be a whole http or https address, without * and #", uri)
		}
	}
	return errs
}

func (s Set) validate() (errs []error) {
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("agreed amr set %q: "+format, append([]any{s.Values}, args...)...))
	}
	if s.Level != LevelSubstantial && s.Level != LevelHigh {
		fail("level %q must be %s or %s", s.Level, LevelSubstantial, LevelHigh)
	}
	if len(s.Values) == 0 {
		fail("it is empty")
	}
	for i, v := range s.Values {
		if !isName(v) {
			fail("%q must be letters, digits, dots, dashes and underscores", v)
		}
		if slices.Contains(s.Values[:i], v) {
			fail("%q is there twice", v)
		}
	}
	return errs
}

func (a Account) validate() (errs []error) {
	fail := func(text string) { errs = append(errs, fmt.Errorf("account %q: %s", a.NationalID, text)) }
	if !regexp.MustCompile(`^8[0-9]{11}$`).MatchString(a.NationalID) {
		fail("the national id must be 8 followed by the 11 digits of an RPPS number")
	}
	if a.GivenName == "" || a.FamilyName == "" {
		fail("given name and family name are needed")
	}
	if a.Password == "" {
		fail("the password is missing")
	}
	return errs
}
