package hookcall

import (
	"pschook/oktaemu/internal/store"
)

// record stores call, and writes what Okta writes to the System Log: the call if it failed, and the
// treatment of its answer if the answer was refused. It logs other answers only with debugging
// switched on for the hook (Okta's documents disagree on that).
func (h *Caller) record(call store.HookCall, m store.Minting) {
	call.TookMS = float64(call.Took.Microseconds()) / 1000
	call.Shorten()
	failure := store.LogOutcome{Result: "FAILURE", Reason: call.Reason}
	h.store.Do(func(st *store.State) {
		st.HookCalls.Add(call)
		switch {
		case call.Outcome == store.HookFailed:
			logCall(st, "inline_hook.executed", "Fired inline hook", failure, call, m)
		case call.Outcome == store.HookDropped, call.Outcome == store.HookDenied:
			logCall(st, "inline_hook.response.processed", "Processed inline hook response", failure, call, m)
		case h.logSuccess:
			logCall(st, "inline_hook.response.processed", "Processed inline hook response", store.LogOutcome{Result: "SUCCESS"}, call, m)
		}
	})
}

func logCall(st *store.State, kind, message string, outcome store.LogOutcome, call store.HookCall, m store.Minting) {
	event := store.Event{EventType: kind, DisplayMessage: message, Outcome: outcome}
	event.Target = []store.LogActor{{ID: call.HookID, Type: "inline_hook", DisplayName: call.URL}}
	event.DebugContext.DebugData = map[string]any{
		"inlineHookId": call.HookID, "inlineHookType": store.TokenHookType, "eventId": call.EventID, "outcome": call.Outcome,
		"responseStatus": call.Status, "durationMs": call.TookMS,
	}
	if call.DebugContext != nil {
		event.DebugContext.DebugData["debugContext"] = call.DebugContext
	}
	st.Log(event, m.Origin, m.UserID, m.ClientID)
}
