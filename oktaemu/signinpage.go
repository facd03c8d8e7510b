package oktaemu

import (
	"net/http"
	"slices"
)

// serveSignInPage asks who is signing in; message says why the last attempt failed.
func (o *Org) serveSignInPage(w http.ResponseWriter, _ *http.Request, auth authorization, status int, message string) {
	o.mu.Lock()
	target, _ := o.state.activeClient(auth.clientID)
	o.mu.Unlock()
	writePage(w, status, signInPage{
		Action: "/signin/" + auth.id, Client: target.client.name, Login: auth.loginHint, Message: message,
		Personas: hintedFirst(Personas(), auth.loginHint),
	}.html())
}

// hintedFirst puts the persona that login_hint names at the top.
func hintedFirst(people []Persona, hint string) []Persona {
	slices.SortStableFunc(people, func(a, b Persona) int {
		switch {
		case equalFold(a.Login, hint) && !equalFold(b.Login, hint):
			return -1
		case equalFold(b.Login, hint) && !equalFold(a.Login, hint):
			return 1
		}
		return 0
	})
	return people
}

// serveSignIn takes the sign-in form: a persona's button, or login and password.
func (o *Org) serveSignIn(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		o.servePageError(w, r, http.StatusBadRequest, "the form cannot be read")
		return
	}
	o.mu.Lock()
	auth, found := o.state.authorizations.get(o.now(), r.PathValue("id"))
	if !found {
		o.mu.Unlock()
		o.servePageError(w, r, http.StatusBadRequest, "this sign-in page was used already, or is too old")
		return
	}
	u, valid := o.signInUser(r)
	if !valid || !acrSatisfied(auth.acrValues, u.method.amr) {
		o.mu.Unlock()
		message := "Identifiants inconnus / Unable to sign in"
		if valid {
			message = "Cette méthode ne suffit pas / This method is not strong enough for the application"
		}
		o.serveSignInPage(w, r, auth, http.StatusUnauthorized, message)
		return
	}
	o.state.authorizations.delete(auth.id)
	s := o.newSession(u)
	o.openSession(w, s)
	o.logEvent(logEvent{EventType: "user.session.start", DisplayMessage: "User login to Okta",
		Outcome: logOutcome{Result: "SUCCESS"}}, auth.origin, u.ID, auth.clientID)
	o.mu.Unlock()
	o.complete(w, r, auth, s)
}

// signInUser finds the user of the form. A persona's button needs no password. The
// caller holds the lock.
func (o *Org) signInUser(r *http.Request) (user, bool) {
	if name := r.PostForm.Get("persona"); name != "" {
		return o.authenticate(name+"@"+personaDomain, PersonaPassword)
	}
	return o.authenticate(r.PostForm.Get("username"), r.PostForm.Get("password"))
}
