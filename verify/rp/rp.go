package rp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// Options set up the relying party for browsers. Client is required; its
// RedirectURL is where [RP.Handler] serves /rp/callback.
type Options struct {
	Client  ClientOptions
	Profile string // "" means [DefaultProfile]
	// ExpectedTID says what tid must be, "" when it is not known yet; nil means
	// never known. It is asked once for each report and must not block.
	ExpectedTID    func() string
	OIDForSub      func(sub string) string // see [Input]; nil means oid is sub
	AMRSets        []verify.AMRSet         // nil means [DefaultAMRSets]
	AccessAudience string                  // see [Input]
	HookCalls      verify.HookCalls        // nil: this process does not run the hook
	Outcomes       verify.Outcomes         // what Okta says of calls that others answered; nil: nobody hears of it
	// BasicAuth is an htpasswd file with bcrypt hashes; nil lets everyone in.
	BasicAuth []byte
	// CookieKey are 32 secret bytes that seal the sign-in cookie; nil means drawn
	// at random, so that a sign-in has to end at the process where it began.
	CookieKey []byte
	Logger    *slog.Logger // nil discards; gets outcomes, never tokens or claims
	// ClientAddr tells where a request comes from, for the limits on wrong passwords; nil: the peer.
	ClientAddr func(*http.Request) netip.Addr
	Meter      metric.Meter // nil: nothing is counted
}

// RP is the relying party that signs in as PSC would and shows what it got. It
// keeps no sign-in and no token. It is safe for concurrent use.
type RP struct {
	opts    Options
	client  *Client
	profile verify.Profile
	cookies *cookieJar
	guard   *guard
	log     *slog.Logger
	now     func() time.Time
	turns   turns
}

// maxFormBytes bounds the body of POST /rp/check: two tokens, userinfo and their
// encoding.
const maxFormBytes = 256 << 10

// requestTimeout bounds all that one request waits for, so that a page comes
// before servers cut the connection, for which 10 s is usual.
const requestTimeout = 8 * time.Second

// New checks the options and draws the cookie key. It sends nothing: the
// provider is looked up at the first sign-in, so that the service starts while it
// is down. Close it when done.
// The error is that of the options, an [*UnknownProfileError] among them.
func New(opts Options) (*RP, error) {
	profile, err := verify.ProfileNamed(opts.Profile)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	client, err := NewClient(opts.Client)
	if opts.Client.RedirectURL == "" {
		err = errors.Join(err, errors.New("redirect URL: missing"))
	}
	if err != nil {
		return nil, err
	}
	cookies, err := newCookieJar(client.opts, opts.CookieKey)
	if err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	guard, err := newGuard(opts, client.opts.Now)
	if err != nil {
		return nil, err
	}
	rp := &RP{opts: opts, client: client, profile: profile, cookies: cookies, guard: guard, log: opts.Logger, now: client.opts.Now, turns: make(turns, maxReports)}
	return rp, nil
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Meter == nil {
		o.Meter = noop.Meter{}
	}
	if o.ClientAddr == nil {
		o.ClientAddr = peer
	}
	return o
}

// ReplaceUsers puts another htpasswd file in use in place of the one in [Options]. After an error, which names the
// line, the former stays. It may be called while the relying party serves.
func (rp *RP) ReplaceUsers(htpasswd []byte) error { return rp.guard.replace(htpasswd) }

// Close closes idle connections to the provider.
func (rp *RP) Close() { rp.client.Close() }

// Handler serves the relying party under /rp/: the page, /rp/login,
// /rp/callback, POST /rp/check and /rp/style.css.
func (rp *RP) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rp/{$}", rp.start)
	mux.HandleFunc("GET /rp/login", rp.login)
	mux.HandleFunc("GET /rp/callback", rp.callback)
	mux.Handle("POST /rp/check", sameOrigin(rp.check))
	mux.HandleFunc("GET /rp/style.css", rp.style)
	mux.HandleFunc("GET /rp", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/rp/", http.StatusSeeOther) })
	return rp.withHeaders(rp.guard.wrap(mux))
}

// withHeaders bounds the time and sets what protects the pages: they hold personal data, so nothing
// may be kept, framed, or sent along to another site.
func (rp *RP) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if rp.cookies.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// sameOrigin refuses forms posted by other sites. Programs, which send neither
// Origin nor Sec-Fetch-Site, pass.
func sameOrigin(next http.HandlerFunc) http.Handler {
	return http.NewCrossOriginProtection().Handler(next)
}

func languageOf(r *http.Request) words.Language {
	if lang, ok := words.ParseLanguage(r.URL.Query().Get("lang")); ok {
		return lang
	}
	return words.MatchLanguage(r.Header.Get("Accept-Language"))
}

func (rp *RP) start(w http.ResponseWriter, r *http.Request) {
	writeStart(w, languageOf(r), startPage{
		Issuer: rp.client.opts.Issuer, ClientID: rp.client.opts.ClientID, Profile: rp.profile.Name(), Profiles: verify.ProfileNames(),
	})
}

