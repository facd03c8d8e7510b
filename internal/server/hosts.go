package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"pschook/internal/config"
)

// namedHosts returns a middleware that accepts a request only if its Host names this listener as
// administrators do: by an IP address, a loopback name, or a configured name. Otherwise a
// stranger's web page could point its own host name to an address here, and its script could read
// our pages (DNS rebinding). The browser then sends the stranger's host name, which is refused.
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

// isNamed reports whether a Host header (RFC 9110, 7.2) holds an IP address, a loopback name (RFC
// 6761, 6.3) or one of names.
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
