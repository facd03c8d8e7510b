package hook

import (
	"time"

	"pschook/commands"
)

// Path is where Okta is told to send its calls.
const Path = "/hooks/okta/token"

// EventType is the event type of a token inline hook.
const EventType = "com.okta.oauth2.tokens.transform"

// Request is what the service reads of Okta's call (Okta developer docs,
// reference/token-hook). Okta sends much more, and nothing in its schema is
// required: unknown members are ignored and every field may be empty; null and ""
// are as good as absent. How each member is read, and within which bounds, is said
// in members.go.
type Request struct {
	EventID   string `json:"eventId"`
	EventTime string `json:"eventTime"`
	EventType string `json:"eventType"`
	Source    string `json:"source"` // URL of the endpoint that was minting
	Data      *Data  `json:"data"`

	// Renewal says that a member beside those named here, down to the OAuth request,
	// speaks of an earlier grant; see [speaksOfRenewal].
	Renewal bool `json:"-"`
}

// Data is the event's payload.
type Data struct {
	Context  Context        `json:"context"`
	Identity *IdentityToken `json:"identity"` // nil when no ID token is minted
	Access   *AccessToken   `json:"access"`   // nil when no access token is minted

	RefreshToken bool `json:"-"` // there is a refresh_token, whatever it holds
}

// Context says who asked for the tokens, and where.
type Context struct {
	Request  ContextRequest `json:"request"`
	Protocol Protocol       `json:"protocol"`
	Session  Session        `json:"session"` // empty for refresh, client credentials and others without a browser session
	User     User           `json:"user"`    // empty for client credentials
}

// ContextRequest is the request that the client sent to Okta.
type ContextRequest struct {
	ID string `json:"id"` // Okta's request id, as in X-Okta-Request-Id
}

// Protocol is the OAuth 2.0 request.
type Protocol struct {
	Request ProtocolRequest `json:"request"`
	Issuer  Issuer          `json:"issuer"`
	Client  Client          `json:"client"`
}

// ProtocolRequest holds the request's parameters.
type ProtocolRequest struct {
	ClientID     string `json:"client_id"`
	GrantType    string `json:"grant_type"`
	ResponseType string `json:"response_type"`
}

// Issuer is the authorization server that is minting.
type Issuer struct {
	URI string `json:"uri"`
}

// Client is the OAuth client.
type Client struct {
	ID string `json:"id"`
}

// Session is the browser session at Okta.
type Session struct {
	UserID    string   `json:"userId"`
	Status    string   `json:"status"`
	ExpiresAt string   `json:"expiresAt"`
	AMR       []string `json:"amr"` // hook spelling, such as PASSWORD
}

// User is the user according to the session; see [commands.Facts].
type User struct {
	ID string `json:"id"`
}

// IdentityToken is the ID token that is being minted.
type IdentityToken struct {
	Claims IdentityClaims `json:"claims"`
}

// IdentityClaims are the ID token's claims.
type IdentityClaims struct {
	Sub string   `json:"sub"` // Okta user id
	Iss string   `json:"iss"`
	JTI string   `json:"jti"`
	AMR []string `json:"amr"` // RFC 8176 spelling
}

// AccessToken is the access token that is being minted.
type AccessToken struct {
	Claims AccessClaims `json:"claims"`
}

// AccessClaims are the access token's claims. Its sub is left out on purpose: it is
// a login, which can change, and must never become oid.
type AccessClaims struct {
	UID string `json:"uid"` // Okta user id
	CID string `json:"cid"` // client id
	Iss string `json:"iss"`
	JTI string `json:"jti"`
}

// Facts returns what the decision is made of, the org id left open.
func (r *Request) Facts() commands.Facts {
	ctx := &r.Data.Context
	session, request := &ctx.Session, &ctx.Protocol.Request
	f := commands.Facts{
		ContextUserID: ctx.User.ID,
		GrantType:     request.GrantType, ResponseType: request.ResponseType,
		Renewal: r.Renewal, RefreshToken: r.Data.RefreshToken,
		Session: commands.Session{
			UserID: session.UserID, Status: session.Status, AMR: session.AMR, Unexpired: before(r.EventTime, session.ExpiresAt),
		},
	}
	if id := r.Data.Identity; id != nil {
		f.IDToken, f.IdentitySub, f.IdentityAMR = true, id.Claims.Sub, id.Claims.AMR
	}
	if access := r.Data.Access; access != nil {
		f.AccessToken, f.AccessUID = true, access.Claims.UID
	}
	return f
}

// before reports whether both are times (RFC 3339) and a comes before b.
func before(a, b string) bool {
	from, err := time.Parse(time.RFC3339, a)
	if err != nil {
		return false
	}
	to, err := time.Parse(time.RFC3339, b)
	return err == nil && from.Before(to)
}

// ClientID returns the OAuth client that asked for the tokens, "" when the call
// does not say.
func (r *Request) ClientID() string {
	p := &r.Data.Context.Protocol
	switch {
	case p.Client.ID != "":
		return p.Client.ID
	case p.Request.ClientID != "":
		return p.Request.ClientID
	case r.Data.Access != nil:
		return r.Data.Access.Claims.CID
	}
	return ""
}

// IssuerURI returns the issuer of the tokens and where in the call it was found:
// the protocol's issuer, else the endpoint that was minting, else a token's iss.
func (r *Request) IssuerURI() (uri, location string) {
	switch {
	case r.Data.Context.Protocol.Issuer.URI != "":
		return r.Data.Context.Protocol.Issuer.URI, "data.context.protocol.issuer.uri"
	case r.Source != "":
		return r.Source, "source"
	case r.Data.Identity != nil && r.Data.Identity.Claims.Iss != "":
		return r.Data.Identity.Claims.Iss, "data.identity.claims.iss"
	case r.Data.Access != nil && r.Data.Access.Claims.Iss != "":
		return r.Data.Access.Claims.Iss, "data.access.claims.iss"
	}
	return "", "data.context.protocol.issuer.uri"
}
