package server

import (
	"crypto/tls"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"

	"pschook/commands"
	"pschook/internal/config"
	"pschook/internal/homologation"
	"pschook/internal/scenario"
	"pschook/verify"
	"pschook/verify/report"
	"pschook/verify/rp"
	"pschook/verify/words"
)

// newRP returns the relying party. It checks tokens with the policy and the org id with which the
// hook makes them.
func (s *Server) newRP(builder *commands.Builder) (*rp.RP, error) {
	c := s.opts.Config.RP
	metadata, err := readOptional(c.MetadataFile)
	if err != nil {
		return nil, err
	}
	htpasswd, err := readOptional(c.BasicAuthFile)
	if err != nil {
		return nil, err
	}
	certificate, err := s.clientCertificate(c)
	if err != nil {
		return nil, err
	}
	rp, err := rp.New(rp.Options{
		Client: rp.ClientOptions{
			Certificate: certificate, WellKnown: rp.WellKnown(c.Profile),
			Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.ClientSecret, RedirectURL: c.RedirectURL,
			Scopes: c.Scopes, ACRValues: c.ACRValues, Metadata: metadata, InsecureAnyAddress: c.AnyAddress, Now: s.opts.Now,
		},
		Issuers: c.Issuers, Profile: c.Profile, ExpectedTID: s.expectedTID(c, builder), OIDForSub: builder.OID, AMRSets: AMRSets(builder.Policy()),
		Scenarios: scenario.Page{}, More: homologations(s.opts.Config.Claims.Homologation, AMRSets(builder.Policy())), HookCalls: s.HookCalls(), Outcomes: s.oktaOutcomes(), BasicAuth: htpasswd, Logger: s.opts.Logger,
		ClientAddr: clientAddr(s.opts.Config.TrustedProxies), Meter: meter(s.opts.MeterProvider),
	})
	if err != nil || c.BasicAuthFile == "" {
		return rp, err
	}
	return rp, s.watchUsers(rp, c.BasicAuthFile)
}

// homologations are the checks that each means of the policy may be used, by the file as it is at that moment; nil
// without a file.
func homologations(file string, sets []verify.AMRSet) func(now time.Time, lang words.Language) []report.Check {
	if file == "" {
		return nil
	}
	var rules []homologation.Rule
	for _, set := range sets {
		rules = append(rules, homologation.Rule{Name: set.Name, Level: set.Level})
	}
	return func(now time.Time, lang words.Language) []report.Check {
		text, err := config.ReadFile(file)
		if err != nil {
			return homologation.Unreadable(lang)
		}
		d, err := homologation.Parse(file, text)
		if err != nil {
			return homologation.Unreadable(lang)
		}
		return d.Checks(rules, now, lang)
	}
}

// clientCertificate returns the relying party's client certificate, which follows its files; nil
// when none is configured. Open connections use the previous certificate until they have been idle
// for a minute.
func (s *Server) clientCertificate(c config.RP) (func() *tls.Certificate, error) {
	if c.ClientCertFile == "" {
		return nil, nil //nolint:nilnil // no certificate is no error
	}
	reloads, err := meter(s.opts.MeterProvider).Int64Counter("pschook_rp_certificate_reloads_total",
		metric.WithDescription("Reads of the tester's client certificate after a change or a SIGHUP, by result; after failed the former one stays."))
	if err != nil {
		return nil, err
	}
	var current atomic.Pointer[identity]
	err = s.watch(watched{what: "client certificate of the tester", paths: []string{c.ClientCertFile, c.ClientKeyFile}, reloads: reloads, load: func() error {
		pair, err := ReadClientCertificate(c.ClientCertFile, c.ClientKeyFile)
		if err != nil {
			return err
		}
		id := &identity{certificate: pair}
		if err := notWorse(id, current.Load(), s.opts.Now()); err != nil {
			return err
		}
		current.Store(id)
		return nil
	}})
	return func() *tls.Certificate { return current.Load().certificate }, err
}

// ReadClientCertificate reads the client certificate of the relying party and its private key. The
// error names the variable.
func ReadClientCertificate(certFile, keyFile string) (*tls.Certificate, error) {
	certificate, err := config.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("%sRP_CLIENT_CERT_FILE: %w", config.Prefix, err)
	}
	key, err := config.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("%sRP_CLIENT_KEY_FILE: %w", config.Prefix, err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("%sRP_CLIENT_CERT_FILE and RP_CLIENT_KEY_FILE: %w", config.Prefix, err)
	}
	return &pair, nil
}

// watchUsers makes the users of the relying party follow their file.
func (s *Server) watchUsers(rp *rp.RP, path string) error {
	reloads, err := meter(s.opts.MeterProvider).Int64Counter("pschook_rp_user_reloads_total",
		metric.WithDescription("Reads of the file of the tester's users after a change or a SIGHUP, by result; after failed the former users stay."))
	if err != nil {
		return err
	}
	return s.watch(watched{what: "users of the tester", paths: []string{path}, reloads: reloads, load: func() error {
		htpasswd, err := config.ReadFile(path)
		if err != nil {
			return err
		}
		return rp.ReplaceUsers(htpasswd)
	}})
}

// expectedTID returns the expected value of tid: the configured one, or else what the hook adds.
func (s *Server) expectedTID(c config.RP, builder *commands.Builder) func() string {
	return func() string {
		if c.ExpectedTID != "" {
			return c.ExpectedTID
		}
		org, known := s.lookup.Known()
		if !known {
			return ""
		}
		return builder.TID(org.ID)
	}
}

// AMRSets returns the sets that the AMR policy emits and that the ANS has agreed: those of rules
// with a level, and those equal to a set that is agreed for everybody.
func AMRSets(p *commands.Policy) []verify.AMRSet {
	sets := []verify.AMRSet{}
	for _, rule := range p.Rules() {
		level := rule.Level
		for _, agreed := range verify.DefaultAMRSets() {
			if level == "" && sameSet(agreed.Values, rule.Emit) {
				level = agreed.Level
			}
		}
		if level != "" {
			sets = append(sets, verify.AMRSet{Name: rule.Name, Level: level, Values: rule.Emit})
		}
	}
	return sets
}

// sameSet reports whether a and b hold the same values. Neither may hold a value twice.
func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// readOptional reads an optional file.
func readOptional(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	return config.ReadFile(name)
}
