package rp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	"pschook/internal/attempts"
	"pschook/internal/dress"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/words"
)

// Options set up the relying party for browsers. Client is required; its RedirectURL is the URL of
// /rp/callback, which [RP.Handler] serves.
type Options struct {
	Client  ClientOptions
	Profile string // "" means [DefaultProfile]
	// Issuers may be chosen on the page in addition to the client's own issuer. They are issuers,
	// or patterns in which * stands for one label of the host or one segment of the path. A host
	// that only matches a pattern must have a public address.
	Issuers []string
	// ExpectedTID returns what tid must be; "" when it is not known yet. nil means that it is never
	// known. It is called once for each report and must not block.
	ExpectedTID    func() string
	OIDForSub      func(sub string) string // see [verify.Input]; nil means oid is sub
	AMRSets        []verify.AMRSet         // nil means [DefaultAMRSets]
	AccessAudience string                  // see [verify.Input]
	HookCalls      verify.HookCalls        // nil: this process does not run the hook
	Outcomes       verify.Outcomes         // what Okta says of calls that others answered; nil: nobody hears of it
	Scenarios      Scenarios               // what may be played on the page; nil: nothing
	// More are further checks of each report about tokens of the operator's own issuer; nil: none.
	More func(now time.Time, lang words.Language) []report.Check
	// BasicAuth is an htpasswd file with bcrypt hashes; nil lets everyone in.
	BasicAuth []byte
	// CookieKey is 32 secret bytes that encrypt the sign-in cookie. nil means random bytes; a
	// sign-in must then end at the process where it began.
	CookieKey []byte
	Logger    *slog.Logger // nil discards; logs outcomes, never tokens or claims
	// ClientAddr returns the address of a request, for the limits on wrong passwords; nil: the
	// peer.
	ClientAddr func(*http.Request) netip.Addr
	Meter      metric.Meter // nil: nothing is counted
}

// RP is the relying party that signs in as PSC would and shows what it got. It keeps no sign-in and
// no received token. It keeps reports for ten minutes. It is safe for concurrent use.
type RP struct {
	opts    Options
	client  *Client
	profile verify.Profile
	cookies *cookieJar
	guard   *guard
	log     *slog.Logger
	now     func() time.Time
	turns   turns
	kept    *keptOutcomes
	chosen  chosenClients
	plays   plays
}

// maxFormBytes bounds the body of POST /rp/check: two tokens, userinfo and their encoding.
const maxFormBytes = 256 << 10

// requestTimeout bounds all waiting of one request. The page must come before servers cut the
// connection, usually after 10 s.
const requestTimeout = 8 * time.Second

// New checks the options and makes the cookie key. It sends nothing: the provider's metadata is
// fetched at the first sign-in, so the service can start while the provider is down. Call Close
// when done. The error is that of the options, which may be a [*verify.UnknownProfileError].
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
	rp := &RP{opts: opts, client: client, profile: profile, cookies: cookies, guard: guard, log: opts.Logger, now: client.opts.Now, turns: make(turns, maxReports), kept: &keptOutcomes{now: client.opts.Now}}
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
		o.ClientAddr = attempts.Peer
	}
	return o
}

// ReplaceUsers uses another htpasswd file in place of the one in [Options]. After an error, which
// names the line, the previous one stays in use. It may be called while the relying party serves.
func (rp *RP) ReplaceUsers(htpasswd []byte) error { return rp.guard.replace(htpasswd) }

// Close closes idle connections to the provider, and drops all reports.
func (rp *RP) Close() {
	rp.plays.close()
	rp.client.Close()
	rp.kept.close()
	rp.chosen.close()
}

