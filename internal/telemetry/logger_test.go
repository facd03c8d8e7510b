package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"pschook/internal/golden"
	"pschook/internal/telemetry"
	"pschook/internal/testneed"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func inSpan() context.Context {
	return trace.ContextWithSpanContext(context.Background(), trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0x4b, 0xf9, 0x2f, 15: 0x36}, SpanID: trace.SpanID{0x00, 0xf0, 7: 0xb7},
	}))
}

// redactedValue logs another text than its value.
type redactedValue string

func (redactedValue) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// lines are the lines of the golden files, in this order. Each function writes one line.
func lines() []func(*slog.Logger) {
	none, span := context.Background(), inSpan()
	failure := errors.New(`cannot read "x"`)
	return []func(*slog.Logger){
		func(l *slog.Logger) { l.InfoContext(none, "listening", "addr", "127.0.0.1:8080") },
		func(l *slog.Logger) {
			l.InfoContext(span, "hook call", "outcome", "commands", "ms", 1.25)
		},
		func(l *slog.Logger) {
			l.With("org_id", "00o").WarnContext(span, "org lookup failed", "err", failure)
		},
		func(l *slog.Logger) { l.InfoContext(none, "a value that resolves", "secret", redactedValue("geheim")) },
		func(l *slog.Logger) { l.With("secret", redactedValue("geheim")).InfoContext(none, "in With") },
		func(l *slog.Logger) { l.InfoContext(none, "line\nbreak", "k\"ey", "é\x00\xff") },
	}
}

func TestLoggerOutput(t *testing.T) {
	t.Parallel()
	for _, format := range []string{telemetry.FormatJSON, telemetry.FormatText} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			base := telemetry.NewLogger(&out, slog.LevelInfo, format)
			logger := slog.New(atFixedTime{base.Handler()})
			for i, line := range lines() {
				before := out.Len()
				line(logger)
				if n := bytes.Count(out.Bytes()[before:], []byte("\n")); n != 1 {
					t.Errorf("case %d wrote %d lines", i, n)
				}
			}
			golden.Equal(t, filepath.Join("testdata", "log."+format+".golden"), out.Bytes())
		})
	}
}

// atFixedTime gives every record the same time.
type atFixedTime struct{ slog.Handler }

func (h atFixedTime) Handle(ctx context.Context, r slog.Record) error {
	r.Time = time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)
	return h.Handler.Handle(ctx, r)
}

func (h atFixedTime) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atFixedTime{h.Handler.WithAttrs(attrs)}
}

func (h atFixedTime) WithGroup(name string) slog.Handler {
	return atFixedTime{h.Handler.WithGroup(name)}
}

// Each line is strict JSON and shows no redacted value.
func TestLoggerWritesStrictJSON(t *testing.T) {
	t.Parallel()
	for i, line := range lines() {
		var out bytes.Buffer
		line(telemetry.NewLogger(&out, slog.LevelInfo, telemetry.FormatJSON))
		var object map[string]any
		if err := json.Unmarshal(out.Bytes(), &object); err != nil {
			t.Errorf("case %d: %v\n%s", i, err, &out)
		}
		if strings.Contains(out.String(), "geheim") {
			t.Errorf("case %d: a redacted value shows", i)
		}
	}
}

