package hook

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"pschook/commands"
	"pschook/orglookup"
)

// reasonClientNotSelected is one more reason for an empty answer, next to the reasons of package
// commands.
const reasonClientNotSelected = "client_not_selected"

// call is what log, metrics, trace and [Decisions] need to know about one call.
type call struct {
	ctx       context.Context //nolint:containedctx // lives exactly as long as the request
	span      trace.Span      // nil: none
	start     time.Time
	request   *Request      // nil until decoded
	org       orglookup.Org // the zero value while the org is not known
	decision  commands.Decision
	outcome   string
	reason    string
	lookupErr error // why the org id was not known in time
	tidSource string
	otherOrg  string // the org id that the call states, if it is not ours
	admitted  bool   // the caller was authenticated as Okta

	addr   netip.Addr // address of a caller that was not admitted; it is a machine's, because no person calls a hook
	cause  error      // of an internal fault, for the log only
	silent bool       // do not log the call
	hidden int        // similar calls before this one that were not logged
	path   string     // where it came in, unless that is the hook
}

// observer turns each finished call into one log line, metrics, a span and an entry in Decisions.
type observer struct {
	logger     *slog.Logger
	tracer     trace.Tracer
	spanKind   []trace.SpanStartOption
	propagator propagation.TextMapPropagator // nil: traces of callers are ignored
	decisions  *Decisions
	answered   func(Answered) // may be nil
	shadow     bool
	duration   metric.Float64Histogram
	differs    metric.Int64Counter
	mismatch   metric.Int64Counter
	busy       metric.Int64Counter
	outcomes   map[string]*tally
	rules      map[string]*tally // of the AMR policy
}

// durationBounds are in seconds. They show a 50 ms objective and Okta's 3 s clearly.
func durationBounds() []float64 {
	return []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5}
}

func newObserver(opts Options) (*observer, error) {
	o := &observer{
		logger: opts.Logger, tracer: opts.Tracer, spanKind: []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer)},
		propagator: opts.Propagator, decisions: opts.Decisions, answered: opts.Answered, shadow: opts.Shadow,
	}
	var err error
	if o.duration, err = opts.Meter.Float64Histogram("pschook_hook_duration_seconds", metric.WithUnit("s"),
		metric.WithDescription("Time from reading a call's headers to having its answer; Okta waits 3 s."),
		metric.WithExplicitBucketBoundaries(durationBounds()...)); err != nil {
		return nil, err
	}
	for _, counter := range []struct {
		of                *metric.Int64Counter
		name, description string
	}{
		{&o.differs, "pschook_context_user_differs_total", "Calls whose session or context names another user than the tokens."},
		{&o.mismatch, "pschook_org_mismatch_total", "Calls that state the id of another org than the one known."},
		{&o.busy, "pschook_hook_busy_total", "Calls answered with 503 because too many were under way."},
	} {
		if *counter.of, err = opts.Meter.Int64Counter(counter.name, metric.WithDescription(counter.description)); err != nil {
			return nil, err
		}
	}
	o.differs.Add(context.Background(), 0) // Prometheus sees no increase in a series that begins with 1, so begin with 0
	o.mismatch.Add(context.Background(), 0)
	o.busy.Add(context.Background(), 0)
	names := []string{commands.RuleUnmatched, commands.RuleNoEvidence}
	for _, r := range opts.Builder.Policy().Rules() {
		names = append(names, r.Name)
	}
	if o.outcomes, err = newTallies(opts.Meter, "pschook_hook_requests_total", "Calls of the token inline hook by outcome, and refused deliveries of event hooks.", "outcome", outcomes()); err != nil {
		return nil, err
	}
	if o.rules, err = newTallies(opts.Meter, "pschook_amr_rule_total", "Decisions on amr by the rule of the AMR policy that made them.", "rule", names); err != nil {
		return nil, err
	}
	return o, describeRules(opts.Meter, opts.Builder.Policy())
}

// describeRules publishes the level that each rule of the AMR policy states. Charts can then group
// decisions by level.
func describeRules(meter metric.Meter, policy *commands.Policy) error {
	var sets []metric.ObserveOption
	for _, r := range policy.Rules() {
		sets = append(sets, metric.WithAttributeSet(attribute.NewSet(attribute.String("rule", r.Name), attribute.String("level", cmp.Or(r.Level, "none")))))
	}
	_, err := meter.Int64ObservableGauge("pschook_amr_rule_info",
		metric.WithDescription("1 for each rule of the AMR policy, with the level that it states (none: not stated)."),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			for _, set := range sets {
				to.Observe(1, set)
			}
			return nil
		}))
	return err
}

// observeLoad publishes the number of running calls and its limit. They are read at each
// collection, which costs the calls nothing.
func (h *Handler) observeLoad() error {
	meter := h.opts.Meter
	inFlight, err := meter.Int64ObservableGauge("pschook_hook_in_flight", metric.WithDescription("Authenticated calls that are being answered."))
	if err != nil {
		return err
	}
	limit, err := meter.Int64ObservableGauge("pschook_hook_in_flight_limit", metric.WithDescription("How many calls are answered at a time; those above get 503."))
	if err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, to metric.Observer) error {
		to.ObserveInt64(inFlight, h.calls.Load())
		to.ObserveInt64(limit, int64(h.opts.MaxConcurrent))
		return nil
	}, inFlight, limit)
	return err
}

