package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pschook/internal/config"
	"pschook/verify"
)

// ReservedClaims says which claims a hook cannot touch (Okta developer docs,
// guides/token-inline-hook, and the table that the configuration names).
type ReservedClaims interface {
	IDToken(claim string) bool
	AccessToken(claim string) bool
}

// Options are what [Run] compares. All are required but those that say otherwise.
type Options struct {
	Config *config.Config
	Okta   *http.Client // for the Management API of Config.Okta.OrgURL, with a credential and [Scopes]
	Public *http.Client // for the same host, without a credential

	HookURL      *url.URL // where Okta should call the service
	Issuer       string   // authorization server whose tokens are for Pro Santé Connect
	ClientID     string   // OAuth client of Pro Santé Connect
	RedirectURIs []string // that the client must have; empty: at least one, whichever

	Sample []byte // see [GenerateSample]
	// Expect returns what the service should answer to Sample in an org of this id.
	Expect   func(ctx context.Context, orgID string) (Expected, error)
	Reserved ReservedClaims

	Roots    *x509.CertPool  // authorities for certificates; nil: the system's
	Language verify.Language // "" means English
	Now      func() time.Time
}

// Run reads the org, has Okta call the hook once, and reports. What cannot be read
// is a failed check; the error is one of the options.
func Run(ctx context.Context, opts Options) (verify.Report, error) {
	switch {
	case opts.Config == nil, opts.Okta == nil, opts.Public == nil, opts.Expect == nil, opts.Reserved == nil, opts.Now == nil, len(opts.Sample) == 0:
		return verify.Report{}, errors.New("doctor: a required option is missing")
	case opts.HookURL == nil || opts.HookURL.Host == "":
		return verify.Report{}, errors.New("doctor: the hook URL is missing")
	}
	return examine("doctor", opts.Language, checks(), gather(ctx, opts)), nil
}

// checks in the order in which one would mend things.
func checks() []check[*evidence] {
	return slices.Concat(orgChecks(), hookChecks(), appChecks(), ruleChecks(), previewChecks())
}

// evidence is all that was read. The checks change nothing in it.
type evidence struct {
	in Options

	wellKnown    orgDocument
	wellKnownErr error
	clock        moment

	org       orgDocument
	hooks     []inlineHook
	server    authServer
	serverErr error // it does not exist
	policies  []policy
	claims    []customClaim
	app       app
	appErr    error // it does not exist
	unread    []error

	certificate presented

	expected    Expected
	expectedErr error
	preview     answer
	previewErr  error
}

// gather asks all questions.
func gather(ctx context.Context, opts Options) *evidence {
	ev := &evidence{in: opts}
	public := org{opts.Config.Okta.OrgURL, opts.Public, opts.Now}
	ev.wellKnown, ev.clock, ev.wellKnownErr = get[orgDocument](ctx, public, "/.well-known/okta-organization", "")
	if opts.HookURL.Scheme == "https" {
		ev.certificate = inspect(ctx, opts.HookURL)
	}
	o := org{opts.Config.Okta.OrgURL, opts.Okta, opts.Now}
	ev.read(ctx, o)
	ev.expected, ev.expectedErr = opts.Expect(ctx, ev.org.ID)
	if hook, ok := ev.hook(); ok {
		ev.execute(ctx, o, hook)
	}
	return ev
}

// read fills what the Management API tells. A credential that is refused is not
// tried again.
func (ev *evidence) read(ctx context.Context, o org) {
	var err error
	if ev.org, _, err = get[orgDocument](ctx, o, "/api/v1/org", "okta.orgs.read"); err != nil {
		ev.unread = append(ev.unread, err)
		return
	}
	ev.hooks, err = list[inlineHook](ctx, o, "/api/v1/inlineHooks", "okta.inlineHooks.read")
	ev.note(err)
	ev.readServer(ctx, o)
	ev.readApp(ctx, o)
}

