package server

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"
)

// clientAddr returns a function that tells where a request comes from: the peer,
// or, while that is a trusted proxy, the one that it says it forwards for. It reads
// X-Forwarded-For from its end, where the nearest proxy has written, and stops at
// the first address that is not trusted: everything before was written by that one
// and may be made up. The zero address means that a trusted proxy has written
// something that is no address; nothing may be believed then.
//
// The header Forwarded (RFC 7239) is not read: load balancers write the older one,
// and a proxy that is not told about the newer one passes on what a caller made up.
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

// parseHop reads an address, with or without a port: some load balancers add it.
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
