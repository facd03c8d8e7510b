package hook

// The members that a scan reads, object by object: the same as the json tags name.

func (r *Request) member(name []byte, s *scan) bool {
	switch string(name) {
	case "eventId":
		return s.text(&r.EventID)
	case "eventType":
		return s.text(&r.EventType)
	case "source":
		return s.text(&r.Source)
	case "data":
		return pointed(s, &r.Data, &s.room.data)
	}
	return s.skip()
}

func (d *Data) member(name []byte, s *scan) bool {
	switch string(name) {
	case "context":
		return s.object(&d.Context)
	case "identity":
		return pointed(s, &d.Identity, &s.room.identity)
	case "access":
		return pointed(s, &d.Access, &s.room.access)
	}
	return s.skip()
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
	}
	return s.skip()
}

func (r *ContextRequest) member(name []byte, s *scan) bool {
	if string(name) == "id" {
		return s.text(&r.ID)
	}
	return s.skip()
}

func (p *Protocol) member(name []byte, s *scan) bool {
	switch string(name) {
	case "request":
		return s.object(&p.Request)
	case "issuer":
		return s.object(&p.Issuer)
	case "client":
		return s.object(&p.Client)
	case "OriginalGrant":
		return pointed(s, &p.OriginalGrant, new(Grant))
	case "originalGrant":
		return pointed(s, &p.OriginalGrantLower, new(Grant))
	}
	return s.skip()
}

func (r *ProtocolRequest) member(name []byte, s *scan) bool {
	switch string(name) {
	case "client_id":
		return s.text(&r.ClientID)
	case "grant_type":
		return s.text(&r.GrantType)
	}
	return s.skip()
}

func (i *Issuer) member(name []byte, s *scan) bool {
	if string(name) == "uri" {
		return s.text(&i.URI)
	}
	return s.skip()
}

func (c *Client) member(name []byte, s *scan) bool {
	if string(name) == "id" {
		return s.text(&c.ID)
	}
	return s.skip()
}

func (x *Session) member(name []byte, s *scan) bool {
	switch string(name) {
	case "userId":
		return s.text(&x.UserID)
	case "amr":
		return s.list(&x.AMR)
	}
	return s.skip()
}

func (u *User) member(name []byte, s *scan) bool {
	if string(name) == "id" {
		return s.text(&u.ID)
	}
	return s.skip()
}

func (*Grant) member(_ []byte, s *scan) bool { return s.skip() }

func (t *IdentityToken) member(name []byte, s *scan) bool {
	if string(name) == "claims" {
		return s.object(&t.Claims)
	}
	return s.skip()
}

func (c *IdentityClaims) member(name []byte, s *scan) bool {
	switch string(name) {
	case "sub":
		return s.text(&c.Sub)
	case "iss":
		return s.text(&c.Iss)
	case "jti":
		return s.text(&c.JTI)
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
		return s.text(&c.UID)
	case "cid":
		return s.text(&c.CID)
	case "iss":
		return s.text(&c.Iss)
	case "jti":
		return s.text(&c.JTI)
	}
	return s.skip()
}
