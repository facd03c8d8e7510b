package outcomes_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pschook/internal/outcomes"
	"pschook/oktaemu"
)

// withToken sends an API token with each request.
type withToken struct {
	http.Transport

	token string
}

func (t *withToken) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "SSWS "+t.token)
	return t.Transport.RoundTrip(req)
}

// The System Log of an emulated org shows what happened at a sign-in. It is joined with the call
// that the hook answered.
func TestOutcomesOfAnOrg(t *testing.T) {
	t.Parallel()
	const (
		tid    = `{"commands":[{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"00o1"}]}]}`
		oid    = `{"commands":[{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/oid","value":"00u1"}]}]}`
		denied = `{"error":{"errorSummary":"not now"}}`
	)
	tests := []struct {
		name     string
		status   int
		answer   string
		debug    bool // debugging is switched on for the hook
		reaches  bool // the call reaches the hook
		detach   bool // the hook is removed from its rule first
		refused  bool // Okta mints nothing
		want     outcomes.Result
		minted   uint64
		joined   uint64
		changed  uint64
		okReason string
	}{
		{name: "applied in silence", status: 200, answer: tid, reaches: true, minted: 1, joined: 1},
		{name: "applied, and said so", status: 200, answer: tid, debug: true, reaches: true, want: outcomes.ResultApplied, minted: 1, joined: 1},
		{name: "a reserved claim", status: 200, answer: oid, reaches: true, want: outcomes.ResultDropped, minted: 1, joined: 1, okReason: `claim "oid" is reserved`},
		{name: "status 500", status: 500, answer: "{}", reaches: true, want: outcomes.ResultFailed, minted: 1, joined: 1, okReason: "status 500"},
		{name: "refused on purpose", status: 200, answer: denied, reaches: true, refused: true, want: outcomes.ResultDenied},
		{name: "taken from its rule", status: 200, answer: tid, detach: true, minted: 1, changed: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ledger := outcomes.NewLedger(outcomes.Options{Now: time.Now})
			hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var call struct {
					Data struct {
						Context struct{ Request struct{ ID string } }
					}
				}
				if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
					t.Error(err)
				}
				ledger.Asked(outcomes.Call{RequestID: call.Data.Context.Request.ID, Denied: tt.answer == denied})
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.answer)
			}))
			defer hook.Close()
			org, err := oktaemu.New(oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}, HookDebugging: tt.debug})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = org.Close() }()
			address, err := url.Parse(org.URL())
			if err != nil {
				t.Fatal(err)
			}
			transport := &withToken{token: org.APIToken()}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport}
			reader := outcomes.NewReader(outcomes.ReaderOptions{
				Ledger: ledger, Client: client, OrgURL: address, Every: time.Minute, Now: time.Now, After: atOnce,
				Logger: slog.New(slog.DiscardHandler),
			})
			if tt.detach {
				detach(t, client, org.URL())
			}
			if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); (err != nil) != tt.refused {
				t.Fatalf("sign-in: %v", err)
			}
			reader.Poll(t.Context())
			got := ledger.Counts()
			for _, result := range outcomes.Results() {
				if want := map[bool]uint64{true: 1}[result == tt.want]; got.Results[result] != want {
					t.Errorf("%s: %d, want %d", result, got.Results[result], want)
				}
			}
			if got.Minted != tt.minted || got.Joined != tt.joined || got.Rules != tt.changed || got.Asked != map[bool]uint64{true: 1}[tt.reaches] {
				t.Errorf("got %+v", got)
			}
			if last := ledger.Last(); tt.okReason != "" && (len(last) != 1 || !strings.Contains(last[0].Reason, tt.okReason)) {
				t.Errorf("last: %+v, want the reason %q", last, tt.okReason)
			}
		})
	}
}

// atOnce is an [outcomes.ReaderOptions.After] that does not wait.
func atOnce(time.Duration) <-chan time.Time {
	now := make(chan time.Time)
	close(now)
	return now
}

