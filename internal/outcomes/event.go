package outcomes

import (
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
)

// Event holds what is kept of one event. It holds nothing about the person who signed in.
type Event struct {
	ID          string    // uuid: tells repeated deliveries apart
	At          time.Time // published
	Type        string    // such as inline_hook.executed
	Kind        Kind
	Reason      string // Okta's words, without anything that may identify a person
	Transaction string // id of Okta's request; empty: unknown
	Client      string // client id that tokens were minted for; only for Minted and Refused
	Server      string // id of the authorization server; empty: unknown
	Target      string // id of the hook or the rule; empty: unknown
}

// maxText bounds a text from the log, in characters. Ids have 20 to 40 characters; a reason is a
// sentence.
const maxText = 256

// logEvent holds the members of a LogEvent (Okta Management API) that are read. Names, logins and
// addresses are not even decoded.
type logEvent struct {
	UUID      string    `json:"uuid"`
	Published time.Time `json:"published"`
	EventType string    `json:"eventType"`
	Outcome   struct {
		Result string `json:"result"`
		Reason string `json:"reason"`
	} `json:"outcome"`
	Actor       object   `json:"actor"`
	Client      object   `json:"client"`
	Target      []object `json:"target"`
	Transaction object   `json:"transaction"`
	Debug       struct {
		Data map[string]jsontext.Value `json:"debugData"`
	} `json:"debugContext"`
}

type object struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// parseEvent reads one event. ok is false for an event that does not concern the hook. The error
// says that the text is no event, and quotes nothing of it.
func parseEvent(text []byte) (event Event, ok bool, err error) {
	var raw logEvent
	if err := json.Unmarshal(text, &raw); err != nil {
		return Event{}, false, errNoEvent
	}
	return raw.event()
}

func (raw *logEvent) event() (event Event, ok bool, err error) {
	if raw.UUID == "" || raw.EventType == "" || raw.Published.IsZero() {
		return Event{}, false, errNoEvent
	}
	kind := kindOf(raw.EventType, raw.Outcome.Result)
	if kind == "" {
		return Event{}, false, nil
	}
	event = Event{
		ID: bounded(raw.UUID), At: raw.Published, Type: bounded(raw.EventType), Kind: kind, Reason: withoutPersons(raw.Outcome.Reason),
		Transaction: bounded(raw.transaction()), Server: bounded(raw.debug("authorizationServer")),
	}
	switch kind {
	case Minted, Refused:
		event.Client = bounded(raw.client())
	default:
		event.Target = bounded(raw.target())
	}
	return event, true, nil
}

// kindOf classifies an event by type and result (Okta event types reference). Where the documents
// disagree, it uses the rule that claims less: an executed or processed event without SUCCESS or
// FAILURE has no kind.
func kindOf(eventType, result string) Kind {
	failed := result == "FAILURE"
	switch {
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

func (raw *logEvent) transaction() string {
	if raw.Transaction.ID != "" {
		return raw.Transaction.ID
	}
	return raw.debug("requestId")
}

// client returns the client that tokens were minted for. The actor of a grant is usually the
// client. Where the actor is the user, client.id names the client (System Log API: "for OAuth
// requests, the id of the OAuth client").
func (raw *logEvent) client() string {
	if raw.Actor.Type == "User" || raw.Actor.ID == "" {
		return raw.Client.ID
	}
	return raw.Actor.ID
}

// target returns the first target that is not a person.
func (raw *logEvent) target() string {
	for _, t := range raw.Target {
		if t.Type != "User" && t.Type != "AppUser" {
			return t.ID
		}
	}
	return ""
}

// debug returns a text of debugContext.debugData; empty when there is none of that name.
func (raw *logEvent) debug(name string) string {
	var text string
	if err := json.Unmarshal(raw.Debug.Data[name], &text); err != nil {
		return ""
	}
	return text
}

func bounded(text string) string {
	if runes := []rune(text); len(runes) > maxText {
		return string(runes[:maxText])
	}
	return text
}