// start begins a call. It continues the trace that a caller names, so that the call can be found by
// that name. The tracer decides whether the trace is recorded.
func (o *observer) start(c *call, r *http.Request, now time.Time) {
	ctx := r.Context()
	// Look for W3C Trace Context's header first, because almost no call has it.
	if o.propagator != nil && r.Header["Traceparent"] != nil {
		ctx = o.propagator.Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	c.start, c.outcome = now, outcomeError
	c.ctx, c.span = o.tracer.Start(ctx, "okta token hook", o.spanKind...)
}

// end reports a finished call. err is why the call was refused, or nil.
func (o *observer) end(c *call, err error, now time.Time) {
	took := now.Sub(c.start)
	o.outcomes[c.outcome].note(now)
	o.duration.Record(c.ctx, took.Seconds())
	if c.decision.AMRRule != "" {
		o.rules[c.decision.AMRRule].note(now)
	}
	if c.decision.ContextUserDiffers || c.decision.SessionOfAnotherUser {
		o.differs.Add(c.ctx, 1)
	}
	if c.otherOrg != "" {
		o.mismatch.Add(c.ctx, 1)
	}
	if err == nil {
		o.remember(c, took)
		if o.answered != nil && c.reason != reasonClientNotSelected {
			o.answered(Answered{RequestID: c.request.Data.Context.Request.ID, Denied: c.outcome == string(commands.OutcomeDenied)})
		}
	}
	o.log(c, err, now)
	o.trace(c, err)
}

func (o *observer) remember(c *call, took time.Duration) {
	entry := decision{at: c.start.Add(took).UnixNano(), took: took, outcome: o.outcomes[c.outcome].place, shadow: o.shadow}
	if !o.shadow {
		for _, cmd := range c.decision.Commands {
			entry.sent[cmd.Token] = claimSetOf(cmd.Patches)
		}
	}
	var idJTI, accessJTI string
	if t := c.request.Data.Identity; t != nil {
		idJTI = t.Claims.JTI
	}
	if t := c.request.Data.Access; t != nil {
		accessJTI = t.Claims.JTI
	}
	o.decisions.add(entry, idJTI, accessJTI)
}

func (o *observer) trace(c *call, err error) {
	if c.span == nil {
		return
	}
	defer c.span.End()
	if !c.span.IsRecording() {
		return
	}
	attrs := make([]attribute.KeyValue, 0, 5)
	attrs = append(attrs, attribute.String("pschook.outcome", c.outcome))
	if c.reason != "" {
		attrs = append(attrs, attribute.String("pschook.reason", c.reason))
	}
	if c.decision.AMRRule != "" {
		attrs = append(attrs, attribute.String("pschook.amr_rule", c.decision.AMRRule))
	}
	if c.request != nil {
		attrs = append(attrs, attribute.String("okta.event_id", c.request.EventID), attribute.String("okta.client_id", c.request.ClientID()))
	}
	c.span.SetAttributes(attrs...)
	if err != nil {
		c.span.SetStatus(codes.Error, asRefusal(err).reason)
	}
}

// log writes one line about a call. It holds what support needs to find the call in Okta's System
// Log, and nothing that identifies who signed in.
func (o *observer) log(c *call, err error, now time.Time) {
	level := slog.LevelInfo
	if err != nil || c.lookupErr != nil || c.otherOrg != "" || c.outcome == string(commands.OutcomeDenied) {
		level = slog.LevelWarn
	}
	if c.outcome == outcomeError {
		level = slog.LevelError
	}
	if c.silent || !o.logger.Enabled(c.ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs, slog.String("outcome", c.outcome), slog.Int64("ms", now.Sub(c.start).Round(time.Millisecond).Milliseconds())) // slog writes fractions slowly
	if c.request != nil {
		attrs = append(attrs, slog.String("event_id", c.request.EventID))
		if c.request.Data != nil {
			attrs = append(attrs, slog.String("okta_request_id", c.request.Data.Context.Request.ID), slog.String("client_id", c.request.ClientID()))
		}
	}
	if c.reason != "" {
		attrs = append(attrs, slog.String("reason", c.reason))
	}
	if c.decision.AMRRule != "" {
		attrs = append(attrs, slog.String("amr_rule", c.decision.AMRRule))
	}
	if o.shadow {
		attrs = append(attrs, slog.Bool("shadow", true))
	}
	if c.decision.ContextUserDiffers {
		attrs = append(attrs, slog.Bool("context_user_differs", true))
	}
	if c.decision.SessionOfAnotherUser {
		attrs = append(attrs, slog.Bool("session_of_another_user", true))
	}
	if c.otherOrg != "" {
		attrs = append(attrs, slog.String("org_id_in_call", c.otherOrg))
	}
	if c.lookupErr != nil {
		attrs = append(attrs, slog.String("org_lookup", c.lookupErr.Error()))
	}
	if err != nil {
		attrs = append(attrs, refusalAttrs(c, err)...)
	}
	// Logger.LogAttrs would read the clock again and look up the caller's place in the code.
	r := slog.NewRecord(now, level, "hook call", 0)
	r.AddAttrs(attrs...)
	_ = o.logger.Handler().Handle(c.ctx, r) // as in LogAttrs: the error cannot be reported anywhere
}

// refusalAttrs say why a call was refused.
func refusalAttrs(c *call, err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("err", err.Error())}
	if c.path != "" {
		attrs = append(attrs, slog.String("path", c.path))
	}
	if c.cause != nil {
		attrs = append(attrs, slog.String("cause", c.cause.Error()))
	}
	if c.addr.IsValid() {
		attrs = append(attrs, slog.String("client_addr", c.addr.String()))
	}
	if c.hidden > 0 {
		attrs = append(attrs, slog.Int("not_logged_before", c.hidden))
	}
	return attrs
}
