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

	"pschook/verify/words"
)

// loopbackHeaderTimeout bounds how long the browser takes to send its request.
const loopbackHeaderTimeout = 10 * time.Second

// LoopbackOptions say where [Client.SignInLoopback] meets the browser. Listener and Open are required.
type LoopbackOptions struct {
	Listener net.Listener               // at the client's redirect URL; closed on return
	Open     func(address string) error // gets the address that the browser has to visit
	Language words.Language             // of the page that the browser ends at
	// Refused is told of each answer that does not belong to the sign-in, while waiting goes on; nil tells nobody.
	// Several goroutines may call it.
	Refused func(*RefusedError)
}

// LoopbackResult is the fruit of [Client.SignInLoopback].
type LoopbackResult struct {
	Tokens Tokens
	Nonce  string // what was sent in the request
}

// SignInLoopback signs in for a program on the user's own machine (RFC 8252
// §7.3): the answer comes back to the listener. Requests that do not
// belong to the sign-in are refused and waiting goes on, until ctx ends.
// Errors are those of [Client.Begin] and [Client.Finish], that of ctx, or that of opts.Open.
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
		// Shutdown lets the last page reach the browser.
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

// landing is where the browser comes back to.
type landing struct {
	client   *Client
	signIn   SignIn
	redirect *url.URL
	opts     LoopbackOptions
	ended    chan landed // takes one
}

type landed struct {
	tokens Tokens
	err    error
}

func (l *landing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
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
		l.page(w, refused.status(), problems()[refused.Reason].title)
		return // anyone can send such a request: the real answer may yet come
	}
	key := words.Say("Done. You can close this page: the report is in the terminal.", "C'est fait. Vous pouvez fermer cette page : le rapport est dans le terminal.")
	if err != nil {
		key = words.Say("The sign-in did not end. You can close this page: the reason is in the terminal.", "La connexion n'a pas abouti. Vous pouvez fermer cette page : la raison est dans le terminal.")
	}
	l.page(w, http.StatusOK, key)
	select {
	case l.ended <- landed{tokens: tokens, err: err}:
	default: // a second answer to the same sign-in changes nothing
	}
}

// finish reads an answer at the redirect URL.
func (l *landing) finish(r *http.Request) (Tokens, error) {
	switch {
	case r.Host != l.redirect.Host: // perhaps a page of another site was pointed here
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

func (l *landing) page(w http.ResponseWriter, status int, text words.Text) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = h.Doctype(h.HTML(h.Lang(string(l.opts.Language)), // fails only when the browser is gone
		h.Head(h.Meta(h.Charset("utf-8")), h.TitleEl(g.Text("pschook"))),
		h.Body(h.P(translator{l.opts.Language}.text(text))),
	)).Render(w)
}