// TestLoggerWritesAsSlog: what is written without slog's handler is what that would write.
func TestLoggerWritesAsSlog(t *testing.T) {
	t.Parallel()
	values := []any{0, -1, int64(math.MinInt64), uint(7), 1.5, true, false, "", "é", nil, time.Second, time.Unix(0, 0), errors.New("x"), redactedValue("y"), slog.GroupValue(slog.Int("in", 1))}
	for c := range 256 {
		values = append(values, string([]byte{'a', byte(c), 'b'}))
	}
	var got, want bytes.Buffer
	ours, theirs := telemetry.NewLogger(&got, slog.LevelDebug, telemetry.FormatJSON).Handler(), slog.NewJSONHandler(&want, &slog.HandlerOptions{Level: slog.LevelDebug})
	write := func(at time.Time, level slog.Level, message string, args ...any) {
		r := slog.NewRecord(at, level, message, 0)
		r.Add(args...)
		for _, ctx := range []context.Context{t.Context(), inSpan()} {
			got.Reset()
			want.Reset()
			err := ours.Handle(ctx, r)
			if ctx != t.Context() {
				r.Add("trace_id", "4bf92f00000000000000000000000036", "span_id", "00f00000000000b7")
			}
			if err = errors.Join(err, theirs.Handle(ctx, r)); err != nil || got.String() != want.String() {
				t.Errorf("%v: got %s, slog writes %s", err, &got, &want)
			}
		}
	}
	now := time.Date(2026, 11, 22, 3, 4, 5, 60, time.FixedZone("", 3600))
	for _, v := range values {
		write(now, slog.LevelInfo, "m", "k", v)
		write(now, slog.LevelInfo, "m", "a", "first", "k", v, "z", "last")
		if text, ok := v.(string); ok {
			write(now, slog.LevelInfo, text, "k", 1)
			write(now, slog.LevelInfo, "m", text, 1)
		}
	}
	write(time.Time{}, slog.LevelInfo, "m")
	write(now.UTC(), slog.LevelError+1, "m")
	write(now, slog.LevelDebug, "m", "", nil)
}

func TestLoggerLevelAndFormat(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var level slog.LevelVar
	level.Set(slog.LevelWarn)
	logger := telemetry.NewLogger(&out, &level, "unknown")
	logger.Info("left out")
	logger.Warn("told")
	level.Set(slog.LevelDebug)
	logger.Debug("told now")
	var got []string
	for line := range strings.Lines(out.String()) {
		var object struct{ Msg string }
		if err := json.Unmarshal([]byte(line), &object, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatalf("an unknown format is JSON: %v", err)
		}
		got = append(got, object.Msg)
	}
	if want := []string{"told", "told now"}; !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

// A logger made from another one does not change the attributes of the other.
func TestLoggersAreIndependent(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	counts := map[string]int{}
	parent := telemetry.NewLogger(writerFunc(func(p []byte) (int, error) {
		var object map[string]any
		err := json.Unmarshal(p, &object)
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Errorf("%v: %s", err, p)
		}
		counts[strings.Join(slices.Sorted(maps.Keys(object)), " ")]++
		return len(p), nil
	}), slog.LevelInfo, telemetry.FormatJSON).With("p1", 1, "p2", 2, "p3", 3)
	var wg sync.WaitGroup
	for _, key := range []string{"a", "b", "c", "d"} {
		child := parent.With(key, 1)
		wg.Go(func() {
			for range 100 {
				child.InfoContext(inSpan(), "m")
			}
		})
	}
	wg.Wait()
	want := map[string]int{}
	for _, key := range []string{"a", "b", "c", "d"} {
		want[key+" level msg p1 p2 p3 span_id time trace_id"] = 100
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// Looking for a span costs a line no allocation, nor do the ids of one cost the line of a call any.
func TestLoggerAllocatesNoMoreThanSlog(t *testing.T) {
	if testneed.RaceDetector {
		t.Skip("the race detector allocates on its own account: go test without -race runs this")
	}
	allocs := func(ctx context.Context, logger *slog.Logger, ms slog.Attr) float64 {
		return testing.AllocsPerRun(100, func() {
			logger.LogAttrs(ctx, slog.LevelInfo, "hook call",
				slog.String("event_id", "e"), slog.String("client_id", "c"), slog.String("outcome", "commands"), ms)
		})
	}
	discard := writerFunc(func(p []byte) (int, error) { return len(p), nil })
	none := context.Background()
	want := allocs(none, slog.New(slog.NewJSONHandler(discard, nil)), slog.Float64("ms", 1.5))
	logger := telemetry.NewLogger(discard, slog.LevelInfo, telemetry.FormatJSON)
	if got := max(allocs(none, logger, slog.Float64("ms", 1.5)), allocs(inSpan(), logger, slog.Int64("ms", 1))); got > want {
		t.Errorf("%v allocations for a line with four attributes, slog has %v", got, want)
	}
}
