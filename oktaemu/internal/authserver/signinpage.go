package authserver

import (
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
)

// serveSignInPage asks who is signing in; message says why the last attempt failed.
func (srv *Server) serveSignInPage(w http.ResponseWriter, _ *http.Request, auth store.Authorization, status int, message string) {
	target, _ := store.Ask(srv.store, func(st *store.State) (store.App, bool) { return st.ActiveClient(auth.ClientID) })
	writePage(w, status, signInPage{
		Action: "/signin/" + auth.ID, Client: target.Client.Name, Login: auth.LoginHint, Message: message,
		Personas: hintedFirst(store.Personas(), auth.LoginHint),
	}.html())
}

// hintedFirst puts the persona that login_hint names at the top.
func hintedFirst(people []store.Persona, hint string) []store.Persona {
	slices.SortStableFunc(people, func(a, b store.Persona) int {
		switch {
		case strings.EqualFold(a.Login, hint) && !strings.EqualFold(b.Login, hint):
			return -1
		case strings.EqualFold(b.Login, hint) && !strings.EqualFold(a.Login, hint):
			return 1
		}
		return 0
	})
	return people
}

// serveSignIn takes the sign-in form: a persona's button, or login and password.
func (srv *Server) serveSignIn(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		srv.servePageError(w, r, http.StatusBadRequest, "the form cannot be read")
		return
	}
	var next step
	var message string
	var found bool
	srv.store.Do(func(st *store.State) {
		next.auth, found = st.Authorizations.Get(st.Now(), r.PathValue("id"))
		if found {
			next.session, message = signIn(st, r, next.auth)
		}
	})
	switch {
	case !found:
		srv.servePageError(w, r, http.StatusBadRequest, "this sign-in page was used already, or is too old")
	case message != "":
		srv.serveSignInPage(w, r, next.auth, http.StatusUnauthorized, message)
	default:
		srv.setCookie(w, next.session.ID, 0)
		if next.auth.Device != "" {
			srv.serveActivated(w)
			return
		}
		srv.complete(w, r, next.auth, next.session)
	}
}

// signIn opens the session of the person in the form; message says why not.
func signIn(st *store.State, r *http.Request, auth store.Authorization) (s store.Session, message string) {
	u, valid := signInUser(st, r)
	switch {
	case !valid:
		return s, "Identifiants inconnus / Unable to sign in"
	case !acrSatisfied(auth.ACRValues, u.Method.AMR):
		return s, "Cette méthode ne suffit pas / This method is not strong enough for the application"
	}
	st.Authorizations.Delete(auth.ID)
	s = newSession(st, u)
	st.Sessions.Put(st.Now(), s.ID, s, s.Expires)
	logSignIn(st, auth.Origin, u.ID, auth.ClientID, true)
	if auth.Device != "" {
		approve(st, auth.Device, s)
	}
	return s, ""
}

// signInUser finds the user of the form. A persona's button needs no password.
func signInUser(st *store.State, r *http.Request) (store.User, bool) {
	if name := r.PostForm.Get("persona"); name != "" {
		return authenticate(st, name+"@"+store.PersonaDomain, store.PersonaPassword)
	}
	return authenticate(st, r.PostForm.Get("username"), r.PostForm.Get("password"))
}
