package telemetry

import (
	"context"
	"log/slog"
	"sync/atomic"

	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// faults logs when exports of a signal begin to fail, and when they work again. There is an export
// every few seconds; without it, each failure would be a log line.
type faults struct {
	logger  *slog.Logger // must not be one that exports
	signal  string
	failing atomic.Bool
}

func newFaults(logger *slog.Logger, signal string) *faults {
	return &faults{logger: logger, signal: signal}
}

// note takes the result of an export. It always returns nil, because an error would reach
// OpenTelemetry's global handler, which writes to standard error in its own format.
func (f *faults) note(ctx context.Context, err error) error {
	if failing := err != nil; f.failing.Swap(failing) != failing {
		if failing {
			f.logger.WarnContext(ctx, "telemetry cannot be exported: what does not fit the queue is lost", "signal", f.signal, "err", err)
		} else {
			f.logger.InfoContext(ctx, "telemetry is exported again", "signal", f.signal)
		}
	}
	return nil
}

type spanExporter struct {
	sdktrace.SpanExporter

	faults *faults
}

// ExportSpans implements [sdktrace.SpanExporter].
func (e spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	return e.faults.note(ctx, e.SpanExporter.ExportSpans(ctx, spans))
}

type metricExporter struct {
	sdkmetric.Exporter

	faults *faults
}

// Export implements [sdkmetric.Exporter].
func (e metricExporter) Export(ctx context.Context, rm *metricdata.ResourceMetrics) error {
	return e.faults.note(ctx, e.Exporter.Export(ctx, rm))
}

type logExporter struct {
	sdklog.Exporter

	faults *faults
}

// Export implements [sdklog.Exporter].
func (e logExporter) Export(ctx context.Context, records []sdklog.Record) error {
	return e.faults.note(ctx, e.Exporter.Export(ctx, records))
}