// The log and the event hook lose, repeat and delay entries. Each entry still counts once, however
// often and late it comes. An entry that never came is missing from the counts.
func TestCountsOfABadLog(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	ledger := outcomes.NewLedger(outcomes.Options{Now: now})
	receiver := &outcomes.Receiver{Ledger: ledger}
	delivered := make(chan struct{}, 10)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == outcomes.Path {
			body, err := io.ReadAll(r.Body)
			if err = errors.Join(err, receiver.Take(body)); err != nil {
				t.Error(err)
			}
			w.WriteHeader(http.StatusNoContent)
			delivered <- struct{}{}
			return
		}
		w.WriteHeader(http.StatusInternalServerError) // the hook call's answer: inline_hook.executed, FAILURE
	}))
	defer service.Close()
	const eventType = "inline_hook.executed"
	seed, err := oktaemu.ParseSeed("seed", []byte(`
eventHooks:
  - {name: outcomes, verified: true, events: [`+eventType+`], channel: {type: HTTP, config: {uri: "`+service.URL+outcomes.Path+`"}}}
faults:
  - {log: lose, event_type: `+eventType+`, times: 2}
  - {log: repeat, event_type: `+eventType+`, times: 3}
  - {log: delay, event_type: `+eventType+`, delay_ms: 3600000, times: 2}
  - {delivery: lose, times: 7}
  - {delivery: repeat}
`))
	if err != nil {
		t.Fatal(err)
	}
	org, err := oktaemu.New(oktaemu.Options{Seed: seed, Hook: oktaemu.Hook{URL: service.URL}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = org.Close() }()
	address, err := url.Parse(org.URL())
	if err != nil {
		t.Fatal(err)
	}
	transport := &withToken{token: org.APIToken()}
	defer transport.CloseIdleConnections()
	reader := outcomes.NewReader(outcomes.ReaderOptions{
		Ledger: ledger, Client: &http.Client{Transport: transport}, OrgURL: address, Every: time.Minute, Now: now, Logger: slog.New(slog.DiscardHandler),
		After: atOnce,
	})
	failed := func(after string, want uint64) {
		t.Helper()
		reader.Poll(t.Context())
		reader.Poll(t.Context())
		if got := ledger.Counts().Results[outcomes.ResultFailed]; got != want {
			t.Errorf("%s: %d failed, want %d", after, got, want)
		}
	}
	signIn := func(times int) {
		t.Helper()
		for range times {
			if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	signIn(2)
	failed("two lost", 0)
	signIn(3)
	failed("three more, each twice", 3)
	signIn(2)
	failed("two more that are late", 3)
	signIn(1) // its delivery comes twice, and the log has it too
	<-delivered
	<-delivered
	failed("one by the event hook, twice", 4)
	ahead.Add(int64(time.Hour))
	failed("the late ones have come", 6)
	if left := org.Faults(); len(left) != 0 {
		t.Errorf("faults that were never met: %+v", left)
	}
}

// detach removes the hook from the rule of the server "default", as an administrator would.
func detach(t *testing.T, client *http.Client, org string) {
	t.Helper()
	base := org + "/api/v1/authorizationServers/default/policies"
	var policies, rules []map[string]any
	ask(t, client, http.MethodGet, base, "", &policies)
	path := base + "/" + policies[0]["id"].(string) + "/rules"
	ask(t, client, http.MethodGet, path, "", &rules)
	delete(rules[0]["actions"].(map[string]any)["token"].(map[string]any), "inlineHook")
	body, err := json.Marshal(rules[0])
	if err != nil {
		t.Fatal(err)
	}
	ask(t, client, http.MethodPut, path+"/"+rules[0]["id"].(string), string(body), nil)
}

func ask(t *testing.T, client *http.Client, method, address, body string, answer any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: status %d: %s", method, address, res.StatusCode, text)
	}
	if answer != nil {
		if err := json.Unmarshal(text, answer); err != nil {
			t.Fatal(err)
		}
	}
}
