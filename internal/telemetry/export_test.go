package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"pschook/internal/otlptest"
	"pschook/internal/telemetry"
)

// These tests set environment variables of the process, which the exporters read, so they do not
// run in parallel.

// shutdownTimeout is much longer than a collector on loopback needs.
const shutdownTimeout = time.Second

// emit records one span with a log line in it and one measurement, and then shuts the telemetry
// down. It returns the trace id and the error of Shutdown.
func emit(t *testing.T, logger *slog.Logger) (traceID string, err error) {
	t.Helper()
	tel, err := telemetry.New(t.Context(), telemetry.Options{Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	counter, err := tel.MeterProvider().Meter("test").Int64Counter("a_count")
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "a span")
	tel.Logger().InfoContext(ctx, "a line", "k", "v")
	tel.Logger().DebugContext(ctx, "a line that is not wanted")
	counter.Add(ctx, 1)
	span.End()
	ctx, cancel := context.WithTimeout(t.Context(), shutdownTimeout)
	defer cancel()
	return span.SpanContext().TraceID().String(), tel.Shutdown(ctx)
}

func TestExport(t *testing.T) {
	tests := []struct {
		name                 string
		env                  func(*otlptest.Receiver) map[string]string
		spans, metrics, logs bool
	}{
		{"an endpoint alone", func(r *otlptest.Receiver) map[string]string {
			return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": r.HTTP}
		}, true, true, true},
		{"gRPC", func(r *otlptest.Receiver) map[string]string {
			return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": r.GRPC, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
		}, true, true, true},
		{"traces alone", func(r *otlptest.Receiver) map[string]string {
			return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": r.HTTP, "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none", "OTEL_TRACES_EXPORTER": "otlp"}
		}, true, false, false},
		{"an endpoint for metrics, by gRPC", func(r *otlptest.Receiver) map[string]string {
			return map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": r.GRPC, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "grpc"}
		}, false, true, false},
		{"an endpoint for logs", func(r *otlptest.Receiver) map[string]string {
			return map[string]string{"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": r.HTTP + "/v1/logs"}
		}, false, false, true},
		{"metrics that are fetched", func(r *otlptest.Receiver) map[string]string {
			return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": r.HTTP, "OTEL_METRICS_EXPORTER": "prometheus"}
		}, true, false, true},
		{"disabled", func(r *otlptest.Receiver) map[string]string {
			return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": r.HTTP, "OTEL_SDK_DISABLED": "true"}
		}, false, false, false},
		{"no trace sampled", func(r *otlptest.Receiver) map[string]string {
			return map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": r.HTTP, "OTEL_TRACES_SAMPLER": "always_off"}
		}, false, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := otlptest.Start(t)
			for name, value := range tt.env(r) {
				t.Setenv(name, value)
			}
			var out bytes.Buffer
			traceID, err := emit(t, telemetry.NewLogger(&out, slog.LevelInfo, telemetry.FormatJSON))
			if err != nil {
				t.Errorf("shutdown: %v", err)
			}
			if got := len(r.Spans()) == 1 && r.Spans()[0].GetName() == "a span" && fmt.Sprintf("%x", r.Spans()[0].GetTraceId()) == traceID; got != tt.spans {
				t.Errorf("span received: %v", got)
			}
			if got := strings.Contains(r.Text(), "a_count"); got != tt.metrics {
				t.Errorf("metric received: %v", got)
			}
			records := r.Records()
			if got := len(records) == 1; got != tt.logs {
				t.Errorf("log received: %v", got)
			}
			if len(records) == 1 && (records[0].GetBody().GetStringValue() != "a line" || otlptest.Attribute(records[0].GetAttributes(), "k") != "v") {
				t.Errorf("record %v", records[0])
			}
			if len(records) == 1 && tt.spans && fmt.Sprintf("%x", records[0].GetTraceId()) != traceID {
				t.Errorf("the record has trace id %x, the span %s", records[0].GetTraceId(), traceID)
			}
			if n := strings.Count(out.String(), "\n"); n != 1 {
				t.Errorf("%d lines on the logger itself, want 1:\n%s", n, &out)
			}
		})
	}
}

