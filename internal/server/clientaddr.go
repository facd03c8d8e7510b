package server

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// clientAddr returns a function that finds the address from which a request comes. That is the
// peer, or, if the peer is a trusted proxy, the address for which the proxy forwards. It reads
// X-Forwarded-For from its end, where the nearest proxy has written, and stops at the first address
// that is not trusted. That one wrote everything before it, and may have made it up. The zero
// address means that a trusted proxy wrote something that is not an address; then nothing can be
// trusted.
//
// It does not read the header Forwarded (RFC 7239). Load balancers write X-Forwarded-For, and a
// proxy that does not know Forwarded passes on whatever a caller wrote into it.
func clientAddr(trusted []netip.Prefix) func(*http.Request) netip.Addr {
	return func(r *http.Request) netip.Addr {
		addr := parseHop(r.RemoteAddr)
		if len(trusted) == 0 {
			return addr
		}
		hops := r.Header[echo.HeaderXForwardedFor]
		for i := len(hops) - 1; i >= 0; i-- {
			for rest := hops[i]; ; {
				if !contains(trusted, addr) {
					return addr
				}
				comma := strings.LastIndexByte(rest, ',')
				addr = parseHop(strings.TrimSpace(rest[comma+1:]))
				if comma < 0 {
					break
				}
				rest = rest[:comma]
			}
		}
		return addr
	}
}

// parseHop reads an address with or without a port, because some load balancers add the port.
func parseHop(text string) netip.Addr {
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		at, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}
		}
		addr = at.Addr()
	}
	return addr.Unmap().WithZone("")
}

func contains(networks []netip.Prefix, addr netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}
