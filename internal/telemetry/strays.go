package telemetry

import (
	"context"
	"log/slog"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// TakeStrayLines sends lines to logger that libraries would otherwise write to standard error in
// their own format: those of OpenTelemetry, which has one place for them per process, and those of
// the standard library's log package. It sets values of the whole process. Call it once, before
// [New], in a program with one logger.
func TakeStrayLines(ctx context.Context, logger *slog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		logger.WarnContext(ctx, "OpenTelemetry", "err", err)
	}))
	otel.SetLogger(logr.FromSlogHandler(logger.Handler()))
	slog.SetDefault(logger)
}
