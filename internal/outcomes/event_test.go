package outcomes

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// publishedAt is when the events of the tests happened.
func publishedAt() time.Time { return time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC) }

// logged returns an event as Okta's System Log writes it, with a person in every place that can
// hold one.
func logged(n int, eventType, result, reason string) string {
	return fmt.Sprintf(`{"uuid":"u-%d","published":%q,"eventType":%q,"version":"0","severity":"INFO","displayMessage":"for Marie Curie",
		"outcome":{"result":%q,"reason":%q},
		"actor":{"id":"0oaclient","type":"PublicClientApp","alternateId":"marie.curie@hopital.example","displayName":"Marie Curie"},
		"client":{"id":"0oaclient","ipAddress":"192.0.2.7","userAgent":{"rawUserAgent":"Marie"}},
		"target":[{"id":"00umarie","type":"User","displayName":"Marie Curie"},{"id":"caltarget","type":"hook","displayName":"Marie"}],
		"transaction":{"type":"WEB","id":"tx-%d","detail":{"who":"Marie"}},
		"debugContext":{"debugData":{"requestId":"tx-%d","authorizationServer":"aus1","requestUri":"/u/marie","threats":null,"n":1}},
		"authenticationContext":{"externalSessionId":"marie"},"securityContext":{"asOrg":"Marie"},"request":{"ipChain":[{"ip":"192.0.2.7"}]}}`,
		n, publishedAt().Add(time.Duration(n)*time.Second).Format(time.RFC3339Nano), eventType, result, reason, n, n)
}

func TestKinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		eventType, result string
		want              Kind
	}{
		{"inline_hook.executed", "FAILURE", Failed},
		{"inline_hook.executed", "SUCCESS", ""},
		{"inline_hook.executed", "", Unreadable},
		{"inline_hook.executed", "failure", Failed},
		{"inline_hook.executed", "ABANDONED", Unreadable},
		{"inline_hook.response.processed", "FAILURE", Dropped},
		{"inline_hook.response.processed", "SUCCESS", Applied},
		{"inline_hook.response.processed", "UNKNOWN", Unreadable},
		{"app.oauth2.as.token.grant.access_token", "SUCCESS", Minted},
		{"app.oauth2.as.token.grant.id_token", "SUCCESS", Minted},
		{"app.oauth2.as.token.grant.id_token", "FAILURE", ""},
		{"app.oauth2.as.token.grant.refresh_token", "SUCCESS", ""},
		{"app.oauth2.as.authorize.implicit.id_token", "SUCCESS", Minted},
		{"app.oauth2.as.token.grant", "FAILURE", Refused},
		{"app.oauth2.as.token.grant", "SUCCESS", ""},
		{"policy.rule.update", "SUCCESS", RuleChanged},
		{"policy.rule.deactivate", "SUCCESS", RuleChanged},
		{"policy.lifecycle.update", "SUCCESS", RuleChanged},
		{"policy.evaluate_sign_on", "SUCCESS", ""},
		{"inline_hook.updated", "SUCCESS", HookChanged},
		{"inline_hook.created", "SUCCESS", ""},
		{"user.session.start", "SUCCESS", ""},
	}
	for _, tt := range tests {
		e, ok := parseEvent([]byte(logged(1, tt.eventType, tt.result, "words")))
		if e.Kind != tt.want || ok != (tt.want != "") {
			t.Errorf("%s %s: got %q, %v; want %q", tt.eventType, tt.result, e.Kind, ok, tt.want)
		}
	}
}

// A kept event identifies nobody, wherever the original names a person.
func TestEventsNameNobody(t *testing.T) {
	t.Parallel()
	reasons := map[string]string{
		"no_matching_policy":                         "no_matching_policy",
		"user marie.curie@hopital.example of 00uabc": "user … of …",
		"from 192.0.2.7, (2001:db8::1)":              "from … …",
		"from 192.0.2.7:443 ip=192.0.2.7, [2001:db8::1]:443 client/192.0.2.7/24 192.0.2.7.": "from … … … … …",
		"https://hook.example/x?login=marie%40hopital.example marie＠hopital":                "… …",
		"RPPS 810003456789 (899700218896) tel:+33612345678":                                 "RPPS … … …",
		"status 500 after 3000 ms at 08:00:01, version 1.2.3 of /claims/amr[0]":             "status 500 after 3000 ms at 08:00:01, version 1.2.3 of /claims/amr[0]",
		"zero\u200bwidth":                                  "…",
		"Claim 'amr' is reserved":                          "Claim 'amr' is reserved",
		strings.Repeat("a", 5000):                          strings.Repeat("a", maxText),
		"Invalid command: com.okta.identity.patch /claims": "Invalid command: com.okta.identity.patch /claims",
	}
	for reason, want := range reasons {
		for _, eventType := range []string{"inline_hook.executed", "inline_hook.response.processed"} {
			e, _ := parseEvent([]byte(logged(1, eventType, "FAILURE", reason)))
			if e.Reason != want {
				t.Errorf("reason %q became %q, want %q", reason, e.Reason, want)
			}
			if kept := fmt.Sprintf("%+v", e); strings.Contains(strings.ToLower(kept), "marie") || strings.Contains(kept, "192.0.2") {
				t.Errorf("kept: %s", kept)
			}
			if e.Target != "caltarget" || e.Transaction != "tx-1" || e.Server != "aus1" {
				t.Errorf("got %+v", e)
			}
		}
	}
}

func TestWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for _, text := range []string{
		``, `null and more`, `[]`, `"x"`, `{"eventType":1}`, `{"eventType":"policy.rule.update"}`, `{"eventType":"policy.rule.update","uuid":"u"}`,
		`{"eventType":"policy.rule.update","uuid":"u","published":"yesterday"}`, `{"eventType":"policy.rule.update","uuid":"u","uuid":"v","published":"2026-03-02T08:00:00Z"}`,
		`{"eventType":"inline_hook.executed","uuid":"u","published":"2026-03-02T08:00:00Z","outcome":"FAILURE"}`,
		`{"eventType":"inline_hook.executed","uuid":"u","published":"2026-03-02T08:00:00Z"}`,
	} {
		e, ok := parseEvent([]byte(text))
		if !ok || e.Kind != Unreadable || e.ID == "" || seen[e.ID] {
			t.Errorf("%s was read as %+v, %v", text, e, ok)
		}
		seen[e.ID] = true
	}
}

// A member that is absent, of another type, too long or broken does not hide a failure.
func TestOddMembers(t *testing.T) {
	t.Parallel()
	whole := Event{
		ID: "u-1", At: publishedAt().Add(time.Second), Type: "inline_hook.executed", Kind: Failed, Reason: "timeout", Transaction: "tx-1", Server: "aus1", Target: "caltarget",
	}
	tests := []struct {
		name, from, to string
		change         func(*Event)
	}{
		{"as it is", "", "", nil},
		{"no actor", `"actor":{`, `"actor":null,"x":{`, nil},
		{"actor of another type", `"actor":{`, `"actor":[1],"x":{`, nil},
		{"reason of another type", `"reason":"timeout"`, `"reason":{"code":1}`, func(e *Event) { e.Reason = "" }},
		{"no reason", `,"reason":"timeout"`, ``, func(e *Event) { e.Reason = "" }},
		{"one target", `"target":[`, `"target":{},"x":[`, func(e *Event) { e.Target = "" }},
		{"another hook too", `{"id":"caltarget","type":"hook"`, `{"id":"calother","type":"InlineHook"},{"id":"caltarget","type":"hook"`, func(e *Event) { e.Target = "" }},
		{"a hook after others", `{"id":"caltarget","type":"hook"`, `{"id":"aus1","type":"AuthorizationServer"},{"id":"caltarget","type":5`, nil},
		{"transaction of another type", `"transaction":{`, `"transaction":"tx-1","x":{`, nil},
		{"neither transaction nor request", `-1","detail"`, `-1","x"`, nil},
		{"request of another type", `"requestId":"tx-1"`, `"requestId":[]`, nil},
		{"no debug data", `"debugContext":{"debugData":`, `"debugContext":{"x":`, func(e *Event) { e.Server = "" }},
		{"a name that was cut in a character", `for Marie`, "for Mari\xc3", nil},
		{"half an escape", `for Marie`, `for \ud83d`, nil},
		{"deep", `"threats":null`, `"threats":` + strings.Repeat("[", 500) + strings.Repeat("]", 500), nil},
		{"long", `for Marie`, strings.Repeat("x", 100_000), nil},
		{"time with a zone", `"published":"2026-03-02T08:00:01Z"`, `"published":"2026-03-02T09:00:01.000+0100"`, nil},
		{"time in nanoseconds", `"published":"2026-03-02T08:00:01Z"`, `"published":"2026-03-02T08:00:01.000000000+00:00"`, nil},
		{"time without a zone", `"published":"2026-03-02T08:00:01Z"`, `"published":"2026-03-02 08:00:01"`, nil},
	}
	for _, tt := range tests {
		text := logged(1, "inline_hook.executed", "FAILURE", "timeout")
		if !strings.Contains(text, tt.from) {
			t.Fatalf("%s: %q is not in the event", tt.name, tt.from)
		}
		want := whole
		if tt.change != nil {
			tt.change(&want)
		}
		got, ok := parseEvent([]byte(strings.Replace(text, tt.from, tt.to, 1)))
		if got.At = got.At.UTC(); !ok || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, got, ok, want)
		}
	}
}

// The client of a token is never a person.
func TestClientOfATokens(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, actor, client, want string }{
		{"the actor", `{"id":"0oa1","type":"PublicClientApp"}`, `{"id":"0oa2"}`, "0oa1"},
		{"the user is the actor", `{"id":"00u1","type":"User"}`, `{"id":"0oa2"}`, "0oa2"},
		{"a user of unknown type", `{"id":"00u1"}`, `{"id":null}`, ""},
		{"a user by login", `{"id":"marie@hopital.example","type":"Person"}`, `null`, ""},
		{"an actor of unknown type", `{"id":"0oa1","type":"Application"}`, `{"ipAddress":"192.0.2.7"}`, "0oa1"},
		{"an actor of unknown type beside the client", `{"id":"svc","type":"SystemPrincipal"}`, `{"id":"0oa2"}`, "0oa2"},
		{"a user in both places", `{"id":"00u1","type":"PublicClientApp"}`, `{"id":"00u1"}`, ""},
	}
	for _, tt := range tests {
		text := `{"uuid":"u","published":"2026-03-02T08:00:00Z","eventType":"app.oauth2.as.token.grant.id_token","outcome":{"result":"SUCCESS"},"actor":` + tt.actor + `,"client":` + tt.client + `}`
		if e, ok := parseEvent([]byte(text)); !ok || e.Client != tt.want {
			t.Errorf("%s: got %q, %v; want %q", tt.name, e.Client, ok, tt.want)
		}
	}
}
