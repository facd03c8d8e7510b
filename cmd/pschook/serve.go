package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"pschook/internal/config"
	"pschook/internal/server"
	"pschook/internal/telemetry"
)

const serveName = "serve"

func (a *app) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   serveName,
		Short: "Answer Okta's calls until told to stop",
		Long: `Serve the token inline hook as the environment says (pschook config prints what is in effect). On SIGTERM or SIGINT the
calls under way are answered before the program ends; on SIGHUP hook secrets and certificates are read again, as they are
whenever their files change. The log goes to standard error. Traces, metrics and the log are sent wherever OpenTelemetry's
own variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, …) say.

Exit codes: 0 stopped as told; 1 it could not run, for example because a port is taken; 2 the configuration cannot be used.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, warnings, err := a.readConfig(cmd.Context())
			if err != nil {
				for _, w := range warnings {
					a.warn(w.String())
				}
				return err
			}
			return a.serve(cmd.Context(), c, warnings)
		},
	}
}

// serve runs the service until ctx ends, with its log written in the background.
func (a *app) serve(ctx context.Context, c *config.Config, warnings []config.Warning) error {
	lines := telemetry.NewLogWriter(a.io.err)
	err := a.serveLogging(ctx, c, warnings, lines)
	flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.ShutdownTimeout)
	defer cancel()
	_ = lines.Close(flush) // if nobody reads the log, nobody can be told
	return err
}

// serveLogging runs the service until ctx ends. Everything is shut down even if one part fails.
func (a *app) serveLogging(ctx context.Context, c *config.Config, warnings []config.Warning, lines *telemetry.LogWriter) error {
	logger := telemetry.NewLogger(lines, c.Log.Level, c.Log.Format)
	for _, w := range warnings {
		logger.WarnContext(ctx, "configuration", "variable", w.Variable, "warning", w.Text)
	}
	if a.io.strays != nil {
		a.io.strays(ctx, logger)
	}
	t, err := telemetry.New(ctx, telemetry.Options{ServiceVersion: thisBuild().Version, Logger: logger})
	if err != nil {
		return &exitError{Code: exitUsage, Err: err}
	}
	err = lines.Observe(t.MeterProvider())
	if err == nil {
		err = a.runServer(ctx, c, warnings, t)
	}
	flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.ShutdownTimeout)
	defer cancel()
	if err := t.Shutdown(flush); err != nil {
		logger.WarnContext(ctx, "the last telemetry is lost", "err", err) // this does not make the service fail
	}
	return err
}

// runServer serves until ctx ends.
func (a *app) runServer(ctx context.Context, c *config.Config, warnings []config.Warning, t *telemetry.Telemetry) error {
	logger := t.Logger()
	server.RelaxGC()
	limit, err := server.LimitMemory()
	if err != nil {
		logger.WarnContext(ctx, "no memory limit set", "err", err) // the limit matters only when memory runs out
	}
	logger.DebugContext(ctx, "memory limit", "bytes", limit)
	s, err := server.New(ctx, server.Options{
		Config: c, Warnings: warnings, Logger: logger, MeterProvider: t.MeterProvider(), TracerProvider: t.TracerProvider(), Propagator: t.Propagator(),
		Metrics: t.MetricsHandler(), Version: thisBuild().Version, Now: time.Now, Reload: a.io.reload,
	})
	if err != nil {
		return err
	}
	return a.runTold(ctx, s, logger)
}

// runTold runs s, which already listens. It tells the service manager when s is ready and when it stops.
func (a *app) runTold(ctx context.Context, s *server.Server, logger *slog.Logger) error {
	tell := func(state string) {
		if a.io.manager == nil {
			return
		}
		if err := a.io.manager(state); err != nil {
			logger.WarnContext(ctx, "the service manager could not be told", "state", state, "err", err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	tell(daemon.SdNotifyReady)
	select {
	case <-ctx.Done():
	case err := <-ended:
		ended <- err
	}
	tell(daemon.SdNotifyStopping)
	return <-ended
}
