package store

import (
	"strings"

	"github.com/google/uuid"

	"pschook/oktaemu/internal/wire"
)

// Event is an entry of the System Log (Okta Management API, LogEvent).
type Event struct {
	UUID           string         `json:"uuid"`
	Published      wire.Stamp     `json:"published"`
	EventType      string         `json:"eventType"`
	Version        string         `json:"version"`
	Severity       string         `json:"severity"`
	DisplayMessage string         `json:"displayMessage"`
	Actor          LogActor       `json:"actor"`
	Client         logClient      `json:"client"`
	Outcome        LogOutcome     `json:"outcome"`
	Target         []LogActor     `json:"target"`
	Transaction    logTransaction `json:"transaction"`
	DebugContext   logDebug       `json:"debugContext"`
}

// LogActor is who did something, or to what it was done.
type LogActor struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	AlternateID string `json:"alternateId"`
	DisplayName string `json:"displayName"`
}

type logClient struct {
	ID        string `json:"id,omitempty"`
	IPAddress string `json:"ipAddress"`
}

// LogOutcome is how an event ended.
type LogOutcome struct {
	Result string `json:"result"` // SUCCESS, FAILURE
	Reason string `json:"reason,omitempty"`
}

type logTransaction struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

type logDebug struct {
	DebugData map[string]any `json:"debugData"`
}

// Log completes event and adds it to the System Log: the one way into it.
func (s *State) Log(event Event, origin wire.Origin, userID, clientID string) {
	event.UUID, event.Published, event.Version = uuid.NewString(), wire.Stamp(s.Now()), "0"
	event.Severity = "INFO"
	if event.Outcome.Result == "FAILURE" {
		event.Severity = "WARN"
	}
	event.Actor = LogActor{ID: clientID, Type: "PublicClientApp"}
	if u, ok := s.Users.Get(userID); ok {
		event.Actor = LogActor{ID: u.ID, Type: "User", AlternateID: u.Login(), DisplayName: u.Name()}
	}
	event.Client = logClient{ID: clientID, IPAddress: origin.IP}
	event.Transaction = logTransaction{Type: "WEB", ID: origin.RequestID}
	if event.Target == nil {
		event.Target = []LogActor{}
	}
	if event.DebugContext.DebugData == nil {
		event.DebugContext.DebugData = map[string]any{"requestUri": origin.URL}
	}
	s.events.Add(event)
	for _, hook := range s.EventHooks.List() {
		if hook.wants(event) {
			s.due = append(s.due, Delivery{hook, event})
		}
	}
}

// Mentions reports whether one of the event's words contains q.
func (e Event) Mentions(q string) bool {
	for _, text := range []string{e.EventType, e.DisplayMessage, e.Outcome.Result, e.Outcome.Reason, e.Actor.AlternateID, e.Actor.DisplayName} {
		if strings.Contains(strings.ToLower(text), q) {
			return true
		}
	}
	return false
}

// ForgetEvents empties the System Log: what made the org is not part of it.
func (s *State) ForgetEvents() { s.events, s.due = newRing[Event](maxLogEvents), nil }

// Events returns the System Log, oldest entry first.
func (s *State) Events() []Event { return s.events.List() }
