package management

import (
	"net/http"
	"time"

	"pschook/oktaemu/internal/hookcall"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// sessionLife is how long a session lasts that is refreshed: Okta's default.
const sessionLife = 2 * time.Hour

// sessionRoutes are the sessions of all browsers, by id. That of the browser that asks is at sessions/me.
func (api *API) sessionRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/sessions", "okta.sessions.read", "okta.sessions.manage"
	api.handle(mux, "POST "+base, manage, (*call).createSession)
	api.handle(mux, "GET "+base+"/{session}", read, (*call).readSession)
	api.handle(mux, "DELETE "+base+"/{session}", manage, (*call).endSession)
	api.handle(mux, "POST "+base+"/{session}/lifecycle/refresh", manage, (*call).refreshSession)
}

func (c *call) sessionJSON(s store.Session, u store.User) any {
	self := c.URL + "/api/v1/sessions/" + s.ID
	return struct {
		*hookcall.Session
		Links wire.Links `json:"_links"`
	}{c.api.hooks.Session(s, u), wire.Links{
		"self":    {Href: self, Hints: wire.Allow("GET", "DELETE")},
		"refresh": {Href: self + "/lifecycle/refresh", Hints: wire.Allow("POST")},
		"user":    {Href: c.URL + "/api/v1/users/" + u.ID, Hints: wire.Allow("GET")},
	}}
}

// createSession turns a session token, which serves once, into a session.
func (c *call) createSession() (answer, *wire.APIError) {
	var in struct{ SessionToken string }
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	s, opened := c.SessionTokens.Take(c.Now(), in.SessionToken)
	if !opened {
		return answer{}, wire.ErrAuthentication()
	}
	return c.keepSession(s)
}

func (c *call) keepSession(s store.Session) (answer, *wire.APIError) {
	c.Sessions.Put(c.Now(), s.ID, s, s.Expires)
	u, _ := c.Users.Get(s.UserID)
	return ok(c.sessionJSON(s, u)), nil
}

func (c *call) findSession() (store.Session, store.User, *wire.APIError) {
	id := c.r.PathValue("session")
	s, u, there := c.Session(id)
	if !there {
		return s, u, wire.ErrNotFound("Session", id)
	}
	return s, u, nil
}

func (c *call) readSession() (answer, *wire.APIError) {
	s, u, fault := c.findSession()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.sessionJSON(s, u)), nil
}

func (c *call) endSession() (answer, *wire.APIError) {
	s, _, fault := c.findSession()
	if fault != nil {
		return answer{}, fault
	}
	c.Sessions.Delete(s.ID)
	return noContent(), nil
}

func (c *call) refreshSession() (answer, *wire.APIError) {
	s, _, fault := c.findSession()
	if fault != nil {
		return answer{}, fault
	}
	s.Expires = c.Now().Add(sessionLife)
	return c.keepSession(s)
}
