package hook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"pschook/commands"
	"pschook/internal/attempts"
	"pschook/orglookup"
)

// OrgLookup returns the Okta org's id and the hosts of its issuers.
type OrgLookup interface {
	// Org returns at once when the org is known. Otherwise it waits for the running lookup until
	// ctx ends. It is safe for concurrent use.
	Org(ctx context.Context) (orglookup.Org, error)
	// Hosts does the same for the hosts. They may become known later than the org.
	Hosts(ctx context.Context) ([]string, error)
	// Renew asks Okta again, at most once a minute, for hosts that are known already. It waits as Hosts does.
	Renew(ctx context.Context) ([]string, error)
	// Known returns the org if it is known, and never waits. The org's hosts are nil until they are
	// known.
	Known() (orglookup.Org, bool)
}

// maxTimeout is Okta's own limit for the whole call. Options.Timeout must be shorter.
const maxTimeout = 3 * time.Second

// Options are the parts of a [Handler]. A field without a default is required.
type Options struct {
	Builder      *commands.Builder
	Lookup       OrgLookup
	Authenticate Authenticator
	AuthHeader   string   // named in 401 answers; default Authorization
	OrgURL       *url.URL // issuers on its host are accepted
	Issuers      []*url.URL
	ClientIDs    []string      // calls for other clients are answered with 204; empty: every client
	Timeout      time.Duration // bound on a whole call, from the moment its headers are read; default 2 s, below Okta's 3 s
	Shadow       bool          // shadow mode: decide, log and count, but answer 204

	// ClientAddr returns the address that a request comes from, or the zero address when it is not
	// known. The default returns the peer of the connection. Networks are the networks that calls
	// may come from; empty: any.
	ClientAddr func(*http.Request) netip.Addr
	Networks   []netip.Prefix
	// MaxConcurrent is how many authenticated calls are answered at a time; default
	// [DefaultMaxConcurrent]. A call above that gets 503 at once. If it had to wait, it would miss
	// Okta's 3 s, and would delay the calls behind it.
	MaxConcurrent int

	// DebugContext adds to each answer that has a body a note of how the answer was made. The note
	// tells Version, the version of the service, only to authenticated callers.
	DebugContext bool
	Version      string

	Logger     *slog.Logger
	Meter      metric.Meter                  // of [ScopeName]
	Tracer     trace.Tracer                  // of [ScopeName]
	Propagator propagation.TextMapPropagator // reads the trace that a caller names; nil: traces of callers are ignored
	Decisions  *Decisions
	Now        func() time.Time

	// Answered is called for each call of a served client that was answered with 200 or 204.
	// Received is called with the body of each authenticated call, and must copy the body to keep
	// it. Both must return at once. Both may be nil.
	Answered func(Answered)
	Received func(body []byte)
}

// Answered is a call that was answered.
type Answered struct {
	RequestID string // data.context.request.id; may be empty
	Denied    bool   // Okta was asked to mint nothing
}

// DefaultMaxConcurrent is [Options.MaxConcurrent] when that is 0. Each hook call keeps a
// transaction of the org open. Okta allows 75 transactions at a time, 35 on free orgs, and more on
// request (Okta developer docs, reference/rl2-concurrency). So the default is several times what
// Okta sends, and allows for 128 MiB of bodies at worst.
const DefaultMaxConcurrent = 512

// ScopeName is the name of this package's OpenTelemetry instrumentation scope.
const ScopeName = "pschook/hook"

// Handler answers the calls of one Okta org. It is safe for concurrent use.
type Handler struct {
	opts    Options
	issuers issuers
	observe *observer
	json    []string  // value of Content-Type that all answers share
	pool    sync.Pool // of *workspace
	failed  *attempts.Failed
	calls   atomic.Int64 // number of calls being answered
}

// New checks opts and returns a Handler. It does no I/O. The error names missing required options,
// a bound that is out of range, or an instrument that [Options.Meter] refuses. Do not use the
// Handler when there is an error.
func New(opts Options) (*Handler, error) {
	if opts.Timeout == 0 {
		opts.Timeout = 2 * time.Second
	}
	if opts.AuthHeader == "" {
		opts.AuthHeader = echo.HeaderAuthorization
	}
	if opts.MaxConcurrent == 0 {
		opts.MaxConcurrent = DefaultMaxConcurrent
	}
	if opts.ClientAddr == nil {
		opts.ClientAddr = attempts.Peer
	}
	if missing := opts.missing(); len(missing) > 0 {
		return nil, fmt.Errorf("hook: required options are missing: %s", strings.Join(missing, ", "))
	}
	switch {
	case opts.Timeout < 0 || opts.Timeout >= maxTimeout:
		return nil, fmt.Errorf("hook: timeout %v: want more than 0 and less than the %v that Okta waits", opts.Timeout, maxTimeout)
	case opts.MaxConcurrent < 0:
		return nil, fmt.Errorf("hook: %d calls at a time: want more than 0", opts.MaxConcurrent)
	}
	observe, err := newObserver(opts)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		opts: opts, issuers: newIssuers(opts.OrgURL, opts.Issuers), observe: observe, json: []string{echo.MIMEApplicationJSON},
		pool:   sync.Pool{New: func() any { return new(workspace) }},
		failed: attempts.NewFailed(opts.Now),
	}
	if err := h.observeLoad(); err != nil {
		return nil, err
	}
	return h, nil
}

