package server

import (
	"context"
	"fmt"
	"time"

	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/outcomes"
	"pschook/internal/shapes"
	"pschook/orglookup"
)

// LogsScope is what OAuth 2.0 for Okta must grant to read the System Log.
const LogsScope = "okta.logs.read"

// newOutcomes sets up what finds out what Okta did with answers, and returns what the hook tells it; nil when
// that is off.
func (s *Server) newOutcomes() (answered func(hook.Answered), err error) {
	c := s.opts.Config
	if c.Outcomes.Mode == config.OutcomesOff {
		return nil, nil
	}
	s.outcomes = outcomes.NewLedger(outcomes.Options{Now: s.opts.Now, Clients: c.Hook.ClientIDs, HookID: c.Outcomes.HookID})
	if s.logReader, err = s.newLogReader(); err != nil {
		return nil, err
	}
	if err := outcomes.Observe(meter(s.opts.MeterProvider), s.outcomes, s.logReader); err != nil {
		return nil, err
	}
	return func(a hook.Answered) { s.outcomes.Asked(outcomes.Call(a)) }, nil
}

// newLogReader returns the reader of the System Log, which runs with the service; nil when it is off.
func (s *Server) newLogReader() (*outcomes.Reader, error) {
	c := s.opts.Config
	if c.Outcomes.Mode != config.OutcomesLog {
		return nil, nil
	}
	credential, err := ManagementOptions(c)
	if err != nil {
		return nil, err
	}
	credential.Now, credential.Transport = s.opts.Now, s.opts.transport()
	client, err := orglookup.NewAPIClient(credential, LogsScope)
	if err != nil {
		return nil, fmt.Errorf("reading the System Log: %w", err)
	}
	reader := outcomes.NewReader(outcomes.ReaderOptions{
		Ledger: s.outcomes, Client: client, OrgURL: c.Okta.OrgURL, Clients: c.Hook.ClientIDs, Every: c.Outcomes.Interval,
		Now: s.opts.Now, After: time.After, Logger: s.opts.Logger,
	})
	s.background = append(s.background, reader.Run)
	return reader, nil
}

// newShapes returns what keeps the shapes of the first calls; nil when that is off, or the file cannot be used: no
// hospital shall be without its hook for want of it.
func (s *Server) newShapes() func(body []byte) {
	path := s.opts.Config.Outcomes.ShapesFile
	if path == "" {
		return nil
	}
	recorder, err := shapes.NewRecorder(path, s.opts.Logger)
	if err != nil {
		s.opts.Logger.WarnContext(context.Background(), "shapes of calls are not kept", "variable", config.Prefix+"SHAPES_FILE", "err", err)
		return nil
	}
	s.background = append(s.background, recorder.Run)
	return recorder.Take
}
