package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pschook/internal/pki"
)

// authority issues certificates.
type authority struct{ *pki.Authority }

func newAuthority(t *testing.T) authority {
	t.Helper()
	a, err := pki.NewAuthority("test")
	if err != nil {
		t.Fatal(err)
	}
	return authority{a}
}

// issue returns a certificate for 127.0.0.1 with that serial number, and its key, in PEM.
func (a authority) issue(t *testing.T, serial int64, notAfter time.Time) (cert, key []byte) {
	t.Helper()
	own, err := a.Issue(x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: notAfter})
	if err != nil {
		t.Fatal(err)
	}
	return own.Cert, own.Key
}

func (a authority) pair(t *testing.T, serial int64) tls.Certificate {
	t.Helper()
	own, err := a.Issue(x509.Certificate{SerialNumber: big.NewInt(serial)})
	if err != nil {
		t.Fatal(err)
	}
	return own.TLS
}

// tlsFiles are the paths of a server's certificate, key and client authorities.
type tlsFiles struct{ cert, key, clients string }

func newTLSFiles(t *testing.T) tlsFiles {
	t.Helper()
	dir := t.TempDir()
	return tlsFiles{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"), filepath.Join(dir, "clients.crt")}
}

func (f tlsFiles) write(t *testing.T, cert, key []byte) {
	t.Helper()
	writeFile(t, f.cert, cert)
	writeFile(t, f.key, key)
}

func (f tlsFiles) set() map[string]string {
	return map[string]string{"PSCHOOK_TLS_CERT_FILE": f.cert, "PSCHOOK_TLS_KEY_FILE": f.key}
}

func writeFile(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
