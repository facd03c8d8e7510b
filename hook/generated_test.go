package hook_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pschook/hook"
	"pschook/internal/testneed"
)

// How many calls are made through the real listener, at least, and how many of them at random.
// Under the race detector only one in share() is made, because it only looks for memory that calls
// share.
const (
	generatedCalls = 100_000
	randomCalls    = 15_000
)

func share() int {
	if testneed.RaceDetector {
		return 20
	}
	return 1
}

const otherUser = "00u9otherPerson00000"

// place is a member of a call with the values that it may hold.
type place struct {
	path   string
	others []any
}

// places are all members that the service reads.
func places() []place {
	people := []any{otherUser, "00U1Q8TMO3ZV0OFJON0G3", "camille.durand@hopital.example"}
	urls := []any{"https://attaquant.example/oauth2/default", "http://hopital.okta.com/oauth2/default", "https://hopital.okta.com/oauth2/../x", "https://login.hopital.example/oauth2/default"}
	strong := []any{[]any{"sc", "pin", "mfa", "hwk"}, []any{"SMART_CARD", "pin"}, []any{}, []any{nil}, []any{""}, []any{"a b"}, []any{1}}
	grants := []any{"authorization_code", "implicit", "refresh_token", "client_credentials", "password", "urn:ietf:params:oauth:grant-type:token-exchange",
		"urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:openid:params:grant-type:ciba", "urn:ietf:params:oauth:grant-type:device_code", "Authorization_Code", "urn:example:grant-of-tomorrow"}
	return []place{
		{"eventId", []any{"camille.durand@hopital.example"}}, {"eventTime", []any{"2026-03-02T12:00:00.000Z", "yesterday"}}, {"eventType", []any{"com.okta.saml.tokens.transform"}}, {"source", urls}, {"data", nil},
		{"data.context", nil}, {"data.context.request", nil}, {"data.context.request.id", []any{"camille.durand@hopital.example"}},
		{"data.context.protocol", nil}, {"data.context.protocol.request", nil}, {"data.context.protocol.request.client_id", []any{"0oaOther"}},
		{"data.context.protocol.request.grant_type", grants}, {"data.context.protocol.request.response_type", []any{"token", "id_token token", "code id_token", "none"}},
		{"data.context.protocol.issuer", nil}, {"data.context.protocol.issuer.uri", urls}, {"data.context.protocol.client", nil}, {"data.context.protocol.client.id", []any{"0oaOther"}},
		{"data.context.protocol.originalGrant", []any{map[string]any{"refresh_token": map[string]any{"jti": "x"}}}}, {"data.context.protocol.OriginalGrant", []any{map[string]any{}}},
		{"data.context.session", nil}, {"data.context.session.userId", people}, {"data.context.session.status", []any{"EXPIRED", "MFA_REQUIRED", "active"}},
		{"data.context.session.expiresAt", []any{"2026-03-02T08:15:29.000Z", "never"}}, {"data.context.session.amr", strong}, {"data.context.session.idp", nil},
		{"data.context.user", nil}, {"data.context.user.id", people},
		{"data.identity", nil}, {"data.identity.claims", nil}, {"data.identity.claims.sub", people}, {"data.identity.claims.iss", urls}, {"data.identity.claims.amr", strong}, {"data.identity.claims.jti", people},
		{"data.access", nil}, {"data.access.claims", nil}, {"data.access.claims.uid", people}, {"data.access.claims.sub", people}, {"data.access.claims.cid", []any{"0oaOther"}}, {"data.access.claims.iss", urls},
		{"data.refresh_token", []any{map[string]any{"jti": "oar1"}}},
	}
}

// change alters one thing in a call.
type change func(call map[string]any)

