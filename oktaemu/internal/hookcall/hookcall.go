// Package hookcall calls inline hooks as Okta does, and applies Okta's rules to their answers.
package hookcall

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"pschook/oktaemu/internal/hookanswer"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// hookUserAgent names the caller.
const hookUserAgent = "oktaemu"

// Caller calls the hooks of an org. It is safe for concurrent use.
type Caller struct {
	store    *store.Store
	logger   *slog.Logger
	client   *http.Client
	timeout  time.Duration
	reserved hookanswer.Reserved
	slots    chan struct{} // one for each running hook call
	events   eventQueue

	logSuccess bool
}

// Options say how hooks are called.
type Options struct {
	Timeout     time.Duration  // of one call
	Concurrency int            // concurrent calls; further ones fail at once
	RootCAs     *x509.CertPool // authorities of https hooks; nil: the system's
	Reserved    hookanswer.Reserved
	LogSuccess  bool // also log applied answers
	Logger      *slog.Logger
}

// New returns a caller for the org in st. It follows no redirect and keeps its own
// connections, so that closing one org does not touch another.
func New(st *store.Store, opts Options) *Caller {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment, // it ignores loopback
		TLSClientConfig:     &tls.Config{RootCAs: opts.RootCAs, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 100,
		IdleConnTimeout:     30 * time.Second,
	}
	h := &Caller{
		store: st, logger: opts.Logger, timeout: opts.Timeout, reserved: opts.Reserved, slots: make(chan struct{}, opts.Concurrency),
		logSuccess: opts.LogSuccess,
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	h.events.init()
	st.OnEvents(h.deliver)
	return h
}

// Close ends deliveries to event hooks and drops the connections that are not in use.
func (h *Caller) Close() {
	h.events.close()
	h.client.CloseIdleConnections()
}

// Mint calls p.Hook and returns the tokens with the answer applied, or the OAuth error for an error
// object. A failure of the hook is no error for the client: Okta then mints the tokens unchanged.
// The caller keeps the record of the call by [store.State.AddHookCall]; nil: no call was made.
func (h *Caller) Mint(ctx context.Context, m store.Minting, p store.Plan, d hookanswer.Minting) (hookanswer.Minting, *store.HookCall, *wire.OAuthError) {
	request := h.hookRequest(m, p, d)
	body, err := json.Marshal(request)
	if err != nil {
		h.logger.ErrorContext(ctx, "cannot describe a minting to its hook", "err", err)
		return d, nil, wire.OAuthErr("server_error", "The authorization server has an internal fault.")
	}
	call := &store.HookCall{
		At: h.store.Now(), HookID: p.Hook.ID, EventID: request.EventID, URL: p.Hook.Channel.Config.URI, ClientID: m.ClientID,
		PolicyID: p.PolicyID, RuleID: p.Rule.ID, Request: body,
	}
	call.IDTokenJTI, call.AccessTokenJTI = jtiOf(d.Identity), jtiOf(d.Access)
	// The call goes on if the client goes away, as at Okta.
	h.exchange(context.WithoutCancel(ctx), *p.Hook, body, call)
	patched, fault := h.takeAnswer(d, call)
	call.Entry = h.entry(*call)
	return patched, call, fault
}

// Preview calls hook with payload as the Admin Console's preview does. No token is minted, and
// nothing is applied. The caller keeps the record of the call by [store.State.AddHookCall].
func (h *Caller) Preview(ctx context.Context, hook store.HookTarget, payload []byte) store.HookCall {
	call := store.HookCall{At: h.store.Now(), HookID: hook.ID, URL: hook.Channel.Config.URI, Request: payload}
	h.exchange(ctx, hook, payload, &call)
	switch {
	case call.Outcome == store.HookFailed:
	case call.Status == http.StatusNoContent:
		call.Outcome = store.HookEmpty
	case call.Status != http.StatusOK:
		call.Outcome, call.Reason = store.HookFailed, statusReason(call.Status)
	default:
		call.Outcome = store.HookPreviewed
		if _, err := hookanswer.Parse([]byte(call.Response)); err != nil {
			call.Outcome, call.Reason = store.HookFailed, err.Error()
		}
	}
	call.Entry = h.entry(call)
	return call
}

// takeAnswer applies Okta's rules to the answer, and notes the outcome in call.
func (h *Caller) takeAnswer(d hookanswer.Minting, call *store.HookCall) (hookanswer.Minting, *wire.OAuthError) {
	switch {
	case call.Outcome == store.HookFailed:
		return d, nil
	case call.Status == http.StatusNoContent:
		call.Outcome = store.HookEmpty
		return d, nil
	case call.Status != http.StatusOK:
		call.Outcome, call.Reason = store.HookFailed, statusReason(call.Status)
		return d, nil
	}
	answer, err := hookanswer.Parse([]byte(call.Response))
	if err != nil {
		call.Outcome, call.Reason = store.HookFailed, err.Error()
		return d, nil //nolint:nilerr // the hook's failure is not the client's
	}
	call.DebugContext = json.RawMessage(answer.DebugContext)
	if answer.Error != nil {
		call.Outcome, call.Reason = store.HookDenied, answer.Error.Summary
		return d, wire.OAuthErr("server_error", "%s", answer.Error.Summary)
	}
	patched, err := answer.Apply(d, h.reserved)
	switch {
	case err != nil:
		call.Outcome, call.Reason = store.HookDropped, err.Error()
		return d, nil //nolint:nilerr // Okta mints the tokens as they were
	case len(answer.Commands) == 0:
		call.Outcome = store.HookEmpty
	default:
		call.Outcome = store.HookApplied
		call.Changed = &store.Changed{IDToken: d.Identity.Changed(patched.Identity), AccessToken: d.Access.Changed(patched.Access)}
	}
	return patched, nil
}

// exchange posts body to the hook and reads the answer into call: once, within the
// timeout, no redirect followed (Okta developer docs, concepts/inline-hooks).
func (h *Caller) exchange(ctx context.Context, hook store.HookTarget, body []byte, call *store.HookCall) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default:
		call.Outcome, call.Reason = store.HookFailed, fmt.Sprintf("%d hook calls are under way: the org's limit", cap(h.slots))
		return
	}
	timeout := h.timeout
	if hook.Fault.HookRefuse {
		call.Outcome, call.Reason = store.HookFailed, "connection refused (a fault that was injected)"
		return
	}
	if hook.Fault.HookTimeoutMS > 0 {
		timeout = time.Duration(hook.Fault.HookTimeoutMS) * time.Millisecond
	}
	start := time.Now() // before the timer, so that the measured time is at least the timeout
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := h.post(ctx, hook, body, call)
	call.Took = time.Since(start)
	call.TookMS = float64(call.Took.Microseconds()) / 1000
	if err == nil {
		return
	}
	if sent := new(url.Error); errors.As(err, &sent) {
		err = sent.Err // the record already has the URL
	}
	call.Outcome, call.Reason = store.HookFailed, err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		call.Reason = fmt.Sprintf("the hook did not answer within %v", timeout)
	}
}

