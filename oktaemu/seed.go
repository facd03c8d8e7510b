package oktaemu

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pschook/oktaemu/internal/seed"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// Seed is an org as a file: see [ParseSeed].
type Seed struct{ seed *seed.Seed }

// SeedError is one fault of a seed, and where it stands: File, Line and Column (from 1; 0 when it has no place of its
// own), Reason.
type SeedError = seed.Error

// ParseSeed reads an org from YAML: its people and their methods, groups, apps, hooks,
// authorization servers with policies and rules, custom domain, table of reserved claims, faults
// (docs/en/emulator.md). name is used in errors. It reports all faults together (errors.Join of
// [*SeedError]): first faults of form; if there are none, what Okta's Management API would refuse,
// and names of objects that do not exist. No error quotes a secret. It opens no listener and calls
// nobody.
func ParseSeed(name string, text []byte) (*Seed, error) {
	parsed, err := seed.Parse(name, text)
	if err != nil {
		return nil, err
	}
	faults := orgFaults(parsed)
	rest := *parsed
	rest.Org = seed.Org{Reserved: parsed.Org.Reserved}
	if _, err := (Options{Reserved: Reserved(rest.Org.Reserved)}).reserved(); err != nil {
		rest.Org.Reserved = ""
	}
	org, err := New(Options{Addr: NoListener, PublicURL: trialURL, Seed: &Seed{&rest}})
	if err != nil {
		return nil, errors.Join(append(faults, err)...)
	}
	if err := errors.Join(append(faults, org.Close())...); err != nil {
		return nil, err
	}
	return &Seed{parsed}, nil
}

// trialURL is the URL of an org that exists only for the check.
const trialURL = "https://okta.example"

// orgFaults says what is wrong with the org as a whole.
func orgFaults(s *seed.Seed) (faults []error) {
	wrong := func(reason string, way ...any) {
		faults = append(faults, s.Fault(reason, append([]any{"org"}, way...)...))
	}
	for i, f := range s.Org.Features {
		if !slices.Contains(Features(), f) {
			wrong(fmt.Sprintf("%q is not one of %v%s", f, Features(), seed.Nearest(string(f), Features())), "features", i)
		}
	}
	if _, err := (Options{Reserved: Reserved(cmp.Or(s.Org.Reserved, string(ReservedDeveloper)))}).reserved(); err != nil {
		wrong(err.Error(), "reserved")
	}
	if err := (Options{PublicURL: trialURL, CustomDomain: s.Org.CustomDomain}).customDomainFault(); err != nil {
		wrong(err.Error(), "customDomain")
	}
	if s.Org.ID != "" && !seed.ValidID(s.Org.ID) {
		wrong("an id has 1 to 100 letters, digits, -, _ and .", "id")
	}
	return faults
}

// Personas returns the people that every org starts with, unless a seed has others.
func Personas() []Persona {
	org, err := New(Options{Addr: NoListener, PublicURL: trialURL})
	if err != nil {
		return nil // these options cannot be wrong
	}
	defer func() { _ = org.Close() }() // without a listener, it cannot fail
	return org.Personas()
}

// Personas returns the people of the org's seed who can sign in, up to 50.
func (o *Org) Personas() (people []Persona) {
	o.store.Do(func(st *store.State) { people = st.Personas() })
	return people
}

// Seed writes the current org as a file for [ParseSeed]. An org made from that file writes the same
// file. Passwords and secrets are REPLACE-ME, unless secrets is set. The file has no keys, tokens,
// sessions, or records of calls and events.
func (o *Org) Seed(secrets bool) ([]byte, error) {
	var s *seed.Seed
	o.store.Do(func(st *store.State) { s = seed.Of(st, secrets) })
	s.Org = seed.Org{
		ID: o.opts.OrgID, CustomDomain: o.opts.CustomDomain, Features: o.opts.Features, Reserved: string(o.opts.Reserved),
		StrictClientAuth: o.opts.StrictClientAuth, HookDebugging: o.opts.HookDebugging,
	}
	return s.YAML()
}

// serveSeed answers GET /_emu/seed. With secrets=true, and only for the API token, the answer has
// the secrets.
func (o *Org) serveSeed(w http.ResponseWriter, r *http.Request) {
	secrets := r.URL.Query().Get("secrets") == "true"
	if secrets && r.Header.Get("Authorization") != "SSWS "+o.opts.APIToken {
		wire.WriteAPIError(w, wire.ErrInvalidToken())
		return
	}
	text, err := o.Seed(secrets)
	if err != nil {
		wire.WriteJSON(w, http.StatusInternalServerError, map[string]string{"error": "seed: " + err.Error()})
		return
	}
	w.Header().Set("Content-Type", "application/yaml") // RFC 9512
	_, _ = w.Write(text)
}

