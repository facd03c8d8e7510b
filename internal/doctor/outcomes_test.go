package doctor_test

import (
	"strings"
	"testing"
	"time"

	"pschook/internal/doctor"
	"pschook/internal/outcomes"
	"pschook/verify/report"
	"pschook/verify/words"
)

// Each kind of event in the log makes one line of the report say so, and no other.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	event := func(n int, kind outcomes.Kind) outcomes.Event {
		return outcomes.Event{
			ID: string(rune('a' + n)), At: at.Add(time.Duration(n) * time.Minute), Kind: kind, Type: "policy.rule.update", Reason: "words of Okta",
			Transaction: "tx", Client: "0oaclient",
		}
	}
	minted := event(9, outcomes.Minted)
	tests := []struct {
		name    string
		events  []outcomes.Event
		verdict report.Status
		line    string // id of the check that is not as it is when all is well; empty: none
		want    []string
	}{
		{"well", []outcomes.Event{minted}, report.StatusPass, "", nil},
		{"failed", []outcomes.Event{minted, event(1, outcomes.Failed)}, report.StatusFail, "hook.failed", []string{"1: words of Okta (1)"}},
		{"dropped", []outcomes.Event{minted, event(1, outcomes.Dropped)}, report.StatusFail, "hook.dropped", []string{"the first at 2026-03-02T08:01:00Z", "words of Okta"}},
		{"applied", []outcomes.Event{minted, event(1, outcomes.Applied)}, report.StatusPass, "hook.applied", []string{"1 times"}},
		{"changed", []outcomes.Event{minted, event(1, outcomes.RuleChanged)}, report.StatusWarn, "hook.unchanged", []string{"1 changes of rules"}},
		{"nobody signed in", nil, report.StatusPass, "tokens.minted", nil},
	}
	well := doctor.Outcomes(outcomes.SummarizeEvents([]outcomes.Event{minted}, outcomes.Options{}), words.English)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := doctor.Outcomes(outcomes.SummarizeEvents(tt.events, outcomes.Options{}), words.English)
			if r.Verdict != tt.verdict {
				t.Errorf("verdict %s, want %s", r.Verdict, tt.verdict)
			}
			for i, c := range r.Checks {
				if (c.Status != well.Checks[i].Status) != (c.ID == tt.line) {
					t.Errorf("%s is %s", c.ID, c.Status)
				}
			}
			line, _ := r.Check(tt.line)
			for _, part := range tt.want {
				if !strings.Contains(line.Actual, part) {
					t.Errorf("%s says %q, want %q in it", tt.line, line.Actual, part)
				}
			}
		})
	}
}

// A refusal that the service asked for is no drop, and the change before the first drop is named, in French too.
func TestOutcomesTellApart(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	s := outcomes.SummarizeEvents([]outcomes.Event{
		{ID: "1", At: at, Kind: outcomes.Dropped, Transaction: "denied", Reason: "asked for"},
		{ID: "2", At: at, Kind: outcomes.Refused, Transaction: "denied"},
		{ID: "3", At: at.Add(time.Minute), Kind: outcomes.RuleChanged, Type: "policy.rule.update"},
		{ID: "4", At: at.Add(time.Hour), Kind: outcomes.Dropped, Transaction: "dropped", Reason: "reserved"},
		{ID: "5", At: at.Add(time.Hour), Kind: outcomes.Minted, Transaction: "dropped"},
	}, outcomes.Options{})
	r := doctor.Outcomes(s, words.French)
	denied, _ := r.Check("hook.denied")
	dropped, _ := r.Check("hook.dropped")
	if denied.Status != report.StatusWarn || !strings.Contains(denied.Actual, "1\u00a0: asked for (1)") {
		t.Errorf("denied: %+v", denied)
	}
	if want := "1, la première le 2026-03-02T09:00:00Z\u00a0; dernière modification auparavant\u00a0: policy.rule.update le 2026-03-02T08:01:00Z\u00a0; reserved (1)"; dropped.Actual != want {
		t.Errorf("dropped says %q, want %q", dropped.Actual, want)
	}
}
