package authserver

import (
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/store"
	"pschook/verify/words"
)

// serveSignInPage shows the sign-in page, with the reason if the last attempt failed.
func (srv *Server) serveSignInPage(w http.ResponseWriter, r *http.Request, next step) {
	status := http.StatusOK
	if next.message != (words.Text{}) {
		status = http.StatusUnauthorized
	}
	who := readerOf(r)
	writePage(w, status, signInPage{
		Reader: who, Action: "/signin/" + next.auth.ID + who.chosen, Client: next.app.Client.Name, Login: next.auth.LoginHint, Message: next.message,
		Personas: hintedFirst(next.people, next.auth.LoginHint),
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
	srv.store.Do(func(st *store.State) { next = signIn(st, r).prepared(st) })
	srv.proceed(w, r, next)
}

// signIn opens a session for the person in the form, and continues the waiting request.
func signIn(st *store.State, r *http.Request) step {
	auth, found := st.Authorizations.Get(st.Now(), r.PathValue("id"))
	if !found {
		return step{wrong: "this sign-in page was used already, or is too old"}
	}
	u, valid := signInUser(st, r)
	switch {
	case !valid:
		return step{auth: auth, message: words.Say("Unable to sign in", "Identifiants inconnus")}
	case !acrSatisfied(auth.ACRValues, u.Method.AMR):
		return step{auth: auth, message: words.Say("This method is not strong enough for the application", "Cette méthode ne suffit pas à l'application")}
	}
	st.Authorizations.Delete(auth.ID)
	s := open(st, auth, u)
	if auth.Device != "" {
		approve(st, auth.Device, s)
	}
	return step{auth: auth, session: s, signedIn: true, fresh: true}
}

// open opens the session of u.
func open(st *store.State, auth store.Authorization, u store.User) store.Session {
	s := newSession(st, u)
	st.Sessions.Put(st.Now(), s.ID, s, s.Expires)
	logSignIn(st, auth.Origin, u.ID, auth.ClientID, true)
	return s
}

// hintedSession signs in the persona that login_hint names, as its button would.
func hintedSession(st *store.State, auth store.Authorization) (store.Session, bool) {
	u, valid := authenticate(st, auth.LoginHint, store.PersonaPassword)
	if !valid || !acrSatisfied(auth.ACRValues, u.Method.AMR) {
		return store.Session{}, false
	}
	return open(st, auth, u), true
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