// missing names the required options that are not set.
func (o *Options) missing() []string {
	var names []string
	for _, option := range [...]struct {
		name   string
		absent bool
	}{
		{"Builder", o.Builder == nil}, {"Lookup", o.Lookup == nil}, {"Authenticate", o.Authenticate == nil},
		{"OrgURL", o.OrgURL == nil}, {"Logger", o.Logger == nil}, {"Meter", o.Meter == nil},
		{"Tracer", o.Tracer == nil}, {"Decisions", o.Decisions == nil}, {"Now", o.Now == nil},
	} {
		if option.absent {
			names = append(names, option.name)
		}
	}
	return names
}

// workspace is memory for one call at a time. It is used again for later calls.
type workspace struct {
	call    call
	decoder decoder
	buf     bytes.Buffer // the body of the call, then of the answer
}

// release returns s for use by a later call. It erases everything of this call first.
func (h *Handler) release(s *workspace) {
	s.call, s.decoder = call{}, decoder{}
	s.buf.Reset()
	h.pool.Put(s)
}

// Handle answers one call. Mount it at [Path] for every method, because it answers wrong methods
// itself. The error is one of writing to the connection.
func (h *Handler) Handle(c echo.Context) error {
	s, _ := h.pool.Get().(*workspace)
	defer h.release(s)
	call, buf := &s.call, &s.buf
	h.observe.start(call, c.Request(), h.opts.Now())
	err := h.answerOrRecover(s, c.Response(), c.Request())
	var refused *refusal
	if err != nil {
		refused = asRefusal(err)
		call.outcome = refused.outcome
	}
	// Record the call before the answer leaves, because a caller may ask about the call as soon as
	// it has the answer.
	h.observe.end(call, err, h.opts.Now())
	if refused != nil {
		return h.writeRefusal(c.Response(), call, refused)
	}
	if buf.Len() == 0 {
		c.Response().WriteHeader(http.StatusNoContent)
		return nil
	}
	c.Response().Header()[echo.HeaderContentType] = h.json
	c.Response().WriteHeader(http.StatusOK)
	_, err = c.Response().Write(buf.Bytes())
	return err
}

// answerOrRecover calls answer and turns a panic into an internal fault. The call is then counted
// and logged as a fault, and Okta gets its error object. The log has the stack, but not the panic's
// text, because the text may quote the call.
func (h *Handler) answerOrRecover(s *workspace, w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		if thrown == http.ErrAbortHandler { //nolint:errorlint // recover returns the value that was thrown
			panic(thrown)
		}
		h.opts.Logger.ErrorContext(s.call.ctx, "panic", "stack", string(debug.Stack()))
		s.buf.Reset()
		err = internalFault()
	}()
	return h.answer(s, w, r)
}

// answer runs the steps of a call. The cheapest checks come first, and the body is read only for an
// authenticated caller. It leaves the answer in s.buf.
func (h *Handler) answer(s *workspace, w http.ResponseWriter, r *http.Request) error {
	call, buf := &s.call, &s.buf
	if err := checkHead(r, maxBodyBytes); err != nil {
		return err
	}
	if err := h.admit(call, r); err != nil {
		return err
	}
	call.admitted = true
	if h.calls.Add(1) > int64(h.opts.MaxConcurrent) {
		h.calls.Add(-1)
		h.observe.busy.Add(call.ctx, 1)
		return busy()
	}
	defer h.calls.Add(-1)
	if err := readBody(w, r, buf, maxBodyBytes, h.opts.Timeout); err != nil {
		return err
	}
	if h.opts.Received != nil {
		h.opts.Received(buf.Bytes())
	}
	req, err := s.decoder.decode(buf.Bytes())
	buf.Reset() // the request shares no memory with buf
	if err != nil {
		return err
	}
	if err := h.judge(call, req); err != nil || h.opts.Shadow {
		return err
	}
	return h.encode(call, buf)
}

