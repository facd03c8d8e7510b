package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"time"

	"pschook/verify/report"
	"pschook/verify/words"
)

const (
	// wantValid is how long a certificate should still be valid. Two weeks are enough to notice and
	// repair a failed renewal.
	wantValid = 14 * 24 * time.Hour
	// connectTimeout bounds connecting and the TLS handshake; Okta waits less.
	connectTimeout = 5 * time.Second
)

// presented is what a host sent in a TLS handshake.
type presented struct {
	chain []*x509.Certificate // leaf first, as sent; at least one unless err is set
	err   error               // why the handshake failed
}

// inspect makes a TLS handshake with the host of u, which must be https. It accepts every
// certificate, because it sends nothing and the checks find the faults.
func inspect(ctx context.Context, u *url.URL) presented {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{
		ServerName: u.Hostname(), MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // judged by checkCertificate and checkChain
	}}
	conn, err := d.DialContext(ctx, "tcp", hostPort(u))
	if err != nil {
		return presented{err: err}
	}
	defer func() { _ = conn.Close() }() // nothing was sent
	c, ok := conn.(*tls.Conn)
	if !ok || len(c.ConnectionState().PeerCertificates) == 0 {
		return presented{err: errors.New("the host shows no certificate")}
	}
	return presented{chain: c.ConnectionState().PeerCertificates}
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// proxyHint says where certificates are changed.
func proxyHint() words.Text {
	return words.Say("Fix it where TLS ends: the reverse proxy, the ingress, or PSCHOOK_TLS_CERT_FILE (read again when it changes). Okta then skips the hook and mints tokens without its claims.",
		"Corrigez-le là où TLS se termine : reverse proxy, ingress ou PSCHOOK_TLS_CERT_FILE (relu quand il change). Sinon, Okta saute le hook et délivre des jetons sans ses claims.")
}

// checkCertificate checks the name and the time of the host's own certificate.
func checkCertificate(p presented, u *url.URL, now time.Time) report.Finding {
	if u.Scheme != "https" {
		return report.Skip(words.Say("Not checked: plain http on loopback has no certificate.", "Non vérifié : http en local n'a pas de certificat."))
	}
	host := u.Hostname()
	expected := words.Say("a certificate for %s that is valid for at least 14 more days", "un certificat pour %s valide au moins 14 jours", host)
	if p.err != nil {
		return report.Fail(expected, words.Literal(p.err.Error()),
			words.Say("Okta must reach %s from the internet: check DNS, firewall and reverse proxy.", "Okta doit joindre %s depuis internet : vérifiez DNS, pare-feu et reverse proxy.", hostPort(u)))
	}
	leaf := p.chain[0]
	until := leaf.NotAfter.UTC().Format(time.RFC3339)
	if leaf.VerifyHostname(host) != nil {
		return report.Fail(expected, words.Say("it is for %q", "il est pour %q", leaf.DNSNames), proxyHint())
	}
	// Certificates for a few days are renewed every other day. For them, a third of their life is
	// enough.
	need := min(wantValid, leaf.NotAfter.Sub(leaf.NotBefore)/3)
	if now.Before(leaf.NotBefore) || leaf.NotAfter.Sub(now) < need {
		return report.Fail(expected, words.Say("valid from %s to %s", "valide du %s au %s", leaf.NotBefore.UTC().Format(time.RFC3339), until), proxyHint())
	}
	return report.Pass(words.Say("valid until %s", "valide jusqu'au %s", until))
}

// checkChain checks whether the host sends all certificates between its own and an authority that
// callers know. Okta does not fetch a missing one. roots nil means the system's authorities.
func checkChain(p presented, u *url.URL, now time.Time, roots *x509.CertPool) report.Finding {
	if u.Scheme != "https" {
		return report.Skip(words.Say("Not checked: plain http on loopback has no certificate.", "Non vérifié : http en local n'a pas de certificat."))
	}
	if p.err != nil {
		return report.Skip(words.Say("Not checked: there was no handshake.", "Non vérifié : la connexion TLS n'a pas abouti."))
	}
	leaf := p.chain[0]
	opts := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool(), CurrentTime: within(now, leaf)}
	for _, c := range p.chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	expected := words.Say("the certificate and all intermediate ones up to a public authority", "le certificat et tous les intermédiaires jusqu'à une autorité publique")
	if _, err := leaf.Verify(opts); err != nil {
		return report.Fail(expected, words.Say("certificates sent: %d; issuer %q; %v", "certificats envoyés : %d ; émetteur %q ; %v", len(p.chain), leaf.Issuer, err),
			words.Join(" ", " ", words.Say("Serve the whole chain (often called fullchain.pem).", "Servez la chaîne complète (souvent fullchain.pem)."), proxyHint()))
	}
	return report.Pass(words.Say("certificates sent: %d", "certificats envoyés : %d", len(p.chain)))
}

// within returns now, moved into the validity of c. Another check reports whether c is out of date.
func within(now time.Time, c *x509.Certificate) time.Time {
	if now.Before(c.NotBefore) {
		return c.NotBefore
	}
	if now.After(c.NotAfter) {
		return c.NotAfter
	}
	return now
}
