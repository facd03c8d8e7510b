package rp

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"

	"pschook/verify"
	"pschook/verify/words"
)

const (
	// maxChoiceField bounds each field of the form in bytes.
	maxChoiceField = 500
	// maxMore is how many additional parameters a request may have.
	maxMore = 10
	// maxChosen is how many clients for other providers are kept, with their metadata and keys.
	maxChosen = 8
)

// choice is a provider, a client and a profile that somebody chose on the page. The zero value is
// the operator's configuration.
type choice struct {
	Issuer   string `json:"i,omitzero"`
	ClientID string `json:"c,omitzero"`
	Profile  string `json:"p,omitzero"`
	Scopes   string `json:"s,omitzero"`
	ACR      string `json:"a,omitzero"`
}

// party is the provider of a sign-in, with what its tokens are checked against.
type party struct {
	client  *Client
	profile verify.Profile
	own     bool // it is the operator's own issuer, about which more is known
}

// issuerMatches reports whether an issuer matches a pattern. In a pattern, * stands for one label
// of the host or one segment of the path.
func issuerMatches(pattern, issuer string) bool {
	p, perr := url.Parse(pattern)
	u, err := url.Parse(issuer)
	if perr != nil || err != nil || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.RawPath != "" {
		return false
	}
	return p.Scheme == u.Scheme && p.Port() == u.Port() &&
		partsMatch(strings.ToLower(p.Hostname()), strings.ToLower(u.Hostname()), ".") && partsMatch(p.Path, u.Path, "/")
}

func partsMatch(pattern, text, separator string) bool {
	want, got := strings.Split(pattern, separator), strings.Split(text, separator)
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || w == "*" && g != "" && g != ".." })
}

// allowed reports whether an issuer may be chosen, and whether the operator named its host.
func (rp *RP) allowed(issuer string) (ok, named bool) {
	if issuer == rp.client.opts.Issuer {
		return true, true
	}
	for _, pattern := range rp.opts.Issuers {
		if issuerMatches(pattern, issuer) {
			ok = true
			u, err := url.Parse(pattern)
			named = named || err == nil && !strings.Contains(u.Hostname(), "*")
		}
	}
	return ok, named
}

// readChoice reads the form of the start page.
func (rp *RP) readChoice(form url.Values) (choice, Ask, error) {
	refuse := func(format string, args ...any) (choice, Ask, error) {
		return choice{}, Ask{}, &badRequestError{Status: http.StatusBadRequest, Say: words.Printable(fmt.Sprintf(format, args...))}
	}
	field := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	for name := range form {
		if len(form.Get(name)) > 2*maxChoiceField || name != "more" && len(form.Get(name)) > maxChoiceField {
			return refuse("%s: more than %d bytes", words.Shorten(name, maxErrorCode), maxChoiceField)
		}
	}
	c := choice{Issuer: field("issuer"), ClientID: field("client_id"), Profile: field("profile"), Scopes: field("scope"), ACR: field("acr_values")}
	ask := Ask{Prompt: field("prompt"), LoginHint: field("login_hint"), MaxAge: field("max_age")}
	if ok, _ := rp.allowed(c.Issuer); !ok {
		return refuse("issuer: %q is not one of those in PSCHOOK_RP_ISSUERS", c.Issuer)
	}
	if c.ClientID == "" {
		return refuse("client_id: missing")
	}
	if _, err := verify.ProfileNamed(c.Profile); err != nil {
		return refuse("profile: %v", err)
	}
	if !slices.Contains(strings.Fields(c.Scopes), oidc.ScopeOpenID) {
		return refuse("scope: %q lacks openid", c.Scopes)
	}
	if _, err := strconv.ParseUint(ask.MaxAge, 10, 32); ask.MaxAge != "" && err != nil {
		return refuse("max_age: %q is no number of seconds", ask.MaxAge)
	}
	more, err := readMore(form.Get("more"))
	if err != nil {
		return refuse("%v", err)
	}
	ask.More = more
	return c, ask, nil
}

// readMore reads additional parameters, one name=value per line.
func readMore(text string) ([]Field, error) {
	var more []Field
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, found := strings.Cut(line, "=")
		if !found || name == "" {
			return nil, fmt.Errorf("further parameters: %q is not name=value", words.Shorten(line, maxErrorCode))
		}
		more = append(more, Field{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	if len(more) > maxMore {
		return nil, fmt.Errorf("further parameters: more than %d", maxMore)
	}
	if taken := Reserved(more); len(taken) > 0 {
		return nil, fmt.Errorf("further parameters: %s is set by the tester itself, or has a field of its own", strings.Join(taken, ", "))
	}
	return more, nil
}

// partyOf returns the party of a choice. It makes no request.
func (rp *RP) partyOf(c choice) (party, error) {
	if c == (choice{}) {
		return party{client: rp.client, profile: rp.profile, own: true}, nil
	}
	profile, err := verify.ProfileNamed(c.Profile)
	if err != nil {
		return party{}, err
	}
	client, err := rp.chosen.get(c, rp.clientFor)
	return party{client: client, profile: profile, own: c.Issuer == rp.client.opts.Issuer}, err
}

// clientFor makes a client. It is a public one, unless it is the operator's own.
func (rp *RP) clientFor(c choice) (*Client, error) {
	ok, named := rp.allowed(c.Issuer)
	if !ok {
		return nil, &badRequestError{Status: http.StatusBadRequest, Say: "issuer: not one of those in PSCHOOK_RP_ISSUERS"}
	}
	own := rp.client.opts
	opts := ClientOptions{
		Issuer: c.Issuer, ClientID: c.ClientID, RedirectURL: own.RedirectURL, Scopes: strings.Fields(c.Scopes), ACRValues: strings.Fields(c.ACR),
		HTTPClient: own.HTTPClient, WellKnown: own.WellKnown, InsecureAnyAddress: own.InsecureAnyAddress, PublicOnly: !named, Now: own.Now,
	}
	if c.Issuer == own.Issuer {
		opts.Metadata = own.Metadata
		if c.ClientID == own.ClientID {
			opts.ClientSecret, opts.Certificate = own.ClientSecret, own.Certificate
		}
	}
	client, err := NewClient(opts)
	if err != nil {
		return nil, &badRequestError{Status: http.StatusBadRequest, Say: words.Printable(err.Error())}
	}
	return client, nil
}

// chosenClients keeps the clients of recent choices, so that metadata and keys are not fetched at
// each step. The zero value is ready. It is safe for concurrent use.
type chosenClients struct {
	mu   sync.Mutex
	list []chosenClient // oldest first
}

type chosenClient struct {
	choice choice
	client *Client
}

func (l *chosenClients) get(c choice, build func(choice) (*Client, error)) (*Client, error) {
	c.Profile = "" // the profile only affects how tokens are checked, not how they are fetched
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, known := range l.list {
		if known.choice == c {
			return known.client, nil
		}
	}
	client, err := build(c)
	if err != nil {
		return nil, err
	}
	if len(l.list) >= maxChosen {
		l.list[0].client.Close()
		l.list = l.list[1:]
	}
	l.list = append(l.list, chosenClient{c, client})
	return client, nil
}

func (l *chosenClients) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.list {
		c.client.Close()
	}
}
