package oktaemu_test

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"pschook/oktaemu"
)

// putFault sends a fault as another program would.
func putFault(t *testing.T, org *oktaemu.Org, fault map[string]any, want int) string {
	t.Helper()
	var answer struct{ Error string }
	var into any
	if want != http.StatusNoContent {
		into = &answer
	}
	call(t, org, "PUT", "/_emu/faults", "", fault, want, into)
	return answer.Error
}

func TestFaults(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	get := func() (*http.Response, string, error) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, org.URL()+"/.well-known/okta-organization", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := plainClient(t).Do(request)
		if err != nil {
			return nil, "", err
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		return response, string(text), err
	}
	const path = "/.well-known"

	putFault(t, org, map[string]any{"path_prefix": path, "status": 503, "times": 2}, 204)
	for range 2 {
		if response, text, err := get(); err != nil || response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "E0000009") {
			t.Errorf("status: %v %s %v", response, text, err)
		}
	}
	if response, _, err := get(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("after the fault: %v %v", response, err)
	}

	putFault(t, org, map[string]any{"path_prefix": path, "status": 429, "retry_after_s": 7}, 204)
	response, text, err := get()
	if err != nil || response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") != "7" || response.Header.Get("X-Rate-Limit-Remaining") != "0" || !strings.Contains(text, "E0000047") {
		t.Errorf("429: %v %s %v", response, text, err)
	}

	putFault(t, org, map[string]any{"path_prefix": path, "body": "<garbage", "content_type": "text/html"}, 204)
	if response, text, err := get(); err != nil || response.StatusCode != http.StatusOK || text != "<garbage" || response.Header.Get("Content-Type") != "text/html" {
		t.Errorf("garbage: %v %q %v", response, text, err)
	}

	putFault(t, org, map[string]any{"path_prefix": path, "cut": true}, 204)
	if response, text, err := get(); response == nil || !errors.Is(err, io.ErrUnexpectedEOF) || text == "" {
		t.Errorf("cut: %v %q %v, want a part of the body and then nothing", response, text, err)
	}

	putFault(t, org, map[string]any{"path_prefix": path, "delay_ms": 30}, 204)
	start := time.Now()
	if response, _, err := get(); err != nil || response.StatusCode != http.StatusOK || time.Since(start) < 30*time.Millisecond {
		t.Errorf("delay: %v %v after %v", response, err, time.Since(start))
	}

	putFault(t, org, map[string]any{"path_prefix": path, "method": "POST", "status": 500, "times": -1}, 204)
	if response, _, err := get(); err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("a fault of another method: %v %v", response, err)
	}
	if waiting := org.Faults(); len(waiting) != 1 || waiting[0].Status != 500 {
		t.Errorf("waiting %+v", waiting)
	}
	call(t, org, "DELETE", "/_emu/faults", "", nil, 204, nil)
	if waiting := org.Faults(); len(waiting) != 0 {
		t.Errorf("waiting after DELETE: %+v", waiting)
	}
}

// TestHang: the request hangs until the client or the org goes away.
func TestHang(t *testing.T) {
	t.Parallel()
	org, err := oktaemu.New(oktaemu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := org.InjectFault(oktaemu.Fault{PathPrefix: "/api", Hang: true}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, org.URL()+"/api/v1/org", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		response, err := plainClient(t).Do(request)
		if err == nil {
			err = response.Body.Close()
		}
		ended <- err
	}()
	for len(org.Faults()) > 0 { // until the request is in
		select {
		case err := <-ended:
			t.Fatalf("ended by itself: %v", err)
		default:
			runtime.Gosched()
		}
	}
	if err := org.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("the request was answered")
	}
}

func TestFaultsRefuse(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{})
	for want, fault := range map[string]map[string]any{
		"begin with /":             {"path_prefix": "api", "status": 500},
		"emulator's own":           {"path_prefix": "/_emu/faults", "status": 500},
		"200 to 599":               {"path_prefix": "/", "status": 99},
		"does nothing":             {"path_prefix": "/", "times": 3},
		"not be negative":          {"path_prefix": "/", "status": 500, "times": -2},
		"only one of them":         {"path_prefix": "/", "hang": true, "cut": true},
		"unknown field":            {"path_prefix": "/", "statuses": 500},
		"go with times only":       {"path_prefix": "/", "hook_refuse": true},
		"only one of them (event)": {"log": "lose", "delivery": "lose"}, "event_type, delay_ms and times only": {"log": "lose", "status": 500},
		`"drop" is not one of`: {"log": "drop"}, "delay with it": {"delivery": "delay"}, "delay_ms: goes with delay": {"log": "lose", "delay_ms": 1},
		"event_type: goes with log": {"event_type": "user.session.start", "path_prefix": "/", "status": 500},
	} {
		if got := putFault(t, org, fault, 400); !strings.Contains(got, strings.TrimSuffix(want, " (event)")) {
			t.Errorf("%v: %q, want one with %q", fault, got, want)
		}
	}
}

// TestHookFaults: the org's own calls can be made to fail.
func TestHookFaults(t *testing.T) {
	t.Parallel()
	url, count := holding(t)
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: url}})
	putFault(t, org, map[string]any{"hook_refuse": true}, 204)
	putFault(t, org, map[string]any{"hook_timeout_ms": 20}, 204)
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	calls := org.HookCalls()
	if len(calls) != 2 || !strings.Contains(calls[0].Reason, "refused") || !strings.Contains(calls[1].Reason, "within 20ms") || count.Load() > 1 {
		t.Errorf("%d calls, %d reached the hook; reasons %v", len(calls), count.Load(), reasons(calls))
	}
}

func reasons(calls []oktaemu.HookCall) (list []string) {
	for _, c := range calls {
		list = append(list, c.Reason)
	}
	return list
}

func TestHookCallsRoute(t *testing.T) {
	t.Parallel()
	org := newOrg(t, oktaemu.Options{Hook: oktaemu.Hook{URL: hookThatAnswers(t, 200, `{"commands":[`+patchTID+`]}`).URL, Secret: "the-hook-secret"}})
	putFault(t, org, map[string]any{"path_prefix": "/_x", "status": 500}, 204) // faults never strike /_emu itself
	tokens := signIn(t, org, oktaemu.SignIn{Login: "cpx"})
	var calls []struct {
		Outcome        string
		AccessTokenJTI string `json:"access_token_jti"`
		Status         int
		Request        struct{ EventType string }
		Response       string
	}
	call(t, org, "GET", "/_emu/hook-calls", "", nil, 200, &calls)
	if len(calls) != 1 || calls[0].Outcome != "applied" || calls[0].AccessTokenJTI != claimsOf(t, org, tokens.AccessToken)["jti"] ||
		calls[0].Status != 200 || calls[0].Request.EventType != oktaemu.TokenHookType || !strings.Contains(calls[0].Response, "00o1") {
		t.Errorf("calls %+v", calls)
	}
}
