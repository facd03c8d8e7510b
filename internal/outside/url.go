package outside

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// ParseURL reads an absolute URL to which secrets may be sent and whose answers may be believed: https, or http on
// loopback, where nobody listens in (RFC 8252 §8.3); without user and fragment. Case does not matter in scheme and host
// (RFC 3986 §6.2.2.1). The error says what is wrong and quotes nothing, since the text may hold a secret.
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

// IsLoopback reports whether a host name or address, as in [url.URL.Hostname], is this machine by its very name.
func IsLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") || err == nil && addr.Unmap().IsLoopback()
}

// Led returns an error unless a URL of a server's metadata is as safe as the server's own: an https server names https
// addresses only.
func Led(from, to *url.URL) error {
	if from.Scheme == "https" && to.Scheme != "https" {
		return fmt.Errorf("is not an https URL, as that of %s is", from.Host)
	}
	return nil
}
