package outcomes

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Kind says what an event of the System Log means for the token hook.
type Kind string

// The kinds of events that are kept (Okta event types reference).
const (
	Failed      Kind = "failed"       // inline_hook.executed: Okta got no answer, or one that is not 2xx
	Dropped     Kind = "dropped"      // inline_hook.response.processed, FAILURE: the whole answer was refused, or it was an error object
	Applied     Kind = "applied"      // inline_hook.response.processed, SUCCESS; only with debugging on for the hook
	Minted      Kind = "minted"       // app.oauth2.as.token.grant.…: one event per token
	Refused     Kind = "refused"      // app.oauth2.as.token.grant: a token request that failed
	RuleChanged Kind = "rule_changed" // policy.rule.…, policy.lifecycle.…: the hook may have been removed from a rule, or the rule from the client
	HookChanged Kind = "hook_changed" // inline_hook.updated and so on
	Unreadable  Kind = "unreadable"   // it cannot be read, or says of a hook what no document lists: it may tell of a failure
)

// Event holds what is kept of one event. It holds nothing about the person who signed in.
type Event struct {
	ID          string    // uuid, or a digest of what cannot be read: tells repeated deliveries apart
	At          time.Time // published; zero: unknown
	Type        string    // such as inline_hook.executed
	Kind        Kind
	Reason      string // Okta's words, without anything that may identify a person
	Transaction string // id of Okta's request; empty: unknown
	Client      string // client id that tokens were minted for; only for Minted and Refused
	Server      string // id of the authorization server; empty: unknown
	Target      string // id of the inline hook; empty: unknown, or several
}

// maxText bounds a text from the log, in characters. Ids have 20 to 40 characters; a reason is a
// sentence.
const maxText = 256

// logEvent holds the members of a LogEvent (Okta Management API) that are read. Names, logins and
// addresses are not even decoded. An event is read without a member that is loose.
type logEvent struct {
	UUID      string `json:"uuid"`
	Published string `json:"published"`
	EventType string `json:"eventType"`
	Outcome   struct {
		Result string `json:"result"`
		Reason loose  `json:"reason"`
	} `json:"outcome"`
	Actor       object  `json:"actor"`
	Client      object  `json:"client"`
	Target      objects `json:"target"`
	Transaction object  `json:"transaction"`
	Debug       debug   `json:"debugContext"`
}

// loose is a text, or empty when another type is there.
type loose string

// UnmarshalJSON never fails.
func (l *loose) UnmarshalJSON(text []byte) error {
	var s string
	_ = json.Unmarshal(text, &s, lenient())
	*l = loose(s)
	return nil
}

type object struct{ ID, Type loose }

// UnmarshalJSON never fails.
func (o *object) UnmarshalJSON(text []byte) error {
	var members struct {
		ID   loose `json:"id"`
		Type loose `json:"type"`
	}
	_ = json.Unmarshal(text, &members, lenient())
	*o = object(members)
	return nil
}

type objects []object

// UnmarshalJSON never fails.
func (o *objects) UnmarshalJSON(text []byte) error {
	var list []object
	_ = json.Unmarshal(text, &list, lenient())
	*o = list
	return nil
}

// debug holds what is read of debugContext.debugData.
type debug struct{ RequestID, Server loose }

// UnmarshalJSON never fails.
func (d *debug) UnmarshalJSON(text []byte) error {
	var members struct {
		Data struct {
			RequestID loose `json:"requestId"`
			Server    loose `json:"authorizationServer"`
		} `json:"debugData"`
	}
	_ = json.Unmarshal(text, &members, lenient())
	*d = debug(members.Data)
	return nil
}

// lenient reads an event although a name in it was cut in the middle of a character.
func lenient() json.Options { return jsontext.AllowInvalidUTF8(true) }

// parseEvent reads one event. ok is false for an event that does not concern the hook. An event
// that cannot be read concerns it, because it may be about the hook.
func parseEvent(text []byte) (event Event, ok bool) {
	var raw logEvent
	if err := json.Unmarshal(text, &raw, lenient()); err != nil {
		return unreadable(text), true
	}
	if event, ok = raw.event(); event.Kind == Unreadable {
		event.ID = unreadable(text).ID
	}
	return event, ok
}