// Handler serves the relying party under /rp/: the page, /rp/login, /rp/callback, POST /rp/check,
// /rp/report/{id}, and the files that pages load.
func (rp *RP) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rp/{$}", rp.start)
	mux.HandleFunc("GET /rp/login", rp.login)
	mux.HandleFunc("GET /rp/ask", rp.ask)
	mux.HandleFunc("GET /rp/callback", rp.callback)
	mux.Handle("POST /rp/check", sameOrigin(rp.check))
	mux.HandleFunc("GET /rp/report/{id}", rp.report)
	if rp.opts.Scenarios != nil {
		mux.HandleFunc("GET /rp/scenarios", rp.scenarios)
		mux.Handle("POST /rp/scenarios", sameOrigin(rp.beginPlay))
		mux.HandleFunc("GET /rp/scenario/{id}", rp.showPlay)
		mux.Handle("POST /rp/scenario/{id}", sameOrigin(rp.tellPlay))
	}
	mux.HandleFunc("GET /rp/", func(w http.ResponseWriter, r *http.Request) {
		page := problemOf(&RefusedError{Reason: "missing"})
		page.status = http.StatusNotFound
		rp.problem(w, r, languageOf(r), page)
	})
	mux.HandleFunc("GET /rp/style.css", asset("text/css", dress.Style()))
	mux.HandleFunc("GET /rp/page.js", asset("text/javascript", dress.Script()))
	mux.HandleFunc("GET /rp", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/rp/", http.StatusSeeOther) })
	return rp.withHeaders(rp.guard.wrap(mux))
}

// withHeaders bounds the time and sets headers that protect the pages. They hold personal data, so
// nothing may be stored, framed, or sent to another site.
func (rp *RP) withHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
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

// sameOrigin refuses forms posted by other sites. Programs send neither Origin nor Sec-Fetch-Site,
// so they pass.
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
	rp.cookies.greet(w, r)
	writeStart(w, languageOf(r), rp.startPage())
}

func (rp *RP) startPage() startPage {
	return startPage{
		Issuer: rp.client.opts.Issuer, ClientID: rp.client.opts.ClientID, Profile: rp.profile, Scenarios: rp.opts.Scenarios != nil,
		Issuers: rp.opts.Issuers, Scopes: strings.Join(rp.client.opts.Scopes, " "), ACR: strings.Join(rp.client.opts.ACRValues, " "),
	}
}

func asset(mediaType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
		_, _ = io.WriteString(w, text)
	}
}

// maxHint bounds login_hint in bytes: the longest e-mail address (RFC 5321 §4.5.3.1).
const maxHint = 320

// login sends the browser to the provider. ?again=1 asks the provider to authenticate the person
// again; ?login_hint= names the person.
func (rp *RP) login(w http.ResponseWriter, r *http.Request) {
	var ask Ask
	if r.URL.Query().Get("again") == "1" {
		ask.Prompt = "login"
	}
	if hint := r.URL.Query().Get("login_hint"); len(hint) <= maxHint {
		ask.LoginHint = hint
	}
	if address, ok := rp.begin(w, r, choice{}, ask, "/rp/login?"); ok {
		http.Redirect(w, r, address, http.StatusSeeOther) //nolint:gosec // the authorization endpoint of the provider that the operator named
	}
}

// ask shows the authorization request from the form of the start page, with a link that sends it.
// It does not redirect, because browsers apply form-action to a redirect after a form.
func (rp *RP) ask(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	query.Del("lang")
	here := "/rp/ask?" + query.Encode() + "&"
	chosen, ask, err := rp.readChoice(query)
	if err != nil {
		page := problemOf(err)
		page.here = here
		rp.problem(w, r, languageOf(r), page)
		return
	}
	if address, ok := rp.begin(w, r, chosen, ask, here); ok {
		writeAsk(w, languageOf(r), here, address)
	}
}

