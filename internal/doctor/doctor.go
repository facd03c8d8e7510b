package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"pschook/internal/config"
	"pschook/internal/oktaread"
	"pschook/internal/outcomes"
	"pschook/verify/report"
	"pschook/verify/words"
)

// ReservedClaims says which claims a hook cannot change (Okta developer docs,
// guides/token-inline-hook, and the table that the configuration names).
type ReservedClaims interface {
	IDToken(claim string) bool
	AccessToken(claim string) bool
}

// Options are the settings of [Run]. A field is required unless its comment says otherwise.
type Options struct {
	Config *config.Config
	Okta   *http.Client // for the Management API of Config.Okta.OrgURL, with a credential and [Scopes]
	SignOn *http.Client // the same, with [SignOnScope]; nil: use Okta
	Public *http.Client // for the same host, without a credential

	HookURL      *url.URL // where Okta should call the service
	Issuer       string   // authorization server whose tokens are for Pro Santé Connect
	ClientID     string   // OAuth client of Pro Santé Connect
	RedirectURIs []string // that the client must have; empty: any, but at least one

	Sample []byte // see [GenerateSample]
	// Expect returns what the service must answer to Sample in an org with this id.
	Expect   func(ctx context.Context, orgID string) (Expected, error)
	Reserved ReservedClaims

	// Log reads the latest part of the System Log; nil: it is not read.
	Log func(ctx context.Context) (outcomes.Summary, error)

	Patience time.Duration                                    // time limit for our own call of the hook; 0: ten seconds
	Wait     func(ctx context.Context, d time.Duration) error // waits for Okta's rate limit; nil: with a timer

	Roots    *x509.CertPool // authorities for certificates; nil: the system's
	Language words.Language // "" means English
	Now      func() time.Time
}

// Run reads the org, has Okta call the hook once, and reports. If something cannot be read, a check
// fails. An error means that the options are wrong.
func Run(ctx context.Context, opts Options) (report.Report, error) {
	if err := missing("doctor", map[string]bool{
		"Config":   opts.Config == nil,
		"Okta":     opts.Okta == nil,
		"Public":   opts.Public == nil,
		"Expect":   opts.Expect == nil,
		"Reserved": opts.Reserved == nil,
		"Sample":   len(opts.Sample) == 0,
		"HookURL":  opts.HookURL == nil || opts.HookURL.Host == "",
		"Now":      opts.Now == nil,
	}); err != nil {
		return report.Report{}, err
	}
	lines := report.Examine(checks(), gather(ctx, opts)).Checks(opts.Language)
	if opts.Log != nil {
		summary, err := opts.Log(ctx)
		lines = append(lines, report.Examine(logChecks(err), logged{summary, lines}).Checks(opts.Language)...)
	}
	return report.New("doctor", opts.Language, lines), nil
}

