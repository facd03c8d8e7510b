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
		{"inline_hook.executed", "", ""},
		{"inline_hook.response.processed", "FAILURE", Dropped},
		{"inline_hook.response.processed", "SUCCESS", Applied},
		{"inline_hook.response.processed", "UNKNOWN", ""},
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
		e, ok, err := parseEvent([]byte(logged(1, tt.eventType, tt.result, "words")))
		if err != nil || e.Kind != tt.want || ok != (tt.want != "") {
			t.Errorf("%s %s: got %q, %v, %v; want %q", tt.eventType, tt.result, e.Kind, ok, err, tt.want)
		}
	}
}

// A kept event identifies nobody, wherever the original names a person.
func TestEventsNameNobody(t *testing.T) {
	t.Parallel()
	reasons := map[string]string{
		"no_matching_policy":                               "no_matching_policy",
		"user marie.curie@hopital.example of 00uabc":       "user … of …",
		"from 192.0.2.7, (2001:db8::1)":                    "from … …",
		"zero\u200bwidth":                                  "…",
		"Claim 'amr' is reserved":                          "Claim 'amr' is reserved",
		strings.Repeat("a", 5000):                          strings.Repeat("a", maxText),
		"Invalid command: com.okta.identity.patch /claims": "Invalid command: com.okta.identity.patch /claims",
	}
	for reason, want := range reasons {
		for _, eventType := range []string{"inline_hook.executed", "inline_hook.response.processed"} {
			e, _, err := parseEvent([]byte(logged(1, eventType, "FAILURE", reason)))
			if err != nil || e.Reason != want {
				t.Errorf("reason %q became %q (%v), want %q", reason, e.Reason, err, want)
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
	for _, text := range []string{``, `null and more`, `[]`, `"x"`, `{"eventType":1}`, `{"eventType":"policy.rule.update"}`, `{"eventType":"policy.rule.update","uuid":"u"}`} {
		if e, ok, err := parseEvent([]byte(text)); err == nil || ok {
			t.Errorf("%s was read as %+v, %v", text, e, ok)
		}
	}
}