// begin begins a sign-in and returns the URL to send the browser to. ok is false when it has
// already answered with a problem.
func (rp *RP) begin(w http.ResponseWriter, r *http.Request, chosen choice, ask Ask, here string) (address string, ok bool) {
	lang := languageOf(r)
	who, err := rp.partyOf(chosen)
	if err != nil {
		rp.problem(w, r, lang, problemOf(err))
		return "", false
	}
	ctx, rec := withRecording(r.Context())
	address, signIn, err := who.client.BeginWith(ctx, ask)
	if err != nil {
		page := problemOf(err)
		page.wire, page.here = who.client.wire(ctx, begunSignIn{}, nil, rec), here
		rp.problem(w, r, lang, page)
		return "", false
	}
	cookie, err := rp.cookies.seal(begunSignIn{SignIn: signIn, Lang: lang, Choice: chosen, At: rp.now().Unix()})
	if err != nil {
		rp.problem(w, r, lang, problemOf(err))
		return "", false
	}
	for _, old := range rp.cookies.surplus(r, rp.now()) {
		http.SetCookie(w, old)
	}
	http.SetCookie(w, cookie)
	rp.cookies.greet(w, r)
	return address, true
}

// callback ends the sign-in and redirects to the outcome, which has its own URL. Reloading that
// page does not repeat the sign-in.
func (rp *RP) callback(w http.ResponseWriter, r *http.Request) {
	lang := languageOf(r)
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		err = &RefusedError{Reason: "code"}
	}
	state := query.Get("state")
	if err == nil && rp.arrived(w, r, query) {
		return
	}
	var begun begunSignIn
	if err == nil {
		begun, err = rp.cookies.open(r, state, rp.now())
	}
	if err != nil {
		page := problemOf(err)
		page.here = "/rp/callback?" + url.Values{"state": {state}}.Encode() + "&" // the rest of the query may be made up
		rp.problem(w, r, lang, page)
		return
	}
	http.SetCookie(w, rp.cookies.cleared(state))
	if !query.Has("lang") {
		lang = begun.Lang
	}
	ctx, rec := withRecording(r.Context())
	who, err := rp.partyOf(begun.Choice)
	if err != nil {
		rp.show(w, r, lang, outcome{problem: problemOf(err)})
		return
	}
	o, err := rp.finish(ctx, who, begun, query)
	if err != nil {
		o = outcome{problem: problemOf(err)}
	}
	o.wire = who.client.wire(ctx, begun, query, rec)
	rp.show(w, r, lang, o)
}

// finish fetches the tokens and checks them.
func (rp *RP) finish(ctx context.Context, who party, begun begunSignIn, query url.Values) (outcome, error) {
	tokens, err := who.client.Finish(ctx, begun.SignIn, query)
	if err != nil {
		return outcome{}, err
	}
	in := rp.input(ctx, who)
	in.IDToken, in.AccessToken, in.UserInfo, in.UserInfoFault = tokens.IDToken, tokens.AccessToken, tokens.UserInfo, tokens.UserInfoFault
	in.Nonce, in.Scopes, in.RequestID = begun.SignIn.Nonce, who.client.opts.Scopes, tokens.RequestID
	return rp.judge(ctx, "sign-in checked", who, in)
}

// judge makes the report, in both languages.
func (rp *RP) judge(ctx context.Context, what string, who party, in verify.Input) (outcome, error) {
	done, ok := rp.turns.take(ctx)
	if !ok {
		return outcome{}, errBusy
	}
	defer done()
	write := verify.Judge(ctx, in)
	reports := make(map[words.Language]report.Report)
	for _, lang := range []words.Language{words.English, words.French} {
		reports[lang] = write(lang)
		if who.own && rp.opts.More != nil && who.profile.Name() == verify.DefaultProfile { // the others are about other means
			reports[lang] = reports[lang].With(rp.opts.More(in.Now, lang))
		}
	}
	rp.logReport(ctx, what, reports[words.English])
	return outcome{reports: reports}, nil
}

// show gives an outcome a URL and redirects there. It shows the outcome at once if the browser
// keeps no cookies, or there is no space.
func (rp *RP) show(w http.ResponseWriter, r *http.Request, lang words.Language, o outcome) {
	o.at = rp.now()
	if o.reports == nil {
		rp.logProblem(r.Context(), o.problem)
	}
	if browser := rp.cookies.browser(r); browser != "" {
		if id, ok := rp.kept.add(browser, o); ok {
			http.Redirect(w, r, "/rp/report/"+id+"?lang="+string(lang), http.StatusSeeOther) //nolint:gosec // a path of ours
			return
		}
	}
	writeOutcome(w, lang, "", o)
}