// admit refuses callers without a valid credential, and addresses that are not allowed. The
// credential is compared before failed attempts are limited. So a right credential passes, whatever
// others at the same address have sent.
func (h *Handler) admit(call *call, r *http.Request) error {
	if err := h.opts.Authenticate.Authenticate(r); err != nil {
		return h.refuseCaller(call, r, err)
	}
	if len(h.opts.Networks) == 0 {
		return nil
	}
	addr := h.opts.ClientAddr(r)
	if !slices.ContainsFunc(h.opts.Networks, func(n netip.Prefix) bool { return n.Contains(addr) }) {
		call.addr = addr
		return foreignAddress()
	}
	return nil
}

// refuseCaller returns the refusal for a caller that was not authenticated, and counts the caller's
// failures.
func (h *Handler) refuseCaller(call *call, r *http.Request, why error) error {
	var unavailable *UnavailableError
	if errors.As(why, &unavailable) {
		call.cause = unavailable
		return cannotAuthenticate(h.opts.AuthHeader)
	}
	call.addr = h.opts.ClientAddr(r)
	v := h.failed.Note(call.addr)
	call.silent, call.hidden = !v.Log, v.Hidden
	if v.RetryAfter > 0 {
		return tooManyFailures(h.opts.AuthHeader, v.RetryAfter)
	}
	return unauthorized(h.opts.AuthHeader, why)
}

// judge writes the answer to a decoded request into call.
func (h *Handler) judge(call *call, req *Request) error {
	call.request = req
	call.org, _ = h.opts.Lookup.Known()
	issuer, err := h.judgeIssuers(req, call.org.Hosts)
	if err != nil && call.org.Hosts != nil {
		// A host that the org lacks may be new: "not known yet" is never "foreign".
		if open, _ := h.judgeIssuers(req, nil); open == undecided {
			issuer, err = h.judgeIssuers(req, h.ask(call, h.opts.Lookup.Renew))
		}
	}
	if err != nil {
		return err
	}
	if err := req.checkClient(); err != nil {
		return err
	}
	if !h.selected(req.ClientID()) {
		call.outcome, call.reason = string(commands.OutcomeEmpty), reasonClientNotSelected
		return nil
	}
	return h.decide(call, req, issuer)
}

// judgeIssuers refuses a call that names a foreign issuer or no issuer. hosts are those of the org;
// nil means that they are not known yet. The result may then be undecided.
func (h *Handler) judgeIssuers(req *Request, hosts []string) (belonging, error) {
	verdict, judged := foreign, ""
	for _, issuer := range req.issuers() {
		if issuer.value == "" || issuer.value == judged {
			continue
		}
		b := h.issuers.judge(issuer.value)
		if b == undecided && hosts != nil {
			b = h.issuers.judgeHost(issuer.value, hosts)
		}
		if b == foreign {
			return foreign, foreignIssuer(issuer.location, issuer.value, h.issuers.accepted(hosts))
		}
		verdict, judged = max(verdict, b), issuer.value
	}
	if verdict == foreign {
		return foreign, foreignIssuer(req.issuers()[0].location, "", h.issuers.accepted(hosts))
	}
	return verdict, nil
}

// checkHead refuses a request by its request line and headers alone.
func checkHead(r *http.Request, most int64) error {
	if r.Method != http.MethodPost {
		return badMethod()
	}
	if r.ContentLength > most {
		return tooLarge(most)
	}
	if !isJSON(r.Header.Get(echo.HeaderContentType)) {
		return badMediaType()
	}
	return nil
}

