package authserver

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// The lives of short-lived values. Okta's defaults: two hours for a session,
// five minutes for an authorization code and a session token.
const (
	sessionLife       = 2 * time.Hour
	sessionTokenLife  = 5 * time.Minute
	codeLife          = 5 * time.Minute
	authorizationLife = time.Hour // how long a sign-in page stays usable
)

// newSession signs u in by its method.
func newSession(st *store.State, u store.User) store.Session {
	now := st.Now()
	signedIn := wire.Stamp(now)
	u.LastLogin = &signedIn
	st.Users.Put(u.ID, u)
	return store.Session{
		ID: "102" + wire.RandomWord(22), UserID: u.ID, Created: now, Expires: now.Add(sessionLife), AuthTime: now, Method: u.Method,
	}
}

// browserSession returns the session of r's cookie, if its user may still sign in.
func browserSession(st *store.State, r *http.Request) (store.Session, bool) {
	cookie, err := r.Cookie(store.SessionCookie)
	if err != nil {
		return store.Session{}, false
	}
	s, _, ok := st.Session(cookie.Value)
	return s, ok
}

// logSignIn writes a sign-in, or a failed one, to the System Log.
func logSignIn(st *store.State, origin wire.Origin, userID, clientID string, good bool) {
	outcome := store.LogOutcome{Result: "SUCCESS"}
	if !good {
		outcome = store.LogOutcome{Result: "FAILURE", Reason: "INVALID_CREDENTIALS"}
	}
	st.Log(store.Event{EventType: "user.session.start", DisplayMessage: "User login to Okta", Outcome: outcome}, origin, userID, clientID)
}

// authenticate checks a login and a password.
func authenticate(st *store.State, login, password string) (store.User, bool) {
	u, ok := st.UserByLogin(login)
	if !ok || u.Status != "ACTIVE" || !u.CheckPassword(password) {
		return store.User{}, false
	}
	return u, true
}

// serveSignOut ends the browser's session (Okta's /login/signout). It redirects to fromURI if that
// is one of the org's own pages or an app's logout URI.
func (srv *Server) serveSignOut(w http.ResponseWriter, r *http.Request) {
	target := r.URL.Query().Get("fromURI")
	var known bool
	srv.store.Do(func(st *store.State) {
		if cookie, err := r.Cookie(store.SessionCookie); err == nil {
			st.Sessions.Delete(cookie.Value)
		}
		_, known = st.Apps.Find(func(a store.App) bool { return slices.Contains(a.Client.PostLogoutURIs, target) })
	})
	srv.dropCookie(w)
	if !known {
		target = srv.store.URL() + "/"
	}
	http.Redirect(w, r, target, http.StatusFound) //nolint:gosec // a registered logout URI, or our own page
}

func (srv *Server) dropCookie(w http.ResponseWriter) { srv.setCookie(w, "", -1) }

// setCookie sets the session cookie; maxAge as in [http.Cookie].
func (srv *Server) setCookie(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever the org is reached by https
		Name: store.SessionCookie, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: strings.HasPrefix(srv.store.URL(), "https://"), SameSite: http.SameSiteLaxMode,
	})
}
