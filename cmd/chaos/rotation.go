package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"pschook/internal/config"
	"pschook/internal/trial"
	"pschook/internal/wait"
)

const (
	// reloadTime is the time within which a changed file takes effect.
	reloadTime = 2 * time.Second
	// drainDelay is longer than the balancer takes to notice.
	drainDelay = time.Second
)

func rotationRows() []row {
	return []row{
		{name: "rolling restart of two instances", promise: "0 failed of 20,000, 5 restarts each (short: 1,000 and 1)", try: rollingRestart},
		{name: "rotation of secrets under load", promise: "0 failed with a live secret; live in 2 s, then the former dead", try: rotateSecrets},
		{name: "rotation of certificates under load", promise: "0 failed; live in 2 s, a broken one never", try: rotateCertificates},
	}
}

// restarted is an instance at fixed addresses.
type restarted struct {
	*service
	env config.Source
}

// rollingRestart restarts one instance after the other behind a balancer.
func rollingRestart(ctx context.Context, w *world) (string, error) {
	o, err := plainOrg()
	if err != nil {
		return "", err
	}
	defer o.close()
	var instances []*restarted
	var backends []*backend
	for range 2 {
		one, at, err := w.instance(ctx, o, map[string]string{"PSCHOOK_DRAIN_DELAY": drainDelay.String()})
		if err != nil {
			return "", err
		}
		defer func() { one.kill() }() //nolint:gocritic // two of them, to the end
		instances, backends = append(instances, one), append(backends, at)
	}
	b, err := newBalancer(ctx, backends)
	if err != nil {
		return "", err
	}
	defer b.close()
	l := o.load(instances[0].service, pick(w, 700, 300), 0)
	l.url, l.client = "http://"+b.listener.Addr().String()+"/hooks/okta/token", newClient(nil)
	defer l.client.CloseIdleConnections()
	for _, at := range backends {
		if _, err := until(ctx, at.ready.Load); err != nil {
			return "", err
		}
	}
	begin, rounds, least := time.Now(), pick(w, 5, 1), pick(w, 20_000, 1000)
	out, err := l.beside(ctx, func() error {
		for range rounds {
			for i, one := range instances {
				if err := one.restart(ctx, w, backends[i]); err != nil {
					return err
				}
			}
		}
		_ = wait.For(ctx, time.Duration(least)*time.Second/time.Duration(l.rate)-time.Since(begin)+time.Second)
		return nil
	})
	measured := fmt.Sprintf("%d restarts, %d calls, %d failed, p99 %s", 2*rounds, out.Sent, out.Failed, ms(out.P99()))
	if err == nil && out.Sent < least {
		err = fmt.Errorf("only %d calls", out.Sent)
	}
	return measured, errors.Join(err, out.check())
}

func (w *world) instance(ctx context.Context, o *okta, set map[string]string) (*restarted, *backend, error) {
	addr, err := trial.FreeAddr(ctx)
	if err != nil {
		return nil, nil, err
	}
	admin, err := trial.FreeAddr(ctx)
	if err != nil {
		return nil, nil, err
	}
	env := environment(o.url, o.org.APIToken(), map[string]string{"PSCHOOK_LISTEN_ADDR": addr, "PSCHOOK_ADMIN_ADDR": admin})
	maps.Copy(env, set)
	s, err := w.start(ctx, env)
	if err != nil {
		return nil, nil, err
	}
	at, err := netip.ParseAddrPort(addr)
	return &restarted{s, env}, &backend{addr: at, admin: admin}, err
}

// restart stops the instance by SIGTERM, starts it again and waits until the balancer
// uses it.
func (r *restarted) restart(ctx context.Context, w *world, at *backend) error {
	if err := r.stop(); err != nil {
		return err
	}
	r.client.CloseIdleConnections()
	s, err := w.start(ctx, r.env)
	if err != nil {
		return err
	}
	r.service = s
	_, err = until(ctx, at.ready.Load)
	return err
}

// rotateSecrets replaces the secret again and again, always with a time in which both
// are live, and damages the file in between.
func rotateSecrets(ctx context.Context, w *world) (string, error) {
	o, err := plainOrg()
	if err != nil {
		return "", err
	}
	defer o.close()
	secret := func(i int) string { return fmt.Sprintf("secret-number-%04d-of-the-run", i) }
	path := filepath.Join(w.dir, "secrets")
	write := func(text string) error { // as a tool would: the whole file at once
		next := path + ".next"
		return errors.Join(os.WriteFile(next, []byte(text), 0o600), os.Rename(next, path))
	}
	if err := write(secret(0)); err != nil {
		return "", err
	}
	s, err := o.start(ctx, w, map[string]string{"PSCHOOK_HOOK_SECRETS": "", "PSCHOOK_HOOK_SECRETS_FILE": path})
	if err != nil {
		return "", err
	}
	defer s.kill()
	if err := s.waitReady(ctx); err != nil {
		return "", err
	}
	var current atomic.Int64
	l := o.load(s, pick(w, 500, 200), 0)
	l.secret = func() string { return secret(int(current.Load())) }
	rounds := pick(w, 5, 1)
	out, err := l.beside(ctx, func() error {
		for i := range rounds {
			if err := rotateSecret(ctx, o, s, write, secret(i), secret(i+1), func() { current.Store(int64(i + 1)) }); err != nil {
				return err
			}
		}
		return nil
	})
	return fmt.Sprintf("%d rotations, %d damaged files, %d calls, %d failed, p99 %s", rounds, 3*rounds, out.Sent, out.Failed, ms(out.P99())), errors.Join(err, out.check())
}

