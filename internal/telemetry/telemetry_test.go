package telemetry_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"pschook/internal/telemetry"
)

func newTelemetry(t *testing.T, opts telemetry.Options) *telemetry.Telemetry {
	t.Helper()
	tel, err := telemetry.New(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tel.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return tel
}

// scrape returns what /metrics answers to a client that accepts this media type.
func scrape(t *testing.T, tel *telemetry.Telemetry, accept string) string {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
	req.Header.Set("Accept", accept)
	answer := httptest.NewRecorder()
	tel.MetricsHandler().ServeHTTP(answer, req)
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.Code != http.StatusOK {
		t.Fatalf("status %d, %v", answer.Code, err)
	}
	return string(body)
}

// families returns "name type" of all metrics in a scrape.
func families(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if family, ok := strings.CutPrefix(strings.TrimSpace(line), "# TYPE "); ok {
			found = append(found, family)
		}
	}
	slices.Sort(found)
	return found
}

func TestMetricNames(t *testing.T) {
	t.Parallel()
	tel := newTelemetry(t, telemetry.Options{})
	meter := tel.MeterProvider().Meter("test")
	counter, err := meter.Int64Counter("pschook_hook_requests", metric.WithUnit("{request}"))
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 3)
	histogram, err := meter.Float64Histogram("pschook_hook_duration", metric.WithUnit("s"), metric.WithExplicitBucketBoundaries(0.05, 3))
	if err != nil {
		t.Fatal(err)
	}
	histogram.Record(t.Context(), 0.01)
	text := scrape(t, tel, "")
	want := []string{
		"go_config_gogc_percent gauge",
		"go_goroutine_count gauge",
		"go_memory_allocated_bytes_total counter",
		"go_memory_allocations_total counter",
		"go_memory_gc_goal_bytes gauge",
		"go_memory_used_bytes gauge",
		"go_processor_limit gauge",
		"pschook_hook_duration_seconds histogram",
		"pschook_hook_requests_total counter",
		"target_info gauge",
	}
	got := slices.DeleteFunc(families(text), func(s string) bool { return s == "go_memory_limit_bytes gauge" }) // with GOMEMLIMIT only
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, line := range []string{"\npschook_hook_requests_total 3\n", "\npschook_hook_duration_seconds_bucket{le=\"0.05\"} 1\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
	if strings.Contains(text, "otel_scope") {
		t.Error("samples carry labels of their scope")
	}
	if text := scrape(t, tel, "application/openmetrics-text; version=1.0.0"); !strings.HasSuffix(text, "# EOF\n") || !strings.Contains(text, "\npschook_hook_requests_total 3.0\n") {
		t.Errorf("not OpenMetrics:\n%s", text)
	}
}

func targetInfo(t *testing.T, text string) map[string]string {
	t.Helper()
	_, line, ok := strings.Cut(text, "\ntarget_info{")
	if !ok {
		t.Fatalf("no target_info in\n%s", text)
	}
	line, _, _ = strings.Cut(line, "\n")
	labels := map[string]string{}
	for _, m := range regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllStringSubmatch(line, -1) {
		labels[m[1]] = m[2]
	}
	return labels
}

func TestTargetInfo(t *testing.T) {
	t.Parallel()
	labels := targetInfo(t, scrape(t, newTelemetry(t, telemetry.Options{ServiceVersion: "1.2.3", InstanceID: "pod-1"}), ""))
	for name, want := range map[string]string{
		"service_name": "pschook", "service_version": "1.2.3", "service_instance_id": "pod-1",
		"process_runtime_name": "go", "telemetry_sdk_language": "go",
	} {
		if labels[name] != want {
			t.Errorf("%s is %q, want %q", name, labels[name], want)
		}
	}
	for name := range labels {
		if strings.HasPrefix(name, "process_command") || strings.HasPrefix(name, "process_owner") || strings.HasPrefix(name, "host_") {
			t.Errorf("target_info tells %s", name)
		}
	}
}

