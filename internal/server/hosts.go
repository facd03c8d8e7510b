package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"pschook/internal/config"
)

// namedHosts returns what lets only requests through that name a host by which administrators reach this listener: an
// IP address, a loopback name, or one that the configuration names. The page of a stranger can have its own name point
// to an address here, and read what it finds there as its own (DNS rebinding): but the browser then sends the
// stranger's name.
func (s *Server) namedHosts() func(http.Handler) http.Handler {
	names := []string(s.opts.Config.AdminHosts)
	if host, _, err := net.SplitHostPort(s.opts.Config.AdminAddr); err == nil && host != "" {
		names = append(slices.Clone(names), host)
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !isNamed(r.Host, names) {
				say(w, http.StatusMisdirectedRequest, "this page answers to IP addresses, to localhost and to the names in "+config.Prefix+"ADMIN_HOSTS only")
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// isNamed reports whether a Host header (RFC 9110, 7.2) holds an IP address, a loopback name (RFC 6761, 6.3) or one of
// the names.
func isNamed(header string, names []string) bool {
	host := header
	if h, _, err := net.SplitHostPort(header); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	lower := strings.ToLower(host)
	return lower == "localhost" || strings.HasSuffix(lower, ".localhost") ||
		slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, host) })
}
