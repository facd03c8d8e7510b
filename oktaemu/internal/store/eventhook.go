package store

import (
	"slices"
	"strings"
	"time"

	"pschook/oktaemu/internal/wire"
)

// EventHook is where Okta sends entries of the System Log as they come.
type EventHook struct {
	ID          string
	Name        string
	Description *string
	Status      string
	Verified    bool
	Created     wire.Stamp
	LastUpdated wire.Stamp
	Items       []string // event types
	Channel     HookChannel
}

// wants reports whether event is sent to the hook: one that is not verified gets none.
func (h EventHook) wants(event Event) bool {
	return h.Status == "ACTIVE" && h.Verified && slices.Contains(h.Items, event.EventType)
}

// EventHookEligible reports whether entries of that type can be sent to event hooks.
// Of inline hooks only failed calls can; what their answers came to, what was done to
// hooks and authorization servers, and what tokens were granted is in the System Log
// only (Okta developer docs, reference/api/event-types, filter "event-hook-eligible").
func EventHookEligible(eventType string) bool {
	return eventType == "inline_hook.executed" ||
		!strings.HasPrefix(eventType, "inline_hook.") && !strings.HasPrefix(eventType, "app.oauth2.") && !strings.HasPrefix(eventType, "oauth2.")
}

// Delivery is an entry of the System Log on its way to an event hook.
type Delivery struct {
	Hook  EventHook
	Event Event
	Delay time.Duration // before it is sent
}
