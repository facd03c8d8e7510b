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
	"go.opentelemetry.io/otel/trace/noop"

	"pschook/commands"
)

// reasonClientNotSelected joins commands' reasons for an empty answer.
const reasonClientNotSelected = "client_not_selected"

// call is what is noted of one call for log, metrics, trace and [Decisions].
type call struct {
	ctx       context.Context //nolint:containedctx // lives exactly as long as the request
	span      trace.Span      // nil: none
	start     time.Time
	request   *Request // nil until decoded
	decision  commands.Decision
	outcome   string
	reason    string
	lookupErr error // why no org id was known in time
	tidSource string
	otherOrg  string // the id of another org than ours, which the call states
	admitted  bool   // the caller is Okta

	addr   netip.Addr // of a caller that was not admitted: a machine's, as no person calls a hook
	cause  error      // of an internal fault, for the log only
	silent bool       // not to be logged
	hidden int        // calls like this one that were not logged before it
	path   string     // where it came in, when that is not the hook
}

// observer turns finished calls into one log line, metrics, a span and a memory.
type observer struct {
	logger     *slog.Logger
	tracer     trace.Tracer // nil: no spans
	spanKind   []trace.SpanStartOption
	propagator propagation.TextMapPropagator // nil: callers' traces are not looked at
	decisions  *Decisions
	answered   func(Answered) // nil: nobody wants to know
	shadow     bool
	duration   metric.Float64Histogram
	differs    metric.Int64Counter
	mismatch   metric.Int64Counter
	busy       metric.Int64Counter
	outcomes   map[string]*tally
	rules      map[string]*tally // of the AMR policy
}

// durationBounds make a 50 ms objective and Okta's 3 s readable; in seconds.
func durationBounds() []float64 {
	return []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5}
}

func newObserver(opts Options) (*observer, error) {
	o := &observer{
		logger: opts.Logger, tracer: opts.Tracer, spanKind: []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer)},
		propagator: opts.Propagator, decisions: opts.Decisions, answered: opts.Answered, shadow: opts.Shadow,
	}
	if _, off := opts.Tracer.(noop.Tracer); off {
		o.tracer = nil // it would copy the context to no end
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
	o.differs.Add(context.Background(), 0) // Prometheus sees no increase in a series that begins with 1
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

// describeRules tells the level that each rule of the AMR policy states, for charts of
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

// observeLoad has the calls under way, and how many there may be, read at each
// collection: that costs the calls nothing.
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

// start begins a call. The trace that a caller names is taken up, so that it can be
// found by that name; whether it is recorded is for the tracer to say.
func (o *observer) start(c *call, r *http.Request, now time.Time) {
	ctx := r.Context()
	// W3C Trace Context's header is looked for first, as nearly no call has it.
	if o.propagator != nil && r.Header["Traceparent"] != nil {
		ctx = o.propagator.Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	c.ctx, c.start, c.outcome = ctx, now, outcomeError
	if o.tracer != nil {
		c.ctx, c.span = o.tracer.Start(ctx, "okta token hook", o.spanKind...)
	}
}

// end reports a finished call; err is why it was refused, nil when it was not.
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
	entry := decision{at: c.start.Add(took), took: took, outcome: c.outcome}
	if o.shadow {
		entry.outcome = "shadow"
	} else {
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

// log writes the one line of a call: what support needs to find it again in Okta's
// System Log, and nothing that tells who signed in.
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
	attrs = append(attrs, slog.String("outcome", c.outcome), slog.Int64("ms", now.Sub(c.start).Round(time.Millisecond).Milliseconds())) // slog is slow with fractions
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
	// Logger.LogAttrs would look at the clock once more, and for the caller's place in the code.
	r := slog.NewRecord(now, level, "hook call", 0)
	r.AddAttrs(attrs...)
	_ = o.logger.Handler().Handle(c.ctx, r) // as LogAttrs: there is nowhere to complain
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
