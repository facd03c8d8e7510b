package store

import (
	"encoding/json"
	"strings"
	"time"
)

// The outcomes of a hook call.
const (
	// HookApplied: every command was applied.
	HookApplied = "applied"
	// HookEmpty: 204, or 200 without commands. The tokens are as they were.
	HookEmpty = "empty"
	// HookDropped: a command could not apply, so none was. The tokens are as they were.
	HookDropped = "dropped"
	// HookDenied: the service answered an error object. No token was minted.
	HookDenied = "denied"
	// HookPreviewed: a call by the Management API's execute. No token is minted.
	HookPreviewed = "previewed"
	// HookFailed: no readable answer in time. The tokens are as they were.
	HookFailed = "failed"
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
	ContentType    string          `json:"content_type,omitempty"`     // of the answer
	Outcome        string          `json:"outcome"`                    // applied, empty, dropped, denied, failed
	Reason         string          `json:"reason,omitempty"`           // why not applied
	Changed        *Changed        `json:"changed,omitempty"`          // what the answer did, if it was applied
	Request        json.RawMessage `json:"request"`
	Response       string          `json:"response,omitempty"`
	DebugContext   json.RawMessage `json:"debug_context,omitempty"`

	Entry *Event `json:"-"` // what the System Log says of the call; nil: nothing
}

// AddHookCall keeps the record of a call for m, and writes its entry to the System Log.
func (s *State) AddHookCall(call HookCall, m Minting) {
	if call.Entry != nil {
		s.Log(*call.Entry, m.Origin, m.UserID, m.ClientID)
	}
	call.Entry = nil
	call.shorten()
	s.HookCalls.Add(call)
}

// Changed names what an answer changed: claims, and "lifetime".
type Changed struct {
	IDToken     []string `json:"id_token,omitempty"`
	AccessToken []string `json:"access_token,omitempty"`
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
