package hook

import "bytes"

// This file says how each object of a call is read: its members, their types and their bounds. The
// names are those of the json tags.

func (r *Request) member(name []byte, s *scan) bool {
	switch string(name) {
	case "eventId":
		return s.id(&r.EventID)
	case "eventTime":
		return s.hint(&r.EventTime)
	case "eventType":
		return s.text(&r.EventType, maxTextBytes)
	case "source":
		return s.text(&r.Source, maxURLBytes)
	case "data":
		return pointed(s, &r.Data, &s.room.data)
	case "eventTypeVersion", "cloudEventVersion", "contentType":
		return s.skip()
	}
	return s.other(name)
}

func (d *Data) member(name []byte, s *scan) bool {
	switch string(name) {
	case "context":
		return s.object(&d.Context)
	case "identity":
		return pointed(s, &d.Identity, &s.room.identity)
	case "access":
		return pointed(s, &d.Access, &s.room.access)
	case "refresh_token":
		d.RefreshToken = true
		return s.skip()
	}
	return s.other(name)
}

func (c *Context) member(name []byte, s *scan) bool {
	switch string(name) {
	case "request":
		return s.object(&c.Request)
	case "protocol":
		return s.object(&c.Protocol)
	case "session":
		return s.object(&c.Session)
	case "user":
		return s.object(&c.User)
	case "policy":
		return s.skip()
	}
	return s.other(name)
}

func (r *ContextRequest) member(name []byte, s *scan) bool {
	switch string(name) {
	case "id":
		return s.requestID(&r.ID)
	case "method", "url", "value", "ipAddress":
		return s.skip()
	}
	return s.other(name)
}

func (p *Protocol) member(name []byte, s *scan) bool {
	switch string(name) {
	case "request":
		return s.object(&p.Request)
	case "issuer":
		return s.object(&p.Issuer)
	case "client":
		return s.object(&p.Client)
	case "type":
		return s.skip()
	}
	return s.other(name)
}

func (r *ProtocolRequest) member(name []byte, s *scan) bool {
	switch string(name) {
	case "client_id":
		return s.id(&r.ClientID)
	case "grant_type":
		return s.text(&r.GrantType, maxTextBytes)
	case "response_type":
		return s.hint(&r.ResponseType)
	case "scope", "state", "redirect_uri", "response_mode":
		return s.skip()
	}
	return s.other(name)
}

func (i *Issuer) member(name []byte, s *scan) bool {
	if string(name) == "uri" {
		return s.text(&i.URI, maxURLBytes)
	}
	return s.skip()
}

func (c *Client) member(name []byte, s *scan) bool {
	if string(name) == "id" {
		return s.id(&c.ID)
	}
	return s.skip()
}

func (x *Session) member(name []byte, s *scan) bool {
	switch string(name) {
	case "userId":
		return s.id(&x.UserID)
	case "status":
		return s.hint(&x.Status)
	case "expiresAt":
		return s.hint(&x.ExpiresAt)
	case "amr":
		return s.list(&x.AMR)
	case "idp":
		return s.looseObject(&x.IDP)
	}
	return s.skip()
}

func (i *IDP) member(name []byte, s *scan) bool {
	switch string(name) {
	case "id":
		return s.hint(&i.ID)
	case "type":
		return s.hint(&i.Type)
	}
	return s.skip()
}

func (u *User) member(name []byte, s *scan) bool {
	if string(name) == "id" {
		return s.id(&u.ID)
	}
	return s.skip()
}

func (t *IdentityToken) member(name []byte, s *scan) bool {
	if string(name) == "claims" {
		return s.object(&t.Claims)
	}
	return s.skip()
}

func (c *IdentityClaims) member(name []byte, s *scan) bool {
	switch string(name) {
	case "sub":
		return s.id(&c.Sub)
	case "iss":
		return s.text(&c.Iss, maxURLBytes)
	case "jti":
		return s.text(&c.JTI, maxTextBytes)
	case "idp":
		return s.hint(&c.IDP)
	case "amr":
		return s.list(&c.AMR)
	}
	return s.skip()
}

func (t *AccessToken) member(name []byte, s *scan) bool {
	if string(name) == "claims" {
		return s.object(&t.Claims)
	}
	return s.skip()
}

func (c *AccessClaims) member(name []byte, s *scan) bool {
	switch string(name) {
	case "uid":
		return s.id(&c.UID)
	case "cid":
		return s.id(&c.CID)
	case "iss":
		return s.text(&c.Iss, maxURLBytes)
	case "jti":
		return s.text(&c.JTI, maxTextBytes)
	}
	return s.skip()
}

// other skips a member that this service does not know. It notes a renewal if the name suggests
// one, because Okta's schema and its calls spell that member differently.
func (s *scan) other(name []byte) bool {
	s.room.request.Renewal = s.room.request.Renewal || speaksOfRenewal(name)
	return s.skip()
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
