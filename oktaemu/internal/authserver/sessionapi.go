package authserver

import (
	"net/http"

	"pschook/oktaemu/internal/hookcall"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// serveSession shows, refreshes or ends the session of the browser that asks (Okta developer docs, reference/api/sessions,
// "Current session"). Without one it is not found.
func (srv *Server) serveSession(w http.ResponseWriter, r *http.Request) {
	s, u, fault := sessionOf(srv.store, r)
	if fault != nil {
		wire.WriteAPIError(w, fault)
		return
	}
	wire.NoStore(w)
	if r.Method == http.MethodDelete {
		srv.dropCookie(w)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	self := srv.store.URL() + "/api/v1/sessions/me"
	wire.WriteJSON(w, http.StatusOK, struct {
		*hookcall.Session
		Links wire.Links `json:"_links"`
	}{srv.hooks.Session(s, u), wire.Links{
		"self":    {Href: self, Hints: wire.Allow("GET", "DELETE")},
		"refresh": {Href: self + "/lifecycle/refresh", Hints: wire.Allow("POST")},
		"user":    {Href: srv.store.URL() + "/api/v1/users/me", Hints: wire.Allow("GET")},
	}})
}

// sessionOf finds the browser's session and applies the method to it: DELETE ends it, POST renews
// it.
func sessionOf(all *store.Store, r *http.Request) (s store.Session, u store.User, fault *wire.APIError) {
	all.Do(func(st *store.State) {
		var ok bool
		if s, ok = browserSession(st, r); !ok {
			fault = wire.ErrNotFound("Session", "me")
			return
		}
		u, _ = st.Users.Get(s.UserID)
		switch r.Method {
		case http.MethodDelete:
			st.Sessions.Delete(s.ID)
		case http.MethodPost:
			s.Expires = st.Now().Add(sessionLife)
			st.Sessions.Put(st.Now(), s.ID, s, s.Expires)
		}
	})
	return s, u, fault
}

// serveSessionRedirect exchanges a session token for a browser session, and redirects to a page of
// an app or of the org (Okta developer docs, guides/session-cookie).
func (srv *Server) serveSessionRedirect(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	target := query.Get("redirectUrl")
	var s store.Session
	var opened, trusted bool
	srv.store.Do(func(st *store.State) {
		if origin := store.OriginOf(target); origin != st.URL && (origin == "" || origin != st.CustomURL) && !st.Trusts(origin) {
			return
		}
		trusted = true
		if s, opened = st.SessionTokens.Take(st.Now(), query.Get("token")); opened {
			st.Sessions.Put(st.Now(), s.ID, s, s.Expires)
		}
	})
	switch {
	case !trusted:
		srv.servePageError(w, r, http.StatusBadRequest, "the 'redirectUrl' is not at the origin of a redirect URI of an app")
	case !opened:
		srv.servePageError(w, r, http.StatusForbidden, "the session token is unknown, was used already, or is too old")
	default:
		srv.setCookie(w, s.ID, 0)
		http.Redirect(w, r, target, http.StatusFound) //nolint:gosec // at the org's origin, or at one that it trusts
	}
}
