package store

import (
	"strings"
	"time"

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

	Position uint64 `json:"-"` // in the log: from 1, in the order in which entries can be read
}

// lateEvent is an entry that cannot be read before its time.
type lateEvent struct {
	at    time.Time
	event Event
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
	s.enter(event)
	for _, hook := range s.EventHooks.List() {
		if hook.wants(event) {
			s.dispatch(Delivery{Hook: hook, Event: event})
		}
	}
}

// enter adds an entry to the log, or does with it what a fault says.
func (s *State) enter(event Event) {
	fault, _ := s.TakeFault(func(f Fault) bool { return f.Log != "" && (f.EventType == "" || f.EventType == event.EventType) })
	switch fault.Log {
	case EventLost:
	case EventDelayed:
		if len(s.late) < maxLogEvents {
			s.late = append(s.late, lateEvent{s.Now().Add(time.Duration(fault.DelayMS) * time.Millisecond), event})
		}
	case EventRepeated:
		s.append(event)
		s.append(event)
	default:
		s.append(event)
	}
}

func (s *State) append(event Event) {
	s.logged++
	event.Position = s.logged
	s.events.Add(event)
}

// dispatch lets an event be delivered, or does with it what a fault says.
func (s *State) dispatch(d Delivery) {
	fault, _ := s.TakeFault(func(f Fault) bool { return f.Delivery != "" && (f.EventType == "" || f.EventType == d.Event.EventType) })
	switch fault.Delivery {
	case EventLost:
		return
	case EventDelayed:
		d.Delay = time.Duration(fault.DelayMS) * time.Millisecond
	case EventRepeated:
		s.due = append(s.due, d)
	}
	s.due = append(s.due, d)
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
func (s *State) ForgetEvents() {
	s.events, s.late, s.logged, s.due = newRing[Event](maxLogEvents), nil, 0, nil
}

// Events returns the System Log in the order in which its entries could be read: that of their positions.
func (s *State) Events() []Event {
	var waiting []lateEvent
	for _, late := range s.late {
		if s.Now().Before(late.at) {
			waiting = append(waiting, late)
			continue
		}
		s.append(late.event)
	}
	s.late = waiting
	return s.events.List()
}

// LogEnd is the position of the newest entry.
func (s *State) LogEnd() uint64 { return s.logged }
