// Package telemetry makes the providers that the rest of the program measures,
// traces and logs with, as values: nothing of it is global, and otel.Set… is
// never called, but by [TakeStrayLines]. The rest takes a [metric.MeterProvider], a [trace.TracerProvider]
// and a [*slog.Logger] and knows nothing of exporters.
//
// It never exports, dials or records spans unless OpenTelemetry's own variables ask for
// it, and no attribute that it sets itself holds a secret or says who a person is.
//
// Facts: OpenTelemetry specification, environment variables and OTLP exporter; W3C Trace
// Context; the Prometheus text format and OpenMetrics 1.0.
//
// It is ground floor: it imports no other package of this module.
package telemetry
