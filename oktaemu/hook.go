package oktaemu

import (
	"fmt"
	"net"
	"net/url"
	"slices"
)

// TokenHookType is the inline hook type of a token hook, and the eventType of its calls.
const TokenHookType = "com.okta.oauth2.tokens.transform"

// inlineHook is a registered inline hook. Values are replaced, never changed in place.
type inlineHook struct {
	ID          string
	Name        string
	Type        string
	Version     string
	Status      string
	Created     stamp
	LastUpdated stamp
	Channel     hookChannel
}

func (h inlineHook) active() bool { return h.Status == "ACTIVE" }

// hookChannel says where the hook is and how Okta authenticates to it.
type hookChannel struct {
	Type    string     `json:"type"` // HTTP, OAUTH
	Version string     `json:"version"`
	Config  hookConfig `json:"config"`
}

type hookConfig struct {
	URI     string       `json:"uri"`
	Method  string       `json:"method,omitempty"`
	Headers []hookHeader `json:"headers,omitempty"`

	AuthScheme *hookAuthScheme `json:"authScheme,omitempty"` // channel HTTP

	// Channel OAUTH.
	AuthType     string `json:"authType,omitempty"` // client_secret_post, private_key_jwt
	ClientID     string `json:"clientId,omitempty"`
	ClientSecret string `json:"clientSecret,omitempty"`
	HookKeyID    string `json:"hookKeyId,omitempty"`
	TokenURL     string `json:"tokenUrl,omitempty"`
	Scope        string `json:"scope,omitempty"`
}

type hookHeader struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// hookAuthScheme is a header that carries a secret. Value is never returned by reads.
type hookAuthScheme struct {
	Type  string `json:"type"` // HEADER
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

func (c hookChannel) clone() hookChannel {
	c.Config.Headers = slices.Clone(c.Config.Headers)
	if c.Config.AuthScheme != nil {
		scheme := *c.Config.AuthScheme
		c.Config.AuthScheme = &scheme
	}
	return c
}

// redacted returns the channel as reads show it: without secrets.
func (c hookChannel) redacted() hookChannel {
	c = c.clone()
	c.Config.ClientSecret = ""
	if c.Config.AuthScheme != nil {
		c.Config.AuthScheme.Value = ""
	}
	return c
}

// checkHookURL holds a URL to Okta's rule that hooks are https. Loopback may be
// plain http: that is where tests listen.
func checkHookURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("hook URL is not an absolute URL")
	case u.User != nil:
		return fmt.Errorf("hook URL holds credentials: put them into the auth header")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	default:
		return fmt.Errorf("hook URL %q is not https (http is taken for loopback hosts only)", u.Redacted())
	}
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
