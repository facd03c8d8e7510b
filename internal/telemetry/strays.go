package telemetry

import (
	"context"
	"log/slog"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// TakeStrayLines has the lines go to logger that libraries would else write to standard error in a form of their own:
// OpenTelemetry's, which has one place for them in each process, and those of the standard library's log package. It
// sets values of the whole process: call it once, in a program that has one logger, before [New].
func TakeStrayLines(ctx context.Context, logger *slog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		logger.WarnContext(ctx, "OpenTelemetry", "err", err)
	}))
	otel.SetLogger(logr.FromSlogHandler(logger.Handler()))
	slog.SetDefault(logger)
}
