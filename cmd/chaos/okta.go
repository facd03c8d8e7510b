package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"pschook/internal/pki"
	"pschook/internal/trial"
	"pschook/oktaemu"
)

// okta is an Okta org that can be made to fail in every way.
type okta struct {
	org      *oktaemu.Org
	url      string      // as the service is told
	stranger atomic.Bool // it shows the certificate of an authority that nobody knows
	dns      *nameServer // nil unless url has a name
	env      map[string]string
}

// plainOrg is reached by http at its address.
func plainOrg() (*okta, error) {
	org, err := oktaemu.New(oktaemu.Options{})
	if err != nil {
		return nil, err
	}
	return &okta{org: org, url: org.URL(), env: map[string]string{}}, nil
}

// secureOrg is reached by https, at its address or by a name for which there is a
// name server.
func (w *world) secureOrg(ctx context.Context, named bool) (*okta, error) {
	template := x509.Certificate{DNSNames: []string{oktaName}}
	known, err := w.ca.Issue(template)
	if err != nil {
		return nil, err
	}
	other, err := pki.NewAuthority("stranger")
	if err != nil {
		return nil, err
	}
	unknown, err := other.Issue(template)
	if err != nil {
		return nil, err
	}
	roots := filepath.Join(w.dir, "roots.pem")
	if err := os.WriteFile(roots, w.ca.PEM, 0o600); err != nil {
		return nil, err
	}
	o := &okta{env: map[string]string{"SSL_CERT_FILE": roots}}
	identity := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{known.TLS}}
	identity.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if o.stranger.Load() {
			return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{unknown.TLS}}, nil
		}
		return nil, nil //nolint:nilnil // crypto/tls: the configuration itself
	}
	addr, err := trial.FreeAddr(ctx)
	if err != nil {
		return nil, err
	}
	public := "https://" + addr
	if named {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		public = "https://" + net.JoinHostPort(oktaName, port)
		if o.dns, err = newNameServer(ctx); err != nil {
			return nil, err
		}
	}
	o.url = public
	o.org, err = oktaemu.New(oktaemu.Options{Addr: addr, PublicURL: public, TLSConfig: identity})
	return o, err
}

func (o *okta) close() {
	_ = o.org.Close() // nothing that matters to the row
	if o.dns != nil {
		o.dns.close()
	}
}

func (o *okta) issuer() string { return o.url + "/oauth2/default" }

// start starts a service for the org; the one whose host has a name looks it up at
// the org's name server.
func (o *okta) start(ctx context.Context, w *world, set map[string]string) (*service, error) {
	env := environment(o.url, o.org.APIToken(), set)
	for name, value := range o.env {
		env[name] = value
	}
	if o.dns != nil {
		return w.startCommand(ctx, env, w.self, roleServe, o.dns.addr())
	}
	return w.start(ctx, env)
}

// load is a steady stream of good calls to s.
func (o *okta) load(s *service, rate int, lasts time.Duration) load {
	return load{url: s.url, issuer: o.issuer(), orgID: o.org.OrgID(), rate: rate, lasts: lasts, secret: theSecret, client: s.client}
}

// fault injects f for good into every path of the org.
func (o *okta) fault(f oktaemu.Fault) error {
	f.Times = -1
	if f.PathPrefix == "" {
		f.PathPrefix = "/"
	}
	return o.org.InjectFault(f)
}