func isJSON(contentType string) bool {
	if contentType == echo.MIMEApplicationJSON { // as Okta sends it
		return true
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset := params["charset"]
	return err == nil && media == echo.MIMEApplicationJSON && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// readBody reads the body. It allows as much time as a whole call may take, by the clock of the
// connection. A server that cannot set deadlines uses its own bounds. net/http removes the deadline
// itself once the body is read, so the deadline cannot look like a caller that went away.
func readBody(w http.ResponseWriter, r *http.Request, buf *bytes.Buffer, most int64, timeout time.Duration) error {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(timeout))
	_, err := buf.ReadFrom(http.MaxBytesReader(w, r.Body, most))
	switch {
	case err == nil:
		return nil
	case isTooLarge(err):
		return tooLarge(most)
	}
	return unreadable()
}

func isTooLarge(err error) bool {
	var large *http.MaxBytesError
	return errors.As(err, &large)
}

func (h *Handler) selected(clientID string) bool {
	return len(h.opts.ClientIDs) == 0 || slices.Contains(h.opts.ClientIDs, clientID)
}

// decide writes the policy's decision about the request into call. It waits for the org's hosts and
// id only if the answer depends on them.
func (h *Handler) decide(call *call, req *Request, issuer belonging) error {
	facts := req.Facts()
	if issuer == undecided && h.opts.Builder.Adds(facts) {
		if call.lookupErr == nil { // else judge has asked in vain
			var err error
			if issuer, err = h.judgeIssuers(req, h.ask(call, h.opts.Lookup.Hosts)); err != nil {
				return err
			}
		}
		facts.IssuerUnknown = issuer == undecided
	}
	if !facts.IssuerUnknown && h.opts.Builder.NeedsOrgID(facts) {
		facts.OrgID = h.orgID(call)
	}
	d, err := h.opts.Builder.Decide(facts)
	if err != nil {
		return &MalformedError{Reason: "CONTRADICTION", Location: "data.identity.claims.sub", Detail: "contradicts data.access.claims.uid: they name different users"}
	}
	call.decision, call.outcome, call.reason = d, string(d.Outcome), string(d.Reason)
	h.compareOrg(call, req)
	return nil
}

// compareOrg notes that the call states another org id than the known one. The call is not refused:
// Okta documents the member, but no live org has confirmed it. An agreed alias is no org id, so it
// is not compared.
func (h *Handler) compareOrg(call *call, req *Request) {
	for _, id := range req.orgIDs() {
		if id != call.org.ID && isOrgID(id) && isOrgID(call.org.ID) {
			call.otherOrg = id
		}
	}
}

// rest returns a context for what is left of Options.Timeout.
func (h *Handler) rest(call *call) (context.Context, context.CancelFunc) {
	return context.WithTimeout(call.ctx, h.opts.Timeout-h.opts.Now().Sub(call.start))
}

// ask waits for the hosts of the org's issuers; nil: they were not known in time.
func (h *Handler) ask(call *call, source func(context.Context) ([]string, error)) []string {
	ctx, cancel := h.rest(call)
	defer cancel()
	var hosts []string
	hosts, call.lookupErr = source(ctx)
	return hosts
}

// orgID returns the org id and waits if it is not known; "": it was not known in time.
func (h *Handler) orgID(call *call) string {
	if call.org.ID == "" {
		ctx, cancel := h.rest(call)
		defer cancel()
		var err error
		if call.org, err = h.opts.Lookup.Org(ctx); err != nil {
			call.lookupErr = err
			return ""
		}
	}
	call.tidSource = call.org.Source
	return call.org.ID
}

// encode writes the answer to buf; an empty one means 204.
func (h *Handler) encode(call *call, buf *bytes.Buffer) error {
	var out []byte
	var err error
	switch call.decision.Outcome {
	case commands.OutcomeCommands:
		out, err = commands.AppendCommands(buf.AvailableBuffer(), call.decision.Commands, h.debugContext(call))
	case commands.OutcomeDenied:
		out, err = commands.AppendRefusal(buf.AvailableBuffer(), denyText(call.decision.Reason, call.request.EventID), h.debugContext(call))
	default:
		return nil
	}
	if err != nil {
		return err
	}
	_, err = buf.Write(out)
	return err
}

// debugContext returns the debug context of an answer; nil: Options.DebugContext is off. Callers
// that are not authenticated do not learn the version of the service.
func (h *Handler) debugContext(call *call) *commands.DebugContext {
	if !h.opts.DebugContext {
		return nil
	}
	d := &commands.DebugContext{Outcome: call.outcome, Rule: call.decision.AMRRule, TIDSource: call.tidSource}
	if call.admitted {
		d.Version = h.opts.Version
	}
	if span := trace.SpanContextFromContext(call.ctx); span.HasTraceID() {
		d.TraceID = span.TraceID().String()
	}
	return d
}

func (h *Handler) writeRefusal(w http.ResponseWriter, call *call, r *refusal) error {
	body, err := r.body(h.debugContext(call))
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	switch r.status {
	case http.StatusUnauthorized:
		// RFC 9110, section 15.5.2: a 401 names a scheme.
		header.Set(echo.HeaderWWWAuthenticate, `Bearer realm="pschook"`)
	case http.StatusMethodNotAllowed:
		header.Set(echo.HeaderAllow, http.MethodPost)
	}
	if r.retryAfter > 0 {
		header.Set(echo.HeaderRetryAfter, strconv.Itoa(int((r.retryAfter+time.Second-1)/time.Second)))
	}
	w.WriteHeader(r.status)
	_, err = w.Write(body)
	return err
}
