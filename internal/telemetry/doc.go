// Package telemetry makes the providers that the rest of the program measures,
// traces and logs with, as values: nothing of it is global, and otel.Set… is
// never called. The rest takes a [metric.MeterProvider], a [trace.TracerProvider]
// and a [*slog.Logger] and knows nothing of exporters.
//
// It is ground floor: it imports no other package of this module.
package telemetry
