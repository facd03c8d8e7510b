package oktaemu

import (
	"maps"
	"net/url"

	"pschook/oktaemu/internal/hookanswer"
)

// hookRequest is what Okta posts to a token hook (Okta Management API, schema
// TokenRequest; Okta developer docs, guides/token-inline-hook).
type hookRequest struct {
	EventID           string   `json:"eventId"`
	EventTime         stamp    `json:"eventTime"`
	EventType         string   `json:"eventType"`
	EventTypeVersion  string   `json:"eventTypeVersion"`
	ContentType       string   `json:"contentType"`
	CloudEventVersion string   `json:"cloudEventVersion"`
	Source            string   `json:"source"`
	Data              hookData `json:"data"`
}

type hookData struct {
	Context  hookContext   `json:"context"`
	Identity *hookToken    `json:"identity,omitempty"` // only when an ID token is minted
	Access   *hookToken    `json:"access,omitempty"`   // only when an access token is minted
	Refresh  *hookTokenRef `json:"refresh_token,omitempty"`
}

type hookTokenRef struct {
	JTI string `json:"jti"`
}

type hookContext struct {
	Request  hookHTTPRequest `json:"request"`
	Protocol hookProtocol    `json:"protocol"`
	Session  *hookSession    `json:"session,omitempty"` // only with a browser session
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
	Type     string          `json:"type"`
	Request  protocolRequest `json:"request"`
	Original *originalGrant  `json:"OriginalGrant,omitempty"` // on refresh; the schema's spelling
	Issuer   struct {
		URI string `json:"uri"`
	} `json:"issuer"`
	Client struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Type string `json:"type"` // PUBLIC, CONFIDENTIAL
	} `json:"client"`
}

// protocolRequest is an OAuth request as hooks see it.
type protocolRequest struct {
	Scope        string `json:"scope,omitempty"`
	State        string `json:"state,omitempty"`
	RedirectURI  string `json:"redirect_uri,omitempty"`
	ResponseMode string `json:"response_mode,omitempty"`
	ResponseType string `json:"response_type,omitempty"`
	ClientID     string `json:"client_id,omitempty"`
	GrantType    string `json:"grant_type,omitempty"`
}

// originalGrant is the grant that a refresh token goes back to.
type originalGrant struct {
	Authorization protocolRequest `json:"authorization"`
	RefreshToken  hookTokenRef    `json:"refresh_token"`
}

type hookSession struct {
	ID                       string   `json:"id"`
	UserID                   string   `json:"userId"`
	Login                    string   `json:"login"`
	CreatedAt                stamp    `json:"createdAt"`
	ExpiresAt                stamp    `json:"expiresAt"`
	Status                   string   `json:"status"`
	LastPasswordVerification *stamp   `json:"lastPasswordVerification,omitempty"`
	AMR                      []string `json:"amr"` // in the spelling of sessions, not of RFC 8176
	IDP                      struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	} `json:"idp"`
	MFAActive bool `json:"mfaActive"`
}

type hookUser struct {
	ID              string            `json:"id"`
	PasswordChanged stamp             `json:"passwordChanged"`
	Profile         map[string]string `json:"profile"`
	Links           apiLink           `json:"_links"`
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
func (o *Org) hookRequest(m minting, p mintPlan, d hookanswer.Minting) hookRequest {
	r := hookRequest{
		EventID: randomWord(22), EventTime: stamp(o.now()), EventType: TokenHookType, EventTypeVersion: "1.0",
		ContentType: "application/json", CloudEventVersion: "0.1", Source: o.issuer(m.asID) + "/v1/" + m.origin.endpoint,
	}
	c := &r.Data.Context
	c.Request = hookHTTPRequest{ID: m.origin.requestID, Method: m.origin.method, IPAddress: m.origin.ip}
	c.Request.URL.Value = m.origin.url
	c.Protocol.Type, c.Protocol.Request, c.Protocol.Original = "OAUTH2.0", m.request, m.original
	c.Protocol.Issuer.URI = o.issuer(m.asID)
	c.Protocol.Client.ID, c.Protocol.Client.Name, c.Protocol.Client.Type = p.client.id, p.client.name, "CONFIDENTIAL"
	if p.client.public() {
		c.Protocol.Client.Type = "PUBLIC"
	}
	c.Policy.ID, c.Policy.Rule.ID = p.policyID, p.rule.ID
	if m.session != nil {
		c.Session = o.hookSession(*m.session, p.user)
	}
	if m.userID != "" {
		c.User = o.hookUser(p.user)
	}
	if m.refreshJTI != "" {
		r.Data.Refresh = &hookTokenRef{m.refreshJTI}
	}
	r.Data.Identity = newHookToken(d.Identity)
	if r.Data.Access = newHookToken(d.Access); r.Data.Access != nil {
		r.Data.Access.Scopes = make(map[string]hookScope, len(m.scopes))
		for _, s := range m.scopes {
			r.Data.Access.Scopes[s] = hookScope{ID: p.scopeIDs[s], Action: "GRANT"}
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

func (o *Org) hookSession(s session, u user) *hookSession {
	h := &hookSession{
		ID: s.id, UserID: s.userID, Login: u.login(), CreatedAt: stamp(s.created), ExpiresAt: stamp(s.expires), Status: "ACTIVE",
		AMR: hookAMR(s.method.amr),
	}
	for _, value := range s.method.amr {
		h.MFAActive = h.MFAActive || value == "mfa"
		if value == "pwd" {
			verified := stamp(s.authTime)
			h.LastPasswordVerification = &verified
		}
	}
	h.IDP.ID, h.IDP.Type = o.idpID(s.method.idpType), s.method.idpType
	return h
}

func (o *Org) hookUser(u user) *hookUser {
	base := o.url + "/api/v1/users/" + url.PathEscape(u.ID)
	return &hookUser{
		ID: u.ID, PasswordChanged: u.PasswordChanged,
		Profile: map[string]string{
			"login": u.login(), "firstName": u.text("firstName"), "lastName": u.text("lastName"),
			"locale": u.text("locale"), "timeZone": u.text("timezone"),
		},
		Links: apiLink{"groups": {Href: base + "/groups"}, "factors": {Href: base + "/factors"}},
	}
}
