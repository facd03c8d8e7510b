package hook

import "bytes"

// This file says how each object of a call is read: its members, their types and their bounds. The
// names are those of the json tags.

func (r *Request) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "eventId":
		return s.id(at, &r.EventID)
	case "eventTime":
		return s.hint(at, &r.EventTime)
	case "eventType":
		return s.text(at, &r.EventType, maxTextBytes)
	case "source":
		return s.text(at, &r.Source, maxURLBytes)
	case "data":
		return pointed(s, at, &r.Data, &s.decoder.data)
	case "eventTypeVersion", "cloudEventVersion", "contentType":
		return s.skip(at)
	}
	return s.other(name, at)
}

func (d *Data) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "context":
		return s.object(at, &d.Context)
	case "identity":
		return pointed(s, at, &d.Identity, &s.decoder.identity)
	case "access":
		return pointed(s, at, &d.Access, &s.decoder.access)
	case "refresh_token":
		d.RefreshToken = true
		return s.skip(at)
	}
	return s.other(name, at)
}

func (c *Context) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "request":
		return s.object(at, &c.Request)
	case "protocol":
		return s.object(at, &c.Protocol)
	case "session":
		return s.object(at, &c.Session)
	case "user":
		return s.object(at, &c.User)
	case "policy":
		return s.skip(at)
	}
	return s.other(name, at)
}

func (r *ContextRequest) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "id":
		return s.requestID(at, &r.ID)
	case "method", "url", "value", "ipAddress":
		return s.skip(at)
	}
	return s.other(name, at)
}

func (p *Protocol) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "request":
		return s.object(at, &p.Request)
	case "issuer":
		return s.object(at, &p.Issuer)
	case "client":
		return s.object(at, &p.Client)
	case "type":
		return s.skip(at)
	}
	return s.other(name, at)
}

func (r *ProtocolRequest) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "client_id":
		return s.id(at, &r.ClientID)
	case "grant_type":
		return s.text(at, &r.GrantType, maxTextBytes)
	case "response_type":
		return s.hint(at, &r.ResponseType)
	case "scope", "state", "redirect_uri", "response_mode":
		return s.skip(at)
	}
	return s.other(name, at)
}

func (i *Issuer) member(name []byte, s *scan, at int) int {
	if string(name) == "uri" {
		return s.text(at, &i.URI, maxURLBytes)
	}
	return s.skip(at)
}

func (c *Client) member(name []byte, s *scan, at int) int {
	if string(name) == "id" {
		return s.id(at, &c.ID)
	}
	return s.skip(at)
}

func (x *Session) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "userId":
		return s.id(at, &x.UserID)
	case "status":
		return s.hint(at, &x.Status)
	case "expiresAt":
		return s.hint(at, &x.ExpiresAt)
	case "amr":
		return s.list(at, &x.AMR)
	case "idp":
		return s.looseObject(at, &x.IDP)
	}
	return s.skip(at)
}

func (i *IDP) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "id":
		return s.hint(at, &i.ID)
	case "type":
		return s.hint(at, &i.Type)
	}
	return s.skip(at)
}

func (u *User) member(name []byte, s *scan, at int) int {
	if string(name) == "id" {
		return s.id(at, &u.ID)
	}
	return s.skip(at)
}

func (t *IdentityToken) member(name []byte, s *scan, at int) int {
	if string(name) == "claims" {
		return s.object(at, &t.Claims)
	}
	return s.skip(at)
}

func (c *IdentityClaims) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "sub":
		return s.id(at, &c.Sub)
	case "iss":
		return s.text(at, &c.Iss, maxURLBytes)
	case "jti":
		return s.text(at, &c.JTI, maxTextBytes)
	case "idp":
		return s.hint(at, &c.IDP)
	case "amr":
		return s.list(at, &c.AMR)
	}
	return s.skip(at)
}

func (t *AccessToken) member(name []byte, s *scan, at int) int {
	if string(name) == "claims" {
		return s.object(at, &t.Claims)
	}
	return s.skip(at)
}

func (c *AccessClaims) member(name []byte, s *scan, at int) int {
	switch string(name) {
	case "uid":
		return s.id(at, &c.UID)
	case "cid":
		return s.id(at, &c.CID)
	case "iss":
		return s.text(at, &c.Iss, maxURLBytes)
	case "jti":
		return s.text(at, &c.JTI, maxTextBytes)
	}
	return s.skip(at)
}

// other skips a member that this service does not know. It notes a renewal if the name suggests
// one, because Okta's schema and its calls spell that member differently.
func (s *scan) other(name []byte, at int) int {
	s.decoder.request.Renewal = s.decoder.request.Renewal || speaksOfRenewal(name)
	return s.skip(at)
}

// speaksOfRenewal reports whether a member's name, in any spelling, may mean that an earlier grant
// is being renewed. A name with characters outside ASCII may mean anything, so it counts too.
func speaksOfRenewal(name []byte) bool {
	var stack [32]byte // large enough for most names, so that nothing is allocated
	folded := stack[:0]
	for _, c := range name {
		switch {
		case 'a' <= c && c <= 'z':
			folded = append(folded, c)
		case 'A' <= c && c <= 'Z':
			folded = append(folded, c|0x20)
		case c <= ' ' || c > '~' || c == '\\': // a backslash begins an escape
			return true
		}
	}
	for _, word := range [...]string{"grant", "refresh", "renew", "original"} {
		if bytes.Contains(folded, []byte(word)) {
			return true
		}
	}
	return false
}
