package server

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

func TestClientAddr(t *testing.T) {
	t.Parallel()
	proxies := prefixes("10.0.0.0/8", "2001:db8:f::/48")
	tests := []struct {
		name    string
		trusted []netip.Prefix
		peer    string
		xff     []string
		want    string // "": not known
	}{
		{"no proxies", nil, "192.0.2.1:5000", nil, "192.0.2.1"},
		{"no proxies, header made up", nil, "192.0.2.1:5000", []string{"198.51.100.1"}, "192.0.2.1"},
		{"peer is no proxy", proxies, "192.0.2.1:5000", []string{"198.51.100.1"}, "192.0.2.1"},
		{"through a proxy", proxies, "10.0.0.1:5000", []string{"198.51.100.1"}, "198.51.100.1"},
		{"first part made up", proxies, "10.0.0.1:5000", []string{"203.0.113.9, 198.51.100.1"}, "198.51.100.1"},
		{"a proxy made up", proxies, "10.0.0.1:5000", []string{"203.0.113.9, 10.0.0.7, 198.51.100.1"}, "198.51.100.1"},
		{"through two proxies", proxies, "10.0.0.1:5000", []string{"203.0.113.9, 198.51.100.1, 10.2.0.1"}, "198.51.100.1"},
		{"in several lines", proxies, "10.0.0.1:5000", []string{"203.0.113.9", "198.51.100.1", "10.2.0.1"}, "198.51.100.1"},
		{"from inside", proxies, "10.0.0.1:5000", []string{"10.9.9.9"}, "10.9.9.9"},
		{"no header from a proxy", proxies, "10.0.0.1:5000", nil, "10.0.0.1"},
		{"IPv6", proxies, "[2001:db8:f::1]:5000", []string{"2001:db8:1::7"}, "2001:db8:1::7"},
		{"IPv4 in IPv6", proxies, "[::ffff:10.0.0.1]:5000", []string{"::ffff:198.51.100.1"}, "198.51.100.1"},
		{"with ports", proxies, "10.0.0.1:5000", []string{"[2001:db8:1::7]:443,198.51.100.1:61000"}, "198.51.100.1"},
		{"brackets", proxies, "10.0.0.1:5000", []string{"[2001:db8:1::7]"}, "2001:db8:1::7"},
		{"zone of the peer", prefixes("fe80::/10"), "[fe80::1%eth0]:5000", []string{"198.51.100.1"}, "198.51.100.1"},
		{"garbage from a proxy", proxies, "10.0.0.1:5000", []string{"198.51.100.1, unknown"}, ""},
		{"empty header from a proxy", proxies, "10.0.0.1:5000", []string{""}, ""},
		{"garbage before the client", proxies, "10.0.0.1:5000", []string{"<script>, 198.51.100.1"}, "198.51.100.1"},
		{"no peer", proxies, "@", []string{"198.51.100.1"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{"X-Forwarded-For": tt.xff}}
			got := ""
			if addr := clientAddr(tt.trusted)(r); addr.IsValid() {
				got = addr.String()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzClientAddr: nothing that a caller writes before the proxy's part changes the result.
func FuzzClientAddr(f *testing.F) {
	for _, seed := range []string{"", "192.0.2.1", "10.0.0.1", "10.0.0.1, 10.0.0.2", "::1", "[::1]:80", ",,,", "a,b", "10.0.0.1%eth0", "fe80::1%x"} {
		f.Add(seed)
	}
	from := clientAddr(prefixes("10.0.0.0/8"))
	f.Fuzz(func(t *testing.T, madeUp string) {
		for _, xff := range [][]string{{madeUp + ",198.51.100.1"}, {madeUp, "198.51.100.1, 10.7.7.7"}} {
			if got := from(&http.Request{RemoteAddr: "10.0.0.1:5000", Header: http.Header{"X-Forwarded-For": xff}}); got.String() != "198.51.100.1" {
				t.Errorf("%q: %s", xff, got)
			}
		}
		if got := from(&http.Request{RemoteAddr: "192.0.2.1:5000", Header: http.Header{"X-Forwarded-For": strings.Split(madeUp, "|")}}); got.String() != "192.0.2.1" {
			t.Errorf("%q from a caller who is no proxy: %s", madeUp, got)
		}
	})
}
