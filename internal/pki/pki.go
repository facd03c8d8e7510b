// Package pki issues certificates for tests and for our own tools (bench, chaos), never for the
// product.
//
// Keys are ECDSA P-256. An Authority is safe for concurrent use.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"time"
)

// validity is how long a certificate is valid before and after it is issued, unless its template
// says otherwise. It is longer than the time for which the checks warn.
const validity = 80 * 24 * time.Hour

// Authority issues certificates.
type Authority struct {
	Cert *x509.Certificate
	PEM  []byte // of Cert
	key  *ecdsa.PrivateKey
}

// Identity is a certificate with its key.
type Identity struct {
	Cert, Key []byte          // PEM (PKCS #8 for the key)
	TLS       tls.Certificate // the same, for a server or a client in this process
}

// NewAuthority returns an authority with a new key and a self-signed certificate.
func NewAuthority(name string) (*Authority, error) { return newAuthority(name, nil) }

// Below returns an authority whose certificate a issued.
func (a *Authority) Below(name string) (*Authority, error) { return newAuthority(name, a) }

func newAuthority(name string, parent *Authority) (*Authority, error) {
	a := &Authority{}
	if parent == nil {
		parent = a
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-validity), NotAfter: time.Now().Add(validity), KeyUsage: x509.KeyUsageCertSign,
	}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	issuer := parent.Cert
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, a.key.Public(), parent.key)
	if err != nil {
		return nil, err
	}
	a.PEM = encode("CERTIFICATE", der)
	a.Cert, err = x509.ParseCertificate(der)
	return a, err
}

// Issue issues a certificate from the template. Empty fields get defaults: serial number 2, valid
// for 80 days, for 127.0.0.1, for servers and for clients.
func (a *Authority) Issue(template x509.Certificate) (Identity, error) {
	if template.SerialNumber == nil {
		template.SerialNumber = big.NewInt(2)
	}
	if template.NotBefore.IsZero() {
		template.NotBefore = time.Now().Add(-validity)
	}
	if template.NotAfter.IsZero() {
		template.NotAfter = time.Now().Add(validity)
	}
	if template.IPAddresses == nil {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	if template.ExtKeyUsage == nil {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Identity{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, a.Cert, key.Public(), a.key)
	if err != nil {
		return Identity{}, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Identity{}, err
	}
	return Identity{encode("CERTIFICATE", der), encode("PRIVATE KEY", private), tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}, nil
}

// Pool returns a pool that trusts only this authority.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Cert)
	return pool
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