func (ev *evidence) note(err error) {
	if err != nil {
		ev.unread = append(ev.unread, err)
	}
}

// readServer reads the authorization server by the last part of its issuer, which is its
// id, or "default" (Okta developer docs, concepts/auth-servers).
func (ev *evidence) readServer(ctx context.Context, o org) {
	const scope = "okta.authorizationServers.read"
	id := ev.in.Issuer[strings.LastIndexByte(ev.in.Issuer, '/')+1:]
	path := "/api/v1/authorizationServers/" + url.PathEscape(id)
	var err error
	ev.server, _, err = get[authServer](ctx, o, path, scope)
	if missing(err) {
		ev.serverErr = err
		return
	}
	ev.note(err)
	if err != nil {
		return
	}
	ev.claims, err = list[customClaim](ctx, o, path+"/claims", scope)
	ev.note(err)
	ev.policies, err = list[policy](ctx, o, path+"/policies", scope)
	ev.note(err)
	for i := range ev.policies {
		p := &ev.policies[i]
		p.rules, err = list[rule](ctx, o, path+"/policies/"+url.PathEscape(p.ID)+"/rules", scope)
		ev.note(err)
		slices.SortStableFunc(p.rules, func(a, b rule) int { return a.Priority - b.Priority })
	}
	slices.SortStableFunc(ev.policies, func(a, b policy) int { return a.Priority - b.Priority })
}

// readApp reads the app of the client id. Okta gives both the same id, unless the
// app was made with a client id of its own.
func (ev *evidence) readApp(ctx context.Context, o org) {
	const scope = "okta.apps.read"
	var err error
	ev.app, _, err = get[app](ctx, o, "/api/v1/apps/"+url.PathEscape(ev.in.ClientID), scope)
	if !missing(err) {
		ev.note(err)
		return
	}
	ev.appErr = err
	apps, err := list[app](ctx, o, "/api/v1/apps?limit=200", scope)
	ev.note(err)
	i := slices.IndexFunc(apps, func(a app) bool { return a.Credentials.OAuthClient.ClientID == ev.in.ClientID })
	if i >= 0 {
		ev.app, ev.appErr = apps[i], nil
	}
}

// execute has Okta call the hook, as the Admin Console's preview does.
func (ev *evidence) execute(ctx context.Context, o org, hook inlineHook) {
	r, err := o.call(ctx, http.MethodPost, "/api/v1/inlineHooks/"+url.PathEscape(hook.ID)+"/execute", "okta.inlineHooks.manage", ev.in.Sample)
	ev.previewErr = err
	ev.preview = answer{status: r.status, contentType: r.header.Get("Content-Type"), body: r.body, took: r.when.after.Sub(r.when.before)}
	if err == nil && len(r.body) == 0 {
		ev.preview.status = http.StatusNoContent // whatever Okta makes of an answer without a body
	}
}

// hook is the token hook that is registered for the URL.
func (ev *evidence) hook() (inlineHook, bool) {
	for _, h := range ev.tokenHooks() {
		if u, err := url.Parse(h.Channel.Config.URI); err == nil && sameURL(u, ev.in.HookURL) {
			return h, true
		}
	}
	return inlineHook{}, false
}

// tokenHooks are the org's hooks of this kind, active ones first.
func (ev *evidence) tokenHooks() []inlineHook {
	var active, others []inlineHook
	for _, h := range ev.hooks {
		switch {
		case h.Type != "com.okta.oauth2.tokens.transform":
		case h.Status == "ACTIVE":
			active = append(active, h)
		default:
			others = append(others, h)
		}
	}
	return append(active, others...)
}

// sameURL compares URLs as a client does (RFC 3986, section 6.2: case of scheme and host, default port).
func sameURL(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) &&
		portOf(a) == portOf(b) && a.EscapedPath() == b.EscapedPath() && a.RawQuery == b.RawQuery
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}
