package outcomes

import "testing"

// Each event of a delivery is counted once, however often it comes. An unreadable event does not
// stop the others.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	delivery := `{"eventType":"com.okta.event_hook","data":{"events":[` + logged(1, "inline_hook.executed", "FAILURE", "timeout") + `,7,` + logged(2, "policy.rule.update", "SUCCESS", "") + `]}}`
	tests := []struct {
		name, body, want string
		counts           Counts
	}{
		{"events", delivery, "", Counts{Rules: 1, Unclear: 1, Results: map[Result]uint64{ResultFailed: 1}}},
		{"of unknown types only", `{"data":{"events":[` + logged(1, "user.lifecycle.create", "SUCCESS", "") + `]}}`, "", Counts{}},
		{"an empty list", `{"data":{"events":[]}}`, "", Counts{}},
		{"no events", `{}`, "the body is not a delivery of events: data.events is wanted", Counts{}},
		{"events null", `{"data":{"events":null}}`, "the body is not a delivery of events: data.events is wanted", Counts{}},
		{"events twice", `{"data":{"events":[],"events":[]}}`, "the body is not a delivery of events: data.events is wanted", Counts{}},
		{"one event", `{"data":{"events":` + logged(1, "inline_hook.executed", "FAILURE", "") + `}}`, "the body is not a delivery of events: data.events is wanted", Counts{}},
		{"not JSON", `{`, "the body is not a delivery of events: data.events is wanted", Counts{}},
		{"a list", `[]`, "the body is not a delivery of events: data.events is wanted", Counts{}},
	}
	for _, tt := range tests {
		r := &Receiver{Ledger: NewLedger(Options{Now: publishedAt})}
		for range 2 { // Okta delivers at least once
			got := ""
			if err := r.Take([]byte(tt.body)); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%s: error %q, want %q", tt.name, got, tt.want)
			}
		}
		sameCounts(t, r.Ledger.Counts(), tt.counts)
	}
}
