package telemetry

import (
	"context"
	"encoding/hex"
	"io"
	"log/slog"
	"slices"
	"strconv"

	"go.opentelemetry.io/otel/trace"
)

// Formats of [NewLogger].
const (
	FormatJSON = "json"
	FormatText = "text"
)

// Keys of log lines. A fact has the same key in every line that tells it.
const (
	KeyTraceID       = "trace_id" // set by the logger itself
	KeySpanID        = "span_id"  // set by the logger itself
	KeyErr           = "err"
	KeyOutcome       = "outcome"
	KeyMillis        = "ms"
	KeyEventID       = "event_id"        // of Okta's call
	KeyOktaRequestID = "okta_request_id" // Okta's own, for its support
	KeyClientID      = "client_id"       // of the app that gets the tokens
	KeyAMRRule       = "amr_rule"
	KeyOrgID         = "org_id"
	KeyAddr          = "addr" // where the service listens
)

// NewLogger returns a logger that writes to w, one line for each record, from
// level on: as text if format is "text", else as JSON. It adds trace_id and span_id
// when the context holds a span, at the top level even inside a group. No line
// holds a key twice, which RFC 7493 section 2.3 forbids: a second "err" is called "err_2".
//
// It is safe for concurrent use; each line is one call of w.Write.
func NewLogger(w io.Writer, level slog.Leveler, format string) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	var base slog.Handler = slog.NewJSONHandler(w, opts)
	if format == FormatText {
		base = slog.NewTextHandler(w, opts)
	}
	reserved := []string{slog.TimeKey, slog.LevelKey, slog.MessageKey, KeyTraceID, KeySpanID}
	return slog.New(&handler{base: base, current: base, keys: reserved})
}

// handler adds the span's ids and keeps keys apart. It is immutable.
type handler struct {
	base    slog.Handler                      // all attributes up to the first group
	inGroup bool                              // a group is open
	grouped []func(slog.Handler) slog.Handler // that group and what came after it
	current slog.Handler                      // base with grouped applied
	keys    []string                          // taken in the group that is open
}

// Enabled implements [slog.Handler].
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.current.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	r = h.distinctRecord(r)
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return h.current.Handle(ctx, r)
	}
	ids := idAttrs(span)
	if !h.inGroup {
		r = r.Clone()
		r.AddAttrs(ids...)
		return h.current.Handle(ctx, r)
	}
	// A record's attributes belong to the open group, so the ids must come before it.
	current := h.base.WithAttrs(ids)
	for _, apply := range h.grouped {
		current = apply(current)
	}
	return current.Handle(ctx, r)
}

// idAttrs are the span's ids in hexadecimal digits, which share one text.
func idAttrs(span trace.SpanContext) []slog.Attr {
	traceID, spanID := span.TraceID(), span.SpanID()
	var digits [2 * (len(traceID) + len(spanID))]byte
	hex.Encode(digits[:], traceID[:])
	hex.Encode(digits[2*len(traceID):], spanID[:])
	text := string(digits[:])
	return []slog.Attr{slog.String(KeyTraceID, text[:2*len(traceID)]), slog.String(KeySpanID, text[2*len(traceID):])}
}

// WithAttrs implements [slog.Handler].
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	next := *h
	attrs, next.keys = distinct(attrs, slices.Clip(h.keys))
	return next.with(func(to slog.Handler) slog.Handler { return to.WithAttrs(attrs) })
}

// WithGroup implements [slog.Handler].
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	name = free(name, h.keys)
	next := *h
	next.keys, next.inGroup = nil, true
	return next.with(func(to slog.Handler) slog.Handler { return to.WithGroup(name) })
}

// with applies to h, a copy, what the caller was asked for.
func (h handler) with(apply func(slog.Handler) slog.Handler) slog.Handler {
	h.current = apply(h.current)
	if h.inGroup {
		h.grouped = append(slices.Clip(h.grouped), apply)
	} else {
		h.base = h.current
	}
	return &h
}

// distinctRecord returns r, or a copy with other keys if one of its keys is taken.
func (h *handler) distinctRecord(r slog.Record) slog.Record {
	var seen [16]string // a longer record takes the slow way
	n, clash := 0, false
	r.Attrs(func(a slog.Attr) bool {
		clash = isNested(a) || n == len(seen) || slices.Contains(h.keys, a.Key) || slices.Contains(seen[:n], a.Key)
		if !clash {
			seen[n] = a.Key
			n++
		}
		return !clash
	})
	if !clash {
		return r
	}
	attrs := make([]slog.Attr, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	attrs, _ = distinct(attrs, slices.Clip(h.keys))
	renamed := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	renamed.AddAttrs(attrs...)
	return renamed
}

// isNested reports whether a may hold further keys.
func isNested(a slog.Attr) bool {
	kind := a.Value.Kind()
	return kind == slog.KindGroup || kind == slog.KindLogValuer
}

// distinct returns attrs with every key changed that is taken, and all keys then
// taken. It resolves values and dissolves groups without a name, as slog would.
func distinct(attrs []slog.Attr, taken []string) (renamed []slog.Attr, nowTaken []string) {
	for _, a := range attrs {
		a.Value = a.Value.Resolve()
		switch isGroup := a.Value.Kind() == slog.KindGroup; {
		case isGroup && a.Key == "":
			var members []slog.Attr
			members, taken = distinct(a.Value.Group(), taken)
			renamed = append(renamed, members...)
			continue
		case isGroup:
			members, _ := distinct(a.Value.Group(), nil)
			a.Value = slog.GroupValue(members...)
		case a.Equal(slog.Attr{}): // slog leaves it out
			continue
		}
		a.Key = free(a.Key, taken)
		taken = append(taken, a.Key)
		renamed = append(renamed, a)
	}
	return renamed, taken
}

// free returns key, or key with the least number after it that makes it unlike
// all that are taken.
func free(key string, taken []string) string {
	name := key
	for n := 2; slices.Contains(taken, name); n++ {
		name = key + "_" + strconv.Itoa(n)
	}
	return name
}
