package store

import (
	"net/url"
	"slices"
	"time"

	"pschook/oktaemu/internal/keys"
	"pschook/oktaemu/internal/wire"
)

// Authorization is an authorization request that was found good (RFC 6749,
// section 4.1.1; OpenID Connect Core 1.0, section 3.1.2.1).
type Authorization struct {
	ID            string
	ServerID      string
	ClientID      string
	RedirectURI   string
	ResponseTypes []string // sorted
	ResponseMode  string   // query, fragment, form_post, okta_post_message
	Scopes        []string
	State         string
	Nonce         string
	Challenge     string // PKCE S256; empty: none
	Prompts       []string
	MaxAge        time.Duration // negative: not asked
	LoginHint     string
	ACRValues     []string
	SessionToken  string
	Device        string // device code; not empty: the sign-in is for that device, and nothing else here counts but ClientID

	Origin wire.Origin
}

// Wants reports whether responseType is among those requested.
func (a Authorization) Wants(responseType string) bool {
	return slices.Contains(a.ResponseTypes, responseType)
}

// CodeGrant is what an authorization code stands for.
type CodeGrant struct {
	Auth    Authorization
	Session Session
	Family  string // of the tokens that the code was turned into
	Used    bool
}

// Pushed is an authorization request that its client sent ahead (RFC 9126).
type Pushed struct {
	ServerID, ClientID string
	Form               url.Values
}

// DeviceGrant is a device that waits for its user (RFC 8628).
type DeviceGrant struct {
	ServerID, ClientID string
	Scopes             []string
	UserCode           string
	Expires            time.Time
	Polled             time.Time // when the device last asked
	Session            *Session  // of the user who said yes; nil: nobody yet
}

// Minting is one occasion on which tokens are made.
type Minting struct {
	ServerID, ClientID string
	UserID             string // empty for client credentials
	Grant              string // as policy rules name it: authorization_code, implicit, password, client_credentials
	Scopes             []string
	IDToken            bool
	AccessToken        bool
	Code               string // returned beside the tokens: its hash goes into the ID token
	Nonce              string

	Session  *Session // nil where no browser session is involved
	AuthTime time.Time
	AMR      []string
	IDPType  string
	ACR      string

	Origin     wire.Origin
	Request    ProtocolRequest
	Original   *OriginalGrant // on refresh
	RefreshJTI string         // of the refresh token involved, if any
	Family     string         // ties tokens together that are revoked together
}

// Plan is what the org's objects say about a minting.
type Plan struct {
	Client   Client
	User     User
	Groups   []Group
	PolicyID string
	Rule     AccessRule
	Hook     *HookTarget // the rule's hook; nil: none is called
	Issuer   string
	Audience []string
	Claims   []CustomClaim
	Key      keys.SigningKey
	ScopeIDs map[string]string // of the requested scopes, by name
}

// Issued is a token that was handed out, for introspection, revocation and logout.
type Issued struct {
	ServerID, ClientID, UserID string
	Family                     string
	SessionID                  string
}

// RefreshGrant is what a refresh token stands for.
type RefreshGrant struct {
	Minting  Minting // how its tokens were minted first
	Issued   time.Time
	Expires  time.Time // of the grant as a whole
	Replaced time.Time // when rotation put another token in its place; zero: it is current
}

// SessionCookie is the name of Okta's session cookie.
const SessionCookie = "sid"

// Session is a browser's sign-in.
type Session struct {
	ID       string
	UserID   string
	Created  time.Time
	Expires  time.Time
	AuthTime time.Time
	Method   Method
}

// HookTokenRef names a token by its id.
type HookTokenRef struct {
	JTI string `json:"jti"`
}

// ProtocolRequest is an OAuth request as hooks see it.
type ProtocolRequest struct {
	Scope        string `json:"scope,omitempty"`
	State        string `json:"state,omitempty"`
	RedirectURI  string `json:"redirect_uri,omitempty"`
	ResponseMode string `json:"response_mode,omitempty"`
	ResponseType string `json:"response_type,omitempty"`
	ClientID     string `json:"client_id,omitempty"`
	GrantType    string `json:"grant_type,omitempty"`
}

// OriginalGrant is the grant that a refresh token goes back to.
type OriginalGrant struct {
	Authorization ProtocolRequest `json:"authorization"`
	RefreshToken  HookTokenRef    `json:"refresh_token"`
}

// AssertionType is the only kind of client assertion (RFC 7523, section 2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// familyLife is how long a revoked grant is remembered: longer than any token that
// may still be on its way.
const familyLife = 24 * time.Hour

// RevokeFamily revokes every token that goes back to one grant.
func (s *State) RevokeFamily(family string) {
	s.Families.Put(s.Now(), family, family, s.Now().Add(familyLife))
	s.Refresh.DeleteFunc(func(g RefreshGrant) bool { return g.Minting.Family == family })
	s.Tokens.DeleteFunc(func(t Issued) bool { return t.Family == family })
}
