package outside

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"time"
)

// dialTimeout bounds connecting to one address.
const dialTimeout = 5 * time.Second

// reach classifies an address by how widely it can be reached.
type reach int

const (
	linkLocal reach = iota // where clouds hand out credentials; also multicast and unassigned addresses
	loopback
	private // RFC 1918, RFC 4193, RFC 6598
	public
)

func (r reach) String() string {
	return [...]string{"link-local", "loopback", "private", "public"}[r]
}

// reachOf classifies an address. An IPv4 address inside IPv6 counts as the IPv4 address.
func reachOf(addr netip.Addr) reach {
	addr = addr.Unmap().WithZone("")
	switch {
	case addr.IsLoopback():
		return loopback
	case !addr.IsGlobalUnicast():
		return linkLocal
	case addr.IsPrivate(), netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10).Contains(addr):
		return private
	}
	return public
}

// Leash keeps a server from sending an HTTP client to addresses that are nearer to us than the
// server itself. A provider on the Internet must not make us call our own network. The dialed
// address counts, whatever its name resolved to before. Hosts that the operator named may be
// anywhere, as long as they do not move nearer. It is safe for concurrent use.
type Leash struct {
	home string // host of the server

	mu    sync.Mutex
	named map[string]bool
	seen  map[string]reach // reach of each host; it may only grow
}

// NewLeash returns a leash for a server. The operator named its host and the hosts of others.
func NewLeash(server *url.URL, others ...*url.URL) *Leash {
	l := &Leash{home: hostKey(server.Hostname()), named: make(map[string]bool), seen: make(map[string]reach)}
	for _, u := range append(others, server) {
		l.named[hostKey(u.Hostname())] = true
	}
	return l
}

// NewPublicLeash returns a leash for a server that the operator did not name. The server, and every
// host to which it sends us, must have a public address.
func NewPublicLeash(server *url.URL) *Leash {
	l := NewLeash(server)
	l.seen[l.home] = public
	return l
}

func hostKey(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// Hold returns a transport like t that dials only what the leash allows. A proxy of t counts as
// named by the operator. The leash cannot check what the proxy resolves, but it still checks
// addresses in URLs.
func (l *Leash) Hold(t *http.Transport) *http.Transport {
	t = t.Clone()
	t.DialContext = l.dial
	if choose := t.Proxy; choose != nil {
		t.Proxy = func(req *http.Request) (*url.URL, error) {
			proxy, err := choose(req)
			if proxy != nil {
				err = l.passOn(proxy, req.URL.Hostname())
			}
			return proxy, err
		}
	}
	return t
}

// passOn notes a proxy, and that the server is reached through it.
func (l *Leash) passOn(proxy *url.URL, host string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.named[hostKey(proxy.Hostname())] = true
	if hostKey(host) == l.home {
		l.seen[l.home] = public
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return l.allow(hostKey(host), addr)
	}
	return nil
}

// dial connects to host and port, if that is allowed.
func (l *Leash) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	host = hostKey(host)
	dialer := &net.Dialer{Timeout: dialTimeout, Control: func(_, resolved string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(resolved)
		if err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.allow(host, at.Addr())
	}}
	conn, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if at, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.seen[host] = max(l.seen[host], reachOf(at.Addr()))
	}
	return conn, nil
}

// allow returns an error for an address that is too near. l.mu is held.
func (l *Leash) allow(host string, addr netip.Addr) error {
	nearest, of := l.seen[host], host
	if !l.named[host] && l.seen[l.home] > nearest {
		nearest, of = l.seen[l.home], l.home
	}
	if got := reachOf(addr); got < nearest {
		return fmt.Errorf("%s leads to a %s address, which is not allowed while %s is at a %s one", host, got, of, nearest)
	}
	return nil
}