func TestInstancesDiffer(t *testing.T) {
	t.Parallel()
	first := targetInfo(t, scrape(t, newTelemetry(t, telemetry.Options{}), ""))["service_instance_id"]
	second := targetInfo(t, scrape(t, newTelemetry(t, telemetry.Options{}), ""))["service_instance_id"]
	if first == "" || first == second {
		t.Errorf("instances %q and %q", first, second)
	}
}

// TestEnvironmentWins cannot run in parallel, because it changes the environment.
func TestEnvironmentWins(t *testing.T) {
	t.Setenv("OTEL_SERVICE_NAME", "hook-of-chu")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=replica-2,deployment.environment.name=recette")
	labels := targetInfo(t, scrape(t, newTelemetry(t, telemetry.Options{ServiceName: "x", InstanceID: "y"}), ""))
	for name, want := range map[string]string{
		"service_name": "hook-of-chu", "service_instance_id": "replica-2", "deployment_environment_name": "recette",
	} {
		if labels[name] != want {
			t.Errorf("%s is %q, want %q", name, labels[name], want)
		}
	}
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "no pair")
	if _, err := telemetry.New(t.Context(), telemetry.Options{}); err == nil || !strings.Contains(err.Error(), "OTEL_RESOURCE_ATTRIBUTES") {
		t.Errorf("error %v, want one that names the variable", err)
	}
}

// Two Telemetry values work side by side: nothing is registered globally.
func TestNothingIsGlobal(t *testing.T) {
	t.Parallel()
	meters, tracers, propagator := otel.GetMeterProvider(), otel.GetTracerProvider(), otel.GetTextMapPropagator()
	one, two := newTelemetry(t, telemetry.Options{}), newTelemetry(t, telemetry.Options{})
	counter, err := one.MeterProvider().Meter("test").Int64Counter("only_one")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
	if !strings.Contains(scrape(t, one, ""), "only_one_total 1") || strings.Contains(scrape(t, two, ""), "only_one") {
		t.Error("the providers share instruments")
	}
	if otel.GetMeterProvider() != meters || otel.GetTracerProvider() != tracers || otel.GetTextMapPropagator() != propagator {
		t.Error("a global provider was set")
	}
}

// A caller's trace id reaches log lines and outgoing calls, although no span is recorded.
func TestTraceIsCarriedOn(t *testing.T) {
	t.Parallel()
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	tel := newTelemetry(t, telemetry.Options{})
	in := propagation.MapCarrier{"traceparent": parent, "tracestate": "vendor=jean", "baggage": "login=jean"}
	ctx, span := tel.TracerProvider().Tracer("test").Start(tel.Propagator().Extract(t.Context(), in), "call")
	defer span.End()
	if span.IsRecording() {
		t.Error("a span is recorded, which nobody asked for")
	}
	var out bytes.Buffer
	telemetry.NewLogger(&out, slog.LevelInfo, telemetry.FormatJSON).InfoContext(ctx, "m")
	if !strings.Contains(out.String(), `"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7"`) {
		t.Errorf("line %s", &out)
	}
	sent := propagation.MapCarrier{}
	tel.Propagator().Inject(ctx, sent)
	if diff := cmp.Diff(propagation.MapCarrier{"traceparent": parent}, sent); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "00-0-0-01", "ff" + parent[2:], strings.ToUpper(parent)} {
		ctx := tel.Propagator().Extract(t.Context(), propagation.MapCarrier{"traceparent": bad})
		if trace.SpanContextFromContext(ctx).IsValid() {
			t.Errorf("traceparent %q was taken", bad)
		}
	}
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	tel, err := telemetry.New(t.Context(), telemetry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Errorf("first: %v", err)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Errorf("second: %v", err)
	}
	// Parts that stop later may still use instruments.
	counter, err := tel.MeterProvider().Meter("test").Int64Counter("late")
	if err != nil {
		t.Fatal(err)
	}
	counter.Add(t.Context(), 1)
}
