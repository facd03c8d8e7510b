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

// setting returns a variable's value, trimmed. Empty counts as not set, as the specification says.
func setting(name string) string { return strings.TrimSpace(os.Getenv(name)) }

// chosen returns how a signal is exported, as OTEL_…_EXPORTER says. If that is not set, the result
// is OTLP, the specification's default, but only when there is an endpoint to send to. A service
// without settings must not look for a collector on its own host.
func chosen(signal string) (string, error) {
	variable := "OTEL_" + signal + "_EXPORTER"
	if disabled, _ := strconv.ParseBool(setting("OTEL_SDK_DISABLED")); disabled { // the specification says that anything but "true" is false
		return exportNone, nil
	}
	switch value := setting(variable); value {
	case exportOTLP, exportConsole, exportNone:
		return value, nil
	case exportPrometheus:
		if signal == signalMetrics {
			return exportNone, nil // metrics are always at /metrics
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

// protocol returns how a signal is sent by OTLP.
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

// check finds faults in variables for which the exporters' own errors would be unclear.
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
	return autoexport.NewSpanExporter(ctx) // its own default would also be OTLP
}

// newLogExporter returns nil when logs are not exported.
func newLogExporter(ctx context.Context) (sdklog.Exporter, error) {
	how, err := check(signalLogs)
	if err != nil || how == exportNone {
		return nil, err
	}
	return autoexport.NewLogExporter(ctx)
}

// newMetricExporter returns nil when metrics are only fetched from /metrics. It does not use
// autoexport, because autoexport returns readers. They can report faults only to a global error
// handler, and "prometheus" would open its own port.
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
