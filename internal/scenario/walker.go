package scenario

import (
	"context"
	"strings"
	"time"

	"pschook/internal/rehearsal"
)

// Walker is a [Browser] that fills in the sign-in pages of the Okta emulator and of Keycloak. It
// runs no scripts, and knows no other pages.
type Walker struct {
	browser         *rehearsal.Browser
	login, password string
	hosts           []string
}

// NewWalker returns a Walker without cookies. It enters the password only on pages of these hosts.
func NewWalker(login, password string, hosts []string) *Walker {
	return &Walker{browser: rehearsal.NewBrowser(time.Now), login: login, password: password, hosts: hosts}
}

// Visit signs in where it is asked to.
func (w *Walker) Visit(ctx context.Context, v Visit) (Arrival, error) {
	login := w.login
	if v.Login != "" {
		login = v.Login
	}
	who := rehearsal.Person{NationalID: login, Password: w.password, Hosts: w.hosts}
	if v.Silent {
		who = rehearsal.Person{Hosts: []string{}} // no person
	}
	shown, _, err := w.browser.Walk(ctx, v.Address, v.Redirect, who)
	switch {
	case err != nil:
		return Arrival{}, err
	case shown.URL != nil && strings.HasPrefix(shown.URL.String(), v.Redirect):
		return Arrival{Query: shown.URL.Query()}, nil
	case shown.Message != "":
		return Arrival{Page: shown.Message}, nil
	}
	return Arrival{Page: shown.Title}, nil
}
