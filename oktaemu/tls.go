package oktaemu

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
)

func (o Options) scheme() string {
	if o.TLSConfig != nil {
		return "https"
	}
	return "http"
}

// tlsSwitch is a TLS listener that leaves TLS out where a fault says so.
type tlsSwitch struct {
	net.Listener
	config *tls.Config
	faults *faults
}

// Accept returns the next connection, which shakes hands when it is first used.
func (l tlsSwitch) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil || l.faults.matchConnection() {
		return conn, err
	}
	return tls.Server(conn, l.config), nil
}

// selfTransport reaches the org itself: it trusts the org's own certificates.
func selfTransport(config *tls.Config) *http.Transport {
	transport := &http.Transport{}
	if config == nil {
		return transport
	}
	pool := x509.NewCertPool()
	for _, certificate := range config.Certificates {
		for _, der := range certificate.Certificate {
			if parsed, err := x509.ParseCertificate(der); err == nil {
				pool.AddCert(parsed)
			}
		}
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return transport
}
