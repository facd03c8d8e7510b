package authserver

import (
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
)

// serveSignInPage asks who is signing in, once more if the last attempt failed.
func (srv *Server) serveSignInPage(w http.ResponseWriter, next step) {
	target, people := store.Ask(srv.store, func(st *store.State) (store.App, []store.Persona) {
		app, _ := st.ActiveClient(next.auth.ClientID)
		return app, st.Personas()
	})
	status := http.StatusOK
	if next.message != "" {
		status = http.StatusUnauthorized
	}
	writePage(w, status, signInPage{
		Action: "/signin/" + next.auth.ID, Client: target.Client.Name, Login: next.auth.LoginHint, Message: next.message,
		Personas: hintedFirst(people, next.auth.LoginHint),
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
	srv.store.Do(func(st *store.State) { next = signIn(st, r) })
	srv.proceed(w, r, next)
}

// signIn opens the session of the person in the form, for the request that waits.
func signIn(st *store.State, r *http.Request) step {
	auth, found := st.Authorizations.Get(st.Now(), r.PathValue("id"))
	if !found {
		return step{wrong: "this sign-in page was used already, or is too old"}
	}
	u, valid := signInUser(st, r)
	switch {
	case !valid:
		return step{auth: auth, message: "Identifiants inconnus / Unable to sign in"}
	case !acrSatisfied(auth.ACRValues, u.Method.AMR):
		return step{auth: auth, message: "Cette méthode ne suffit pas / This method is not strong enough for the application"}
	}
	st.Authorizations.Delete(auth.ID)
	s := newSession(st, u)
	st.Sessions.Put(st.Now(), s.ID, s, s.Expires)
	logSignIn(st, auth.Origin, u.ID, auth.ClientID, true)
	if auth.Device != "" {
		approve(st, auth.Device, s)
	}
	return step{auth: auth, session: s, signedIn: true, fresh: true}
}

// signInUser finds the user of the form. A persona's button needs no password.
func signInUser(st *store.State, r *http.Request) (store.User, bool) {
	if name := r.PostForm.Get("persona"); name != "" {
		if !strings.Contains(name, "@") {
			name += "@" + store.PersonaDomain
		}
		u, found := st.UserByLogin(name)
		return u, found && slices.ContainsFunc(st.Personas(), func(p store.Persona) bool { return p.UserID == u.ID })
	}
	return authenticate(st, r.PostForm.Get("username"), r.PostForm.Get("password"))
}