// report shows an outcome that was kept for this browser, or sends it as a file.
func (rp *RP) report(w http.ResponseWriter, r *http.Request) {
	lang := languageOf(r)
	o, found := rp.kept.find(r.PathValue("id"), rp.cookies.browser(r))
	if !found {
		page := problemOf(&RefusedError{Reason: "gone"})
		page.status, page.here = http.StatusNotFound, r.URL.EscapedPath()+"?"
		rp.problem(w, r, lang, page)
		return
	}
	format := r.URL.Query().Get("format")
	if format == "" || o.reports == nil {
		writeOutcome(w, lang, r.URL.Path+"?", o)
		return
	}
	if err := rp.sendFile(w, o, lang, format); err != nil {
		writeProblem(w, lang, problemPage{Key: "request", Description: err.Error(), status: http.StatusBadRequest, here: r.URL.Path + "?"})
	}
}

// input returns the common part of all reports about tokens of that party. Knowledge of the org and
// the hook is used only for the operator's own issuer.
func (rp *RP) input(ctx context.Context, who party) verify.Input {
	opts := who.client.opts
	in := verify.Input{
		Issuer: opts.Issuer, ClientID: opts.ClientID, Confidential: opts.ClientSecret != "" || opts.Certificate != nil, ACRValues: opts.ACRValues, Keys: who.client.Keys(),
		AMRSets: rp.opts.AMRSets, Now: rp.now(), Profile: who.profile,
	}
	// Without metadata the report still checks what it can. The signature checks then say that the
	// provider cannot be reached.
	if p, err := who.client.Provider(ctx); err == nil {
		in.Provider = p
	}
	if !who.own {
		return in
	}
	in.AccessAudience, in.OIDForSub, in.HookCalls, in.Outcomes = rp.opts.AccessAudience, rp.opts.OIDForSub, rp.opts.HookCalls, rp.opts.Outcomes
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

// problemOf says why there is no report. It shows the provider's words only if they belong to a
// sign-in that began here.
func problemOf(err error) problemPage {
	page := problemPage{Key: "internal", status: http.StatusInternalServerError}
	var refused *RefusedError
	var answered *ProviderError
	var unavailable *UnavailableError
	var bad *badRequestError
	switch {
	case errors.As(err, &bad):
		page.Key, page.status, page.Description = "request", bad.Status, bad.Say
	case errors.Is(err, errBusy):
		page.Key, page.status = "busy", http.StatusServiceUnavailable
	case errors.As(err, &refused):
		page.Key, page.Description, page.status = refused.Reason, refused.Detail, http.StatusBadRequest
	case errors.As(err, &answered):
		page.Key, page.status = "provider", http.StatusBadGateway
		page.Code, page.Description, page.Endpoint, page.Remedy = answered.Code, answered.Description, answered.Endpoint, answered.Remedy()
		if answered.Code == "access_denied" {
			page.status = http.StatusForbidden
		}
	case errors.As(err, &unavailable):
		page.Key, page.status, page.Detail, page.Remedy = "unavailable", http.StatusBadGateway, unavailable.Text(), unavailable.Remedy()
		if unavailable.answers() {
			page.Key = "answer"
		}
	}
	return page
}

// problem shows why there is no report.
func (rp *RP) problem(w http.ResponseWriter, r *http.Request, lang words.Language, page problemPage) {
	rp.logProblem(r.Context(), page)
	writeProblem(w, lang, page)
}

func (rp *RP) logProblem(ctx context.Context, page problemPage) {
	rp.log.WarnContext(ctx, "no report", "reason", page.Key, "code", page.Code, "status", page.status)
}