// changes returns the alterations of a member: absent, null, "", other values, other types, another
// spelling, one level up.
func (p place) changes() []change {
	path := strings.Split(p.path, ".")
	name := path[len(path)-1]
	at := func(do func(parent map[string]any)) change {
		return func(call map[string]any) {
			if parent, ok := lookUp(call, path[:len(path)-1]).(map[string]any); ok {
				do(parent)
			}
		}
	}
	all := []change{at(func(m map[string]any) { delete(m, name) })}
	for _, value := range append([]any{nil, "", 1.5, true, []any{"x"}, map[string]any{"x": "y"}}, p.others...) {
		all = append(all, at(func(m map[string]any) {
			m[name] = value
			if inner, ok := value.(map[string]any); ok {
				m[name] = clone(inner) // further changes must not reach other calls
			}
		}))
	}
	for _, spelling := range []string{strings.ToUpper(name), strings.ToLower(name), snake(name), strings.ReplaceAll(name, "_", "")} {
		if spelling != name {
			all = append(all, at(func(m map[string]any) {
				if value, ok := m[name]; ok {
					delete(m, name)
					m[spelling] = value
				}
			}))
		}
	}
	if len(path) > 1 {
		all = append(all, func(call map[string]any) {
			parent, ok := lookUp(call, path[:len(path)-1]).(map[string]any)
			above, okAbove := lookUp(call, path[:len(path)-2]).(map[string]any)
			if !ok || !okAbove {
				return
			}
			if value, there := parent[name]; there {
				delete(parent, name)
				above[name] = value
			}
		})
	}
	return all
}

// snake is userId as user_id.
func snake(name string) string {
	var b strings.Builder
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			b.WriteByte('_')
			c |= 0x20
		}
		b.WriteRune(c)
	}
	return b.String()
}

func lookUp(call any, path []string) any {
	for _, name := range path {
		m, ok := call.(map[string]any)
		if !ok {
			return nil
		}
		call = m[name]
	}
	return call
}

// lean returns the samples without members that no answer depends on, so that many calls can be
// made.
func lean(t *testing.T) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, k := range kinds() {
		var call map[string]any
		if err := json.Unmarshal([]byte(sample(t, k.file)), &call); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"data.context.user.profile", "data.context.user._links", "data.context.policy", "data.access.scopes", "data.access.token", "data.identity.token"} {
			parent := strings.Split(path, ".")
			if m, ok := lookUp(call, parent[:len(parent)-1]).(map[string]any); ok {
				delete(m, parent[len(parent)-1])
			}
		}
		all = append(all, call)
	}
	return all
}

// clone copies the objects of a call; lists are never changed.
func clone(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for name, value := range m {
		if inner, ok := value.(map[string]any); ok {
			value = clone(inner)
		}
		out[name] = value
	}
	return out
}

// TestGeneratedCalls checks the service's promises, through its listener, for calls of any form. It
// tries all pairs of changes to three good calls, and then random changes to all samples. It prints
// the seed; give the seed to rand.NewPCG to see a failure again.
func TestGeneratedCalls(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *hook.Options) {
		o.Lookup = known(orgID, "login.hopital.example")
		o.Logger = slog.New(slog.DiscardHandler) // log lines would fill the memory
	})
	samples := lean(t)
	var all []change
	for _, p := range places() {
		all = append(all, p.changes()...)
	}
	seed := uint64(time.Now().UnixNano())
	var made, commandsSent, denied atomic.Int64
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			line := dial(t, s.url)
			defer line.close()
			try := func(call map[string]any) bool {
				return line.send(call, func(call map[string]any, status int, body []byte) string {
					made.Add(1)
					if bytes.HasPrefix(body, []byte(`{"commands"`)) {
						commandsSent.Add(1)
					} else if status == 200 {
						denied.Add(1)
					}
					return brokenPromise(call, status, body)
				})
			}
			for i := w; i < len(all); i += workers { // pairs
				for j := i % share(); j < i; j += share() {
					call := clone(samples[[]int{0, 3, 10}[(i+j)%3]])
					all[i](call)
					all[j](call)
					if !try(call) {
						return
					}
				}
			}
			random := rand.New(rand.NewPCG(seed, uint64(w)))
			for range randomCalls / share() / workers {
				call := clone(samples[random.IntN(len(samples))])
				for range 1 + random.IntN(5) {
					all[random.IntN(len(all))](call)
				}
				if !try(call) {
					return
				}
			}
			line.flush()
		})
	}
	wg.Wait()
	t.Logf("%d calls (%d answered with commands, %d denied), %d changes, seed %d", made.Load(), commandsSent.Load(), denied.Load(), len(all), seed)
	least := int64(generatedCalls / share())
	if !t.Failed() && (made.Load() < least || commandsSent.Load() < least/10 || denied.Load() < least/400) {
		t.Error("too few calls of a kind to show anything")
	}
}

