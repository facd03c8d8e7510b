package hook

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"pschook/commands"
)

// reasonClientNotSelected joins commands' reasons for an empty answer.
const reasonClientNotSelected = "client_not_selected"

// call is what is noted of one call for log, metrics, trace and [Decisions].
type call struct {
	ctx       context.Context //nolint:containedctx // lives exactly as long as the request
	span      trace.Span
	start     time.Time
	request   *Request // nil until decoded
	decision  commands.Decision
	outcome   string
	reason    string
	lookupErr error // why no org id was known in time

	addr   netip.Addr // of a caller that was not admitted: a machine's, as no person calls a hook
	cause  error      // of an internal fault, for the log only
	silent bool       // not to be logged
	hidden int        // calls like this one that were not logged before it
}

// observer turns finished calls into one log line, metrics, a span and a memory.
type observer struct {
	logger    *slog.Logger
	tracer    trace.Tracer
	decisions *Decisions
	shadow    bool
	duration  metric.Float64Histogram
	amrRules  metric.Int64Counter
	differs   metric.Int64Counter
	requests  metric.Int64Counter
	outcomes  map[string]metric.MeasurementOption
	rules     map[string]metric.MeasurementOption
}

// durationBounds make a 50 ms objective and Okta's 3 s readable; in seconds.
func durationBounds() []float64 {
	return []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 3, 5}
}

func newObserver(opts Options) (*observer, error) {
	o := &observer{logger: opts.Logger, tracer: opts.Tracer, decisions: opts.Decisions, shadow: opts.Shadow}
	var err error
	if o.requests, err = opts.Meter.Int64Counter("pschook_hook_requests_total",
		metric.WithDescription("Calls of the token inline hook by outcome.")); err != nil {
		return nil, err
	}
	if o.duration, err = opts.Meter.Float64Histogram("pschook_hook_duration_seconds", metric.WithUnit("s"),
		metric.WithDescription("Time from reading a call's headers to having its answer; Okta waits 3 s."),
		metric.WithExplicitBucketBoundaries(durationBounds()...)); err != nil {
		return nil, err
	}
	if o.amrRules, err = opts.Meter.Int64Counter("pschook_amr_rule_total",
		metric.WithDescription("Decisions on amr by the rule of the AMR policy that made them.")); err != nil {
		return nil, err
	}
	if o.differs, err = opts.Meter.Int64Counter("pschook_context_user_differs_total",
		metric.WithDescription("Calls whose session or context names another user than the tokens.")); err != nil {
		return nil, err
	}
	o.outcomes = labels("outcome", string(commands.OutcomeCommands), string(commands.OutcomeEmpty), string(commands.OutcomeDenied),
		outcomeUnauthorized, outcomeForbidden, outcomeMalformed, outcomeTooLarge, outcomeError)
	names := []string{commands.RuleUnmatched, commands.RuleNoEvidence}
	for _, r := range opts.Builder.Policy().Rules() {
		names = append(names, r.Name)
	}
	o.rules = labels("rule", names...)
	return o, nil
}

// labels makes the attribute sets that a counter can have, once for all calls.
func labels(key string, values ...string) map[string]metric.MeasurementOption {
	sets := make(map[string]metric.MeasurementOption, len(values))
	for _, v := range values {
		sets[v] = metric.WithAttributeSet(attribute.NewSet(attribute.String(key, v)))
	}
	return sets
}

func (o *observer) start(ctx context.Context, now time.Time) *call {
	ctx, span := o.tracer.Start(ctx, "okta token hook", trace.WithSpanKind(trace.SpanKindServer))
	return &call{ctx: ctx, span: span, start: now, outcome: outcomeError}
}

// end reports a finished call; err is why it was refused, nil when it was not.
func (o *observer) end(c *call, err error, now time.Time) {
	took := now.Sub(c.start)
	o.requests.Add(c.ctx, 1, o.outcomes[c.outcome])
	o.duration.Record(c.ctx, took.Seconds())
	if c.decision.AMRRule != "" {
		o.amrRules.Add(c.ctx, 1, o.rules[c.decision.AMRRule])
	}
	if c.decision.ContextUserDiffers || c.decision.SessionOfAnotherUser {
		o.differs.Add(c.ctx, 1)
	}
	if err == nil {
		o.remember(c, took)
	}
	o.trace(c, err)
	o.log(c, err, took)
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
	defer c.span.End()
	if !c.span.IsRecording() {
		return
	}
	c.span.SetAttributes(attribute.String("pschook.outcome", c.outcome), attribute.String("pschook.amr_rule", c.decision.AMRRule))
	if c.request != nil {
		c.span.SetAttributes(attribute.String("okta.event_id", c.request.EventID), attribute.String("okta.client_id", c.request.ClientID()))
	}
	if err != nil {
		c.span.SetStatus(codes.Error, asRefusal(err).reason)
	}
}

// log writes the one line of a call: what support needs to find it again in Okta's
// System Log, and nothing that tells who signed in.
func (o *observer) log(c *call, err error, took time.Duration) {
	level := slog.LevelInfo
	if err != nil || c.lookupErr != nil || c.outcome == string(commands.OutcomeDenied) {
		level = slog.LevelWarn
	}
	if c.outcome == outcomeError {
		level = slog.LevelError
	}
	if c.silent || !o.logger.Enabled(c.ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs, slog.String("outcome", c.outcome), slog.Float64("ms", float64(took.Microseconds())/1000))
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
	if c.lookupErr != nil {
		attrs = append(attrs, slog.String("org_lookup", c.lookupErr.Error()))
	}
	if err != nil {
		attrs = append(attrs, refusalAttrs(c, err)...)
	}
	o.logger.LogAttrs(c.ctx, level, "hook call", attrs...)
}

// refusalAttrs say why a call was refused.
func refusalAttrs(c *call, err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("err", err.Error())}
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
