package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"pschook/internal/scenario"
	"pschook/verify/words"
)

// silentWait is how long a browser may take when the person has nothing to do.
const silentWait = time.Minute

// person is a user with a browser and a terminal. The terminal says what to do.
type person struct {
	app       *app
	lang      words.Language
	noBrowser bool
	server    *http.Server
	served    chan struct{}
	arrived   chan url.Values // query of each request to the redirect URL
}

// newPerson serves the redirect URL at the listener for the person's browser.
func (a *app) newPerson(listener net.Listener, f verifyFlags) *person {
	lang, _ := words.ParseLanguage(f.lang) // checked before
	p := &person{app: a, lang: lang, noBrowser: f.noBrowser, served: make(chan struct{}), arrived: make(chan url.Values)}
	mux := http.NewServeMux()
	redirect, _ := url.Parse(f.redirectURL) // was checked before
	mux.HandleFunc("GET "+redirect.Path, p.arrive)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(p.served)
		_ = p.server.Serve(listener) // close ends it
	}()
	return p
}

func (p *person) close() {
	_ = p.server.Close()
	<-p.served
}

// arrive passes on the query of a request, if the program waits for it.
func (p *person) arrive(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Type", "text/plain; charset=utf-8")
	select {
	case p.arrived <- r.URL.Query():
		_, _ = fmt.Fprintln(w, words.Say("Go on in the terminal; it says what comes next.", "Continuez dans le terminal ; il dit la suite.").In(p.lang))
	case <-r.Context().Done():
	case <-time.After(time.Second):
		http.Error(w, "nothing is expected here", http.StatusGone)
	}
}

func (p *person) tell(t words.Text) {
	_, _ = fmt.Fprintln(p.app.io.err, t.In(p.lang)) // a failure cannot be reported anywhere else
}

// newBrowser returns a browser in which nobody is signed in: a private window.
func (p *person) newBrowser() scenario.Browser { return &window{person: p} }

// window is one of the person's browsers.
type window struct {
	person *person
	used   bool
}

// Visit tells the person what to do, and waits.
func (w *window) Visit(ctx context.Context, v scenario.Visit) (scenario.Arrival, error) {
	p := w.person
	if !w.used {
		p.tell(words.Say("Open a new private window of the browser, in which nobody is signed in, for this scenario.", "Ouvrez une nouvelle fenêtre privée du navigateur, où personne n'est connecté, pour ce scénario."))
		w.used = true
	}
	wait := loginWait
	if v.Silent {
		wait = silentWait
		p.tell(words.Say("Open this address in the same window. You should not be asked anything.", "Ouvrez cette adresse dans la même fenêtre. Rien ne devrait vous être demandé."))
	} else {
		p.tell(v.Do)
		p.tell(words.Say("Open this address in the window:", "Ouvrez cette adresse dans la fenêtre :"))
	}
	_, _ = fmt.Fprintln(p.app.io.err, v.Address) // a failure cannot be reported anywhere else
	if v.Page {
		return scenario.Arrival{}, p.confirm(ctx)
	}
	address, err := url.Parse(v.Address)
	if err != nil {
		return scenario.Arrival{}, err
	}
	return p.await(ctx, address.Query().Get("state"), wait)
}

// await waits for the answer with this state.
func (p *person) await(ctx context.Context, state string, wait time.Duration) (scenario.Arrival, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case q := <-p.arrived:
			if q.Get("state") == state {
				return scenario.Arrival{Query: q}, nil
			}
			p.tell(words.Say("An answer to another request came, and was ignored.", "Une réponse à autre chose est venue, et a été laissée de côté."))
		case <-timer.C:
			return scenario.Arrival{Page: words.Say("nobody came back within %s", "personne n'est revenu en %s", wait).In(p.lang)}, nil
		case <-ctx.Done():
			return scenario.Arrival{}, ctx.Err()
		}
	}
}

// confirm waits for Enter.
func (p *person) confirm(ctx context.Context) error {
	p.tell(words.Say("Press Enter when that is done.", "Appuyez sur Entrée quand c'est fait."))
	read := make(chan error, 1)
	go func() {
		var b [1]byte // read only this line: what follows is for the next question
		for {
			if _, err := p.app.io.in.Read(b[:]); err != nil || b[0] == '\n' {
				read <- err
				return
			}
		}
	}()
	select {
	case err := <-read:
		if err != nil {
			return errors.New("nobody pressed Enter: standard input has ended")
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// changes are made by the person, as administrator.
func (p *person) changes() scenario.Changes {
	return scenario.ByHand{Tell: p.tell, Ask: func(ctx context.Context, do words.Text) error {
		p.tell(do)
		return p.confirm(ctx)
	}}
}
