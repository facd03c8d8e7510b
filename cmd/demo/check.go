package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"pschook/internal/config"
	"pschook/internal/jwks"
	"pschook/internal/server"
	"pschook/oktaemu"
	"pschook/verify"
	"pschook/verify/report"
)

// checkTimeout bounds one check: start, sign-in and report take well under a second.
const checkTimeout = 30 * time.Second

// check signs in as opts.persona and checks the tokens. It returns an error when they are not ready for Pro Santé
// Connect.
func check(ctx context.Context, opts options, env config.Source, stdout, stderr io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	opts.addr, opts.oktaAddr = "127.0.0.1:0", "127.0.0.1:0" // so that it can run beside a running demo
	p, err := start(ctx, opts, env, stderr)
	if err != nil {
		return err
	}
	err = p.check(ctx, opts.persona, stdout)
	return errors.Join(err, p.stop())
}

func (p *pair) check(ctx context.Context, persona string, stdout io.Writer) error {
	tokens, err := p.org.SignIn(ctx, oktaemu.SignIn{Login: persona})
	if err != nil {
		return err
	}
	found := p.report(ctx, tokens)
	var out bytes.Buffer
	fmt.Fprintf(&out, "Signed in at %s as %s.\n", p.org.Issuer(), persona)
	claims := printClaims(&out, "ID token", found.IDToken)
	claims += printClaims(&out, "access token", found.AccessToken)
	fmt.Fprintln(&out)
	if err := found.WriteText(&out); err != nil {
		return err
	}
	if _, err := out.WriteTo(stdout); err != nil {
		return err
	}
	if found.Verdict != report.StatusFail {
		return nil
	}
	if claims == 0 {
		return errors.New(p.whyUnmodified())
	}
	failed := "1 check"
	if n := found.Count(report.StatusFail); n > 1 {
		failed = fmt.Sprintf("%d checks", n)
	}
	return fmt.Errorf("the tokens are not ready for Pro Santé Connect: %s failed", failed)
}

// report checks the tokens as a relying party would: signatures with the org's own keys, claims by profile psc,
// together with the hook's memory.
func (p *pair) report(ctx context.Context, tokens oktaemu.Tokens) report.Report {
	client := &http.Client{Timeout: checkTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	return verify.Run(ctx, verify.Input{
		IDToken: tokens.IDToken, AccessToken: tokens.AccessToken, Nonce: tokens.Nonce,
		Issuer: p.org.Issuer(), ClientID: p.org.ClientID(), ExpectedTID: p.builder.TID(p.org.OrgID()),
		AMRSets: server.AMRSets(p.builder.Policy()), OIDForSub: p.builder.OID,
		Keys:      jwks.NewRemote(p.org.Issuer()+"/v1/keys", client, time.Now),
		HookCalls: p.service.HookCalls(),
	})
}

// whyUnmodified says what happened to the hook call when no claim was added.
func (p *pair) whyUnmodified() string {
	calls := p.org.HookCalls()
	if len(calls) == 0 {
		return "Okta did not call the hook: the tokens came unmodified"
	}
	last := calls[len(calls)-1]
	text := "the hook added nothing"
	if last.Status >= http.StatusBadRequest {
		text = fmt.Sprintf("the hook refused the call with status %d", last.Status)
	}
	if summary := errorSummary(last.Response); summary != "" {
		text += " (" + summary + ")"
	}
	return text + ": the tokens came unmodified"
}

func errorSummary(body string) string {
	var answer struct {
		Error struct{ ErrorSummary string }
	}
	if json.Unmarshal([]byte(body), &answer) != nil {
		return ""
	}
	return answer.Error.ErrorSummary
}

// printClaims prints the three claims of a token and returns how many of them only a hook can have added.
func printClaims(out *bytes.Buffer, name string, token *report.Token) (added int) {
	fmt.Fprintf(out, "\n%s\n", name)
	var claims map[string]json.RawMessage
	if token != nil && json.Unmarshal(token.Claims, &claims) != nil {
		token = nil
	}
	if token == nil {
		fmt.Fprintln(out, "  is not readable")
		return 0
	}
	for _, claim := range []string{"oid", "tid", "amr"} {
		value, ok := claims[claim]
		if !ok {
			value = json.RawMessage("—")
		} else if claim != "amr" || name != "ID token" { // Okta itself puts amr into ID tokens
			added++
		}
		fmt.Fprintf(out, "  %s  %s\n", claim, value)
	}
	return added
}