// unreadable returns an event of which only a digest is known.
func unreadable(text []byte) Event {
	sum := sha256.Sum256(text)
	return Event{ID: hex.EncodeToString(sum[:]), Kind: Unreadable}
}

// event returns what is kept. If ok is false, only At is set.
func (raw *logEvent) event() (event Event, ok bool) {
	at := parseTime(raw.Published)
	if raw.UUID == "" || raw.EventType == "" || at.IsZero() {
		return Event{Kind: Unreadable}, true
	}
	kind := kindOf(raw.EventType, strings.ToUpper(raw.Outcome.Result))
	if kind == "" || kind == Unreadable {
		return Event{At: at, Kind: kind}, kind == Unreadable
	}
	event = Event{
		ID: bounded(raw.UUID), At: at, Type: bounded(raw.EventType), Kind: kind, Reason: withoutPersons(string(raw.Outcome.Reason)),
		Transaction: bounded(string(cmp.Or(raw.Transaction.ID, raw.Debug.RequestID))), Server: bounded(string(raw.Debug.Server)),
	}
	switch kind {
	case Minted, Refused:
		event.Client = bounded(raw.client())
	case Failed, Dropped, Applied, HookChanged:
		event.Target = bounded(raw.hook())
	}
	return event, true
}

// parseTime reads a time as Okta writes it (ISO 8601), or as other programs write it that exported
// the log: with another zone, or without one, which is then UTC. It returns zero for another text.
func parseTime(text string) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.DateTime, "2006-01-02 15:04"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}

// kindOf classifies an event by type and result (Okta event types reference). An executed or
// processed event with a result other than SUCCESS and FAILURE is not understood.
func kindOf(eventType, result string) Kind {
	failed := result == "FAILURE"
	aboutHook := eventType == "inline_hook.executed" || eventType == "inline_hook.response.processed"
	switch {
	case aboutHook && !failed && result != "SUCCESS":
		return Unreadable
	case eventType == "inline_hook.executed" && failed:
		return Failed
	case eventType == "inline_hook.response.processed" && failed:
		return Dropped
	case eventType == "inline_hook.response.processed" && result == "SUCCESS":
		return Applied
	case eventType == "app.oauth2.as.token.grant" && failed:
		return Refused
	case !failed && (strings.HasPrefix(eventType, "app.oauth2.as.token.grant.") || strings.HasPrefix(eventType, "app.oauth2.as.authorize.implicit.")):
		return mintedToken(eventType)
	case strings.HasPrefix(eventType, "policy.rule."), strings.HasPrefix(eventType, "policy.lifecycle."):
		return RuleChanged
	case eventType == "inline_hook.updated", eventType == "inline_hook.deactivated", eventType == "inline_hook.deleted":
		return HookChanged
	}
	return ""
}

// mintedToken ignores refresh tokens, because they come together with other tokens and the hook
// does not patch them.
func mintedToken(eventType string) Kind {
	if strings.HasSuffix(eventType, ".id_token") || strings.HasSuffix(eventType, ".access_token") {
		return Minted
	}
	return ""
}

// client returns the client that tokens were minted for. The actor of a grant is usually the
// client. Where the actor is the user, client.id names the client (System Log API: "for OAuth
// requests, the id of the OAuth client"). A user's id is never returned.
func (raw *logEvent) client() string {
	actor, client := clientID(raw.Actor), clientID(raw.Client)
	if strings.HasSuffix(string(raw.Actor.Type), "ClientApp") {
		return cmp.Or(actor, client)
	}
	return cmp.Or(client, actor)
}

func clientID(o object) string {
	id := string(o.ID)
	if o.Type == "User" || strings.HasPrefix(id, "00u") || strings.ContainsAny(id, "@ ") {
		return ""
	}
	return id
}

// hook returns the inline hook that an event is about: the one target of that type, or with an id
// of that type. It returns "" when there is none, or several.
func (raw *logEvent) hook() (id string) {
	for _, t := range raw.Target {
		if !strings.Contains(strings.ToLower(string(t.Type)), "hook") && !strings.HasPrefix(string(t.ID), "cal") {
			continue
		}
		if id != "" && id != string(t.ID) {
			return ""
		}
		id = string(t.ID)
	}
	return id
}

func bounded(text string) string {
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText])
	}
	return text
}
