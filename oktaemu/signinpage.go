package oktaemu

import (
	"crypto/sha256"
	_ "embed" // the pages
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
)

//go:embed pages/style.css
var pageStyle string

//go:embed pages/signin.html
var signInTemplate string

//go:embed pages/formpost.html
var formPostTemplate string

//go:embed pages/message.html
var messageTemplate string

func page(text string) *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(pageStyle) }, //nolint:gosec // our own file
	}).Parse(text))
}

func formPostPage() *template.Template { return page(formPostTemplate) }

// pageHeaders keep a page from being framed, cached or made to run anything but
// our own style and script. form-action is left open: browsers hold it against
// every redirect that follows a form, and those lead to the client's own pages.
func pageHeaders(w http.ResponseWriter) {
	digest := sha256.Sum256([]byte(pageStyle))
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(digest[:])+
		"'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	noStore(w)
}

// serveSignInPage lists the personas as buttons, and has a form for anybody else.
func (o *Org) serveSignInPage(w http.ResponseWriter, _ *http.Request, auth authorization, status int, message string) {
	o.mu.Lock()
	target, _ := o.state.activeClient(auth.clientID)
	o.mu.Unlock()
	pageHeaders(w)
	w.WriteHeader(status)
	_ = page(signInTemplate).Execute(w, struct { // fails only when the browser is gone
		Action, Client, Login, Message string
		Personas                       []Persona
	}{"/signin/" + auth.id, target.client.name, auth.loginHint, message, hintedFirst(Personas(), auth.loginHint)})
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

// servePageError tells the person at the browser what is wrong.
func (o *Org) servePageError(w http.ResponseWriter, _ *http.Request, status int, message string) {
	o.serveMessage(w, status, "Erreur / Error", message)
}

func (o *Org) serveMessage(w http.ResponseWriter, status int, title, message string) {
	pageHeaders(w)
	w.WriteHeader(status)
	_ = page(messageTemplate).Execute(w, struct{ Title, Message string }{title, message}) // fails only when the browser is gone
}

// serveHome says what this is, to a person who opens the org's URL.
func (o *Org) serveHome(w http.ResponseWriter, _ *http.Request) {
	o.serveMessage(w, http.StatusOK, "Okta emulator", "Émulateur Okta : organisation / org "+o.opts.OrgID+", issuer "+o.Issuer())
}
