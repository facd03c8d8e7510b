package hook

import (
	"net/url"
	"slices"
	"strings"
)

// issuers knows which issuers belong to the Okta org.
type issuers struct {
	orgPrefix string // scheme, host and slash of the org's own issuers
	orgHost   string
	hosts     []string // of listed issuers without a path: any issuer there
	exact     []string // listed issuers with a path
}

func newIssuers(orgURL *url.URL, listed []*url.URL) issuers {
	is := issuers{orgHost: hostOf(orgURL), orgPrefix: orgURL.Scheme + "://" + orgURL.Host + "/"}
	for _, u := range listed {
		if path := strings.TrimSuffix(u.Path, "/"); path == "" {
			is.hosts = append(is.hosts, hostOf(u))
		} else {
			is.exact = append(is.exact, hostOf(u)+path)
		}
	}
	return is
}

// accepts reports whether uri is an issuer of the org, given the further hosts
// that the org's own documents name.
func (is issuers) accepts(uri string, orgHosts []string) bool {
	if strings.HasPrefix(uri, is.orgPrefix) { // the slash ends the host, so this is the org's own, as nearly always
		return true
	}
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return false
	}
	host := hostOf(u)
	if host == is.orgHost || slices.Contains(orgHosts, host) || slices.Contains(is.hosts, host) {
		return true
	}
	here := host + strings.TrimSuffix(u.Path, "/")
	return slices.ContainsFunc(is.exact, func(e string) bool { return here == e || strings.HasPrefix(here, e+"/") })
}

// hostOf returns host[:port] in lower case without a default port.
func hostOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		return strings.TrimSuffix(host, ":443")
	case "http":
		return strings.TrimSuffix(host, ":80")
	}
	return host
}
