package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"pschook/internal/trial"
)

// oktaTimeout is how long Okta waits for a hook.
const oktaTimeout = 3 * time.Second

// call is one request to the hook, each about another person.
type call struct {
	issuer string
	orgID  string
	n      int64
}

func (c call) user() string { return fmt.Sprintf("00u%017d", c.n) }

func (c call) body() []byte {
	user := c.user()
	return fmt.Appendf(nil, `{"eventId":"evt%d","eventType":"com.okta.oauth2.tokens.transform","source":"%s/v1/token","data":{"context":{"request":{"id":"req%d"},`+
		`"protocol":{"type":"OAUTH2.0","request":{"grant_type":"authorization_code","client_id":"0oachaos"},"issuer":{"uri":"%s"},"client":{"id":"0oachaos"}},`+
		`"user":{"id":"%s"}},"identity":{"claims":{"sub":"%s","jti":"ID.%d","amr":["pwd","mfa","okta_verify","swk"]}},"access":{"claims":{"uid":"%s","jti":"AT.%d"}}}}`,
		c.n, c.issuer, c.n, c.issuer, user, user, c.n, user, c.n)
}

// answer is the one right answer, byte for byte; without tid if orgID is empty.
func (c call) answer() string {
	tid := `{"op":"add","path":"/claims/tid","value":"` + c.orgID + `"}`
	identity, comma := `{"type":"com.okta.identity.patch","value":[`+tid+`]},`, ","
	if c.orgID == "" {
		tid, identity, comma = "", "", ""
	}
	return `{"commands":[` + identity + `{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/oid","value":"` + c.user() + `"},` +
		tid + comma + `{"op":"add","path":"/claims/amr","value":["swk","mfa","pwd","okta_verify"]}]}]}`
}

// load is a steady stream of good calls.
type load struct {
	url           string
	issuer, orgID string
	rate          int           // calls a second, begun on time whatever becomes of those before
	lasts         time.Duration // 0: until ctx ends
	secret        func() string
	client        *http.Client
}

// outcome is the result of a load.
type outcome struct {
	*trial.Outcome
	untrue int64 // of the failed ones: answered 200 with another answer
}

// check is nil if every call was answered right.
func (o *outcome) check() error {
	failures := strings.Join(o.Failures, "; ")
	if o.untrue > 0 {
		return fmt.Errorf("%d of %d calls: %w: %s", o.untrue, o.Sent, errWrong, failures)
	}
	if o.Failed > 0 || o.Sent == 0 {
		return fmt.Errorf("%d of %d calls failed: %s", o.Failed, o.Sent, failures)
	}
	return nil
}

// newClient returns a client that behaves as Okta does: no retry, no redirect.
func newClient(c *tls.Config) *http.Client {
	return &http.Client{
		Timeout:       oktaTimeout,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 256, TLSClientConfig: c, ForceAttemptHTTP2: c != nil},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// run sends the load and waits for all answers.
func (l load) run(ctx context.Context) *outcome {
	var untrue atomic.Int64
	o := trial.Calls(ctx, l.rate, l.lasts, func(ctx context.Context, n int64) error {
		err := l.one(ctx, n)
		if errors.Is(err, errWrong) {
			untrue.Add(1)
		}
		return err
	})
	return &outcome{o, untrue.Load()}
}

// one sends a call and compares the answer with the right one.
func (l load) one(ctx context.Context, n int64) error {
	c := call{issuer: l.issuer, orgID: l.orgID, n: n}
	status, body, err := post(ctx, l.client, l.url, l.secret(), c.body())
	switch {
	case err != nil:
		return err
	case status == http.StatusOK && body != c.answer():
		return fmt.Errorf("%w: %.300s", errWrong, body)
	case status != http.StatusOK:
		return fmt.Errorf("status %d: %.300s", status, body)
	}
	return nil
}

func post(ctx context.Context, client *http.Client, url, secret string, body []byte) (status int, answer string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.GetBody = nil // without it net/http cannot send the call a second time, which Okta does not either
	req.Header.Set("Authorization", secret)
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

func theSecret() string { return hookSecret }

// beside runs a load while work runs.
func (l load) beside(ctx context.Context, work func() error) (*outcome, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var failed atomic.Pointer[error]
	go func() {
		defer stop()
		if err := work(); err != nil {
			failed.Store(&err)
		}
	}()
	o := l.run(ctx)
	if err := failed.Load(); err != nil {
		return o, *err
	}
	return o, nil
}
