package oktaemu

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"pschook/commands"
	"pschook/oktaemu/internal/hookanswer"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// The defaults of [Options].
const (
	DefaultAPIToken    = "emu-token"
	DefaultClientID    = "0oaemupscclient00000"
	DefaultHookTimeout = 3 * time.Second // Okta developer docs, concepts/inline-hooks: timeout of one call
	DefaultHookHeader  = "Authorization"

	// DefaultHookConcurrency is Okta's limit of concurrent transactions in an org (Okta developer
	// docs, reference/rl2-concurrency; 35 in free orgs). The emulator counts those that call a
	// hook, which last longest. The limit also ends a recursion: a hook whose call needs a token
	// from its own server.
	DefaultHookConcurrency = 75
)

// NoListener is the Addr of an org that does not listen. Serve the org yourself, as an
// [http.Handler], under PublicURL.
const NoListener = "none"

// DefaultOrgID returns the org id of an emulator whose options name none.
func DefaultOrgID() string { return wire.FixedID(wire.IDOrg, "emuhopital") }

// Reserved names the table of claims that a hook cannot change.
type Reserved string

// The tables: Okta's two documents disagree on amr (see commands.ReservedTable).
const (
	ReservedDeveloper = Reserved(commands.ReservedDeveloper)
	ReservedSupport   = Reserved(commands.ReservedSupport)
	ReservedNone      = Reserved("none") // no claim is reserved; Okta has no such mode
)

// Feature is something that appears in the Management API's answers of some orgs only. The values
// are those of [Features].
type Feature = store.Feature

// Features lists the features that the emulator supports.
func Features() []Feature { return store.AllFeatures() }

// Hook is a token inline hook that exists from the start. The rule of the authorization server
// "default" calls it.
type Hook struct {
	URL    string // https; http for loopback hosts only. Empty: no hook
	Header string // header that carries the secret; default "Authorization"
	Secret string // sent verbatim as the header's value; empty: no header
}

// Options sets up an [Org]. The zero value is complete: a random loopback port, no hook.
type Options struct {
	Addr      string // listen address; default "127.0.0.1:0"; or NoListener
	PublicURL string // origin under which clients reach the org; default http:// (https:// with TLSConfig) + the address listened on
	OrgID     string // default [DefaultOrgID]

	// CustomDomain is a second host of the org, in addition to that of PublicURL, such as
	// "id.hopital.example" or "localhost". Without a port it uses the port of PublicURL. Default
	// none.
	CustomDomain string

	APIToken string // SSWS token of the Management API; default [DefaultAPIToken]

	Hook            Hook
	HookTimeout     time.Duration  // for one hook call; default [DefaultHookTimeout]; shorter in tests
	HookConcurrency int            // concurrent hook calls; further ones fail at once; default [DefaultHookConcurrency]
	HookRootCAs     *x509.CertPool // authorities of https hooks; default the system's
	Reserved        Reserved       // default [ReservedDeveloper]
	HookDebugging   bool           // the System Log also reports applied answers; Okta's default is silence

	// Seed describes the org; other options override it. Hook replaces the seed's one token hook.
	// ClientID and the URLs below cannot be given with a seed that has apps. Default: the people,
	// the app and the server that every org starts with.
	Seed *Seed

	ClientID               string   // of the public client that exists from the start; default [DefaultClientID]
	RedirectURIs           []string // of that client, matched exactly; default "http://localhost:8080/rp/callback" and the same on 127.0.0.1
	PostLogoutRedirectURIs []string // of that client; default the origins of RedirectURIs with path /

	// StrictClientAuth refuses a client that sends its secret in another way than it is registered
	// for. Okta accepts it.
	StrictClientAuth bool

	// SignInByHint signs in the persona that login_hint names, without showing the sign-in page.
	// Then one click on our own page is enough. Okta shows its page.
	SignInByHint bool

	TLSConfig *tls.Config // serve https with its certificates; default plain http

	// Features are what Okta switches on for some orgs only; nil: those that most orgs have. An
	// empty list has none.
	Features []Feature

	// RateLimit is how many requests a minute each group of endpoints accepts before it answers
	// 429. 0: headers are sent, nothing is refused.
	RateLimit int

	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discards
}

