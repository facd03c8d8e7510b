package oktaemu

import (
	"net/http"
	"slices"
	"time"
)

// The lives of short-lived values. Okta's defaults: two hours for a session,
// five minutes for an authorization code and a session token.
const (
	sessionLife       = 2 * time.Hour
	sessionTokenLife  = 5 * time.Minute
	codeLife          = 5 * time.Minute
	authorizationLife = time.Hour // how long a sign-in page stays usable
)

// sessionCookie is the name of Okta's session cookie.
const sessionCookie = "sid"

// session is a browser's sign-in.
type session struct {
	id       string
	userID   string
	created  time.Time
	expires  time.Time
	authTime time.Time
	method   method
}

// newSession signs u in by its method. The caller holds the lock.
func (o *Org) newSession(u user) session {
	now := o.now()
	signedIn := stamp(now)
	u.LastLogin = &signedIn
	o.state.users.put(u.ID, u)
	return session{
		id: "102" + randomWord(22), userID: u.ID, created: now, expires: now.Add(sessionLife), authTime: now, method: u.method,
	}
}

// openSession remembers s and gives it to the browser. The caller holds the lock.
func (o *Org) openSession(w http.ResponseWriter, s session) {
	o.state.sessions.put(o.now(), s.id, s, s.expires)
	o.setCookie(w, s.id, 0)
}

// browserSession returns the session of r's cookie, if its user may still sign in.
// The caller holds the lock.
func (o *Org) browserSession(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, false
	}
	s, ok := o.state.sessions.get(o.now(), cookie.Value)
	if !ok {
		return session{}, false
	}
	u, ok := o.state.users.get(s.userID)
	return s, ok && u.Status == "ACTIVE"
}

// authenticate checks a login and a password. The caller holds the lock.
func (o *Org) authenticate(login, password string) (user, bool) {
	u, ok := o.state.userByLogin(login)
	if !ok || u.Status != "ACTIVE" || !u.checkPassword(password) {
		return user{}, false
	}
	return u, true
}

// serveSignOut ends the browser's session (Okta's /login/signout) and goes to
// fromURI if that is one of the org's own pages or an app's logout URI.
func (o *Org) serveSignOut(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		o.state.sessions.delete(cookie.Value)
	}
	target := r.URL.Query().Get("fromURI")
	_, known := o.state.apps.find(func(a app) bool { return slices.Contains(a.client.PostLogoutURIs, target) })
	o.mu.Unlock()
	o.dropCookie(w)
	if !known {
		target = o.url + "/"
	}
	http.Redirect(w, r, target, http.StatusFound) //nolint:gosec // a registered logout URI, or our own page
}

func (o *Org) dropCookie(w http.ResponseWriter) { o.setCookie(w, "", -1) }

// setCookie sets the session cookie; maxAge as in [http.Cookie].
func (o *Org) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever the org is reached by https
		Name: sessionCookie, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: o.secure(), SameSite: http.SameSiteLaxMode,
	})
}
