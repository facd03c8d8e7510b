package doctor_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"pschook/internal/doctor"
	"pschook/internal/outcomes"
	"pschook/verify/report"
	"pschook/verify/words"
)

// A log that holds nothing about the hook, or cannot be read, proves nothing.
func TestOutcomesOfNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		statuses   []report.Status // of log.read, tokens.minted, then all others
	}{
		{"empty", "[]", []report.Status{report.StatusPass, report.StatusWarn, report.StatusSkip}},
		{"other events", `[{"uuid":"u","published":"2026-03-02T08:00:00Z","eventType":"user.session.start"}]`, []report.Status{report.StatusPass, report.StatusWarn, report.StatusSkip}},
		{"an error of Okta's", `{"errorCode":"E0000011"}`, []report.Status{report.StatusFail, report.StatusSkip, report.StatusSkip}},
	}
	for _, tt := range tests {
		s, err := outcomes.Summarize(strings.NewReader(tt.file), outcomes.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range doctor.Outcomes(s, words.English).Checks {
			if want := tt.statuses[min(i, 2)]; c.Status != want {
				t.Errorf("%s: %s is %s, want %s", tt.name, c.ID, c.Status, want)
			}
		}
	}
}

// Each kind of event in the log changes exactly one line of the report.
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
		line    string // id of the check that differs from a good log; empty: none
		want    []string
	}{
		{"well", []outcomes.Event{minted}, report.StatusPass, "", nil},
		{"failed", []outcomes.Event{minted, event(1, outcomes.Failed)}, report.StatusFail, "hook.failed", []string{"1, the last at 2026-03-02T08:01:00Z: words of Okta (1)"}},
		{"dropped", []outcomes.Event{minted, event(1, outcomes.Dropped)}, report.StatusFail, "hook.dropped", []string{"the first at 2026-03-02T08:01:00Z", "words of Okta"}},
		{"applied", []outcomes.Event{minted, event(1, outcomes.Applied)}, report.StatusPass, "hook.applied", []string{"1 times"}},
		{"changed", []outcomes.Event{minted, event(1, outcomes.RuleChanged)}, report.StatusWarn, "hook.unchanged", []string{"changes of rules: 1, of hooks: 0; the last, policy.rule.update, at 2026-03-02T08:01:00Z"}},
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

// A refusal that the service asked for is no drop. The change before the first drop is named, in
// French too.
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
	if want := "1, la première le 2026-03-02T09:00:00Z, la dernière le 2026-03-02T09:00:00Z\u00a0; dernière modification auparavant\u00a0: policy.rule.update le 2026-03-02T08:01:00Z\u00a0; reserved (1)"; dropped.Actual != want {
		t.Errorf("dropped says %q, want %q", dropped.Actual, want)
	}
}

// TestLogBesideTheOrg checks that an old fault in the log is no failure of an org that is now
// right, and that a fault that is not over is one.
func TestLogBesideTheOrg(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	event := func(minute int, kind outcomes.Kind, transaction string) outcomes.Event {
		return outcomes.Event{ID: string(kind) + transaction, At: begin.Add(time.Duration(minute) * time.Minute), Kind: kind, Type: "policy.rule.add", Transaction: transaction}
	}
	broken := func(t *testing.T, w *world) {
		t.Helper()
		w.ruleBefore(t, "EVERYONE")
		w.moveHook(t, closedPort(t))
	}
	for _, tt := range []struct {
		name   string
		org    func(t *testing.T, w *world)
		events []outcomes.Event
		id     string
		want   report.Status
		hint   string
	}{
		{"a rule was made", nil, []outcomes.Event{event(1, outcomes.RuleChanged, "a")}, "hook.unchanged", report.StatusPass, "in order as they are now"},
		{"a rule was changed, and another takes its place", broken, []outcomes.Event{event(1, outcomes.RuleChanged, "a")}, "hook.unchanged", report.StatusWarn, "may be due to it"},
		{"a preview failed", nil, []outcomes.Event{event(1, outcomes.Failed, "a")}, "hook.failed", report.StatusWarn, "a preview, such as doctor’s own"},
		{"a preview failed, and still does", broken, []outcomes.Event{event(1, outcomes.Failed, "a")}, "hook.failed", report.StatusWarn, "hook.preview"},
		{"sign-ins failed, and previews still do", broken, []outcomes.Event{event(1, outcomes.Failed, "a"), event(1, outcomes.Minted, "a"), event(2, outcomes.Minted, "b")}, "hook.failed", report.StatusFail, "minted tokens without the claims"},
		{"a sign-in failed", nil, []outcomes.Event{event(1, outcomes.Failed, "a"), event(2, outcomes.Minted, "a")}, "hook.failed", report.StatusFail, "minted tokens without the claims"},
		{"a sign-in failed, the next did not", nil, []outcomes.Event{event(1, outcomes.Failed, "a"), event(1, outcomes.Minted, "a"), event(2, outcomes.Minted, "b")}, "hook.failed", report.StatusWarn, "It is over"},
		{"a sign-in failed, and the next did not ask the hook", func(t *testing.T, w *world) {
			t.Helper()
			w.change(t, w.rulePath(t), func(r map[string]any) { delete(at(r, "actions", "token"), "inlineHook") })
		}, []outcomes.Event{event(1, outcomes.Failed, "a"), event(1, outcomes.Minted, "a"), event(2, outcomes.Minted, "b")}, "hook.failed", report.StatusFail, ""},
		{"a sign-in failed after one that did not", nil, []outcomes.Event{event(1, outcomes.Minted, "b"), event(2, outcomes.Failed, "a"), event(2, outcomes.Minted, "a")}, "hook.failed", report.StatusFail, ""},
		{"an answer was dropped, the next was not", nil, []outcomes.Event{event(1, outcomes.Dropped, "a"), event(1, outcomes.Minted, "a"), event(2, outcomes.Minted, "b")}, "hook.dropped", report.StatusWarn, "It is over"},
		{"an answer was dropped", nil, []outcomes.Event{event(1, outcomes.Dropped, "a"), event(2, outcomes.Minted, "a")}, "hook.dropped", report.StatusFail, "PSCHOOK_RESERVED_CLAIMS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := run(t, plan{org: tt.org, options: func(o *doctor.Options) {
				if tt.org != nil {
					toMoved(o)
				}
				o.Log = func(context.Context) (outcomes.Summary, error) {
					return outcomes.SummarizeEvents(tt.events, outcomes.Options{}), nil
				}
			}})
			if c, _ := r.Check(tt.id); c.Status != tt.want || !strings.Contains(c.Hint, tt.hint) {
				t.Errorf("%s: %+v, want %s and %q", tt.id, c, tt.want, tt.hint)
			}
		})
	}
}
