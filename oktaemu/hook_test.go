package oktaemu_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pschook/oktaemu"
)

const (
	patchTID  = `{"type":"com.okta.access.patch","value":[{"op":"add","path":"/claims/tid","value":"00o1"}]}`
	patchOID  = `{"type":"com.okta.identity.patch","value":[{"op":"add","path":"/claims/oid","value":"00u1"}]}`
	patchNone = `{"type":"com.okta.access.patch","value":[{"op":"replace","path":"/claims/none","value":"1"}]}`
)

// TestHookOutcomes shows, from the client's side, what Okta makes of each answer.
func TestHookOutcomes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		status    int
		body      string
		reserved  oktaemu.Reserved
		outcome   string
		reason    string // part of it
		tid       any    // in the access token
		executed  string // outcome of the System Log entry inline_hook.executed; empty: there is none
		processed string // of inline_hook.response.processed; empty: there is none
	}{
		{name: "applied", status: 200, body: `{"commands":[` + patchTID + `]}`, outcome: "applied", tid: "00o1", processed: "SUCCESS"},
		{name: "no_content", status: 204, outcome: "empty", processed: "SUCCESS"},
		{name: "no_commands", status: 200, body: `{}`, outcome: "empty", processed: "SUCCESS"},
		{name: "reserved_loses_all", status: 200, body: `{"commands":[` + patchTID + `,` + patchOID + `]}`, outcome: "dropped",
			reason: `claim "oid" is reserved`, processed: "FAILURE"},
		{name: "nothing_reserved", status: 200, body: `{"commands":[` + patchTID + `,` + patchOID + `]}`, reserved: oktaemu.ReservedNone,
			outcome: "applied", tid: "00o1", processed: "SUCCESS"},
		{name: "bad_command_loses_all", status: 200, body: `{"commands":[` + patchTID + `,` + patchNone + `]}`, outcome: "dropped",
			reason: `"none" is not there`, processed: "FAILURE"},
		{name: "server_fault", status: 503, body: `{"error":{"errorSummary":"stopping"}}`, outcome: "failed", reason: "status 503", executed: "FAILURE"},
		{name: "unauthorized", status: 401, body: `{}`, outcome: "failed", reason: "status 401", executed: "FAILURE"},
		{name: "other_2xx", status: 202, body: `{"commands":[` + patchTID + `]}`, outcome: "failed", reason: "status 202", executed: "FAILURE"},
		{name: "not_json", status: 200, body: `<html>`, outcome: "failed", reason: "not a JSON object", executed: "FAILURE"},
		{name: "too_long", status: 200, body: `{"x":"` + strings.Repeat("x", 256*1024) + `"}`, outcome: "failed", reason: "less than 262144", executed: "FAILURE"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			hook := hookThatAnswers(t, tc.status, tc.body)
			org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}, Reserved: tc.reserved, HookDebugging: true})
			tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"})
			if err != nil {
				t.Fatal(err)
			}
			if got := claimsOf(t, org, tokens.AccessToken)["tid"]; got != tc.tid {
				t.Errorf("tid %v, want %v", got, tc.tid)
			}
			checkCall(t, org, tc.outcome, tc.reason)
			checkLog(t, org, "inline_hook.executed", tc.executed)
			checkLog(t, org, "inline_hook.response.processed", tc.processed)
		})
	}
}

// checkCall expects one hook call with that outcome, and the reason in it.
func checkCall(t *testing.T, org *oktaemu.Org, outcome, reason string) {
	t.Helper()
	calls := org.HookCalls()
	if len(calls) != 1 || calls[0].Outcome != outcome || !strings.Contains(calls[0].Reason, reason) {
		t.Fatalf("hook calls %+v, want one, %s, because %q", calls, outcome, reason)
	}
}

func checkLog(t *testing.T, org *oktaemu.Org, eventType, result string) {
	t.Helper()
	entries := org.LogEvents(eventType)
	switch {
	case result == "" && len(entries) == 0:
	case len(entries) != 1 || entries[0].Result != result || result == "FAILURE" && entries[0].Reason == "":
		t.Errorf("%s: %+v, want one entry %q", eventType, entries, result)
	}
}

