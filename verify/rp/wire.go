package rp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"pschook/internal/mishap"
	"pschook/verify/words"
)

const (
	// maxExchanges bounds the recorded requests of one sign-in, which usually makes six.
	maxExchanges = 16
	// maxShownBody is how much of an answer is shown, in characters. Discovery documents have about
	// 4,000.
	maxShownBody = 8000
	// maxShownValue is how much of a value is shown, in characters.
	maxShownValue = 200
	// maxSeen is how many answers are remembered because later sign-ins use them too: metadata and
	// keys.
	maxSeen = 4
)

// Exchange is a request of a sign-in with its answer, in a form that can be shown. Secrets are left
// out, and codes and tokens are shortened; both keep their length in characters. Everything is
// bounded.
type Exchange struct {
	Step    Step
	At      time.Time
	Took    time.Duration // 0 for requests of the browser
	Earlier bool          // requested by an earlier sign-in; the answer is still used
	Method  string
	Address string // without query
	Params  []Field
	Headers []Field
	Status  int    // 0: no answer
	Fault   string // why there is no answer; may be empty
	Body    string
}

// Field is a parameter or a header.
type Field struct{ Name, Value string }

// Step says what an exchange is for.
type Step string

// The steps of a sign-in, in order.
const (
	StepDiscovery Step = "discovery" // OpenID Connect Discovery §4
	StepAuthorize Step = "authorize" // RFC 6749 §4.1.1: where the browser was sent
	StepCallback  Step = "callback"  // RFC 6749 §4.1.2: what it brought back
	StepToken     Step = "token"     // RFC 6749 §4.1.3
	StepKeys      Step = "keys"      // RFC 7517 §5
	StepUserInfo  Step = "userinfo"  // OpenID Connect Core §5.3
	StepOther     Step = "other"
)

func steps() []Step {
	return []Step{StepDiscovery, StepAuthorize, StepCallback, StepToken, StepKeys, StepUserInfo, StepOther}
}

// recording collects the exchanges of one sign-in. It is safe for concurrent use.
type recording struct {
	mu   sync.Mutex
	list []Exchange
}

type recordingKey struct{}

// withRecording records all requests to the provider that use the context.
func withRecording(ctx context.Context) (context.Context, *recording) {
	r := &recording{}
	return context.WithValue(ctx, recordingKey{}, r), r
}

func (r *recording) add(e Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.list) < maxExchanges {
		r.list = append(r.list, e)
	}
}

// recorder notes all exchanges of a transport.
type recorder struct {
	now func() time.Time

	mu   sync.Mutex
	seen map[string]Exchange // last answers to requests without parameters and credentials, by URL
}

// note records an exchange for its sign-in, and for later sign-ins that use the same answer.
func (r *recorder) note(req *http.Request, began time.Time, resp *http.Response, body []byte, fault error) {
	e := Exchange{At: began, Took: r.now().Sub(began), Method: req.Method, Address: plainAddress(req.URL)}
	e.Params = append(fields(req.URL.Query()), sentForm(req)...)
	for _, name := range []string{"Authorization", "Content-Type", "Accept"} {
		if value := req.Header.Get(name); value != "" {
			e.Headers = append(e.Headers, Field{name, shownHeader(name, value)})
		}
	}
	if resp != nil {
		e.Status, e.Body = resp.StatusCode, shownBody(resp.Header.Get("Content-Type"), body)
	}
	if fault != nil {
		e.Fault = words.Printable(words.Shorten(unwrapped(fault).Error(), maxFault))
	}
	if rec, ok := req.Context().Value(recordingKey{}).(*recording); ok {
		rec.add(e)
	}
	if req.Method != http.MethodGet || req.URL.RawQuery != "" || req.Header.Get("Authorization") != "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.seen[e.Address]; known || len(r.seen) < maxSeen {
		r.seen[e.Address] = e
	}
}

// unwrapped returns an error without the request that package net/http puts around it.
func unwrapped(err error) error {
	var around *url.Error
	if errors.As(err, &around) {
		return around.Err
	}
	return err
}

// last returns the last answer from a URL.
func (r *recorder) last(address string) (Exchange, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.seen[address]
	return e, ok
}

func plainAddress(u *url.URL) string {
	return mishap.Plain(u)
}

func sentForm(req *http.Request) []Field {
	if req.GetBody == nil {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(body, maxFormBytes))
	if err = errors.Join(err, body.Close()); err != nil {
		return nil
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil
	}
	return fields(form)
}

func fields(values url.Values) []Field {
	var out []Field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			out = append(out, Field{words.Shorten(name, maxErrorCode), shownValue(name, value)})
		}
	}
	return out[:min(len(out), maxShownFields)]
}

// maxShownFields bounds the shown parameters of one request. A usual request has a dozen.
const maxShownFields = 40

// leftOut reports whether a parameter or member is never shown.
func leftOut(name string) bool {
	if cut(name) {
		return false
	}
	name = strings.ToLower(name)
	switch name {
	case "client_assertion", "code_verifier", "assertion", "sessiontoken", "request":
		return true
	}
	return strings.HasSuffix(name, "_token") || strings.Contains(name, "secret") || strings.Contains(name, "password")
}