func (rp *RP) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(pageStyle)
}

// login sends the browser to the provider. ?again=1 asks it to authenticate anew.
func (rp *RP) login(w http.ResponseWriter, r *http.Request) {
	lang := languageOf(r)
	address, signIn, err := rp.client.Begin(r.Context(), r.URL.Query().Get("again") == "1")
	if err != nil {
		rp.problem(w, r, lang, err)
		return
	}
	cookie, err := rp.cookies.seal(signIn, lang, rp.now())
	if err != nil {
		rp.problem(w, r, lang, err)
		return
	}
	for _, old := range rp.cookies.surplus(r, rp.now()) {
		http.SetCookie(w, old)
	}
	http.SetCookie(w, cookie)
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// callback ends the sign-in and shows the report at once: it is kept nowhere, so
// that loading the page again can only ask to sign in again.
func (rp *RP) callback(w http.ResponseWriter, r *http.Request) {
	lang := languageOf(r)
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		rp.problem(w, r, lang, &RefusedError{Reason: "code"})
		return
	}
	state := query.Get("state")
	begun, err := rp.cookies.open(r, state, rp.now())
	if err != nil {
		rp.problem(w, r, lang, err)
		return
	}
	http.SetCookie(w, rp.cookies.cleared(state))
	if !query.Has("lang") {
		lang = begun.Lang
	}
	tokens, err := rp.client.Finish(r.Context(), begun.SignIn, query)
	if err != nil {
		rp.problem(w, r, lang, err)
		return
	}
	in := rp.input(r.Context(), lang)
	in.IDToken, in.AccessToken, in.UserInfo, in.UserInfoFault = tokens.IDToken, tokens.AccessToken, tokens.UserInfo, tokens.UserInfoFault
	in.Nonce, in.Scopes, in.RequestID = begun.SignIn.Nonce, rp.client.opts.Scopes, tokens.RequestID
	done, ok := rp.turns.take(r.Context())
	if !ok {
		rp.problem(w, r, lang, errBusy)
		return
	}
	defer done()
	report := verify.Run(r.Context(), in)
	rp.logReport(r.Context(), "sign-in checked", report)
	writeReportPage(w, report)
}

// input is what every report of this relying party has in common.
func (rp *RP) input(ctx context.Context, lang words.Language) verify.Input {
	in := verify.Input{
		Issuer: rp.client.opts.Issuer, ClientID: rp.client.opts.ClientID, Confidential: rp.client.opts.ClientSecret != "" || rp.client.opts.Certificate != nil,
		AccessAudience: rp.opts.AccessAudience, OIDForSub: rp.opts.OIDForSub, AMRSets: rp.opts.AMRSets,
		ACRValues: rp.client.opts.ACRValues, Keys: rp.client.Keys(),
		HookCalls: rp.opts.HookCalls, Outcomes: rp.opts.Outcomes, Now: rp.now(), Profile: rp.profile, Language: lang,
	}
	// Without metadata the report still says what it can; the signature checks
	// then tell that the provider cannot be reached.
	if p, err := rp.client.Provider(ctx); err == nil {
		in.Provider = p
	}
	if rp.opts.ExpectedTID != nil {
		in.ExpectedTID = rp.opts.ExpectedTID()
	}
	return in
}

func (rp *RP) logReport(ctx context.Context, message string, r report.Report) {
	var failed []string
	for _, c := range r.Checks {
		if c.Status == report.StatusFail {
			failed = append(failed, c.ID)
		}
	}
	rp.log.InfoContext(ctx, message, "profile", r.Profile, "verdict", string(r.Verdict), "failed", strings.Join(failed, " "))
}

// problem shows why there is no report. What the provider said is shown only
// when it belongs to a sign-in that began here.
func (rp *RP) problem(w http.ResponseWriter, r *http.Request, lang words.Language, err error) {
	page := problemPage{Key: "internal"}
	status := http.StatusInternalServerError
	var refused *RefusedError
	var answered *ProviderError
	var unavailable *UnavailableError
	switch {
	case errors.Is(err, errBusy):
		page.Key, status = "busy", http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
	case errors.As(err, &refused):
		page.Key, page.Description, status = refused.Reason, refused.Detail, http.StatusBadRequest
	case errors.As(err, &answered):
		page.Key, status = "provider", http.StatusBadGateway
		page.Code, page.Description, page.Endpoint, page.Remedy = answered.Code, answered.Description, answered.Endpoint, answered.Remedy()
		if answered.Code == "access_denied" {
			status = http.StatusForbidden
		}
	case errors.As(err, &unavailable):
		page.Key, status, page.Description = "unavailable", http.StatusBadGateway, words.Printable(unavailable.Error())
		page.Remedy = unavailable.Remedy()
	}
	rp.log.WarnContext(r.Context(), "no report", "reason", page.Key, "code", page.Code, "status", status)
	writeProblem(w, lang, status, page)
}