func (h *Caller) post(ctx context.Context, hook store.HookTarget, body []byte, call *store.HookCall) error {
	config := hook.Channel.Config
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, config.URI, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := h.authorizeHookCall(ctx, hook, request); err != nil {
		return err
	}
	response, err := h.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	call.Status, call.ContentType = response.StatusCode, response.Header.Get("Content-Type")
	text, err := io.ReadAll(io.LimitReader(response.Body, hookanswer.MaxBytes))
	if err != nil {
		return fmt.Errorf("read the hook's answer: %w", err)
	}
	call.Response = string(text)
	return nil
}

// authorizeHookCall sets the headers: the hook's own, then those of the protocol,
// then the credential.
func (h *Caller) authorizeHookCall(ctx context.Context, hook store.HookTarget, request *http.Request) error {
	config := hook.Channel.Config
	for _, header := range config.Headers {
		request.Header.Set(header.Key, header.Value)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", hookUserAgent)
	if hook.Channel.Type == "OAUTH" {
		token, err := h.hookToken(ctx, hook)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	if scheme := config.AuthScheme; scheme != nil {
		request.Header.Set(scheme.Key, scheme.Value) // verbatim, whatever the scheme
	}
	return nil
}

// statusReason says what Okta does with a status that is neither 200 nor 204.
func statusReason(status int) string {
	reason := fmt.Sprintf("the hook answered status %d", status)
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return reason + ": it does not take the credential"
	case status >= 300 && status < 400:
		return reason + ": Okta follows no redirect"
	}
	return reason
}

func jtiOf(t *hookanswer.Token) string {
	if t == nil {
		return ""
	}
	jti, _ := t.Claims["jti"].(string)
	return jti
}
