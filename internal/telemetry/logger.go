package telemetry

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Formats of [NewLogger].
const (
	FormatJSON = "json"
	FormatText = "text"
)

// NewLogger returns a logger that writes records of at least level to w, one line each. The format
// is text if format is "text", otherwise JSON. It adds trace_id and span_id when the context holds
// a span.
//
// It is safe for concurrent use; each line is one call of w.Write, one after the other.
func NewLogger(w io.Writer, level slog.Leveler, format string) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if format == FormatText {
		return slog.New(handler{Handler: slog.NewTextHandler(w, opts)})
	}
	lines := &lines{to: w}
	return slog.New(handler{slog.NewJSONHandler(lines, opts), lines})
}

// handler adds the span's ids to each record.
type handler struct {
	slog.Handler

	simple *lines // writes simple records, the other Handler the rest; nil: that one writes all
}

// Handle implements [slog.Handler].
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if h.simple != nil && h.simple.wrote(&r, span) {
		return nil
	}
	if span.IsValid() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{Handler: h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h handler) WithGroup(name string) slog.Handler {
	return handler{Handler: h.Handler.WithGroup(name)}
}

// lines hands lines on, one at a time.
type lines struct {
	to io.Writer

	mu   sync.Mutex
	line []byte // the last one, whose memory is used again
}

// Write implements [io.Writer].
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(line)
}

// wrote writes a record of plain texts, whole numbers and truth values as slog's JSON handler does, at
// a third of its cost: the line of each call is one. It tells whether the record was one.
func (l *lines) wrote(r *slog.Record, span trace.SpanContext) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.line[:0]
	line = append(line, `{"time":"`...)
	line = append(r.Time.AppendFormat(line, time.RFC3339Nano), `","level":"`...)
	line = append(append(line, r.Level.String()...), `","msg":`...)
	line, simple := appendPlain(line, r.Message)
	r.Attrs(func(a slog.Attr) bool {
		var plain bool
		if line, plain = appendPlain(append(line, ','), a.Key); plain {
			line, plain = appendValue(append(line, ':'), a.Value)
		}
		simple = simple && plain
		return simple
	})
	if span.IsValid() {
		traceID, spanID := span.TraceID(), span.SpanID()
		line = hex.AppendEncode(append(line, `,"trace_id":"`...), traceID[:])
		line = append(hex.AppendEncode(append(line, `","span_id":"`...), spanID[:]), '"')
	}
	line = append(line, "}\n"...)
	l.line = line
	if simple = simple && !r.Time.IsZero(); simple {
		_, _ = l.to.Write(line) // as with slog: there is nowhere to complain
	}
	return simple
}

func appendValue(line []byte, v slog.Value) (_ []byte, plain bool) {
	switch v.Kind() {
	case slog.KindString:
		return appendPlain(line, v.String())
	case slog.KindInt64:
		return strconv.AppendInt(line, v.Int64(), 10), true
	case slog.KindBool:
		return strconv.AppendBool(line, v.Bool()), true
	default:
		return line, false
	}
}

// appendPlain appends a text in quotes if it is of printable ASCII and needs no escapes.
func appendPlain(line []byte, text string) (_ []byte, plain bool) {
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return line, false
		}
	}
	return append(append(append(line, '"'), text...), '"'), true
}