// line is a connection that sends many calls before it reads their answers (RFC 9112, section
// 9.3.2). Only this makes so many calls affordable.
type line struct {
	t       *testing.T
	conn    net.Conn
	in      *bufio.Reader
	out     *bufio.Writer
	head    string
	waiting []waitingCall
}

type waitingCall struct {
	call  map[string]any
	judge func(map[string]any, int, []byte) string
}

func dial(t *testing.T, to string) *line {
	u, err := url.Parse(to)
	if err != nil {
		t.Error(err)
		return nil
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", u.Host)
	if err != nil {
		t.Error(err)
		return nil
	}
	head := "POST " + u.Path + " HTTP/1.1\r\nHost: " + u.Host + "\r\nAuthorization: " + secret + "\r\nContent-Type: application/json\r\nContent-Length: "
	return &line{t: t, conn: conn, in: bufio.NewReader(conn), out: bufio.NewWriterSize(conn, 1<<16), head: head}
}

func (l *line) close() { _ = l.conn.Close() }

// send sends a call. When many answers are due, it reads and judges them. False means that the test
// must stop.
func (l *line) send(call map[string]any, judge func(map[string]any, int, []byte) string) bool {
	body, err := json.Marshal(call)
	if err != nil {
		l.t.Error(err)
		return false
	}
	_, _ = fmt.Fprintf(l.out, "%s%d\r\n\r\n%s", l.head, len(body), body) // Flush reports the error
	l.waiting = append(l.waiting, waitingCall{call, judge})
	return len(l.waiting) < 32 || l.flush()
}

func (l *line) flush() bool {
	if err := l.out.Flush(); err != nil {
		l.t.Error(err)
		return false
	}
	for _, w := range l.waiting {
		res, err := http.ReadResponse(l.in, nil)
		if err != nil {
			l.t.Error(err)
			return false
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		fault := ""
		if err == nil {
			fault = w.judge(w.call, res.StatusCode, body)
		}
		if err != nil || fault != "" {
			text, _ := json.Marshal(w.call)
			l.t.Errorf("%s %v\n%s\nis answered with %d %s", fault, err, text, res.StatusCode, body)
			return false
		}
	}
	l.waiting = l.waiting[:0]
	return true
}

// at returns the text at a place of the call; "" if there is none.
func at(call map[string]any, path string) string {
	text, _ := lookUp(call, strings.Split(path, ".")).(string)
	return text
}

// object reports whether an object stands at a place.
func object(call map[string]any, path string) bool {
	_, ok := lookUp(call, strings.Split(path, ".")).(map[string]any)
	return ok
}

// renewed reports whether a name above or in the OAuth request speaks of an earlier grant.
func renewed(call map[string]any) bool {
	for _, path := range []string{"", "data", "data.context", "data.context.request", "data.context.protocol", "data.context.protocol.request"} {
		m := call
		if path != "" {
			m, _ = lookUp(call, strings.Split(path, ".")).(map[string]any)
		}
		for name := range m {
			if path == "data.context.protocol.request" && name == "grant_type" || path == "data" && name == "refresh_token" {
				continue
			}
			plain := strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
			if strings.Contains(plain, "grant") || strings.Contains(plain, "refresh") {
				return true
			}
		}
	}
	return false
}

// signedInJustNow is the closed list of interactive mintings, read from the call as it was sent.
func signedInJustNow(call map[string]any) bool {
	grant, response := at(call, "data.context.protocol.request.grant_type"), at(call, "data.context.protocol.request.response_type")
	data, _ := call["data"].(map[string]any)
	_, refresh := data["refresh_token"]
	told := lookUp(call, strings.Split("data.context.protocol.request.response_type", "."))
	readable := told == nil || response != "" || told == ""
	return !renewed(call) && readable && (grant == "authorization_code" && slices.Contains([]string{"", "code", "code id_token"}, response) ||
		!refresh && (grant == "" || grant == "implicit") && slices.Contains([]string{"token", "id_token", "id_token token", "code id_token"}, response))
}

// brokenPromise names the promise that an answer breaks; "": none. It reads the call in its own
// way, member by member.
func brokenPromise(call map[string]any, status int, body []byte) string {
	if bytes.Contains(body, []byte(otherUser)) && at(call, "data.identity.claims.sub") != otherUser && at(call, "data.access.claims.uid") != otherUser &&
		(!signedInJustNow(call) || at(call, "data.context.user.id") != otherUser) {
		return "another person is named"
	}
	if bytes.Contains(body, []byte("camille")) {
		return "the person's data is in the answer"
	}
	if !slices.Contains([]int{200, 204, 400, 403}, status) {
		return "no such status"
	}
	sub, uid := at(call, "data.identity.claims.sub"), at(call, "data.access.claims.uid")
	user := sub
	if user == "" {
		user = uid
	}
	named := user != ""
	if !named && signedInJustNow(call) {
		user = at(call, "data.context.user.id")
	}
	machine := at(call, "data.context.protocol.request.grant_type") == "client_credentials"
	switch {
	case sub != "" && uid != "" && sub != uid && (status == 200 || status == 204):
		return "tokens of two users are not refused"
	case status == 204 && (object(call, "data.identity") || object(call, "data.access")) && !machine:
		return "nothing is answered although something is wanted"
	}
	var answer struct {
		Error    any
		Commands []struct {
			Type  string
			Value []struct {
				Op, Path string
				Value    any
			}
		}
	}
	if status != 200 {
		return ""
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return err.Error()
	}
	if answer.Commands != nil {
		for _, place := range []string{"source", "data.context.protocol.issuer.uri", "data.identity.claims.iss", "data.access.claims.iss"} {
			if uri := at(call, place); uri != "" && !strings.HasPrefix(uri, "https://hopital.okta.com/oauth2/default") && uri != "https://login.hopital.example/oauth2/default" {
				return "a foreign issuer is answered"
			}
		}
	}
	seen := map[string]bool{}
	for _, c := range answer.Commands {
		token := map[string]string{"com.okta.identity.patch": "data.identity", "com.okta.access.patch": "data.access"}[c.Type]
		if token == "" || seen[token] || !object(call, token) || len(c.Value) == 0 {
			return "a token is patched that is not minted, or twice"
		}
		seen[token] = true
		for _, p := range c.Value {
			if p.Op != "add" || token == "data.identity" && p.Path != "/claims/tid" {
				return "Okta drops the whole answer"
			}
			switch p.Path {
			case "/claims/oid":
				if p.Value != user || user == "" {
					return "oid is not the tokens' user"
				}
			case "/claims/tid":
				if p.Value != orgID {
					return "tid is not the org"
				}
			case "/claims/amr":
				if !evidenced(call, user) {
					return "amr without evidence"
				}
			}
		}
	}
	if seen["data.access"] && user == "" {
		return "answered although nobody is named"
	}
	return ""
}

// evidenced reports whether the call says how this user signed in.
func evidenced(call map[string]any, user string) bool {
	if list, ok := lookUp(call, strings.Split("data.identity.claims.amr", ".")).([]any); ok {
		return len(list) > 0
	}
	const session = "data.context.session."
	list, _ := lookUp(call, strings.Split(session+"amr", ".")).([]any)
	event, err := time.Parse(time.RFC3339, at(call, "eventTime"))
	if err != nil {
		return false
	}
	end, err := time.Parse(time.RFC3339, at(call, session+"expiresAt"))
	context := at(call, "data.context.user.id")
	return err == nil && event.Before(end) && len(list) > 0 && at(call, session+"status") == "ACTIVE" && user != "" &&
		at(call, session+"userId") == user && (context == user || context == "") && signedInJustNow(call)
}
