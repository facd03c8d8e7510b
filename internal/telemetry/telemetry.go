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
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

const defaultServiceName = "pschook"

// Options configure [New]. All may be left out. OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES, where set, win over the first three.
type Options struct {
	ServiceName    string       // "": pschook
	ServiceVersion string       // "": none told
	InstanceID     string       // tells replicas apart; "": random at each start
	Logger         *slog.Logger // for faults of /metrics itself; nil: no log
}

// Telemetry holds the providers of one process. It is safe for concurrent use.
type Telemetry struct {
	meters     metric.MeterProvider
	tracers    trace.TracerProvider
	propagator propagation.TextMapPropagator
	handler    http.Handler

	mu      sync.Mutex
	closers []func(context.Context) error // in the order in which they were made
}

// New makes the providers. Metrics go to [Telemetry.MetricsHandler]; spans are
// not recorded, but the trace that a caller started is carried on into log lines
// and outgoing calls. It dials nothing. A malformed OTEL_RESOURCE_ATTRIBUTES is
// an error.
func New(ctx context.Context, opts Options) (*Telemetry, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	res, err := newResource(ctx, opts)
	if err != nil {
		return nil, err
	}
	t := &Telemetry{
		tracers: noop.NewTracerProvider(),
		// Baggage is left out: it would carry whatever a caller puts in it,
		// personal data too, on to Okta.
		propagator: propagation.TraceContext{},
	}
	if err := t.startMetrics(res, opts.Logger); err != nil {
		return nil, errors.Join(err, t.Shutdown(ctx))
	}
	return t, nil
}

// newResource says what this process is. The command line is not part of it: an
// argument may be a secret.
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
		resource.WithFromEnv()) // last, so that it wins
	if err != nil {
		return nil, fmt.Errorf("telemetry: OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return res, nil
}

// startMetrics makes the meter provider with a Prometheus exporter on a registry
// of its own, and feeds it with the metrics of the Go runtime.
func (t *Telemetry) startMetrics(res *resource.Resource, logger *slog.Logger) error {
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(
		otelprometheus.WithRegisterer(registry),
		// Names and suffixes as Prometheus knows them, whatever default a later
		// version of the exporter has.
		otelprometheus.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes),
		otelprometheus.WithoutScopeInfo())
	if err != nil {
		return fmt.Errorf("telemetry: Prometheus exporter: %w", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithResource(res), sdkmetric.WithReader(exporter))
	t.closers = append(t.closers, provider.Shutdown)
	if err := runtime.Start(runtime.WithMeterProvider(provider)); err != nil {
		return fmt.Errorf("telemetry: metrics of the Go runtime: %w", err)
	}
	t.meters = provider
	t.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelError),
		ErrorHandling:     promhttp.ContinueOnError, // what can be collected is better than nothing
		EnableOpenMetrics: true,                     // the format that has exemplars
	})
	return nil
}

// MeterProvider returns the provider whose instruments appear at /metrics.
func (t *Telemetry) MeterProvider() metric.MeterProvider { return t.meters }

// TracerProvider returns the provider for spans.
func (t *Telemetry) TracerProvider() trace.TracerProvider { return t.tracers }

// Propagator reads and writes the header traceparent (W3C Trace Context).
func (t *Telemetry) Propagator() propagation.TextMapPropagator { return t.propagator }

// MetricsHandler serves all metrics in the Prometheus text format, or in
// OpenMetrics for who asks for it.
func (t *Telemetry) MetricsHandler() http.Handler { return t.handler }

// Shutdown hands on what is still held back and closes everything, the last made
// first, even if one fails; it takes until ctx ends at most. Further calls do
// nothing.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	t.mu.Lock()
	closers := t.closers
	t.closers = nil
	t.mu.Unlock()
	var errs []error
	for i := len(closers) - 1; i >= 0; i-- {
		errs = append(errs, closers[i](ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("telemetry: shutdown: %w", err)
	}
	return nil
}
