package store

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"pschook/internal/outside"
	"pschook/oktaemu/internal/keys"
	"pschook/oktaemu/internal/wire"
)

// TokenHookType is the inline hook type of a token hook, and the eventType of its calls.
const TokenHookType = "com.okta.oauth2.tokens.transform"

// InlineHook is a registered inline hook. Values are replaced, never changed in place.
type InlineHook struct {
	ID          string
	Name        string
	Type        string
	Version     string
	Status      string
	Created     wire.Stamp
	LastUpdated wire.Stamp
	Channel     HookChannel
}

// Active reports whether the hook is called.
func (h InlineHook) Active() bool { return h.Status == "ACTIVE" }

// HookChannel says where the hook is and how Okta authenticates to it.
type HookChannel struct {
	Type    string     `json:"type"` // HTTP, OAUTH
	Version string     `json:"version"`
	Config  HookConfig `json:"config"`
}

// HookConfig is the address of a hook, and the credential that it is called with.
type HookConfig struct {
	URI     string       `json:"uri"`
	Method  string       `json:"method,omitempty"`
	Headers []hookHeader `json:"headers"`

	AuthScheme *HookAuthScheme `json:"authScheme"` // channel HTTP; null: none

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

// HookAuthScheme is a header that carries a secret. Value is never returned by reads.
type HookAuthScheme struct {
	Type  string `json:"type"` // HEADER
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

// Clone returns a copy that shares nothing with c.
func (c HookChannel) Clone() HookChannel {
	c.Config.Headers = append([]hookHeader{}, c.Config.Headers...)
	if c.Config.AuthScheme != nil {
		scheme := *c.Config.AuthScheme
		c.Config.AuthScheme = &scheme
	}
	return c
}

// Redacted returns the channel as reads show it: without secrets.
func (c HookChannel) Redacted() HookChannel {
	c = c.Clone()
	c.Config.ClientSecret = ""
	if c.Config.AuthScheme != nil {
		c.Config.AuthScheme.Value = ""
	}
	return c
}

// CheckHookURL holds a URL to Okta's rule that hooks are https. Loopback may be
// plain http: that is where tests listen.
func CheckHookURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("hook URL is not an absolute URL")
	case u.User != nil:
		return fmt.Errorf("hook URL holds credentials: put them into the auth header")
	case u.Scheme == "https", u.Scheme == "http" && outside.IsLoopback(u.Hostname()):
		return nil
	default:
		return fmt.Errorf("hook URL %q is not https (http is taken for loopback hosts only)", u.Redacted())
	}
}

// Completed fills defaults, and the secrets that a client does not repeat because
// reads never show them.
func (c HookChannel) Completed(old HookChannel) HookChannel {
	c.Version = cmp.Or(c.Version, "1.0.0")
	c.Config.Method = cmp.Or(c.Config.Method, http.MethodPost)
	if scheme, before := c.Config.AuthScheme, old.Config.AuthScheme; scheme != nil {
		filled := *scheme
		filled.Type = cmp.Or(filled.Type, "HEADER")
		if filled.Value == "" && before != nil && before.Key == filled.Key {
			filled.Value = before.Value
		}
		c.Config.AuthScheme = &filled
	}
	if c.Config.ClientSecret == "" && c.Config.ClientID == old.Config.ClientID {
		c.Config.ClientSecret = old.Config.ClientSecret
	}
	return c
}

// Faults lists what is wrong with a channel.
func (c HookChannel) Faults() []string {
	var causes []string
	add := func(format string, args ...any) { causes = append(causes, fmt.Sprintf(format, args...)) }
	if err := CheckHookURL(c.Config.URI); err != nil {
		add("channel.config.uri: %v", err)
	}
	if c.Version != "1.0.0" {
		add("channel.version: The field must be '1.0.0'")
	}
	if c.Config.Method != http.MethodPost {
		add("channel.config.method: only POST is supported")
	}
	for _, h := range c.Config.Headers { // any name does at Okta; one that cannot be sent fails the call
		if h.Key == "" || strings.ContainsFunc(h.Key+h.Value, unicode.IsControl) {
			add("channel.config.headers: %q is not a valid header", h.Key)
		}
	}
	switch c.Type {
	case "HTTP":
		if s := c.Config.AuthScheme; s != nil && (s.Type != "HEADER" || !validHeader(s.Key, s.Value) || s.Value == "") {
			add("channel.config.authScheme: type must be HEADER, with a valid key and value")
		}
	case "OAUTH":
		causes = append(causes, c.Config.oauthFaults()...)
	default:
		add("channel.type: The field must be HTTP or OAUTH")
	}
	return causes
}

func (c HookConfig) oauthFaults() []string {
	var causes []string
	if err := CheckHookURL(c.TokenURL); err != nil {
		causes = append(causes, "channel.config.tokenUrl: "+err.Error())
	}
	if c.ClientID == "" {
		causes = append(causes, "channel.config.clientId: The field cannot be left blank")
	}
	switch c.AuthType {
	case AuthPost:
		if c.ClientSecret == "" {
			causes = append(causes, "channel.config.clientSecret: The field cannot be left blank")
		}
	case AuthPrivateKey:
		if c.HookKeyID == "" {
			causes = append(causes, "channel.config.hookKeyId: The field cannot be left blank")
		}
	default:
		causes = append(causes, "channel.config.authType: The field must be client_secret_post or private_key_jwt")
	}
	return causes
}

// validHeader reports whether a header can be sent (RFC 9110, sections 5.1 and 5.5).
func validHeader(key, value string) bool {
	const tokenChars = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return key != "" && strings.Trim(key, tokenChars) == "" &&
		!strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// HookKey is a key pair that hooks with private_key_jwt are called with.
type HookKey struct {
	ID          string
	Name        string
	Created     wire.Stamp
	LastUpdated wire.Stamp
	Key         keys.SigningKey
}

// HookTarget is an inline hook with what a call of it needs of the org, because the call is made
// outside the lock.
type HookTarget struct {
	InlineHook
	Key    HookKey // signs the client assertion of channel OAUTH
	HasKey bool
	Fault  Fault // injected into the call; the zero value: none
}

// HookTarget returns h as the target of one call. It takes the next fault that is for calls of
// hooks.
func (s *State) HookTarget(h InlineHook) HookTarget {
	t := HookTarget{InlineHook: h}
	t.Key, t.HasKey = s.HookKeys.Get(h.Channel.Config.HookKeyID)
	t.Fault, _ = s.TakeFault(Fault.ForHooks)
	return t
}
