package jwks

import (
	"bytes"
	"crypto"
	"crypto/sha1" //nolint:gosec // x5t is a SHA-1 hash by RFC 7517 §4.8; nothing is trusted for it
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/url"

	"pschook/internal/outside"
)

// certificateFlaws checks the members about certificates (RFC 7517 §4.6 to §4.9). This program does
// not trust them, but many programs drop a key whose members contradict each other.
func certificateFlaws(o outside.Object, public crypto.PublicKey) []Fault {
	leaf, flaws := chain(o, public)
	sum1 := func(b []byte) []byte { s := sha1.Sum(b); return s[:] } //nolint:gosec // see the import
	sum256 := func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
	for _, f := range []*Fault{
		thumbprint(o, "x5t", sha1.Size, sum1, leaf), thumbprint(o, "x5t#S256", sha256.Size, sum256, leaf), certificateURL(o),
	} {
		if f != nil {
			flaws = append(flaws, *f)
		}
	}
	return flaws
}

// chain returns the first certificate of x5c, or nil if it cannot be read.
func chain(o outside.Object, public crypto.PublicKey) (leaf *x509.Certificate, flaws []Fault) {
	if !o.Has("x5c") {
		return nil, nil
	}
	list, p := o.Texts("x5c")
	if p != outside.Present || len(list) == 0 {
		return nil, []Fault{*fault(NotTextList, "x5c", "")}
	}
	for i, text := range list {
		der, err := base64.StdEncoding.DecodeString(text) // standard base64, not base64url
		if err != nil {
			return leaf, []Fault{*fault(NotBase64, "x5c", "")}
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return leaf, []Fault{*fault(NotX509, "x5c", "")}
		}
		if i == 0 {
			leaf = c
		}
	}
	if same, ok := public.(interface{ Equal(x crypto.PublicKey) bool }); ok && !same.Equal(leaf.PublicKey) {
		flaws = append(flaws, *fault(OtherKey, "x5c", ""))
	}
	return leaf, flaws
}

func thumbprint(o outside.Object, name string, size int, sum func([]byte) []byte, leaf *x509.Certificate) *Fault {
	if !o.Has(name) {
		return nil
	}
	got, f := number(o, name)
	switch {
	case f != nil:
		return f
	case len(got) != size:
		return fault(Length, name, lengths(len(got), size))
	case leaf != nil && !bytes.Equal(got, sum(leaf.Raw)):
		return fault(Thumbprint, name, "")
	}
	return nil
}

func certificateURL(o outside.Object) *Fault {
	text, p := o.Text("x5u")
	if p == outside.Absent {
		return nil
	}
	if u, err := url.Parse(text); p == outside.Malformed || err != nil || u.Host == "" {
		return fault(NotURL, "x5u", "")
	}
	return nil
}
