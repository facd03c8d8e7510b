package server

import (
	"log/slog"
	"time"

	metricnoop "go.opentelemetry.io/otel/metric/noop"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"pschook/hook"
	"pschook/internal/config"
)

// NewPreview returns a handler for [hook.Handler.Preview] only. It answers as the service would. It
// uses orgID as the org id unless that is empty; version is the program's, for debugContext. It
// looks up anything else that is not known, including hosts, when a preview needs it, as the
// configuration says. It reads the cache file and never writes it. Errors are those of [New], apart
// from its listeners.
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