// seeded applies what a seed says about the org as a whole, unless an option overrides it. It
// returns the seed to fill the org with.
func (o Options) seeded() (Options, *seed.Seed, error) {
	given := &seed.Seed{}
	if o.Seed != nil {
		given = o.Seed.seed
	}
	var faults []error
	if given.Apps != nil && (o.ClientID != "" || len(o.RedirectURIs)+len(o.PostLogoutRedirectURIs) > 0) {
		faults = append(faults, errors.New("ClientID, RedirectURIs and PostLogoutRedirectURIs: the seed says which apps there are"))
	}
	filling, err := given.Completed()
	if err := errors.Join(append(faults, err)...); err != nil {
		return o, nil, err
	}
	org := filling.Org
	if o.OrgID == "" {
		o.OrgID = org.ID
	}
	if o.CustomDomain == "" {
		o.CustomDomain = org.CustomDomain
	}
	if o.Reserved == "" {
		o.Reserved = Reserved(org.Reserved)
	}
	if o.Features == nil {
		o.Features = org.Features
	}
	o.StrictClientAuth = o.StrictClientAuth || org.StrictClientAuth
	o.HookDebugging = o.HookDebugging || org.HookDebugging
	if given.Apps == nil {
		o = o.withClient()
		app := &filling.Apps[0]
		app.ClientID, app.RedirectURIs, app.PostLogoutURIs = o.ClientID, o.RedirectURIs, o.PostLogoutRedirectURIs
	}
	return o, filling, o.addHook(filling)
}

// withPublicClientOf uses the seed's first public client, unless the options name the usual one.
func (o Options) withPublicClientOf(filling *seed.Seed) Options {
	i := slices.IndexFunc(filling.Apps, func(a seed.App) bool {
		return (a.Type == "browser" || a.Type == "native") && a.ClientID != "" && len(a.RedirectURIs) > 0
	})
	if i >= 0 && o.ClientID == "" {
		o.ClientID, o.RedirectURIs = filling.Apps[i].ClientID, filling.Apps[i].RedirectURIs
	}
	return o
}

// addHook replaces the seed's token hook by the one of the options. If the seed has none, it adds
// the hook to the first rule of the server "default".
func (o Options) addHook(filling *seed.Seed) error {
	if o.Hook.URL == "" {
		return nil
	}
	channel := store.HookChannel{Type: "HTTP", Version: "1.0.0", Config: store.HookConfig{URI: o.Hook.URL}}
	if o.Hook.Secret != "" {
		channel.Config.AuthScheme = &store.HookAuthScheme{Type: "HEADER", Key: o.Hook.Header, Value: o.Hook.Secret}
	}
	var tokenHooks []int
	for i, h := range filling.InlineHooks {
		if h.Type == "" || h.Type == TokenHookType {
			tokenHooks = append(tokenHooks, i)
		}
	}
	switch len(tokenHooks) {
	case 0:
		first := seed.InlineHook{ID: wire.FixedID(wire.IDHook, "emuhook"), Name: "token hook", Channel: channel}
		filling.InlineHooks = append(filling.InlineHooks, first)
		return filling.Link(first.Name)
	case 1:
		filling.InlineHooks[tokenHooks[0]].Channel = channel
		return nil
	default:
		return fmt.Errorf("Hook: the seed has %d token hooks, and none of them is to be replaced by another", len(tokenHooks))
	}
}

// ask sends a request of a seed to the org's own Management API, without faults and limits.
func (o *Org) ask(api http.Handler) seed.Ask {
	return func(method, path string, body map[string]any, id string) *wire.APIError {
		text, err := json.Marshal(body)
		if err != nil {
			return wire.ErrInvalid("seed", err.Error())
		}
		if body == nil {
			text = nil
		}
		target, err := url.Parse(o.URL() + path)
		if err != nil {
			return wire.ErrInvalid("seed", err.Error())
		}
		r, err := http.NewRequestWithContext(context.Background(), method, target.String(), bytes.NewReader(text))
		if err != nil {
			return wire.ErrInvalid("seed", err.Error())
		}
		r.Header.Set("Authorization", "SSWS "+o.opts.APIToken)
		answer := &kept{header: http.Header{}, status: http.StatusOK}
		api.ServeHTTP(answer, wire.WithGivenID(wire.WithOrg(r, o.URL()), id))
		return answer.refusal()
	}
}

// kept records an answer.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header                { return k.header }
func (k *kept) WriteHeader(status int)             { k.status = status }
func (k *kept) Write(text []byte) (n int, e error) { return k.body.Write(text) }

// refusal returns the error in the answer; nil when the request succeeded.
func (k *kept) refusal() *wire.APIError {
	if k.status < http.StatusBadRequest {
		return nil
	}
	var said struct {
		ErrorCode    string
		ErrorSummary string
		ErrorCauses  []struct{ ErrorSummary string }
	}
	if err := json.Unmarshal(k.body.Bytes(), &said); err != nil {
		return wire.ErrInternal(k.status)
	}
	fault := wire.ErrAPI(k.status, said.ErrorCode, strings.TrimSpace(said.ErrorSummary))
	for _, cause := range said.ErrorCauses {
		fault.Causes = append(fault.Causes, cause.ErrorSummary)
	}
	return fault
}
