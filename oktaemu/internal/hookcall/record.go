package hookcall

import (
	"pschook/oktaemu/internal/store"
)

// record keeps call, and writes what Okta writes to the System Log: the call
// itself, and what was made of its answer.
func (h *Caller) record(call store.HookCall, m store.Minting) {
	call.TookMS = float64(call.Took.Microseconds()) / 1000
	call.Shorten()
	executed, processed := store.LogOutcome{Result: "SUCCESS"}, store.LogOutcome{Result: "SUCCESS"}
	if call.Outcome == store.HookFailed {
		executed = store.LogOutcome{Result: "FAILURE", Reason: call.Reason}
	}
	if call.Outcome == store.HookDropped || call.Outcome == store.HookDenied {
		processed = store.LogOutcome{Result: "FAILURE", Reason: call.Reason}
	}
	h.store.Do(func(st *store.State) {
		st.HookCalls.Add(call)
		logCall(st, "inline_hook.executed", "Fired inline hook", executed, call, m)
		if call.Outcome != store.HookFailed {
			logCall(st, "inline_hook.response.processed", "Processed inline hook response", processed, call, m)
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
