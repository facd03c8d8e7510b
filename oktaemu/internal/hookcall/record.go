package hookcall

import (
	"pschook/oktaemu/internal/store"
)

// entry returns what Okta writes to the System Log about call: the call if it failed, and the
// treatment of its answer if the answer was refused. It logs other answers only with debugging
// switched on for the hook (Okta's documents disagree on that).
func (h *Caller) entry(call store.HookCall) *store.Event {
	e := store.Event{
		EventType: "inline_hook.response.processed", DisplayMessage: "Processed inline hook response",
		Outcome: store.LogOutcome{Result: "FAILURE", Reason: call.Reason},
		Target:  []store.LogActor{{ID: call.HookID, Type: "inline_hook", DisplayName: call.URL}},
	}
	switch {
	case call.Outcome == store.HookFailed:
		e.EventType, e.DisplayMessage = "inline_hook.executed", "Fired inline hook"
	case call.Outcome == store.HookDropped, call.Outcome == store.HookDenied:
	case h.logSuccess:
		e.Outcome = store.LogOutcome{Result: "SUCCESS"}
	default:
		return nil
	}
	e.DebugContext.DebugData = map[string]any{
		"inlineHookId": call.HookID, "inlineHookType": store.TokenHookType, "eventId": call.EventID, "outcome": call.Outcome,
		"responseStatus": call.Status, "durationMs": call.TookMS,
	}
	if call.DebugContext != nil {
		e.DebugContext.DebugData["debugContext"] = call.DebugContext
	}
	return &e
}
