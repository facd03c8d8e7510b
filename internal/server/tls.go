package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/metric"

	"pschook/internal/config"
)

// identity is the certificate of the main listener, with the authorities of its clients.
type identity struct {
	certificate *tls.Certificate
	clients     *tls.Config // certificate and authorities of client certificates; nil: clients need none
}

// readIdentity reads the TLS files. Its errors name the variable.
func readIdentity(c config.TLS) (*identity, error) {
	certificate, err := config.ReadFile(c.CertFile)
	if err != nil {
		return nil, fmt.Errorf("%sTLS_CERT_FILE: %w", config.Prefix, err)
	}
	key, err := config.ReadFile(c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("%sTLS_KEY_FILE: %w", config.Prefix, err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("%sTLS_CERT_FILE and TLS_KEY_FILE: %w", config.Prefix, err)
	}
	id := &identity{certificate: &pair}
	if c.ClientCAFile == "" {
		return id, nil
	}
	text, err := config.ReadFile(c.ClientCAFile)
	if err != nil {
		return nil, fmt.Errorf("%sTLS_CLIENT_CA_FILE: %w", config.Prefix, err)
	}
	id.clients = tlsConfig()
	id.clients.Certificates = []tls.Certificate{pair}
	id.clients.ClientCAs = x509.NewCertPool()
	if !id.clients.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%sTLS_CLIENT_CA_FILE: no certificate in it (PEM)", config.Prefix)
	}
	id.clients.ClientAuth = tls.RequireAndVerifyClientCert
	return id, nil
}

// tlsConfig returns the settings that all connections share. Okta's hooks use TLS 1.2 and up. For
// 1.2, only suites with forward secrecy and authenticated encryption are allowed (RFC 9325, section
// 4.2); all suites of 1.3 have both. Session tickets are on; crypto/tls changes their keys daily.
func tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		CipherSuites: []uint16{
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		},
	}
}

// newTLS returns the TLS configuration of the main listener, which follows its files; nil for plain
// http.
func (s *Server) newTLS() (*tls.Config, error) {
	files := s.opts.Config.TLS
	if files.CertFile == "" {
		return nil, nil //nolint:nilnil // no TLS is no error
	}
	reloads, err := meter(s.opts.MeterProvider).Int64Counter("pschook_tls_reloads_total",
		metric.WithDescription("Reads of certificate, key and client authorities after a change or a SIGHUP, by result; after failed the former ones stay in use."))
	if err != nil {
		return nil, err
	}
	if err := s.observeCertificate(); err != nil {
		return nil, err
	}
	paths := []string{files.CertFile, files.KeyFile}
	if files.ClientCAFile != "" {
		paths = append(paths, files.ClientCAFile)
	}
	err = s.watch(watched{what: "TLS certificate", paths: paths, reloads: reloads, load: func() error {
		id, err := readIdentity(files)
		if err == nil {
			err = notWorse(id, s.identity.Load(), s.opts.Now())
		}
		if err == nil {
			s.identity.Store(id)
		}
		return err
	}})
	return serverTLS(&s.identity), err
}

// notWorse refuses to replace a valid certificate by one that has expired or is not valid yet. The
// service may start with such a certificate, because a load balancer may not check it.
func notWorse(id, former *identity, now time.Time) error {
	if former == nil {
		return nil
	}
	if err := valid(former, now); err != nil {
		return nil //nolint:nilerr // no worse than what there is
	}
	return valid(id, now)
}

func valid(id *identity, now time.Time) error {
	leaf := id.certificate.Leaf
	switch {
	case now.After(leaf.NotAfter):
		return fmt.Errorf("the certificate expired on %s", leaf.NotAfter.Format(time.DateOnly))
	case now.Before(leaf.NotBefore):
		return fmt.Errorf("the certificate is valid only from %s", leaf.NotBefore.Format(time.DateOnly))
	}
	return nil
}

// serverTLS serves the identity that current holds at the time of each handshake. A session that is
// resumed with a client certificate is also checked against the authorities of that time
// (crypto/tls does so on resumption).
func serverTLS(current *atomic.Pointer[identity]) *tls.Config {
	c := tlsConfig()
	c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		id := current.Load()
		if id == nil {
			return nil, errors.New("no certificate")
		}
		return id.certificate, nil
	}
	c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		id := current.Load()
		if id == nil || id.clients == nil {
			return nil, nil //nolint:nilnil // crypto/tls: the configuration itself
		}
		return id.clients, nil
	}
	return c
}

// CertificateNotAfter returns when the current certificate expires; false for plain http.
func (s *Server) CertificateNotAfter() (time.Time, bool) {
	id := s.identity.Load()
	if id == nil {
		return time.Time{}, false
	}
	return id.certificate.Leaf.NotAfter, true
}

// observeCertificate publishes when the certificate expires, for the alert about it.
func (s *Server) observeCertificate() error {
	_, err := meter(s.opts.MeterProvider).Int64ObservableGauge("pschook_tls_certificate_not_after_seconds",
		metric.WithDescription("When the certificate in use expires, as Unix time. Absent for plain http."),
		metric.WithInt64Callback(func(_ context.Context, to metric.Int64Observer) error {
			if at, ok := s.CertificateNotAfter(); ok {
				to.Observe(at.Unix())
			}
			return nil
		}))
	return err
}
