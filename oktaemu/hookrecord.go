package oktaemu

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// HookCall records one call of an inline hook and what came of it. It holds the
// bodies, but no header, so no secret.
type HookCall struct {
	At             time.Time       `json:"at"`
	Took           time.Duration   `json:"-"`
	TookMS         float64         `json:"took_ms"`
	HookID         string          `json:"hook_id"`
	URL            string          `json:"url"`
	EventID        string          `json:"event_id"`
	ClientID       string          `json:"client_id"`
	PolicyID       string          `json:"policy_id"`
	RuleID         string          `json:"rule_id"`
	IDTokenJTI     string          `json:"id_token_jti,omitempty"`     // of the ID token minted with this call
	AccessTokenJTI string          `json:"access_token_jti,omitempty"` // of the access token minted with this call
	Status         int             `json:"status,omitempty"`           // of the answer; 0: there was none
	Outcome        string          `json:"outcome"`                    // applied, empty, dropped, denied, failed
	Reason         string          `json:"reason,omitempty"`           // why not applied
	Request        json.RawMessage `json:"request"`
	Response       string          `json:"response,omitempty"`
	DebugContext   json.RawMessage `json:"debug_context,omitempty"`
}

// HookCalls returns the last hook calls, oldest first.
func (o *Org) HookCalls() []HookCall {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.state.hookCalls.list())
}

func (o *Org) serveHookCalls(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, o.HookCalls())
}

// recordHookCall keeps call, and writes what Okta writes to the System Log: the
// call itself, and what was made of its answer.
func (o *Org) recordHookCall(call HookCall, m minting) {
	call.TookMS = float64(call.Took.Microseconds()) / 1000
	call.shorten()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.state.hookCalls.add(call)
	executed := logOutcome{Result: "SUCCESS"}
	if call.Outcome == HookFailed {
		executed = logOutcome{Result: "FAILURE", Reason: call.Reason}
	}
	o.logHookEvent("inline_hook.executed", "Fired inline hook", executed, call, m)
	if call.Outcome == HookFailed {
		return
	}
	processed := logOutcome{Result: "SUCCESS"}
	if call.Outcome == HookDropped || call.Outcome == HookDenied {
		processed = logOutcome{Result: "FAILURE", Reason: call.Reason}
	}
	o.logHookEvent("inline_hook.response.processed", "Processed inline hook response", processed, call, m)
}

// The most that a record keeps of what others sent, in bytes: there are many records.
const (
	maxRecordedBody  = 64 << 10
	maxRecordedDebug = 4 << 10
)

// shorten keeps the records small. A body that is too long for JSON to be cut is left out.
func (c *HookCall) shorten() {
	if len(c.Response) > maxRecordedBody {
		c.Response = strings.ToValidUTF8(c.Response[:maxRecordedBody], "") + "…"
	}
	if len(c.Request) > maxRecordedBody {
		c.Request = nil
	}
	if len(c.DebugContext) > maxRecordedDebug {
		c.DebugContext = nil
	}
}

func (o *Org) logHookEvent(kind, message string, outcome logOutcome, call HookCall, m minting) {
	event := logEvent{EventType: kind, DisplayMessage: message, Outcome: outcome}
	event.Target = []logActor{{ID: call.HookID, Type: "inline_hook", DisplayName: call.URL}}
	event.DebugContext.DebugData = map[string]any{
		"inlineHookId": call.HookID, "inlineHookType": TokenHookType, "eventId": call.EventID, "outcome": call.Outcome,
		"responseStatus": call.Status, "durationMs": call.TookMS,
	}
	if call.DebugContext != nil {
		event.DebugContext.DebugData["debugContext"] = call.DebugContext
	}
	o.logEvent(event, m.origin, m.userID, m.clientID)
}
