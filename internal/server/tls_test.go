package server_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"pschook/hook"
	"pschook/internal/config"
	"pschook/internal/server"
)

// handshake connects and returns what was agreed on.
func handshake(t *testing.T, r *running, c *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	conn, err := (&tls.Dialer{Config: c}).DialContext(t.Context(), "tcp", r.Addr().String())
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer func() { _ = conn.Close() }()
	secured := conn.(*tls.Conn)
	// With TLS 1.3 the client learns that its certificate was refused only when it reads.
	_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") // Read reports it
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		return tls.ConnectionState{}, err
	}
	return secured.ConnectionState(), nil
}

// serial returns the number of the certificate in use.
func serial(t *testing.T, r *running, a authority) int64 {
	t.Helper()
	state, err := handshake(t, r, &tls.Config{RootCAs: a.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	return state.PeerCertificates[0].SerialNumber.Int64()
}

func TestTLSCallsAreAnswered(t *testing.T) {
	t.Parallel()
	a, files := newAuthority(t), newTLSFiles(t)
	cert, key := a.issue(t, 10, time.Now().Add(time.Hour))
	files.write(t, cert, key)
	r := run(t, files.set())
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		c := client(t)
		transport := c.Transport.(*http.Transport)
		transport.TLSClientConfig = &tls.Config{RootCAs: a.Pool()}
		transport.ForceAttemptHTTP2 = protocol == "HTTP/2.0"
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+r.Addr().String()+hook.Path, strings.NewReader(call))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", secret)
		req.Header.Set("Content-Type", "application/json")
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || res.Proto != protocol || res.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("%d by %s, want 200 by %s; header %v", res.StatusCode, res.Proto, protocol, res.Header)
		}
	}
	if at, ok := r.CertificateNotAfter(); !ok || time.Until(at) > time.Hour || time.Until(at) < 50*time.Minute {
		t.Errorf("not after %v, %v", at, ok)
	}
	if status, _, _ := fetch(t, client(t), "GET", "http://"+r.AdminAddr().String()+"/readyz", nil); status != 200 {
		t.Errorf("the admin listener stays plain: %d", status)
	}
}

// Only versions and suites without known weaknesses are accepted.
func TestTLSVersionsAndSuites(t *testing.T) {
	t.Parallel()
	a, files := newAuthority(t), newTLSFiles(t)
	cert, key := a.issue(t, 10, time.Now().Add(time.Hour))
	files.write(t, cert, key)
	r := run(t, files.set())
	tests := []struct {
		name   string
		change func(*tls.Config)
		refuse bool
	}{
		{"TLS 1.3", func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }, false},
		{"TLS 1.2", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, false},
		{"TLS 1.1", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, true},
		{"CBC", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		}, true},
		{"GCM", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &tls.Config{RootCAs: a.Pool()}
			tt.change(c)
			if _, err := handshake(t, r, c); (err != nil) != tt.refuse {
				t.Errorf("refused: %v", err)
			}
		})
	}
	sessions := &tls.Config{RootCAs: a.Pool(), ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	if _, err := handshake(t, r, sessions); err != nil {
		t.Fatal(err)
	}
	if state, err := handshake(t, r, sessions); err != nil || !state.DidResume {
		t.Errorf("a session was not resumed: %v", err)
	}
}