// With an empty environment, the usual addresses of a collector are not tried. The second case
// shows that the test would notice it.
func TestNothingIsDialledUnasked(t *testing.T) {
	for _, tt := range []struct {
		exporter string
		dialled  bool
	}{{"", false}, {"otlp", true}} {
		t.Run("OTEL_TRACES_EXPORTER="+tt.exporter, func(t *testing.T) {
			if _, err := net.DefaultResolver.LookupHost(t.Context(), "localhost"); err != nil {
				t.Skipf("a machine without /etc/hosts has no name for the usual place of a collector: %v", err)
			}
			dialled := make(chan struct{}, 100)
			var serving sync.WaitGroup
			t.Cleanup(serving.Wait)
			for _, addr := range []string{"127.0.0.1:4317", "127.0.0.1:4318"} { // OTLP's own ports
				listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", addr)
				if err != nil {
					t.Skipf("the usual port of a collector is in use: %v", err)
				}
				t.Cleanup(func() { _ = listener.Close() })
				serving.Go(func() {
					for {
						conn, err := listener.Accept()
						if err != nil {
							return
						}
						dialled <- struct{}{} // before the exporter learns that it failed
						_ = conn.Close()
					}
				})
			}
			t.Setenv("OTEL_TRACES_EXPORTER", tt.exporter)
			t.Setenv("OTEL_BSP_EXPORT_TIMEOUT", "500")
			if _, err := emit(t, nil); err != nil {
				t.Errorf("shutdown: %v", err)
			}
			if got := len(dialled) > 0; got != tt.dialled {
				t.Errorf("dialled: %v, want %v", got, tt.dialled)
			}
		})
	}
}

func TestSettingErrors(t *testing.T) {
	tests := []struct{ variable, value, want string }{
		{"OTEL_TRACES_EXPORTER", "zipkin", `OTEL_TRACES_EXPORTER: got "zipkin", wanted otlp, console or none`},
		{"OTEL_TRACES_EXPORTER", "prometheus", `OTEL_TRACES_EXPORTER: got "prometheus"`},
		{"OTEL_METRICS_EXPORTER", "statsd", `OTEL_METRICS_EXPORTER: got "statsd"`},
		{"OTEL_LOGS_EXPORTER", "file", `OTEL_LOGS_EXPORTER: got "file"`},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", `OTEL_EXPORTER_OTLP_PROTOCOL: got "http/json", wanted grpc or http/protobuf`},
		{"OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "udp", `OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: got "udp"`},
		{"OTEL_TRACES_SAMPLER", "jaeger_remote", `OTEL_TRACES_SAMPLER: got "jaeger_remote", wanted always_on`},
		{"OTEL_TRACES_SAMPLER_ARG", "10%", `OTEL_TRACES_SAMPLER_ARG: got "10%", wanted a ratio from 0 to 1`},
		{"OTEL_TRACES_SAMPLER_ARG", "NaN", `OTEL_TRACES_SAMPLER_ARG: got "NaN"`},
		{"OTEL_TRACES_SAMPLER_ARG", "-0.1", `OTEL_TRACES_SAMPLER_ARG: got "-0.1"`},
		{"OTEL_TRACES_SAMPLER_ARG", "1.1", `OTEL_TRACES_SAMPLER_ARG: got "1.1"`},
	}
	for _, tt := range tests {
		t.Run(tt.variable+"="+tt.value, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
			t.Setenv("OTEL_TRACES_SAMPLER", "traceidratio")
			t.Setenv(tt.variable, tt.value)
			_, err := telemetry.New(t.Context(), telemetry.Options{})
			var fault *telemetry.SettingError
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// An unreachable collector is logged once for each signal, through the given logger. Shutdown does
// not wait for it longer than its context allows.
func TestUnreachableCollector(t *testing.T) {
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0") // accepts connections and sends nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	for _, tt := range []struct{ name, endpoint, protocol string }{
		{"refused", "http://127.0.0.1:1", "http/protobuf"}, {"refused, gRPC", "http://127.0.0.1:1", "grpc"},
		{"silent", "http://" + silent.Addr().String(), "http/protobuf"}, {"silent, gRPC", "http://" + silent.Addr().String(), "grpc"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", tt.endpoint)
			t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", tt.protocol)
			for _, variable := range []string{"OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_BSP_EXPORT_TIMEOUT", "OTEL_BLRP_EXPORT_TIMEOUT"} {
				t.Setenv(variable, "200")
			}
			var out lockedBuffer
			_, err := emit(t, telemetry.NewLogger(&out, slog.LevelInfo, telemetry.FormatJSON))
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("shutdown: %v", err)
			}
			for _, signal := range []string{"traces", "metrics", "logs"} {
				if n := strings.Count(out.String(), `"telemetry cannot be exported: what does not fit the queue is lost","signal":"`+signal+`"`); n != 1 {
					t.Errorf("%d lines on %s, want 1:\n%s", n, signal, out.String())
				}
			}
		})
	}
}

// Shutdown ends with its context, even when exports would wait longer.
func TestShutdownIsBounded(t *testing.T) {
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+silent.Addr().String())
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000")
	tel, err := telemetry.New(t.Context(), telemetry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := tel.TracerProvider().Tracer("test").Start(t.Context(), "a span")
	tel.Logger().InfoContext(ctx, "a line")
	span.End()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := tel.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("shutdown: %v", err)
	}
}

