package outside

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// ParseURL reads an absolute URL to which secrets may be sent and whose answers may be trusted. It
// accepts https, or http on loopback, where nobody can listen (RFC 8252 §8.3); without user and
// fragment. Case does not matter in scheme and host (RFC 3986 §6.2.2.1). The error says what is
// wrong and quotes nothing, because the text may hold a secret.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, errors.New("is not an https URL")
	case u.User != nil:
		return nil, errors.New("is not an https URL without user and password")
	case u.Fragment != "":
		return nil, errors.New("is not an https URL without fragment")
	case u.Scheme == "https", u.Scheme == "http" && IsLoopback(u.Hostname()):
		return u, nil
	}
	return nil, errors.New("is not an https URL (http is accepted on loopback only)")
}

// IsLoopback reports whether a host, as in [url.URL.Hostname], is a loopback address or the name
// localhost. It resolves no name.
func IsLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// Led checks a URL that the metadata of a server names. It returns an error unless the URL is as
// safe as the server's own: an https server may name only https addresses.
func Led(from, to *url.URL) error {
	if from.Scheme == "https" && to.Scheme != "https" {
		return fmt.Errorf("is not an https URL, as that of %s is", from.Host)
	}
	return nil
}
