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
		return // anybody can send such a request, and the real answer may still come
	}
	key := words.Say("Done. You can close this page: the report is in the terminal.", "C'est fait. Vous pouvez fermer cette page : le rapport est dans le terminal.")
	if err != nil {
		key = words.Say("The sign-in did not end. You can close this page: the reason is in the terminal.", "La connexion n'a pas abouti. Vous pouvez fermer cette page : la raison est dans le terminal.")
	}
	l.page(w, http.StatusOK, key)
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

func (l *landing) page(w http.ResponseWriter, status int, text words.Text) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = h.Doctype(h.HTML(h.Lang(string(l.opts.Language)), // fails only when the browser is gone
		h.Head(h.Meta(h.Charset("utf-8")), h.TitleEl(g.Text("pschook"))),
		h.Body(h.P(translator{l.opts.Language}.text(text))),
	)).Render(w)
}
