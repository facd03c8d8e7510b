package server

import (
	"fmt"
	"net/http"
	"net/url"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"pschook/commands"
	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/telemetry"
	"pschook/orglookup"
)

// NewBuilder returns the decision maker for the configuration. It reads the AMR policy file. The
// error is that of the policy, with line and column, or of the claims.
func NewBuilder(c *config.Config) (*commands.Builder, error) {
	policy, _, err := ReadPolicy(c.Claims.AMRPolicyFile)
	if err != nil {
		return nil, err
	}
	opts := claimOptions(c)
	opts.Policy = policy
	return commands.New(opts)
}

// newLookup returns the org lookup. Whatever the source is, it also reads the well-known document,
// which names the hosts on which the org issues tokens.
func newLookup(c *config.Config, opts Options) (*orglookup.Lookup, error) {
	wellKnown, err := orglookup.NewWellKnown(orglookup.WellKnownOptions{OrgURL: c.Okta.OrgURL, Transport: opts.transport(), Now: opts.Now})
	if err != nil {
		return nil, err
	}
	lookup := orglookup.Options{
		OrgURL: c.Okta.OrgURL, TTL: c.TID.CacheTTL, CacheFile: c.TID.CacheFile, ReadOnly: opts.preview,
		Logger: opts.Logger, MeterProvider: opts.MeterProvider, Now: opts.Now,
	}
	switch c.TID.Source {
	case config.SourceWellKnown:
		lookup.Source = wellKnown
	case config.SourceStatic:
		lookup.WellKnown = wellKnown
		lookup.Source, err = orglookup.NewStatic(c.TID.Value)
	case config.SourceManagement:
		lookup.WellKnown = wellKnown
		lookup.Source, err = newManagement(c, opts)
	default:
		err = fmt.Errorf("unknown source %q of the org id", c.TID.Source)
	}
	if err != nil {
		return nil, err
	}
	return orglookup.New(lookup)
}

// NewTransport returns a transport that uses the proxy named by HTTPS_PROXY and NO_PROXY. Hospitals
// often allow no other way out.
func NewTransport() *http.Transport {
	transport := orglookup.NewTransport()
	transport.Proxy = http.ProxyFromEnvironment
	return transport
}

// transport returns NewTransport with a span for each call.
func (o Options) transport() http.RoundTripper {
	return telemetry.NewTransport(NewTransport(), tracer(o.TracerProvider))
}

func newManagement(c *config.Config, opts Options) (*orglookup.Management, error) {
	m, err := ManagementOptions(c)
	if err != nil {
		return nil, err
	}
	m.Now, m.Transport = opts.Now, opts.transport()
	return orglookup.NewManagement(m)
}

// ManagementOptions returns the configured credential for the Management API, and the transport. It
// reads the private key's file. The error is that of reading or parsing the key; it quotes nothing
// of the key.
func ManagementOptions(c *config.Config) (orglookup.ManagementOptions, error) {
	m := orglookup.ManagementOptions{
		OrgURL: c.Okta.OrgURL, APIToken: c.Okta.APIToken, ClientID: c.Okta.ClientID,
		PrivateKeyID: c.Okta.PrivateKeyID, Transport: NewTransport(),
	}
	if c.Okta.PrivateKeyFile == "" {
		return m, nil
	}
	var err error
	m.PrivateKey, err = readPrivateKey(c.Okta.PrivateKeyFile)
	return m, err
}

// newHook returns the handler of the hook.
func (s *Server) newHook(builder *commands.Builder) (*hook.Handler, error) {
	c, opts := s.opts.Config, s.opts
	auth, err := s.newAuthenticator()
	if err != nil {
		return nil, err
	}
	answered, err := s.newOutcomes()
	if err != nil {
		return nil, err
	}
	issuers := make([]*url.URL, len(c.Okta.Issuers))
	for i, text := range c.Okta.Issuers {
		if issuers[i], err = url.Parse(text); err != nil {
			return nil, err
		}
	}
	return hook.New(hook.Options{
		Builder: builder, Lookup: s.lookup, Authenticate: auth, AuthHeader: c.Hook.AuthHeader,
		ClientAddr: clientAddr(c.TrustedProxies), Networks: c.Hook.AllowedCIDRs, MaxConcurrent: c.Hook.MaxConcurrent,
		OrgURL: c.Okta.OrgURL, Issuers: issuers, ClientIDs: c.Hook.ClientIDs, Timeout: c.Hook.Timeout, Shadow: c.Hook.Shadow,
		Logger: opts.Logger, Meter: meter(opts.MeterProvider), Tracer: tracer(opts.TracerProvider), Propagator: opts.Propagator,
		DebugContext: c.Hook.DebugContext, Version: opts.Version, Decisions: s.decisions, Now: opts.Now,
		Answered: answered, Received: s.newShapes(),
	})
}

func meter(p metric.MeterProvider) metric.Meter  { return p.Meter(hook.ScopeName) }
func tracer(p trace.TracerProvider) trace.Tracer { return p.Tracer(hook.ScopeName) }
