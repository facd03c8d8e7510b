package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

const defaultServiceName = "pschook"

// Options configure [New]. All are optional. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, if
// set, override the first three.
type Options struct {
	ServiceName    string       // "": pschook
	ServiceVersion string       // "": not stated
	InstanceID     string       // distinguishes replicas; "": random at each start
	Logger         *slog.Logger // logs faults of this package; [Telemetry.Logger] builds on it; nil: no log
}

// Telemetry holds the providers of one process. It is safe for concurrent use.
type Telemetry struct {
	meters     metric.MeterProvider
	tracers    trace.TracerProvider
	logger     *slog.Logger
	propagator propagation.TextMapPropagator
	handler    http.Handler

	mu      sync.Mutex
	closers []func(context.Context) error
}

// New makes the providers. Metrics are always at [Telemetry.MetricsHandler]. OpenTelemetry's own
// variables, which the exporters read from the environment of the process, add further exporters:
// OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER (otlp, console, none),
// OTEL_EXPORTER_OTLP_… (OTLP by gRPC or HTTP), OTEL_TRACES_SAMPLER and OTEL_SDK_DISABLED. Without
// them, nothing is exported or dialled, and no span is recorded; log lines still hold the id of a
// trace that a caller started. New does not wait for a collector.
//
// Errors are [*SettingError], or those of a malformed OTEL_RESOURCE_ATTRIBUTES or of an exporter's
// own variables.
func New(ctx context.Context, opts Options) (*Telemetry, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	res, err := newResource(ctx, opts)
	if err != nil {
		return nil, err
	}
	t := &Telemetry{
		tracers:    noop.NewTracerProvider(),
		logger:     opts.Logger,
		propagator: traceParent{},
	}
	for _, start := range []func(context.Context, *resource.Resource, *slog.Logger) error{t.startMetrics, t.startTraces, t.startLogs} {
		if err := start(ctx, res, opts.Logger); err != nil {
			return nil, errors.Join(fmt.Errorf("telemetry: %w", err), t.Shutdown(ctx))
		}
	}
	return t, nil
}

// newResource describes this process. It leaves out the command line, because an argument may be a
// secret.
func newResource(ctx context.Context, opts Options) (*resource.Resource, error) {
	if opts.ServiceName == "" {
		opts.ServiceName = defaultServiceName
	}
	if opts.InstanceID == "" {
		id, err := uuid.NewRandom()
		if err != nil {
			return nil, fmt.Errorf("telemetry: no random number for service.instance.id: %w", err)
		}
		opts.InstanceID = id.String()
	}
	attributes := resource.WithAttributes(semconv.ServiceName(opts.ServiceName), semconv.ServiceInstanceID(opts.InstanceID))
	version := resource.WithAttributes()
	if opts.ServiceVersion != "" {
		version = resource.WithAttributes(semconv.ServiceVersion(opts.ServiceVersion))
	}
	res, err := resource.New(ctx,
		attributes, version,
		resource.WithProcessRuntimeName(), resource.WithProcessRuntimeVersion(), resource.WithTelemetrySDK(),
		resource.WithFromEnv()) // last, so that it overrides the others
	if err != nil {
		return nil, fmt.Errorf("telemetry: OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return res, nil
}

// startMetrics makes the meter provider with a Prometheus exporter on its own registry, and adds
// the metrics of the Go runtime.
func (t *Telemetry) startMetrics(ctx context.Context, res *resource.Resource, logger *slog.Logger) error {
	registry := prometheus.NewRegistry()
	fetched, err := otelprometheus.New(
		otelprometheus.WithRegisterer(registry),
		// Write names and suffixes as Prometheus does, whatever the default of a later version of
		// the exporter is.
		otelprometheus.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes),
		otelprometheus.WithoutScopeInfo())
	if err != nil {
		return fmt.Errorf("exporter for Prometheus: %w", err)
	}
	sent, err := newMetricExporter(ctx)
	if err != nil {
		return fmt.Errorf("exporter of metrics: %w", err)
	}
	opts := []sdkmetric.Option{sdkmetric.WithResource(res), sdkmetric.WithReader(fetched)}
	if sent != nil {
		opts = append(opts, sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metricExporter{sent, newFaults(logger, "metrics")})))
	}
	provider := sdkmetric.NewMeterProvider(opts...)
	t.closers = append(t.closers, provider.Shutdown)
	if err := runtime.Start(runtime.WithMeterProvider(provider)); err != nil {
		return fmt.Errorf("metrics of the Go runtime: %w", err)
	}
	t.meters = provider
	t.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelError),
		ErrorHandling:     promhttp.ContinueOnError, // some metrics are better than none
		EnableOpenMetrics: true,                     // the format that has exemplars
	})
	return nil
}

// startTraces replaces the provider that records nothing, if traces are exported.
func (t *Telemetry) startTraces(ctx context.Context, res *resource.Resource, logger *slog.Logger) error {
	sampler, err := newSampler()
	if err != nil {
		return err
	}
	exporter, err := newSpanExporter(ctx)
	if err != nil {
		return fmt.Errorf("exporter of traces: %w", err)
	}
	if exporter == nil {
		return nil
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(res), sdktrace.WithSampler(sampler),
		sdktrace.WithBatcher(spanExporter{exporter, newFaults(logger, "traces")}))
	t.closers = append(t.closers, provider.Shutdown)
	t.tracers = provider
	return nil
}

// startLogs also sends log records to an exporter, if logs are exported.
func (t *Telemetry) startLogs(ctx context.Context, res *resource.Resource, logger *slog.Logger) error {
	exporter, err := newLogExporter(ctx)
	if err != nil {
		return fmt.Errorf("exporter of logs: %w", err)
	}
	if exporter == nil {
		return nil
	}
	provider := sdklog.NewLoggerProvider(sdklog.WithResource(res),
		sdklog.WithProcessor(sdklog.NewBatchProcessor(logExporter{exporter, newFaults(logger, "logs")})))
	t.closers = append(t.closers, provider.Shutdown)
	t.logger = fanOut(logger, provider)
	return nil
}

// MeterProvider returns the provider whose instruments appear at /metrics.
func (t *Telemetry) MeterProvider() metric.MeterProvider { return t.meters }

// TracerProvider returns the provider for spans.
func (t *Telemetry) TracerProvider() trace.TracerProvider { return t.tracers }

// Logger returns the logger of the options. It also sends its records to the exporter of logs, if
// there is one.
func (t *Telemetry) Logger() *slog.Logger { return t.logger }

// Propagator returns what reads and writes the header traceparent (W3C Trace Context).
func (t *Telemetry) Propagator() propagation.TextMapPropagator { return t.propagator }

// MetricsHandler serves all metrics in the Prometheus text format, or in OpenMetrics if the client
// asks for it.
func (t *Telemetry) MetricsHandler() http.Handler { return t.handler }

// Shutdown sends what is still pending and closes everything. It does so at the same time, so that
// a collector that does not answer does not delay the others. It takes at most until ctx ends.
// Further calls do nothing. The error joins the errors of all parts that could not be closed,
// including that of ctx.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	t.mu.Lock()
	closers := t.closers
	t.closers = nil
	t.mu.Unlock()
	errs := make([]error, len(closers))
	var wg sync.WaitGroup
	for i, closer := range closers {
		wg.Go(func() { errs[i] = closer(ctx) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("telemetry: shutdown: %w", err)
	}
	return nil
}
