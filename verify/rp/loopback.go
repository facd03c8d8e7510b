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

// LoopbackResult is the fruit of [Client.SignInLoopback].
type LoopbackResult struct {
	Tokens Tokens
	Nonce  string // what was sent in the request
}

// SignInLoopback signs in for a program on the user's own machine (RFC 8252
// §7.3): open gets the address that the browser has to visit, and the answer
// comes back to listener, at the client's redirect URL. Requests that do not
// belong to the sign-in are refused and waiting goes on, until ctx ends.
// listener is closed on return. Errors are those of [Client.Begin] and
// [Client.Finish], that of ctx, or that of open.
func (c *Client) SignInLoopback(ctx context.Context, listener net.Listener, lang words.Language, open func(address string) error) (LoopbackResult, error) {
	redirect, err := checkURL("redirect URL", c.opts.RedirectURL)
	if err != nil {
		return LoopbackResult{}, errors.Join(err, listener.Close())
	}
	address, signIn, err := c.Begin(ctx, true)
	if err != nil {
		return LoopbackResult{}, errors.Join(err, listener.Close())
	}
	landing := &landing{client: c, signIn: signIn, redirect: redirect, lang: lang, ended: make(chan landed, 1)}
	server := &http.Server{Handler: landing, ReadHeaderTimeout: loopbackHeaderTimeout}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		// Shutdown lets the last page reach the browser.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
		<-served //nolint:errcheck // it is http.ErrServerClosed, or says what the caller sees anyway
	}()
	if err := open(address); err != nil {
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
	lang     words.Language
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
	// Another host name means that a page of another site was pointed here.
	if r.Method != http.MethodGet || r.URL.Path != l.redirect.Path || r.Host != l.redirect.Host {
		http.NotFound(w, r)
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		http.Error(w, "malformed query", http.StatusBadRequest)
		return
	}
	tokens, err := l.client.Finish(r.Context(), l.signIn, query)
	var refused *RefusedError
	if errors.As(err, &refused) {
		l.page(w, http.StatusBadRequest, problems()[refused.Reason].title)
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

func (l *landing) page(w http.ResponseWriter, status int, text words.Text) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = h.Doctype(h.HTML(h.Lang(string(l.lang)), // fails only when the browser is gone
		h.Head(h.Meta(h.Charset("utf-8")), h.TitleEl(g.Text("pschook"))),
		h.Body(h.P(translator{l.lang}.text(text))),
	)).Render(w)
}
