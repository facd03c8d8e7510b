package orglookup

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"pschook/internal/outside"
)

// canonicalOrgURL checks the URL of an Okta org, such as "https://acme.okta.com". It must be https
// (http only for a loopback host) and hold only a host and perhaps a port. The result has the
// canonical form: lower-case host, no default port, no path. The error says what is wrong and what
// to give. It never quotes a password.
func canonicalOrgURL(u *url.URL) (*url.URL, error) {
	if u == nil || u.Host == "" {
		return nil, errors.New("orglookup: the org URL has no host; give one such as \"https://acme.okta.com\"")
	}
	if u.User != nil {
		return nil, fmt.Errorf("orglookup: the org URL of %q holds a user name; give scheme and host only", u.Host)
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, fmt.Errorf("orglookup: the org URL of %q holds more than scheme and host", u.Host)
	}
	host, err := canonicalHost(u)
	if err != nil {
		return nil, err
	}
	// Okta's APIs are not on the host of the Admin Console.
	for _, domain := range []string{".okta.com", ".oktapreview.com", ".okta-emea.com"} {
		if org, found := strings.CutSuffix(host, "-admin"+domain); found {
			return nil, fmt.Errorf("orglookup: %q is the Admin Console; the org URL is \"https://%s%s\"", host, org, domain)
		}
	}
	return &url.URL{Scheme: strings.ToLower(u.Scheme), Host: host}, nil
}

// canonicalHost returns host or host:port of an https URL, or of a http URL
// whose host is loopback: lower case, without a final dot or a default port.
func canonicalHost(u *url.URL) (string, error) {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if host == "" || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return "", fmt.Errorf("orglookup: %q is not a host name in ASCII", u.Host)
	}
	var defaultPort string
	switch strings.ToLower(u.Scheme) {
	case "https":
		defaultPort = "443"
	case "http":
		if !outside.IsLoopback(host) {
			return "", fmt.Errorf("orglookup: http is allowed for loopback hosts only, not for %q; use https", host)
		}
		defaultPort = "80"
	default:
		return "", fmt.Errorf("orglookup: the URL of %q is neither https nor http", host)
	}
	port := u.Port()
	if port == "" || port == defaultPort {
		if strings.Contains(host, ":") {
			return "[" + host + "]", nil // IPv6
		}
		return host, nil
	}
	return net.JoinHostPort(host, port), nil
}
