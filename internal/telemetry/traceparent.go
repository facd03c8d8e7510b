package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traceParent reads and writes the header traceparent, which holds two random numbers and a flag.
// It ignores the other headers of W3C Trace Context and Baggage. They hold whatever a caller
// writes, even personal data, and anybody can call.
type traceParent struct{ propagation.TraceContext }

// Extract implements [propagation.TextMapPropagator].
func (p traceParent) Extract(ctx context.Context, from propagation.TextMapCarrier) context.Context {
	ctx = p.TraceContext.Extract(ctx, from)
	span := trace.SpanContextFromContext(ctx)
	if span.TraceState().Len() == 0 {
		return ctx
	}
	return trace.ContextWithRemoteSpanContext(ctx, span.WithTraceState(trace.TraceState{}))
}

// Fields implements [propagation.TextMapPropagator].
func (traceParent) Fields() []string { return []string{"traceparent"} }
