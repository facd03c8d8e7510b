package server

import (
	"log/slog"
	"time"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"pschook/hook"
	"pschook/internal/config"
)

// NewPreview returns a handler that answers as the service would, for
// [hook.Handler.Preview] only. orgID is assumed as the org id unless it is empty; version is the program's, for debugContext. What
// else is not known, hosts included, is looked up when a preview needs it, as the
// configuration says; the cache file is read, and left as it is.
// Errors are those of [New] without its listeners.
func NewPreview(c *config.Config, orgID, version string, now func() time.Time) (*hook.Handler, error) {
	opts := Options{
		Config: c, Logger: slog.New(slog.DiscardHandler), Now: now, Version: version,
		MeterProvider: metricnoop.NewMeterProvider(), TracerProvider: tracenoop.NewTracerProvider(), preview: true,
	}
	mine := *c
	if orgID != "" {
		mine.TID.Source, mine.TID.Value = config.SourceStatic, orgID
	}
	lookup, err := newLookup(&mine, opts)
	if err != nil {
		return nil, err
	}
	builder, err := NewBuilder(&mine)
	if err != nil {
		return nil, err
	}
	opts.Config = &mine
	s := &Server{opts: opts, lookup: lookup, decisions: hook.NewDecisions(now)}
	return s.newHook(builder)
}
