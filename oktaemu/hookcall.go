package oktaemu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"pschook/oktaemu/internal/hookanswer"
)

// The outcomes of a hook call.
const (
	// HookApplied: every command was applied.
	HookApplied = "applied"
	// HookEmpty: 204, or 200 without commands. The tokens are as they were.
	HookEmpty = "empty"
	// HookDropped: a command could not apply, so none was. The tokens are as they were.
	HookDropped = "dropped"
	// HookDenied: the service answered an error object. No token was minted.
	HookDenied = "denied"
	// HookPreviewed: a call by the Management API's execute. No token is minted.
	HookPreviewed = "previewed"
	// HookFailed: no readable answer in time. The tokens are as they were.
	HookFailed = "failed"
)

// hookUserAgent names the caller.
const hookUserAgent = "oktaemu"

// callTokenHook calls the rule's hook and returns the tokens as the answer changes
// them, or the OAuth error that an error object makes. The hook's failure is not
// the client's: Okta then mints the tokens as they were.
func (o *Org) callTokenHook(ctx context.Context, m minting, p mintPlan, d hookanswer.Minting) (hookanswer.Minting, *oauthError) {
	request := o.hookRequest(m, p, d)
	body, err := json.Marshal(request)
	if err != nil {
		return d, o.internalFault(err)
	}
	call := HookCall{
		At: o.now(), HookID: p.hook.ID, EventID: request.EventID, URL: p.hook.Channel.Config.URI, ClientID: m.clientID,
		PolicyID: p.policyID, RuleID: p.rule.ID, Request: body,
	}
	call.IDTokenJTI, call.AccessTokenJTI = jtiOf(d.Identity), jtiOf(d.Access)
	// A client that goes away does not end the call: Okta finishes what it began.
	o.exchange(context.WithoutCancel(ctx), p.hook, body, &call)
	patched, fault := o.takeAnswer(d, &call)
	o.recordHookCall(call, m)
	return patched, fault
}

// takeAnswer applies Okta's rules to what came back, and notes the outcome in call.
func (o *Org) takeAnswer(d hookanswer.Minting, call *HookCall) (hookanswer.Minting, *oauthError) {
	switch {
	case call.Outcome == HookFailed:
		return d, nil
	case call.Status == http.StatusNoContent:
		call.Outcome = HookEmpty
		return d, nil
	case call.Status != http.StatusOK:
		call.Outcome, call.Reason = HookFailed, fmt.Sprintf("the hook answered status %d", call.Status)
		return d, nil
	}
	answer, err := hookanswer.Parse([]byte(call.Response))
	if err != nil {
		call.Outcome, call.Reason = HookFailed, err.Error()
		return d, nil //nolint:nilerr // the hook's failure is not the client's
	}
	call.DebugContext = json.RawMessage(answer.DebugContext)
	if answer.Error != nil {
		call.Outcome, call.Reason = HookDenied, answer.Error.Summary
		return d, oauthErr("server_error", "%s", answer.Error.Summary)
	}
	patched, err := answer.Apply(d, o.reserved)
	switch {
	case err != nil:
		call.Outcome, call.Reason = HookDropped, err.Error()
		return d, nil //nolint:nilerr // Okta mints the tokens as they were
	case len(answer.Commands) == 0:
		call.Outcome = HookEmpty
	default:
		call.Outcome = HookApplied
	}
	return patched, nil
}

// exchange posts body to the hook and reads the answer into call: once, within the
// timeout, no redirect followed (Okta developer docs, concepts/inline-hooks).
func (o *Org) exchange(ctx context.Context, hook inlineHook, body []byte, call *HookCall) {
	select {
	case o.hookSlots <- struct{}{}:
		defer func() { <-o.hookSlots }()
	default:
		call.Outcome, call.Reason = HookFailed, fmt.Sprintf("%d hook calls are under way: the org's limit", cap(o.hookSlots))
		return
	}
	timeout := o.opts.HookTimeout
	fault, _ := o.faults.matchHook()
	if fault.HookRefuse {
		call.Outcome, call.Reason = HookFailed, "connection refused (a fault that was injected)"
		return
	}
	if fault.HookTimeoutMS > 0 {
		timeout = time.Duration(fault.HookTimeoutMS) * time.Millisecond
	}
	start := time.Now() // before the timer, so that a call is never shorter than the timeout it met
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := o.post(ctx, hook, body, call)
	call.Took = time.Since(start)
	if err == nil {
		return
	}
	call.Outcome, call.Reason = HookFailed, err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		call.Reason = fmt.Sprintf("the hook did not answer within %v", timeout)
	}
}

func (o *Org) post(ctx context.Context, hook inlineHook, body []byte, call *HookCall) error {
	config := hook.Channel.Config
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, config.URI, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := o.authorizeHookCall(ctx, hook, request); err != nil {
		return err
	}
	response, err := o.hooks.Do(request) //nolint:gosec // calling the URL that an administrator set is the purpose
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	call.Status = response.StatusCode
	text, err := io.ReadAll(io.LimitReader(response.Body, hookanswer.MaxBytes))
	if err != nil {
		return fmt.Errorf("read the hook's answer: %w", err)
	}
	call.Response = string(text)
	return nil
}

// authorizeHookCall sets the headers: the hook's own, then those of the protocol,
// then the credential.
func (o *Org) authorizeHookCall(ctx context.Context, hook inlineHook, request *http.Request) error {
	config := hook.Channel.Config
	for _, h := range config.Headers {
		request.Header.Set(h.Key, h.Value)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", hookUserAgent)
	if hook.Channel.Type == "OAUTH" {
		token, err := o.hookToken(ctx, config)
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	if scheme := config.AuthScheme; scheme != nil {
		request.Header.Set(scheme.Key, scheme.Value) // verbatim, whatever scheme it holds
	}
	return nil
}

func jtiOf(t *hookanswer.Token) string {
	if t == nil {
		return ""
	}
	jti, _ := t.Claims["jti"].(string)
	return jti
}