// rotateSecret replaces one secret. Its files are live when reloadTime has gone by:
// that is the promise, so nothing else is waited for.
func rotateSecret(ctx context.Context, o *okta, s *service, write func(string) error, former, next string, change func()) error {
	if err := write(former + "\n" + next + "\n"); err != nil {
		return err
	}
	_ = wait.For(ctx, reloadTime)
	change()
	for _, damage := range []string{"", "short\n", next + "\n\x00\n"} {
		if err := write(damage); err != nil {
			return err
		}
		_ = wait.For(ctx, reloadTime*3/5)
	}
	if err := write(next); err != nil {
		return err
	}
	_ = wait.For(ctx, reloadTime)
	status, _, err := post(ctx, s.client, s.url, former, call{issuer: o.issuer()}.body())
	if err == nil && status != http.StatusUnauthorized {
		err = fmt.Errorf("%w: the former secret gets %d", errWrong, status)
	}
	return err
}

// rotateCertificates replaces the certificate again and again, key and certificate one
// after the other, and breaks it in between.
func rotateCertificates(ctx context.Context, w *world) (string, error) {
	o, err := plainOrg()
	if err != nil {
		return "", err
	}
	defer o.close()
	cert, key := filepath.Join(w.dir, "tls.crt"), filepath.Join(w.dir, "tls.key")
	write := func(serial int64) error {
		c, err := w.ca.Issue(x509.Certificate{SerialNumber: big.NewInt(serial)})
		return errors.Join(err, os.WriteFile(key, c.Key, 0o600), os.WriteFile(cert, c.Cert, 0o600))
	}
	if err := write(100); err != nil {
		return "", err
	}
	s, err := o.start(ctx, w, map[string]string{"PSCHOOK_TLS_CERT_FILE": cert, "PSCHOOK_TLS_KEY_FILE": key})
	if err != nil {
		return "", err
	}
	defer s.kill()
	if err := s.waitReady(ctx); err != nil {
		return "", err
	}
	trust := &tls.Config{RootCAs: w.ca.Pool(), MinVersion: tls.VersionTLS12}
	fresh := o.load(s, pick(w, 100, 50), 0) // a new connection for each call
	fresh.client = &http.Client{Timeout: oktaTimeout, Transport: &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true}}
	kept := o.load(s, pick(w, 400, 150), 0)
	kept.client = newClient(trust.Clone())
	defer kept.client.CloseIdleConnections()
	rounds := pick(w, 5, 1)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	others := make(chan *outcome, 1)
	go func() { others <- kept.run(ctx) }()
	out, err := fresh.beside(ctx, func() error {
		for i := range rounds {
			if err := rotateCertificate(ctx, s, trust, int64(100+i), write, cert); err != nil {
				return err
			}
		}
		return nil
	})
	stop()
	more := <-others
	return fmt.Sprintf("%d rotations, %d+%d calls on new and kept connections, %d+%d failed, p99 %s, %s", rounds, out.Sent, more.Sent, out.Failed, more.Failed, ms(out.P99()), ms(more.P99())),
		errors.Join(err, out.check(), more.check())
}

func rotateCertificate(ctx context.Context, s *service, trust *tls.Config, serial int64, write func(int64) error, file string) error {
	shows := func(want int64, when string) error {
		client := &http.Client{Timeout: oktaTimeout, Transport: &http.Transport{TLSClientConfig: trust, DisableKeepAlives: true}}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/healthz", nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		if got := resp.TLS.PeerCertificates[0].SerialNumber.Int64(); got != want {
			err = fmt.Errorf("%s it shows the certificate %d, want %d", when, got, want)
		}
		return errors.Join(err, resp.Body.Close())
	}
	if err := os.WriteFile(file, []byte("-----BEGIN CERTIFICATE-----\n"), 0o600); err != nil {
		return err
	}
	_ = wait.For(ctx, reloadTime)
	if err := shows(serial, "with a broken file"); err != nil {
		return err
	}
	if err := write(serial + 1); err != nil {
		return err
	}
	_ = wait.For(ctx, reloadTime)
	return shows(serial+1, "after a change")
}
