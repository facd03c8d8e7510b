// Package lemonldap runs the portal of LemonLDAP::NG, a single sign-on server that many French hospitals and
// administrations have, as a relying party of an OpenID provider: an unprivileged process, with everything that it
// writes in a directory of the test.
//
// It needs Debian's packages liblemonldap-ng-portal-perl and libgd-securityimage-perl and libimage-magick-perl, and is for tests only.
package lemonldap

import (
	_ "embed"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pschook/internal/testneed"
)

// host is the portal's name. Browsers find it on this machine (RFC 6761, section 6.3), and LemonLDAP::NG sets its cookie
// for a domain, which cannot be an address.
const host = "auth.localhost"

//go:embed portal.pl
var portalScript string

// Portal is a portal that listens. It answers once it is started.
type Portal struct {
	URL         string // with a slash at the end
	RedirectURI string // to which the provider sends people back
	address     string // listened on
	listener    *os.File
}

// Provider is what the portal is told of the provider that people sign in at.
type Provider struct {
	Issuer       string // whose discovery document and keys the portal gets
	ClientID     string
	ClientSecret string
	AuthMethod   string            // client_secret_basic, client_secret_post
	Scope        string            // "openid profile email"
	ACRValues    string            // separated by spaces; "" asks for none
	Exported     map[string]string // of the session: its names, and the userinfo claims that they come from
	Shown        []string          // further names of the session that /session/my/global tells

	// Parameters are added to each authorization request. The manager has no field for them; they are put into the
	// authorization endpoint of the metadata, as an administrator would.
	Parameters url.Values
}

// Listen takes a port, so that the portal's addresses are known before it is registered with a provider. It skips the
// test where LemonLDAP::NG is not installed; see [testneed.RequireEnv], in which it is "lemonldap".
func Listen(t *testing.T) *Portal {
	t.Helper()
	testneed.File(t, "lemonldap", "/usr/share/perl5/Lemonldap/NG/Portal/Main.pm", "install LemonLDAP::NG (Debian: apt-get install liblemonldap-ng-portal-perl libgd-securityimage-perl libimage-magick-perl)")
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		t.Fatalf("%T is not a TCP listener", listener)
	}
	file, err := tcp.File() // a copy that the process inherits
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + net.JoinHostPort(host, port) + "/"
	return &Portal{URL: address, RedirectURI: address + "?openidconnectcallback=1", address: listener.Addr().String(), listener: file}
}

// Start runs the portal until the test ends, with p as the one way to sign in.
func (portal *Portal) Start(t *testing.T, p Provider) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"conf", "sessions", "lock", "cache"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	configuration, err := json.Marshal(portal.configuration(t, dir, p))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"lemonldap-ng.ini": strings.ReplaceAll(ini, "DIR", dir), "conf/lmConf-1.json": string(configuration), "portal.pl": portalScript,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), testneed.Need(t, "perl"), filepath.Join(dir, "portal.pl"), dir) //nolint:gosec // the script above
	cmd.ExtraFiles = []*os.File{portal.listener}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // the end of the test has killed it already, mostly
		_ = cmd.Wait()
	})
	fetch(t, "http://"+portal.address+"/ping") // starts it wholly
}

// ini says where everything lies.
const ini = `[all]
logLevel = warn
[configuration]
type = File
dirName = DIR/conf
localStorage = Cache::FileCache
localStorageOptions = { 'namespace' => 'config', 'default_expires_in' => 600, 'cache_root' => 'DIR/cache', 'cache_depth' => 0 }
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
`

// configuration is what an administrator would set in the manager.
func (portal *Portal) configuration(t *testing.T, dir string, p Provider) map[string]any {
	t.Helper()
	storage := map[string]string{
		"Directory": filepath.Join(dir, "sessions"), "LockDirectory": filepath.Join(dir, "lock"),
		"generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256",
	}
	metadata := fetch(t, p.Issuer+"/.well-known/openid-configuration")
	var document struct {
		Authorization string `json:"authorization_endpoint"`
		JWKS          string `json:"jwks_uri"`
	}
	if err := json.Unmarshal([]byte(metadata), &document); err != nil {
		t.Fatalf("discovery document of %s: %v", p.Issuer, err)
	}
	if len(p.Parameters) > 0 {
		metadata = strings.Replace(metadata, `"`+document.Authorization+`"`, `"`+document.Authorization+"?"+p.Parameters.Encode()+`"`, 1)
	}
	options := map[string]any{
		"oidcOPMetaDataOptionsClientID": p.ClientID, "oidcOPMetaDataOptionsClientSecret": p.ClientSecret,
		"oidcOPMetaDataOptionsScope": p.Scope, "oidcOPMetaDataOptionsTokenEndpointAuthMethod": p.AuthMethod,
		"oidcOPMetaDataOptionsCheckJWTSignature": 1, "oidcOPMetaDataOptionsUseNonce": 1, "oidcOPMetaDataOptionsStoreIDToken": 1,
		"oidcOPMetaDataOptionsIDTokenMaxAge": 60, "oidcOPMetaDataOptionsAcrValues": p.ACRValues,
	}
	exported := append([]string{"_user"}, p.Shown...)
	for name := range p.Exported {
		exported = append(exported, name)
	}
	return map[string]any{
		"cfgNum": 1, "cfgDate": 1, "cfgVersion": "2.16.1", "portal": portal.URL, "domain": host, "key": "a key for the test",
		"authentication": "OpenIDConnect", "userDB": "Same", "passwordDB": "Null", "whatToTrace": "_user",
		"globalStorage": "Apache::Session::File", "globalStorageOptions": storage,
		"localSessionStorage": "Cache::FileCache", "localSessionStorageOptions": map[string]any{
			"namespace": "sessions", "default_expires_in": 600, "cache_root": filepath.Join(dir, "cache"), "cache_depth": 0,
		},
		"persistentStorage": "Apache::Session::File", "persistentStorageOptions": storage,
		"restSessionServer": 1, "exportedAttr": strings.Join(exported, " "), "locationRules": map[string]any{}, "securedCookie": 0,
		"oidcOPMetaDataJSON": map[string]any{"op": metadata}, "oidcOPMetaDataJWKS": map[string]any{"op": fetch(t, document.JWKS)},
		"oidcOPMetaDataOptions": map[string]any{"op": options}, "oidcOPMetaDataExportedVars": map[string]any{"op": p.Exported},
	}
}

// fetch gets a document of the provider's, as an administrator would to paste it.
func fetch(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: status %d, %v", address, response.StatusCode, err)
	}
	return string(text)
}