// A new certificate takes effect. A broken one does not.
func TestTLSFollowsItsFiles(t *testing.T) {
	t.Parallel()
	a, files := newAuthority(t), newTLSFiles(t)
	cert, key := a.issue(t, 10, time.Now().Add(time.Hour))
	files.write(t, cert, key)
	r := run(t, files.set())
	reload := func() { // the second is received after the first reload has ended
		r.reload <- nil
		r.reload <- nil
	}
	if got := serial(t, r, a); got != 10 {
		t.Fatalf("serial %d", got)
	}
	cert, key = a.issue(t, 11, time.Now().Add(time.Hour))
	files.write(t, cert, key)
	reload()
	if got := serial(t, r, a); got != 11 {
		t.Errorf("after a change: serial %d", got)
	}
	_, otherKey := a.issue(t, 12, time.Now().Add(time.Hour))
	expired, expiredKey := a.issue(t, 13, time.Now().Add(-time.Hour))
	for name, pair := range map[string][2][]byte{
		"key of another": {cert, otherKey}, "not PEM": {[]byte("broken"), key}, "empty": {nil, nil}, "expired": {expired, expiredKey},
	} {
		files.write(t, pair[0], pair[1])
		reload()
		if got := serial(t, r, a); got != 11 {
			t.Errorf("%s: serial %d, want the former one's", name, got)
		}
	}
	cert, key = a.issue(t, 14, time.Now().Add(time.Hour))
	files.write(t, cert, key)
	reload()
	if got := serial(t, r, a); got != 14 {
		t.Errorf("mended: serial %d", got)
	}
}

// A client without a certificate of the client authorities cannot connect. A change of the
// authorities takes effect for resumed sessions too.
func TestTLSClientCertificates(t *testing.T) {
	t.Parallel()
	a, files := newAuthority(t), newTLSFiles(t)
	insiders, others := newAuthority(t), newAuthority(t)
	cert, key := a.issue(t, 10, time.Now().Add(time.Hour))
	files.write(t, cert, key)
	writeFile(t, files.clients, insiders.PEM)
	set := files.set()
	set["PSCHOOK_TLS_CLIENT_CA_FILE"] = files.clients
	r := run(t, set)
	insider := &tls.Config{RootCAs: a.Pool(), Certificates: []tls.Certificate{insiders.pair(t, 20)}, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	other := &tls.Config{RootCAs: a.Pool(), Certificates: []tls.Certificate{others.pair(t, 21)}}
	for name, tt := range map[string]struct {
		config *tls.Config
		refuse bool
	}{"insider": {insider, false}, "other": {other, true}, "nobody": {&tls.Config{RootCAs: a.Pool()}, true}} {
		if _, err := handshake(t, r, tt.config); (err != nil) != tt.refuse {
			t.Errorf("%s: %v", name, err)
		}
	}
	if state, err := handshake(t, r, insider); err != nil || !state.DidResume {
		t.Errorf("the insider's session was not resumed: %v", err)
	}
	writeFile(t, files.clients, others.PEM)
	r.reload <- nil
	r.reload <- nil
	if _, err := handshake(t, r, insider); err == nil {
		t.Error("the former insider is let in by a resumed session")
	}
	if _, err := handshake(t, r, other); err != nil {
		t.Errorf("the new insider: %v", err)
	}
}

func TestTLSChecks(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, key := a.issue(t, 10, time.Now().Add(time.Hour))
	_, otherKey := a.issue(t, 11, time.Now().Add(time.Hour))
	for want, pair := range map[string][2][]byte{
		"private key does not match public key": {cert, otherKey}, "failed to find any PEM data": {[]byte("x"), key}, "no certificate in it": {cert, key},
	} {
		files := newTLSFiles(t)
		files.write(t, pair[0], pair[1])
		writeFile(t, files.clients, []byte("no PEM"))
		set := files.set()
		set["PSCHOOK_TLS_CLIENT_CA_FILE"] = files.clients
		_, _, err := config.Load(t.Context(), environment(set), server.Checks()...)
		if err == nil || !strings.Contains(err.Error(), "PSCHOOK_TLS_CERT_FILE: got PSCHOOK_TLS_") || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	files := newTLSFiles(t)
	expired, expiredKey := a.issue(t, 12, time.Now().Add(-time.Hour))
	files.write(t, expired, expiredKey)
	_, warnings, err := config.Load(t.Context(), environment(files.set()), server.Checks()...)
	if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0].String(), "PSCHOOK_TLS_CERT_FILE: the certificate expired on ") {
		t.Errorf("error %v, warnings %v", err, warnings)
	}
}
