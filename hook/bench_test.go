package hook_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/trace/noop"

	"pschook/hook"
	"pschook/internal/telemetry"
	"pschook/internal/testneed"
)

func BenchmarkDecode(b *testing.B) {
	body := benchSample(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := hook.Decode(body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	auth, err := hook.NewHeaderSecrets("Authorization", []string{secret, "another-secret-of-the-hospital"})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, hook.Path, nil)
	r.Header.Set("Authorization", secret)
	b.ReportAllocs()
	for b.Loop() {
		if err := auth.Authenticate(r); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHandler measures a whole call with metrics and a log line, through Echo, but without
// net/http.
func BenchmarkHandler(b *testing.B) {
	call := aCall(b)
	b.ReportAllocs()
	for b.Loop() {
		call()
	}
}

// aCall returns a function that makes one call and costs almost nothing itself.
func aCall(tb testing.TB) func() {
	tb.Helper()
	body := benchSample(tb)
	e := handlerOf(tb, func(o *hook.Options) {
		o.Logger = telemetry.NewLogger(struct{ io.Writer }{io.Discard}, slog.LevelInfo, telemetry.FormatJSON)
		o.Meter = sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())).Meter(hook.ScopeName)
		o.Tracer = noop.NewTracerProvider().Tracer("")
	})
	r := httptest.NewRequest(http.MethodPost, hook.Path, http.NoBody)
	r.Header.Set("Authorization", secret)
	r.Header.Set("Content-Type", "application/json")
	reader := bytes.NewReader(nil)
	r.Body = io.NopCloser(reader)
	w := &statusWriter{header: http.Header{}}
	return func() {
		reader.Reset(body)
		clear(w.header)
		if e.ServeHTTP(w, r); w.status != http.StatusOK {
			tb.Fatal(w.status)
		}
	}
}

// statusWriter keeps only the status of an answer.
type statusWriter struct {
	header http.Header
	status int
}

func (w *statusWriter) Header() http.Header             { return w.header }
func (w *statusWriter) WriteHeader(status int)          { w.status = status }
func (w *statusWriter) Write(p []byte) (int, error)     { return len(p), nil }
func (w *statusWriter) SetReadDeadline(time.Time) error { return nil }

// TestCallMemory bounds what one call leaves to the garbage collector.
func TestCallMemory(t *testing.T) {
	if testneed.RaceDetector {
		t.Skip("the race detector makes sync.Pool drop items at random")
	}
	call := aCall(t)
	call()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const calls = 1000
	for range calls {
		call()
	}
	runtime.ReadMemStats(&after)
	bytes, allocations := (after.TotalAlloc-before.TotalAlloc)/calls, (after.Mallocs-before.Mallocs)/calls
	t.Logf("%d bytes in %d allocations", bytes, allocations)
	if bytes > 3<<10 || allocations > 12 {
		t.Errorf("a call allocates %d bytes in %d allocations", bytes, allocations)
	}
}

// benchSample is a call without white space, as Okta sends it.
func benchSample(b testing.TB) []byte {
	b.Helper()
	body := jsontext.Value(sample(b, "authorization-code"))
	if err := body.Compact(); err != nil {
		b.Fatal(err)
	}
	return body
}