// cut reports whether only the first characters of a value are shown.
func cut(name string) bool {
	switch name {
	case "code", "id_token", "access_token", "id_token_hint", "token":
		return true
	}
	return false
}

// longEnoughToCut is the length from which the first characters of a secret are shown. The rest is
// then long enough to stay a secret.
const longEnoughToCut = 32

// shownValue returns a value as it is shown.
func shownValue(name, value string) string {
	n := len([]rune(value))
	switch {
	case value == "":
		return ""
	case leftOut(name), cut(name) && n < longEnoughToCut:
		return fmt.Sprintf("••• (%d)", n)
	case cut(name), isJWT(value):
		return fmt.Sprintf("%s… (%d)", words.Printable(words.Shorten(value, 9)[:8]), n)
	case n > maxShownValue:
		return fmt.Sprintf("%s (%d)", words.Printable(words.Shorten(value, 41)), n)
	}
	return words.Printable(value)
}

// isJWT reports whether text holds a JWT, under any name.
func isJWT(text string) bool {
	return regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.`).MatchString(text)
}

func shownHeader(name, value string) string {
	if name != "Authorization" {
		return words.Printable(words.Shorten(value, maxShownValue))
	}
	scheme, credential, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return words.Shorten(scheme, maxErrorCode) + " •••"
	}
	return "Bearer " + shownValue("access_token", credential)
}

// shownBody returns the body of an answer as it is shown: JSON with one member per line, anything
// else cut short.
func shownBody(contentType string, body []byte) string {
	text, ok := shownJSON(body)
	if !ok {
		mediaType, _, _ := mime.ParseMediaType(contentType)
		text = mediaType + ", " + shownText(strings.Join(strings.Fields(string(body)), " "))
	}
	return words.Shorten(text, maxShownBody)
}

func shownText(text string) string {
	if isJWT(text) {
		return shownValue("", text)
	}
	return words.Printable(words.Shorten(text, maxErrorDescription))
}

func shownJSON(body []byte) (string, bool) {
	var out bytes.Buffer
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	enc := jsontext.NewEncoder(&out, jsontext.WithIndent("  "))
	name := ""
	for {
		token, err := dec.ReadToken()
		if errors.Is(err, io.EOF) {
			return strings.TrimSpace(out.String()), out.Len() > 0
		}
		if err != nil {
			return "", false
		}
		if token.Kind() == '"' {
			if kind, n := dec.StackIndex(dec.StackDepth()); kind == '{' && n%2 == 1 {
				name = token.String()
			} else {
				token = jsontext.String(shownValue(name, token.String()))
			}
		}
		if err := enc.WriteToken(token); err != nil {
			return "", false
		}
	}
}

// wire returns the exchanges of a sign-in, in the order of [steps]: those of the browser, the
// recorded ones, and the earlier answers that this sign-in used.
func (c *Client) wire(ctx context.Context, begun begunSignIn, query url.Values, rec *recording) []Exchange {
	p, err := c.source.get(ctx)
	if err != nil {
		p = &provider{} // the recorded exchanges say why
	}
	at := time.Unix(begun.At, 0)
	var out []Exchange
	if sent, err := url.Parse(c.address(p, begun.SignIn)); err == nil && sent.Host != "" && begun.SignIn.State != "" {
		out = append(out, Exchange{Step: StepAuthorize, At: at, Method: http.MethodGet, Address: plainAddress(sent), Params: fields(sent.Query())})
	}
	if query != nil {
		out = append(out, Exchange{Step: StepCallback, At: c.opts.Now(), Method: http.MethodGet, Address: c.opts.RedirectURL, Params: fields(query)})
	}
	return inOrder(append(out, c.asked(p, rec)...))
}

// asked returns the exchanges of this service with the provider.
func (c *Client) asked(p *provider, rec *recording) []Exchange {
	rec.mu.Lock()
	out := slices.Clone(rec.list)
	rec.mu.Unlock()
	for i := range out {
		if out[i].Step == "" {
			out[i].Step = p.stepOf(out[i].Address)
		}
	}
	for _, address := range []string{strings.TrimSuffix(c.opts.Issuer, "/") + discoveryPath, p.meta.JWKSURL} {
		if slices.ContainsFunc(out, func(e Exchange) bool { return e.Address == address }) {
			continue
		}
		if e, ok := c.recorder.last(address); ok {
			e.Step, e.Earlier = p.stepOf(address), true
			out = append(out, e)
		}
	}
	return out
}

const discoveryPath = "/.well-known/openid-configuration"

func (p *provider) stepOf(address string) Step {
	switch {
	case address == "":
		return StepOther
	case address == p.meta.TokenURL:
		return StepToken
	case address == p.meta.JWKSURL:
		return StepKeys
	case address == p.meta.UserInfoURL:
		return StepUserInfo
	case strings.HasSuffix(address, discoveryPath):
		return StepDiscovery
	}
	return StepOther
}

func inOrder(list []Exchange) []Exchange {
	order := steps()
	slices.SortStableFunc(list, func(a, b Exchange) int { return slices.Index(order, a.Step) - slices.Index(order, b.Step) })
	return list
}
