package outside

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestReachOf(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]reach{
		"127.0.0.1": loopback, "127.9.9.9": loopback, "::1": loopback, "::ffff:127.0.0.1": loopback,
		"169.254.169.254": linkLocal, "fe80::1%eth0": linkLocal, "0.0.0.0": linkLocal, "::": linkLocal, "224.0.0.1": linkLocal, "255.255.255.255": linkLocal,
		"::ffff:169.254.169.254": linkLocal,
		"10.0.0.1":               private, "172.16.0.1": private, "192.168.1.1": private, "100.64.0.1": private, "fd00::1": private, "::ffff:10.0.0.1": private,
		"8.8.8.8": public, "100.128.0.1": public, "172.32.0.1": public, "2001:4860::1": public,
	} {
		if got := reachOf(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s is %s, want %s", addr, got, want)
		}
	}
}

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// A server may send us to addresses as near as its own, or farther. A host that was far away may
// not move nearer.
func TestLeash(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		seen  map[string]reach
		host  string
		addr  string
		fault string // "" for no fault
	}{
		{"the server, anywhere", nil, "idp.example", "10.0.0.1", ""},
		{"the server on this machine", nil, "idp.example", "127.0.0.1", ""},
		{"the server has moved nearer", map[string]reach{"idp.example": public}, "idp.example", "127.0.0.1", "idp.example leads to a loopback address, which is not allowed while idp.example is at a public one"},
		{"the server has moved away", map[string]reach{"idp.example": private}, "idp.example", "8.8.8.8", ""},
		{"public to public", map[string]reach{"idp.example": public}, "keys.example", "8.8.8.8", ""},
		{"public to private", map[string]reach{"idp.example": public}, "keys.example", "10.0.0.1", "keys.example leads to a private address, which is not allowed while idp.example is at a public one"},
		{"public to loopback", map[string]reach{"idp.example": public}, "127.0.0.1", "127.0.0.1", "loopback"},
		{"public to link-local", map[string]reach{"idp.example": public}, "keys.example", "169.254.169.254", "link-local"},
		{"private to private", map[string]reach{"idp.example": private}, "keys.example", "192.168.0.1", ""},
		{"private to loopback", map[string]reach{"idp.example": private}, "keys.example", "::1", "loopback"},
		{"loopback to loopback", map[string]reach{"idp.example": loopback}, "localhost", "127.0.0.1", ""},
		{"loopback to link-local", map[string]reach{"idp.example": loopback}, "keys.example", "169.254.169.254", "link-local"},
		{"another that the operator named", map[string]reach{"idp.example": public}, "named.example", "10.0.0.1", ""},
		{"another name that was public", map[string]reach{"idp.example": loopback, "keys.example": public}, "keys.example", "127.0.0.1", "while keys.example is at a public one"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := NewLeash(address(t, "https://IDP.example/oauth2"), address(t, "https://named.example"))
			for host, r := range tt.seen {
				l.seen[host] = r
			}
			err := l.allow(hostKey(tt.host), netip.MustParseAddr(tt.addr))
			if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("error %v, want %q", err, tt.fault)
			}
		})
	}
}

// The dialed address counts, not the name.
func TestLeashLooksAtTheAddressDialed(t *testing.T) {
	t.Parallel()
	if _, err := net.DefaultResolver.LookupHost(t.Context(), "localhost"); err != nil {
		t.Skipf("a machine without /etc/hosts has no name for itself: %v", err)
	}
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	get := func(l *Leash, target string, proxy *url.URL) error {
		transport := l.Hold(&http.Transport{Proxy: http.ProxyURL(proxy)})
		t.Cleanup(transport.CloseIdleConnections)
		resp, err := (&http.Client{Transport: transport}).Get(target)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	here := address(t, server.URL)
	l := NewLeash(address(t, "https://idp.example"))
	if err := get(l, "http://localhost:"+here.Port(), nil); err != nil {
		t.Errorf("before the server is known: %v", err)
	}
	l = NewLeash(address(t, "https://idp.example"))
	l.seen["idp.example"] = public
	if err := get(l, "http://localhost:"+here.Port(), nil); err == nil || !strings.Contains(err.Error(), "localhost leads to a loopback address") {
		t.Errorf("a name: %v", err)
	}
	if err := get(l, "http://keys.example", here); err != nil {
		t.Errorf("a proxy on this machine: %v", err)
	}
	if err := get(l, "http://169.254.169.254", here); err == nil || !strings.Contains(err.Error(), "leads to a link-local address") {
		t.Errorf("an address by the proxy: %v", err)
	}
}
