package config_test

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pschook/internal/config"
)

// oauth returns complete settings for callers with access tokens. set replaces some of them.
func oauth(set map[string]string) map[string]string {
	all := map[string]string{
		"HOOK_SECRETS": "", "HOOK_OAUTH_ISSUER": "https://acme.okta.com/oauth2/aus1", "HOOK_OAUTH_AUDIENCE": "https://hook.example", "HOOK_OAUTH_CLIENT_IDS": "0oa1,0oa2",
	}
	for name, value := range set {
		all[name] = value
	}
	return all
}

// TestCallersLoad checks that callers may use secrets, access tokens or both.
func TestCallersLoad(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]map[string]string{
		"access tokens only":    oauth(nil),
		"with a scope":          oauth(map[string]string{"HOOK_OAUTH_SCOPE": "pschook.call"}),
		"both":                  oauth(map[string]string{"HOOK_SECRETS": secret}),
		"both, secrets in file": oauth(map[string]string{"HOOK_SECRETS_FILE": write(t, secret)}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, warnings, err := config.Load(t.Context(), source(set))
			if err != nil || len(warnings) > 0 {
				t.Fatalf("error %v, warnings %v", err, warnings)
			}
			if c.Hook.OAuthIssuer != "https://acme.okta.com/oauth2/aus1" || !cmp.Equal(c.Hook.OAuthClientIDs, config.List{"0oa1", "0oa2"}) {
				t.Errorf("%+v", c.Hook)
			}
		})
	}
}

