package telemetry

import (
	"io"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// NewTransport returns base with a client span for each request. The span is a child of the span in
// the request's context, or starts its own trace. It ends when the body of the answer is closed. It
// holds method, host, path and status, never query, headers or body, which may hold secrets. The
// request is sent without a trace header, because the trace id is useless to others. It is safe for
// concurrent use.
func NewTransport(base http.RoundTripper, tracer trace.Tracer) http.RoundTripper {
	return &transport{base, tracer}
}

type transport struct {
	base   http.RoundTripper
	tracer trace.Tracer
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := t.tracer.Start(r.Context(), r.Method+" "+r.URL.Path, trace.WithSpanKind(trace.SpanKindClient))
	if !span.IsRecording() {
		return t.base.RoundTrip(r)
	}
	span.SetAttributes(semconv.HTTPRequestMethodKey.String(r.Method), semconv.ServerAddress(r.URL.Hostname()), semconv.URLPath(r.URL.Path))
	res, err := t.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		span.SetStatus(codes.Error, "no answer") // the error may quote the whole URL; the log has it
		span.End()
		return nil, err
	}
	span.SetAttributes(attribute.Int(string(semconv.HTTPResponseStatusCodeKey), res.StatusCode))
	if res.StatusCode >= http.StatusBadRequest {
		span.SetStatus(codes.Error, "")
	}
	res.Body = &spanBody{ReadCloser: res.Body, end: sync.OnceFunc(func() { span.End() })}
	return res, nil
}

// CloseIdleConnections makes [http.Client.CloseIdleConnections] work.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// spanBody ends the span with the body.
type spanBody struct {
	io.ReadCloser

	end func()
}

// Close implements [io.Closer].
func (b *spanBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