// withDefaults fills empty fields.
func (o Options) withDefaults() Options {
	o.Addr = cmp.Or(o.Addr, "127.0.0.1:0")
	o.OrgID = cmp.Or(o.OrgID, DefaultOrgID())
	o.APIToken = cmp.Or(o.APIToken, DefaultAPIToken)
	o.Hook.Header = cmp.Or(o.Hook.Header, DefaultHookHeader)
	o.Reserved = cmp.Or(o.Reserved, ReservedDeveloper)
	o.HookTimeout = cmp.Or(o.HookTimeout, DefaultHookTimeout)
	o.HookConcurrency = cmp.Or(o.HookConcurrency, DefaultHookConcurrency)
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
	if o.Features == nil {
		o.Features = store.UsualFeatures()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// withClient fills the fields that describe the public client.
func (o Options) withClient() Options {
	o.ClientID = cmp.Or(o.ClientID, DefaultClientID)
	if len(o.RedirectURIs) == 0 {
		o.RedirectURIs = []string{"http://localhost:8080/rp/callback", "http://127.0.0.1:8080/rp/callback"}
	}
	if len(o.PostLogoutRedirectURIs) == 0 {
		o.PostLogoutRedirectURIs = roots(o.RedirectURIs)
	}
	return o
}

func (o Options) scheme() string {
	if o.TLSConfig != nil {
		return "https"
	}
	return "http"
}

// customURL returns the origin of the custom domain, once PublicURL is known; empty: there is none.
func (o Options) customURL() string {
	own, err := url.Parse(o.PublicURL)
	if err != nil || o.CustomDomain == "" {
		return ""
	}
	host := strings.ToLower(o.CustomDomain)
	if _, _, err := net.SplitHostPort(host); err != nil && own.Port() != "" {
		host += ":" + own.Port()
	}
	return own.Scheme + "://" + host
}

func (o Options) customDomainFault() error {
	if o.CustomDomain == "" {
		return nil
	}
	u, err := url.Parse("//" + o.CustomDomain)
	if err != nil || u.Host != o.CustomDomain || u.Hostname() == "" || strings.HasSuffix(u.Host, ":") {
		return fmt.Errorf("CustomDomain: %q is not a host such as id.hopital.example, with or without a port", o.CustomDomain)
	}
	if o.customURL() == o.PublicURL {
		return fmt.Errorf("CustomDomain: %q is the org's own host", o.CustomDomain)
	}
	return nil
}

// roots returns the origin of each URI with the path "/", without duplicates.
func roots(uris []string) []string {
	var list []string
	seen := make(map[string]bool)
	for _, uri := range uris {
		u, err := url.Parse(uri)
		if err != nil {
			continue
		}
		if root := u.Scheme + "://" + u.Host + "/"; !seen[root] {
			seen[root] = true
			list = append(list, root)
		}
	}
	return list
}

// validate reports every fault at once, by field name.
func (o Options) validate() error {
	var faults []error
	if o.PublicURL != "" {
		if u, err := url.Parse(o.PublicURL); err != nil || u.Host == "" || u.Path != "" || u.Scheme != "http" && u.Scheme != "https" {
			faults = append(faults, fmt.Errorf("PublicURL: %q is not an origin such as https://okta.example", o.PublicURL))
		}
	}
	if fault := o.customDomainFault(); fault != nil {
		faults = append(faults, fault)
	}
	if o.PublicURL == "" && o.Addr == NoListener {
		faults = append(faults, errors.New("PublicURL: must say where the org is reached, as it does not listen itself"))
	}
	if o.Hook.URL != "" {
		if err := store.CheckHookURL(o.Hook.URL); err != nil {
			faults = append(faults, fmt.Errorf("Hook.URL: %w", err))
		}
	}
	for _, f := range o.Features {
		if !slices.Contains(Features(), f) {
			faults = append(faults, fmt.Errorf("Features: %q is not one of %v", f, Features()))
		}
	}
	if _, err := o.reserved(); err != nil {
		faults = append(faults, err)
	}
	for _, uri := range append(append([]string{}, o.RedirectURIs...), o.PostLogoutRedirectURIs...) {
		if fault := store.RedirectURIFault(uri); fault != "" {
			faults = append(faults, fmt.Errorf("RedirectURIs: %q %s", uri, fault))
		}
	}
	if o.HookTimeout < 0 || o.HookConcurrency < 0 || o.RateLimit < 0 {
		faults = append(faults, errors.New("HookTimeout, HookConcurrency and RateLimit: must not be negative"))
	}
	return errors.Join(faults...)
}

func (o Options) reserved() (hookanswer.Reserved, error) {
	if o.Reserved == ReservedNone {
		return nothingReserved{}, nil
	}
	table := commands.ReservedTable(o.Reserved)
	if !table.Valid() {
		return nil, fmt.Errorf("Reserved: %q is not one of developer, support, none", string(o.Reserved))
	}
	return table, nil
}

type nothingReserved struct{}

func (nothingReserved) IDToken(string) bool     { return false }
func (nothingReserved) AccessToken(string) bool { return false }
