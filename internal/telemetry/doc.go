// Package telemetry makes the providers for metrics, traces and logs. They are values: nothing is
// global, and otel.Set… is never called, except by [TakeStrayLines]. The rest of the program takes
// a [metric.MeterProvider], a [trace.TracerProvider] and a [*slog.Logger] and knows nothing about
// exporters.
//
// It never exports, dials or records spans unless OpenTelemetry's own variables ask for it. No
// attribute that it sets holds a secret or identifies a person.
//
// Sources of the facts: OpenTelemetry specification, environment variables and OTLP exporter; W3C
// Trace Context; the Prometheus text format and OpenMetrics 1.0.
//
// It is ground floor: it imports no other package of this module.
package telemetry