func TestCallersFaults(t *testing.T) {
	t.Parallel()
	const (
		parts    = ` although another part of that credential is set`
		clients  = `PSCHOOK_HOOK_OAUTH_CLIENT_IDS: got nothing` + parts + `, wanted OAuth client ids separated by commas, each once (for example PSCHOOK_HOOK_OAUTH_CLIENT_IDS=0oa1example2hook3x4)`
		audience = `PSCHOOK_HOOK_OAUTH_AUDIENCE: got nothing` + parts + `, wanted the audience of those tokens (for example PSCHOOK_HOOK_OAUTH_AUDIENCE=https://pschook.example.org)`
		issuer   = `, wanted the https URL of an authorization server (http for loopback), exactly as in the tokens' iss (for example PSCHOOK_HOOK_OAUTH_ISSUER=https://example.okta.com/oauth2/aus1example2server3x4)`
		networks = `, wanted IP networks in CIDR notation or addresses, separated by commas, each once`
		proxies  = ` (for example PSCHOOK_TRUSTED_PROXIES=10.0.0.0/8,192.0.2.7/32)`
		key      = `, wanted a readable file with the certificate's private key (PEM) (for example PSCHOOK_TLS_KEY_FILE=/etc/pschook/tls/tls.key)`
		cert     = `, wanted a readable file with a certificate and its chain (PEM) (for example PSCHOOK_TLS_CERT_FILE=/etc/pschook/tls/tls.crt)`
	)
	file := write(t, "pem")
	tests := []struct {
		name string
		set  map[string]string
		want []string
	}{
		{"no_clients", oauth(map[string]string{"HOOK_OAUTH_CLIENT_IDS": ""}), []string{clients}},
		{"no_audience", oauth(map[string]string{"HOOK_OAUTH_AUDIENCE": ""}), []string{audience}},
		{"only_issuer", map[string]string{"HOOK_OAUTH_ISSUER": "https://a.example"}, []string{audience, clients}},
		{"only_scope", map[string]string{"HOOK_OAUTH_SCOPE": "x"}, []string{`PSCHOOK_HOOK_OAUTH_ISSUER: got nothing` + parts + issuer}},
		{
			"issuer_http",
			oauth(map[string]string{"HOOK_OAUTH_ISSUER": "http://acme.okta.com"}),
			[]string{`PSCHOOK_HOOK_OAUTH_ISSUER: got "http://acme.okta.com", http with a host that is not loopback` + issuer},
		},
		{"two_scopes", oauth(map[string]string{"HOOK_OAUTH_SCOPE": "a b"}), []string{`PSCHOOK_HOOK_OAUTH_SCOPE: got "a b", wanted one scope (for example PSCHOOK_HOOK_OAUTH_SCOPE=pschook.call)`}},
		{
			"empty_secrets_file",
			oauth(map[string]string{"HOOK_SECRETS_FILE": write(t, "\n")}),
			[]string{`PSCHOOK_HOOK_SECRETS_FILE: got a file without a secret, wanted a readable file with one random secret of at least 16 visible ASCII characters on each line (unset it if Okta is to authenticate with access tokens only)`},
		},

		{"host_bits", map[string]string{"TRUSTED_PROXIES": "10.0.0.0/8, 10.1.2.3/8"}, []string{`PSCHOOK_TRUSTED_PROXIES: got "10.1.2.3/8"` + networks + ` (perhaps 10.0.0.0/8 is meant)`}},
		{"no_network", map[string]string{"TRUSTED_PROXIES": "proxy.example"}, []string{`PSCHOOK_TRUSTED_PROXIES: got "proxy.example"` + networks + proxies}},
		{"mapped_network", map[string]string{"TRUSTED_PROXIES": "::ffff:10.0.0.0/104"}, []string{`PSCHOOK_TRUSTED_PROXIES: got "::ffff:10.0.0.0/104"` + networks + proxies}},
		{"zone", map[string]string{"TRUSTED_PROXIES": "fe80::1%eth0"}, []string{`PSCHOOK_TRUSTED_PROXIES: got "fe80::1%eth0"` + networks + proxies}},
		{"network_twice", map[string]string{"TRUSTED_PROXIES": "::1,::1/128"}, []string{`PSCHOOK_TRUSTED_PROXIES: got "::1,::1/128" with an item twice` + networks + proxies}},

		{"cert_only", map[string]string{"TLS_CERT_FILE": file}, []string{`PSCHOOK_TLS_KEY_FILE: got nothing although another file of TLS is set` + key}},
		{"key_only", map[string]string{"TLS_KEY_FILE": file}, []string{`PSCHOOK_TLS_CERT_FILE: got nothing although another file of TLS is set` + cert}},
		{
			"client_ca_only",
			map[string]string{"TLS_CLIENT_CA_FILE": file},
			[]string{`PSCHOOK_TLS_CERT_FILE: got nothing although another file of TLS is set` + cert, `PSCHOOK_TLS_KEY_FILE: got nothing although another file of TLS is set` + key},
		},

		{"concurrent", map[string]string{"HOOK_MAX_CONCURRENT": "0"}, []string{`PSCHOOK_HOOK_MAX_CONCURRENT: got "0", wanted a whole number from 1 to 100000 (for example PSCHOOK_HOOK_MAX_CONCURRENT=128)`}},
		{"connections", map[string]string{"MAX_CONNECTIONS": "many"}, []string{`PSCHOOK_MAX_CONNECTIONS: got "many", wanted a whole number from 16 to 1000000 (for example PSCHOOK_MAX_CONNECTIONS=1024)`}},
		{"drain", map[string]string{"DRAIN_DELAY": "-1s"}, []string{`PSCHOOK_DRAIN_DELAY: got "-1s", wanted a duration from 0s to 5m (for example PSCHOOK_DRAIN_DELAY=10s)`}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantFaults(t, source(tc.set), tc.want)
		})
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	c, _, err := config.Load(t.Context(), source(map[string]string{"TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7,,2001:db8::/32, ::ffff:198.51.100.1"}))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Networks{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("198.51.100.1/32"),
	}
	if diff := cmp.Diff(want, c.TrustedProxies, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		t.Errorf("networks (-want +got):\n%s", diff)
	}
}

func TestCallersWarnings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  map[string]string
		want []string
	}{
		{
			"allowlist_without_proxies",
			map[string]string{"ALLOWED_CIDRS": "192.0.2.0/24"},
			[]string{"PSCHOOK_ALLOWED_CIDRS: without PSCHOOK_TRUSTED_PROXIES the address of a call is that of the connection: behind a proxy, the proxy's"},
		},
		{"allowlist_with_own_tls", map[string]string{"ALLOWED_CIDRS": "192.0.2.0/24", "TLS_CERT_FILE": write(t, ""), "TLS_KEY_FILE": write(t, "")}, nil},
		{"everybody_trusted", map[string]string{"TRUSTED_PROXIES": "10.0.0.0/8,::/0"}, []string{"PSCHOOK_TRUSTED_PROXIES: ::/0 trusts everybody: any caller can then say where it comes from"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, warnings, err := config.Load(t.Context(), source(tc.set))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range warnings {
				got = append(got, w.String())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}
