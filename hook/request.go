package hook

import (
	"strings"
	"time"

	"pschook/commands"
)

// Path is the path that Okta must send its calls to.
const Path = "/hooks/okta/token"

// EventType is the event type of a token inline hook.
const EventType = "com.okta.oauth2.tokens.transform"

// Request holds what the service reads from Okta's call (Okta developer docs,
// reference/token-hook). Okta sends much more. Its schema requires nothing, so unknown members are
// ignored and every field may be empty. null and "" count as absent. members.go says how each
// member is read and within which bounds.
type Request struct {
	EventID   string `json:"eventId"`
	EventTime string `json:"eventTime"`
	EventType string `json:"eventType"`
	Source    string `json:"source"` // URL of the endpoint that was minting
	Data      *Data  `json:"data"`

	// Renewal says that some other member, at any level down to the OAuth request, suggests that an
	// earlier grant is being renewed; see [speaksOfRenewal].
	Renewal bool `json:"-"`
}

// Data is the event's payload.
type Data struct {
	Context  Context        `json:"context"`
	Identity *IdentityToken `json:"identity"` // nil when no ID token is minted
	Access   *AccessToken   `json:"access"`   // nil when no access token is minted

	RefreshToken bool `json:"-"` // there is a refresh_token, whatever it holds
}

// Context says who asked for the tokens, and from where.
type Context struct {
	Request  ContextRequest `json:"request"`
	Protocol Protocol       `json:"protocol"`
	Session  Session        `json:"session"` // empty without a browser session, as for refresh and client credentials
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

// Session is the person's browser session at Okta.
type Session struct {
	UserID    string   `json:"userId"`
	Status    string   `json:"status"`
	ExpiresAt string   `json:"expiresAt"`
	AMR       []string `json:"amr"` // hook spelling, such as PASSWORD
	IDP       IDP      `json:"idp"`
}

// IDP is the identity provider where the session began.
type IDP struct {
	ID   string `json:"id"`   // the org's id where Type is OKTA
	Type string `json:"type"` // OKTA, X509, …
}

// User is the user whom the session names; see [commands.Facts].
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
	IDP string   `json:"idp"` // the org's id where no other identity provider was used
	AMR []string `json:"amr"` // RFC 8176 spelling
}

// AccessToken is the access token that is being minted.
type AccessToken struct {
	Claims AccessClaims `json:"claims"`
}

// AccessClaims are the access token's claims. Its sub is left out on purpose: it is a login, which
// can change, and must never become oid.
type AccessClaims struct {
	UID string `json:"uid"` // Okta user id
	CID string `json:"cid"` // client id
	Iss string `json:"iss"`
	JTI string `json:"jti"`
}

// Facts returns the facts for the decision, without the org id.
func (r *Request) Facts() commands.Facts {
	ctx := &r.Data.Context
	session, request := &ctx.Session, &ctx.Protocol.Request
	f := commands.Facts{
		ContextUserID: ctx.User.ID,
		GrantType:     request.GrantType, ResponseType: request.ResponseType,
		Renewal: r.Renewal, RefreshToken: r.Data.RefreshToken,
		Session: commands.Session{UserID: session.UserID, Status: session.Status, AMR: session.AMR},
	}
	if id := r.Data.Identity; id != nil {
		f.IDToken, f.IdentitySub, f.IdentityAMR = true, id.Claims.Sub, id.Claims.AMR
	}
	if access := r.Data.Access; access != nil {
		f.AccessToken, f.AccessUID = true, access.Claims.UID
	}
	if f.IdentityAMR == nil { // else the session does not count
		f.Session.Unexpired = before(r.EventTime, session.ExpiresAt)
	}
	return f
}

// before reports whether a and b are both times (RFC 3339) and a comes before b.
func before(a, b string) bool {
	from, err := time.Parse(time.RFC3339, a)
	if err != nil {
		return false
	}
	to, err := time.Parse(time.RFC3339, b)
	return err == nil && from.Before(to)
}

// named is a value that a call states, with its place.
type named struct{ location, value string }

// issuers returns the places where a call names the issuer of the tokens. source is the URL of the
// endpoint that was minting; it begins with the issuer's URL.
func (r *Request) issuers() [4]named {
	source, _, _ := strings.Cut(r.Source, "?")
	all := [...]named{{"data.context.protocol.issuer.uri", r.Data.Context.Protocol.Issuer.URI}, {"source", source}, {"data.identity.claims.iss", ""}, {"data.access.claims.iss", ""}}
	if r.Data.Identity != nil {
		all[2].value = r.Data.Identity.Claims.Iss
	}
	if r.Data.Access != nil {
		all[3].value = r.Data.Access.Claims.Iss
	}
	return all
}

// clients returns the places where a call names the client that asked for the tokens.
func (r *Request) clients() [3]named {
	p := &r.Data.Context.Protocol
	all := [...]named{{"data.context.protocol.client.id", p.Client.ID}, {"data.context.protocol.request.client_id", p.Request.ClientID}, {"data.access.claims.cid", ""}}
	if r.Data.Access != nil {
		all[2].value = r.Data.Access.Claims.CID
	}
	return all
}

// ClientID returns the OAuth client that asked for the tokens, "" when the call
// does not say.
func (r *Request) ClientID() string {
	for _, c := range r.clients() {
		if c.value != "" {
			return c.value
		}
	}
	return ""
}

// orgIDs returns the ids that the call states for the org itself, or for an identity provider in
// the same place; "" where it states none. [isOrgID] tells which of them are ids of orgs.
func (r *Request) orgIDs() (all [2]string) {
	if idp := &r.Data.Context.Session.IDP; idp.Type == "OKTA" {
		all[0] = idp.ID
	}
	if t := r.Data.Identity; t != nil {
		all[1] = t.Claims.IDP
	}
	return all
}

// isOrgID reports whether s looks like the id of an Okta org. Ids of other identity providers, also
// of smart cards, do not begin with 00o.
func isOrgID(s string) bool { return strings.HasPrefix(s, "00o") && len(s) <= maxIDBytes && isID(s) }

// checkClient refuses a call that names two clients, because it is not known which of them gets the
// tokens.
func (r *Request) checkClient() error {
	var first named
	for _, c := range r.clients() {
		switch {
		case c.value == "" || c.value == first.value:
		case first.value == "":
			first = c
		default:
			return &MalformedError{Reason: "CONTRADICTION", Location: c.location, Detail: "contradicts " + first.location + ": they name different clients"}
		}
	}
	return nil
}
