package rp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"pschook/internal/dress"
	"pschook/verify/report"
	"pschook/verify/words"
)

// loopbackHeaderTimeout bounds how long the browser may take to send its request.
const loopbackHeaderTimeout = 10 * time.Second

// LoopbackOptions are those of [Client.SignInLoopback]. Listener and Open are required.
type LoopbackOptions struct {
	Listener net.Listener               // at the client's redirect URL; closed on return
	Open     func(address string) error // called with the URL that the browser must open
	Language words.Language             // language of the browser's last page
	// Refused is called for each answer that does not belong to the sign-in, while waiting goes on.
	// It may be nil. Several goroutines may call it.
	Refused func(*RefusedError)
}

// LoopbackResult is the result of [Client.SignInLoopback].
type LoopbackResult struct {
	Tokens Tokens
	Nonce  string // nonce of the request
}

// SignInLoopback signs in for a program on the user's own machine (RFC 8252 §7.3): the answer comes
// to the listener. It refuses requests that do not belong to the sign-in and goes on waiting, until
// ctx ends. Errors are those of [Client.Begin] and [Client.Finish], that of ctx, or that of
// opts.Open.
func (c *Client) SignInLoopback(ctx context.Context, opts LoopbackOptions) (LoopbackResult, error) {
	redirect, err := checkURL("redirect URL", c.opts.RedirectURL)
	if err != nil {
		return LoopbackResult{}, errors.Join(err, opts.Listener.Close())
	}
	address, signIn, err := c.Begin(ctx, true)
	if err != nil {
		return LoopbackResult{}, errors.Join(err, opts.Listener.Close())
	}
	landing := &landing{client: c, signIn: signIn, redirect: redirect, opts: opts, ended: make(chan landed, 1)}
	server := &http.Server{Handler: landing, ReadHeaderTimeout: loopbackHeaderTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(opts.Listener) }()
	defer func() {
		// Shutdown waits until the last page has reached the browser.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
		<-served //nolint:errcheck // it is http.ErrServerClosed, or says what the caller sees anyway
	}()
	if err := opts.Open(address); err != nil {
		return LoopbackResult{}, err
	}
	select {
	case l := <-landing.ended:
		return LoopbackResult{Tokens: l.tokens, Nonce: signIn.Nonce}, l.err
	case <-ctx.Done():
		return LoopbackResult{}, fmt.Errorf("waiting for the browser: %w", ctx.Err())
	}
}

// landing handles the redirect URL, to which the browser returns.
type landing struct {
	client   *Client
	signIn   SignIn
	redirect *url.URL
	opts     LoopbackOptions
	ended    chan landed // holds one result
}

type landed struct {
	tokens Tokens
	err    error
}

func (l *landing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src "+dress.StyleSource()+"; img-src data:; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	if r.URL.Path != l.redirect.Path {
		http.NotFound(w, r)
		return
	}
	tokens, err := l.finish(r)
	var refused *RefusedError
	if errors.As(err, &refused) {
		if l.opts.Refused != nil {
			l.opts.Refused(refused)
		}
		why := problems()[refused.Reason] // what it said stands in the terminal: anybody may have written it
		l.page(w, refused.status(), report.StatusFail, why.title, why.text, why.next,
			words.Say("The terminal still waits for an answer that belongs to the sign-in.", "Le terminal attend toujours une réponse qui appartienne à la connexion."))
		return // anybody can send such a request, and the real answer may still come
	}
	if err == nil {
		l.page(w, http.StatusOK, report.StatusPass, words.Say("You are signed in", "Vous êtes connecté"),
			words.Say("You can close this page: the report is in the terminal.", "Vous pouvez fermer cette page : le rapport est dans le terminal."))
	} else {
		title, said, remedy := spoken(err)
		l.page(w, http.StatusOK, report.StatusFail, title, said, remedy,
			words.Say("You can close this page: all this is in the terminal too.", "Vous pouvez fermer cette page : tout cela est aussi dans le terminal."))
	}
	select {
	case l.ended <- landed{tokens: tokens, err: err}:
	default: // a second answer changes nothing
	}
}

// finish reads an answer at the redirect URL.
func (l *landing) finish(r *http.Request) (Tokens, error) {
	switch {
	case r.Host != l.redirect.Host: // a page of another site may have been pointed here
		return Tokens{}, &RefusedError{Reason: "host", Detail: shownDetail(r.Host + " ≠ " + l.redirect.Host)}
	case r.Method != http.MethodGet:
		return Tokens{}, &RefusedError{Reason: "method", Detail: shownDetail(r.Method)}
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return Tokens{}, &RefusedError{Reason: "request"}
	}
	return l.client.Finish(r.Context(), l.signIn, query)
}

// spoken says why a sign-in failed, in which words, and what to do.
func spoken(err error) (title, said, remedy words.Text) {
	if answered, ok := errors.AsType[*ProviderError](err); ok {
		said := answered.Code
		if answered.Description != "" {
			said += ": " + answered.Description
		}
		return problems()["provider"].title, words.Say("Its answer: %s", "Sa réponse : %s", said), answered.Remedy()
	}
	title = words.Say("The sign-in did not end", "La connexion n'a pas abouti")
	if unavailable, ok := errors.AsType[*UnavailableError](err); ok {
		return title, words.Say("In detail: %s", "En détail : %s", unavailable.Text()), unavailable.Remedy()
	}
	return title, words.Text{}, words.Text{}
}

func (l *landing) page(w http.ResponseWriter, status int, found report.Status, title words.Text, texts ...words.Text) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	tr := translator{l.opts.Language}
	page := dress.Page{Lang: tr.lang, Title: title.In(tr.lang), Brand: "pschook verify"}
	_ = page.HTML(h.Section(h.Class("verdict "+string(found)), icon(found), h.Div( // fails only when the browser is gone
		h.H1(tr.text(title)),
		g.Map(texts, func(text words.Text) g.Node {
			return g.If(text != (words.Text{}), h.P(dress.Sentence(text.In(tr.lang))))
		}),
	))).Render(w)
}
