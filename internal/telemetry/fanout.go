package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	sdklog "go.opentelemetry.io/otel/sdk/log"
)

// scope is the scope name of log records that are sent by OTLP.
const scope = "pschook"

// fanOut returns a logger that writes what base writes, and also sends the same records to the
// provider.
func fanOut(base *slog.Logger, provider *sdklog.LoggerProvider) *slog.Logger {
	bridge := otelslog.NewHandler(scope, otelslog.WithLoggerProvider(provider))
	return slog.New(slog.NewMultiHandler(base.Handler(), gated{bridge, base.Handler()}))
}

// gated handles only the records that another handler also wants, so that the level is set in one
// place.
type gated struct {
	slog.Handler

	gate slog.Handler
}

// Enabled implements [slog.Handler].
func (g gated) Enabled(ctx context.Context, level slog.Level) bool {
	return g.gate.Enabled(ctx, level)
}

// WithAttrs implements [slog.Handler].
func (g gated) WithAttrs(attrs []slog.Attr) slog.Handler {
	return gated{g.Handler.WithAttrs(attrs), g.gate}
}

// WithGroup implements [slog.Handler].
func (g gated) WithGroup(name string) slog.Handler { return gated{g.Handler.WithGroup(name), g.gate} }