// missing names the required options that were not given.
func missing(command string, absent map[string]bool) error {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(absent)) {
		if absent[name] {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%s: options not given: %s", command, strings.Join(names, ", "))
}

// CheckIDs returns the ids of all checks of [Run], so that tests can verify references to them.
func CheckIDs() []string {
	var ids []string
	for _, r := range checks() {
		ids = append(ids, r.ID)
	}
	for _, r := range logChecks(nil) {
		ids = append(ids, r.ID)
	}
	return ids
}

// checks returns all checks, in the order in which one would repair their faults.
func checks() []report.Rule[*evidence] {
	return slices.Concat(orgChecks(), hookChecks(), appChecks(), ruleChecks(), previewChecks())
}

// evidence is all that was read. The checks do not change it.
type evidence struct {
	in Options

	wellKnown    oktaread.Org
	wellKnownErr error
	clock        moment

	org       oktaread.Org
	hooks     []oktaread.InlineHook
	server    oktaread.AuthServer
	serverErr error // why the server could not be read
	policies  []oktaread.Policy
	claims    []oktaread.Claim
	scopes    []oktaread.Scope
	app       oktaread.App
	appErr    error // why the app could not be read
	groups    []oktaread.Assignment
	people    []oktaread.Assignment // people who may use the app without a group
	nobody    bool                  // the groups have no members, as far as doctor may know
	signOn    []oktaread.SignOnRule
	signOnErr error // why it could not be read
	unread    []error

	certificate presented

	expected    Expected
	expectedErr error
	preview     answer
	previewErr  error
	direct      answer // to our own call
	directErr   error
}

// gather reads everything.
func gather(ctx context.Context, opts Options) *evidence {
	ev := &evidence{in: opts}
	ev.greet(ctx)
	if opts.HookURL.Scheme == "https" {
		ev.certificate = inspect(ctx, opts.HookURL)
	}
	c := oktaread.Client{OrgURL: opts.Config.Okta.OrgURL, HTTP: opts.Okta, Now: opts.Now, Wait: opts.Wait}
	ev.read(ctx, c)
	ev.expected, ev.expectedErr = opts.Expect(ctx, ev.org.ID)
	if hook, ok := ev.hook(); ok {
		ev.execute(ctx, c, hook)
		ev.callDirectly(ctx)
	}
	return ev
}

// greet reads the public document and, with it, the org's clock.
func (ev *evidence) greet(ctx context.Context) {
	public := oktaread.Client{OrgURL: ev.in.Config.Okta.OrgURL, HTTP: ev.in.Public, Now: ev.in.Now, Wait: ev.in.Wait}
	r, err := public.Call(ctx, oktaread.Request{Path: "/.well-known/okta-organization"})
	ev.clock = moment{r.Header.Get("Date"), r.Asked, r.Answered}
	if err == nil && json.Unmarshal(r.Body, &ev.wellKnown) != nil {
		err = errors.New("the answer is not the document of an Okta org")
	}
	ev.wellKnownErr = err
}

// read reads what the Management API provides. If Okta does not know the credential, it is not
// tried again. If the credential lacks rights, each request shows which.
func (ev *evidence) read(ctx context.Context, c oktaread.Client) {
	var err error
	if ev.org, err = oktaread.Get[oktaread.Org](ctx, c, oktaread.PathOrg, oktaread.ScopeOrg); err != nil {
		ev.note(err)
		if !oktaread.Forbidden(err) {
			return
		}
	}
	ev.hooks, err = oktaread.Hooks(ctx, c)
	ev.note(err)
	ev.readServer(ctx, c)
	ev.app, err = oktaread.FindApp(ctx, c, ev.in.ClientID)
	if oktaread.Missing(err) {
		ev.appErr = err
		return
	}
	ev.note(err)
	if err == nil {
		ev.readPeople(ctx, c)
	}
}

// readPeople reads who may use the app, and what their sign-in requires.
func (ev *evidence) readPeople(ctx context.Context, c oktaread.Client) {
	var err error
	ev.groups, ev.people, err = oktaread.Assignments(ctx, c, ev.app.ID)
	ev.note(err)
	if ev.nobody, err = oktaread.Empty(ctx, c, ev.groups); err != nil {
		ev.nobody = false // without the right to read groups, skip this
	}
	if ev.in.SignOn != nil {
		c.HTTP = ev.in.SignOn
	}
	ev.signOn, ev.signOnErr = oktaread.SignOnRules(ctx, c, ev.app)
}

// callDirectly calls the hook as Okta does, with the configured secret. This shows who causes a bad
// answer to Okta.
func (ev *evidence) callDirectly(ctx context.Context) {
	if len(ev.in.Config.Hook.Secrets) == 0 {
		ev.directErr = errNoSecret
		return
	}
	if ev.in.Patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, ev.in.Patience)
		defer cancel()
	}
	p := &probed{in: ProbeOptions{URL: ev.in.HookURL, AuthHeader: ev.in.Config.Hook.AuthHeader, Sample: ev.in.Sample, Roots: ev.in.Roots}}
	ev.direct, ev.directErr = p.call(ctx, string(ev.in.Config.Hook.Secrets[0]))
}

func (ev *evidence) note(err error) {
	if err != nil {
		ev.unread = append(ev.unread, err)
	}
}

// readServer reads the authorization server of the issuer.
func (ev *evidence) readServer(ctx context.Context, c oktaread.Client) {
	id := oktaread.ServerID(ev.in.Issuer)
	var err error
	ev.server, err = oktaread.Get[oktaread.AuthServer](ctx, c, oktaread.ServerPath(id), oktaread.ScopeServers)
	if oktaread.Missing(err) {
		ev.serverErr = err
		return
	}
	ev.note(err)
	if err != nil {
		return
	}
	ev.claims, err = oktaread.List[oktaread.Claim](ctx, c, oktaread.ServerPath(id)+"/claims", oktaread.ScopeServers)
	ev.note(err)
	ev.scopes, err = oktaread.List[oktaread.Scope](ctx, c, oktaread.ServerPath(id)+"/scopes", oktaread.ScopeServers)
	ev.note(err)
	ev.policies, err = oktaread.Policies(ctx, c, id)
	ev.note(err)
	if everyone, _, err := oktaread.FindGroup(ctx, c, "Everyone"); err == nil { // without the right to read groups, skip this
		oktaread.NameEveryone(ev.policies, everyone.ID)
	}
}

// execute has Okta call the hook, as the Admin Console's preview does.
func (ev *evidence) execute(ctx context.Context, c oktaread.Client, hook oktaread.InlineHook) {
	r, err := c.Call(ctx, oktaread.Request{
		Method: http.MethodPost, Path: oktaread.PathHooks + "/" + url.PathEscape(hook.ID) + "/execute", Scope: "okta.inlineHooks.manage", Body: ev.in.Sample,
	})
	ev.previewErr = err
	ev.preview = answer{status: r.Status, contentType: r.Header.Get("Content-Type"), body: r.Body, took: r.Answered.Sub(r.Asked)}
	if err == nil && len(r.Body) == 0 {
		ev.preview.status = http.StatusNoContent // Okta has its own status for an answer without a body
	}
}

// hook returns the token hook that is registered for the URL. If there are several, it is the one
// that a rule for the client calls.
func (ev *evidence) hook() (oktaread.InlineHook, bool) {
	hooks := oktaread.TokenHooks(ev.hooks)
	called := slices.DeleteFunc(slices.Clone(hooks), func(h oktaread.InlineHook) bool {
		return !slices.ContainsFunc(ev.matching(), func(p oktaread.Place) bool { return p.Rule.HookID() == h.ID })
	})
	if h, ok := oktaread.HookFor(called, ev.in.HookURL); ok {
		return h, true
	}
	return oktaread.HookFor(hooks, ev.in.HookURL)
}