func TestHookDenies(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"error":{"errorSummary":"Carte CPx expirée"}}`: "Carte CPx expirée",
		`{"error":{}}`: "The callback service returned an error.",
		`{"commands":[` + patchTID + `],"error":{"errorSummary":"no","errorCauses":[]}}`: "no",
	} {
		org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hookThatAnswers(t, 200, body).URL}})
		_, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"})
		var fault *oktaemu.OAuthError
		if !errors.As(err, &fault) {
			t.Fatalf("error %v, want an OAuthError", err)
		}
		if diff := cmp.Diff(oktaemu.OAuthError{Code: "server_error", Description: want}, *fault); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
		checkCall(t, org, oktaemu.HookDenied, want)
		checkLog(t, org, "inline_hook.response.processed", "FAILURE")
	}
}

// holding serves a hook that holds every call until the caller gives up, and
// counts the calls.
func holding(t *testing.T) (url string, calls *atomic.Int64) {
	t.Helper()
	calls = new(atomic.Int64)
	server := hookServer(t, func(_ http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		_, _ = r.Body.Read(make([]byte, 1<<20)) // the server notices that the caller left only once the body is read
		<-r.Context().Done()
	})
	return server.URL, calls
}

// TestHookTimeout: a hook that does not answer in time is skipped, and not asked again.
func TestHookTimeout(t *testing.T) {
	t.Parallel()
	const timeout = 50 * time.Millisecond
	url, count := holding(t)
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: url}, HookTimeout: timeout})
	tokens, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"})
	if err != nil {
		t.Fatal(err)
	}
	if access := claimsOf(t, org, tokens.AccessToken); access["tid"] != nil || access["uid"] == nil {
		t.Errorf("access token %v, want the original one", access)
	}
	checkCall(t, org, oktaemu.HookFailed, "did not answer within 50ms")
	checkLog(t, org, "inline_hook.executed", "FAILURE")
	if n := count.Load(); n != 1 {
		t.Errorf("%d calls, want 1: token hooks are not retried", n)
	}
	if took := org.HookCalls()[0].Took; took < timeout {
		t.Errorf("gave up after %v", took)
	}
}

// TestHookTimeoutIsThreeSeconds waits for the real thing once.
func TestHookTimeoutIsThreeSeconds(t *testing.T) {
	t.Parallel()
	url, _ := holding(t)
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: url}})
	if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil {
		t.Fatal(err)
	}
	checkCall(t, org, oktaemu.HookFailed, "did not answer within 3s")
	if took := org.HookCalls()[0].Took; took < 3*time.Second {
		t.Errorf("gave up after %v, want 3 s", took)
	}
}

func TestHookRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var followed atomic.Bool
	target := hookServer(t, func(http.ResponseWriter, *http.Request) { followed.Store(true) })
	hook := hookServer(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, target.URL, http.StatusTemporaryRedirect)
	})
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}})
	if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil {
		t.Fatal(err)
	}
	checkCall(t, org, oktaemu.HookFailed, "status 307")
	if followed.Load() {
		t.Error("the redirect was followed")
	}
}

// TestHookUnreachable: a refused connection skips the hook.
func TestHookUnreachable(t *testing.T) {
	t.Parallel()
	gone := hookServer(t, nil)
	gone.Close()
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: gone.URL}})
	if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil {
		t.Fatal(err)
	}
	checkCall(t, org, oktaemu.HookFailed, "connection refused")
}

// TestHookHeader: the secret goes out verbatim under the header's name.
func TestHookHeader(t *testing.T) {
	t.Parallel()
	for _, hook := range []oktaemu.Hook{
		{Secret: "bare-string-0123"}, {Secret: "Basic dXNlcjpwYXNz"}, {Secret: "Bearer abc"}, {Header: "X-Hook-Key", Secret: "k"}, {},
	} {
		headers := make(chan http.Header, 1)
		hook.URL = hookServer(t, func(w http.ResponseWriter, r *http.Request) {
			headers <- r.Header
			w.WriteHeader(http.StatusNoContent)
		}).URL
		org := newOrg(t, oktaemu.Options{Hook: hook})
		if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil {
			t.Fatal(err)
		}
		got, name := <-headers, hook.Header
		if name == "" {
			name = "Authorization"
		}
		if got.Get(name) != hook.Secret {
			t.Errorf("%s: %q, want %q", name, got.Get(name), hook.Secret)
		}
		if got.Get("Content-Type") != "application/json" || got.Get("Accept") != "application/json" {
			t.Errorf("headers %v", got)
		}
	}
}

// TestHookLimit: calls beyond the limit of concurrent ones fail at once.
func TestHookLimit(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	hook := hookServer(t, func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		w.WriteHeader(http.StatusNoContent)
	})
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hook.URL}, HookConcurrency: 1})
	first := make(chan error, 1)
	go func() {
		_, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"})
		first <- err
	}()
	<-entered
	if _, err := org.SignIn(t.Context(), oktaemu.SignIn{Login: "cpx"}); err != nil {
		t.Error(err)
	}
	checkCall(t, org, oktaemu.HookFailed, "1 hook calls are under way")
	close(leave)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestHookURLMustBeHTTPS(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"http://hook.example/x": "is not https", "ftp://127.0.0.1/": "is not https", "hook": "not an absolute URL", "https://u:p@h.example": "holds credentials",
	} {
		org, err := oktaemu.New(oktaemu.Options{Hook: oktaemu.Hook{URL: url}})
		if err == nil {
			t.Error(org.Close())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", url, err, want)
		}
	}
}