// lockedBuffer may be written to by several goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// The caller's traceparent does not decide whether a trace is sampled.
func TestSampling(t *testing.T) {
	r := otlptest.Start(t)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", r.HTTP+"/v1/traces")
	lowest := trace.TraceID{15: 1} // would always be sampled if ids decided
	highest := trace.TraceID{0: 1} // would never be
	for i := range highest {
		highest[i] = 0xff
	}
	local := func(flags trace.TraceFlags) trace.SpanContextConfig {
		return trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{1}, TraceFlags: flags}
	}
	remote := func(id trace.TraceID, flags trace.TraceFlags) trace.SpanContextConfig {
		return trace.SpanContextConfig{TraceID: id, SpanID: trace.SpanID{1}, TraceFlags: flags, Remote: true}
	}
	const calls = 2000
	tests := []struct {
		name, sampler, arg string
		parent             trace.SpanContextConfig
		least, most        int
	}{
		{"by default all", "", "", trace.SpanContextConfig{}, calls, calls},
		{"by default all, whatever the caller says", "", "", remote(lowest, 0), calls, calls},
		{"none, whatever the caller says", "parentbased_always_off", "", remote(lowest, trace.FlagsSampled), 0, 0},
		{"none", "always_off", "", trace.SpanContextConfig{}, 0, 0},
		{"a tenth", "parentbased_traceidratio", "0.1", trace.SpanContextConfig{}, 120, 290},
		{"a tenth, capitals", " PARENTBASED_TRACEIDRATIO ", " 0.1 ", trace.SpanContextConfig{}, 120, 290},
		{"a tenth of those that ask for it", "parentbased_traceidratio", "0.1", remote(lowest, trace.FlagsSampled), 120, 290},
		{"a tenth of those that ask not to", "parentbased_traceidratio", "0.1", remote(highest, 0), 120, 290},
		{"a tenth without parents", "traceidratio", "0.1", remote(lowest, trace.FlagsSampled), 120, 290},
		{"ratio not given", "traceidratio", "", trace.SpanContextConfig{}, calls, calls},
		{"child of a span that is recorded", "parentbased_always_off", "", local(trace.FlagsSampled), calls, calls},
		{"child of a span that is not", "parentbased_always_on", "", local(0), 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("OTEL_TRACES_SAMPLER", tt.sampler)
			t.Setenv("OTEL_TRACES_SAMPLER_ARG", tt.arg)
			tel := newTelemetry(t, telemetry.Options{})
			ctx := trace.ContextWithSpanContext(t.Context(), trace.NewSpanContext(tt.parent))
			tracer, recorded := tel.TracerProvider().Tracer("test"), 0
			for range calls {
				_, span := tracer.Start(ctx, "call")
				if span.IsRecording() {
					recorded++
				}
				if got := span.SpanContext().TraceID(); tt.parent.TraceID.IsValid() && got != tt.parent.TraceID {
					t.Fatalf("trace %s, want that of the parent", got)
				}
			}
			if recorded < tt.least || recorded > tt.most {
				t.Errorf("%d of %d recorded, want %d to %d", recorded, calls, tt.least, tt.most)
			}
		})
	}
}

func TestTransport(t *testing.T) {
	r := otlptest.Start(t)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", r.HTTP+"/v1/traces")
	tel := newTelemetry(t, telemetry.Options{})
	mux := http.NewServeMux()
	mux.HandleFunc("/found", func(w http.ResponseWriter, req *http.Request) {
		if h := req.Header.Get("Traceparent"); h != "" {
			t.Errorf("traceparent %q was sent", h)
		}
		_, _ = w.Write([]byte("found"))
	})
	url := serve(t, mux)
	base := &http.Transport{}
	client := &http.Client{Transport: telemetry.NewTransport(base, tel.TracerProvider().Tracer("test"))}
	defer client.CloseIdleConnections()
	ctx, parent := tel.TracerProvider().Tracer("test").Start(t.Context(), "hook")
	for _, target := range []string{url + "/found?token=geheim", url + "/lost", "http://127.0.0.1:1/away?token=geheim"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "SSWS geheim")
		if res, err := client.Do(req); err == nil {
			_ = res.Body.Close()
		}
	}
	parent.End()
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"GET /found": "", "GET /lost": "STATUS_CODE_ERROR", "GET /away": "STATUS_CODE_ERROR", "hook": ""}
	id := parent.SpanContext().SpanID()
	for _, span := range r.Spans() {
		status, ok := want[span.GetName()]
		if !ok || (span.GetStatus().GetCode().String() == "STATUS_CODE_ERROR") != (status != "") {
			t.Errorf("span %v", span)
		}
		if child := string(span.GetParentSpanId()) == string(id[:]); child != (span.GetName() != "hook") {
			t.Errorf("%s: child of the hook's span: %v", span.GetName(), child)
		}
		delete(want, span.GetName())
	}
	if len(want) > 0 || strings.Contains(r.Text(), "geheim") {
		t.Errorf("missing %v; received %s", want, r.Text())
	}
}

// serve runs an HTTP server with h until the test ends.
func serve(t *testing.T, h http.Handler) (url string) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Second}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return "http://" + listener.Addr().String()
}
