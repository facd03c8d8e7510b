package server

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/outcomes"
	"pschook/internal/shapes"
	"pschook/orglookup"
)

// LogsScope is the scope of OAuth 2.0 for Okta that reading the System Log needs.
const LogsScope = "okta.logs.read"

// newOutcomes sets up the ledger of what Okta did with answers. It returns the function that the
// hook calls for each answer; nil when outcomes are off.
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

// newLogReader returns the reader of the System Log. It runs with the service. It is nil when it is
// off.
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

// foreign reports whether a host is known to be none of this org's: neither its own, which may be
// that of its Admin Console, nor a listed issuer's. Okta is asked again first, as for calls of the
// hook, because a custom domain may be new; without its answer no host is foreign.
func (s *Server) foreign(host string) bool {
	org, known := s.lookup.Known()
	if !known || org.Hosts == nil || s.isOurs(host, org.Hosts) {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.Config.Hook.Timeout)
	defer cancel()
	hosts, err := s.lookup.Renew(ctx)
	return err == nil && !s.isOurs(host, hosts)
}

func (s *Server) isOurs(host string, orgHosts []string) bool {
	hosts := append(slices.Clone(orgHosts), s.opts.Config.Okta.OrgURL.Host)
	for _, issuer := range s.opts.Config.Okta.Issuers {
		if u, err := url.Parse(issuer); err == nil {
			hosts = append(hosts, u.Host)
		}
	}
	name, domain, _ := strings.Cut(host, ".")
	return slices.Contains(hosts, host) || slices.Contains(hosts, strings.TrimSuffix(name, "-admin")+"."+domain)
}

// newShapes returns the function that records the shapes of the first calls. It is nil when that is
// off, or when the file cannot be used: the service must not stop for such a file.
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
