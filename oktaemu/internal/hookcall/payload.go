package hookcall

import (
	"maps"
	"net/url"

	"pschook/oktaemu/internal/hookanswer"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// hookRequest is what Okta posts to a token hook (Okta Management API, schema
// TokenRequest; Okta developer docs, guides/token-inline-hook).
type hookRequest struct {
	EventID           string     `json:"eventId"`
	EventTime         wire.Stamp `json:"eventTime"`
	EventType         string     `json:"eventType"`
	EventTypeVersion  string     `json:"eventTypeVersion"`
	ContentType       string     `json:"contentType"`
	CloudEventVersion string     `json:"cloudEventVersion"`
	Source            string     `json:"source"`
	Data              hookData   `json:"data"`
}

type hookData struct {
	Context  hookContext         `json:"context"`
	Identity *hookToken          `json:"identity,omitempty"` // only when an ID token is minted
	Access   *hookToken          `json:"access,omitempty"`   // only when an access token is minted
	Refresh  *store.HookTokenRef `json:"refresh_token,omitempty"`
}

type hookContext struct {
	Request  hookHTTPRequest `json:"request"`
	Protocol hookProtocol    `json:"protocol"`
	Session  *Session        `json:"session,omitempty"` // only with a browser session
	User     *hookUser       `json:"user,omitempty"`    // not for client credentials
	Policy   hookPolicy      `json:"policy"`
}

type hookHTTPRequest struct {
	ID     string `json:"id"`
	Method string `json:"method"`
	URL    struct {
		Value string `json:"value"`
	} `json:"url"`
	IPAddress string `json:"ipAddress"`
}

type hookProtocol struct {
	Type     string                `json:"type"`
	Request  store.ProtocolRequest `json:"request"`
	Original *store.OriginalGrant  `json:"OriginalGrant,omitempty"` // on refresh; the schema's spelling
	Issuer   struct {
		URI string `json:"uri"`
	} `json:"issuer"`
	Client struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"` // PUBLIC, CONFIDENTIAL
	} `json:"client"`
}

// Session is a session as hook calls and the Sessions API show it.
type Session struct {
	ID                       string      `json:"id"`
	UserID                   string      `json:"userId"`
	Login                    string      `json:"login"`
	CreatedAt                wire.Stamp  `json:"createdAt"`
	ExpiresAt                wire.Stamp  `json:"expiresAt"`
	Status                   string      `json:"status"`
	LastPasswordVerification *wire.Stamp `json:"lastPasswordVerification,omitempty"`
	AMR                      []string    `json:"amr"` // in the spelling of sessions, not of RFC 8176
	IDP                      struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	} `json:"idp"`
	MFAActive bool `json:"mfaActive"`
}

type hookUser struct {
	ID              string            `json:"id"`
	PasswordChanged *wire.Stamp       `json:"passwordChanged"`
	Profile         map[string]string `json:"profile"`
	Links           wire.Links        `json:"_links"`
}

type hookPolicy struct {
	ID   string `json:"id"`
	Rule struct {
		ID string `json:"id"`
	} `json:"rule"`
}

type hookToken struct {
	Claims map[string]any `json:"claims"`
	Token  struct {
		Lifetime struct {
			Expiration int `json:"expiration"` // seconds
		} `json:"lifetime"`
	} `json:"token"`
	Scopes map[string]hookScope `json:"scopes,omitempty"` // access token only
}

type hookScope struct {
	ID     string `json:"id"`
	Action string `json:"action"`
}

// hookRequest describes the minting to the hook.
func (h *Caller) hookRequest(m store.Minting, p store.Plan, d hookanswer.Minting) hookRequest {
	r := hookRequest{
		EventID: wire.RandomWord(22), EventTime: wire.Stamp(h.store.Now()), EventType: store.TokenHookType, EventTypeVersion: "1.0",
		ContentType: "application/json", CloudEventVersion: "0.1", Source: p.Issuer + "/v1/" + m.Origin.Endpoint,
	}
	c := &r.Data.Context
	c.Request = hookHTTPRequest{ID: m.Origin.RequestID, Method: m.Origin.Method, IPAddress: m.Origin.IP}
	c.Request.URL.Value = m.Origin.URL
	c.Protocol.Type, c.Protocol.Request, c.Protocol.Original = "OAUTH2.0", m.Request, m.Original
	c.Protocol.Issuer.URI = p.Issuer
	c.Protocol.Client.ID, c.Protocol.Client.Name, c.Protocol.Client.Type = p.Client.ID, p.Client.Name, "CONFIDENTIAL"
	if p.Client.Public() {
		c.Protocol.Client.Type = "PUBLIC"
	}
	c.Policy.ID, c.Policy.Rule.ID = p.PolicyID, p.Rule.ID
	if m.Session != nil {
		c.Session = h.Session(*m.Session, p.User)
	}
	if m.UserID != "" {
		c.User = h.hookUser(p.User)
	}
	if m.RefreshJTI != "" {
		r.Data.Refresh = &store.HookTokenRef{JTI: m.RefreshJTI}
	}
	r.Data.Identity = newHookToken(d.Identity)
	if r.Data.Access = newHookToken(d.Access); r.Data.Access != nil {
		r.Data.Access.Scopes = make(map[string]hookScope, len(m.Scopes))
		for _, s := range m.Scopes {
			r.Data.Access.Scopes[s] = hookScope{ID: p.ScopeIDs[s], Action: "GRANT"}
		}
	}
	return r
}

func newHookToken(t *hookanswer.Token) *hookToken {
	if t == nil {
		return nil
	}
	token := &hookToken{Claims: maps.Clone(t.Claims)}
	token.Token.Lifetime.Expiration = t.Lifetime
	return token
}

// Session shows s, the session of u.
func (h *Caller) Session(s store.Session, u store.User) *Session {
	shown := &Session{
		ID: s.ID, UserID: s.UserID, Login: u.Login(), CreatedAt: wire.Stamp(s.Created), ExpiresAt: wire.Stamp(s.Expires), Status: "ACTIVE",
		AMR: store.HookAMR(s.Method.AMR),
	}
	for _, value := range s.Method.AMR {
		shown.MFAActive = shown.MFAActive || value == "mfa"
		if value == "pwd" {
			verified := wire.Stamp(s.AuthTime)
			shown.LastPasswordVerification = &verified
		}
	}
	shown.IDP.ID, shown.IDP.Type = h.store.IDPID(s.Method.IDPType), s.Method.IDPType
	return shown
}

func (h *Caller) hookUser(u store.User) *hookUser {
	base := h.store.URL() + "/api/v1/users/" + url.PathEscape(u.ID)
	return &hookUser{
		ID: u.ID, PasswordChanged: u.PasswordChanged,
		Profile: map[string]string{
			"login": u.Login(), "firstName": u.Text("firstName"), "lastName": u.Text("lastName"),
			"locale": u.Text("locale"), "timeZone": u.Text("timezone"),
		},
		Links: wire.Links{"groups": {Href: base + "/groups"}, "factors": {Href: base + "/factors"}},
	}
}
