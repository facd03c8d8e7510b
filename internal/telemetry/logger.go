package telemetry

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// Formats of [NewLogger].
const (
	FormatJSON = "json"
	FormatText = "text"
)

// NewLogger returns a logger that writes to w, one line for each record, from
// level on: as text if format is "text", else as JSON. It adds trace_id and span_id
// when the context holds a span.
//
// It is safe for concurrent use; each line is one call of w.Write.
func NewLogger(w io.Writer, level slog.Leveler, format string) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if format == FormatText {
		return slog.New(handler{slog.NewTextHandler(w, opts)})
	}
	return slog.New(handler{slog.NewJSONHandler(w, opts)})
}

// handler adds the span's ids to each record.
type handler struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r = r.Clone()
		r.AddAttrs(idAttrs(span)...)
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }

// idAttrs are the span's ids in hexadecimal digits, which share one text.
func idAttrs(span trace.SpanContext) []slog.Attr {
	traceID, spanID := span.TraceID(), span.SpanID()
	var digits [2 * (len(traceID) + len(spanID))]byte
	hex.Encode(digits[:], traceID[:])
	hex.Encode(digits[2*len(traceID):], spanID[:])
	text := string(digits[:])
	return []slog.Attr{slog.String("trace_id", text[:2*len(traceID)]), slog.String("span_id", text[2*len(traceID):])}
}
