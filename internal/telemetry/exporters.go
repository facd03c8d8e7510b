package telemetry

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdoutmetric"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Signals, as their names stand in OTEL_…_EXPORTER and OTEL_EXPORTER_OTLP_…_ENDPOINT.
const (
	signalTraces  = "TRACES"
	signalMetrics = "METRICS"
	signalLogs    = "LOGS"
)

// Values of OTEL_…_EXPORTER (OpenTelemetry specification, SDK environment variables).
const (
	exportOTLP       = "otlp"
	exportConsole    = "console"
	exportNone       = "none"
	exportPrometheus = "prometheus" // of metrics only
)

// Values of OTEL_EXPORTER_OTLP_PROTOCOL.
const (
	protocolGRPC = "grpc"
	protocolHTTP = "http/protobuf" // the default
)

// SettingError is an OTEL_ variable whose value cannot be used.
type SettingError struct {
	Variable, Value string
	Wanted          string
}

// Error names the variable, its value and what is wanted.
func (e *SettingError) Error() string {
	return fmt.Sprintf("%s: got %q, wanted %s", e.Variable, e.Value, e.Wanted)
}

// setting is a variable's value, trimmed; empty is the same as not set, as the specification has it.
func setting(name string) string { return strings.TrimSpace(os.Getenv(name)) }

// chosen is how a signal is to be exported: what OTEL_…_EXPORTER says. Where that is not set it is OTLP,
// the specification's default, only if there is an endpoint to send to: a service that was told nothing
// must not go looking for a collector on its own host.
func chosen(signal string) (string, error) {
	variable := "OTEL_" + signal + "_EXPORTER"
	if disabled, _ := strconv.ParseBool(setting("OTEL_SDK_DISABLED")); disabled { // what is not "true" is false, says the specification
		return exportNone, nil
	}
	switch value := setting(variable); value {
	case exportOTLP, exportConsole, exportNone:
		return value, nil
	case exportPrometheus:
		if signal == signalMetrics {
			return exportNone, nil // they always are at /metrics
		}
		return "", &SettingError{variable, value, "otlp, console or none"}
	case "":
		if setting("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || setting("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != "" {
			return exportOTLP, nil
		}
		return exportNone, nil
	default:
		return "", &SettingError{variable, value, "otlp, console or none"}
	}
}

// protocol is how a signal travels by OTLP.
func protocol(signal string) (string, error) {
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_" + signal + "_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		switch value := setting(variable); value {
		case "":
		case protocolGRPC, protocolHTTP:
			return value, nil
		default:
			return "", &SettingError{variable, value, protocolGRPC + " or " + protocolHTTP}
		}
	}
	return protocolHTTP, nil
}

// check finds faults in the variables that the exporters would not name well.
func check(signal string) (how string, err error) {
	if how, err = chosen(signal); err != nil || how != exportOTLP {
		return how, err
	}
	_, err = protocol(signal)
	return how, err
}

// newSpanExporter returns nil when traces are not exported.
func newSpanExporter(ctx context.Context) (sdktrace.SpanExporter, error) {
	how, err := check(signalTraces)
	if err != nil || how == exportNone {
		return nil, err
	}
	return autoexport.NewSpanExporter(ctx) // its own default is OTLP, too
}

// newLogExporter returns nil when logs are not exported.
func newLogExporter(ctx context.Context) (sdklog.Exporter, error) {
	how, err := check(signalLogs)
	if err != nil || how == exportNone {
		return nil, err
	}
	return autoexport.NewLogExporter(ctx)
}

// newMetricExporter returns nil when metrics are only to be fetched. It does without
// autoexport, which hands out readers: their faults could only be told to a global
// error handler, and "prometheus" would open a port of its own.
func newMetricExporter(ctx context.Context) (sdkmetric.Exporter, error) {
	how, err := check(signalMetrics)
	switch {
	case err != nil || how == exportNone:
		return nil, err
	case how == exportConsole:
		return stdoutmetric.New()
	}
	if by, _ := protocol(signalMetrics); by == protocolGRPC {
		return otlpmetricgrpc.New(ctx)
	}
	return otlpmetrichttp.New(ctx)
}
