package oktaemu

import "github.com/google/uuid"

// logEvent is an entry of the System Log (Okta Management API, LogEvent).
type logEvent struct {
	UUID           string         `json:"uuid"`
	Published      stamp          `json:"published"`
	EventType      string         `json:"eventType"`
	Version        string         `json:"version"`
	Severity       string         `json:"severity"`
	DisplayMessage string         `json:"displayMessage"`
	Actor          logActor       `json:"actor"`
	Client         logClient      `json:"client"`
	Outcome        logOutcome     `json:"outcome"`
	Target         []logActor     `json:"target"`
	Transaction    logTransaction `json:"transaction"`
	DebugContext   logDebug       `json:"debugContext"`
}

type logActor struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	AlternateID string `json:"alternateId"`
	DisplayName string `json:"displayName"`
}

type logClient struct {
	ID        string `json:"id,omitempty"`
	IPAddress string `json:"ipAddress"`
}

type logOutcome struct {
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

// logEvent completes event and adds it to the System Log. The caller holds the lock.
func (o *Org) logEvent(event logEvent, origin callOrigin, userID, clientID string) {
	event.UUID, event.Published, event.Version = uuid.NewString(), stamp(o.now()), "0"
	event.Severity = "INFO"
	if event.Outcome.Result == "FAILURE" {
		event.Severity = "WARN"
	}
	event.Actor = logActor{ID: clientID, Type: "PublicClientApp"}
	if u, ok := o.state.users.get(userID); ok {
		event.Actor = logActor{ID: u.ID, Type: "User", AlternateID: u.login(), DisplayName: u.name()}
	}
	event.Client = logClient{ID: clientID, IPAddress: origin.ip}
	event.Transaction = logTransaction{Type: "WEB", ID: origin.requestID}
	if event.Target == nil {
		event.Target = []logActor{}
	}
	if event.DebugContext.DebugData == nil {
		event.DebugContext.DebugData = map[string]any{"requestUri": origin.url}
	}
	o.state.events.add(event)
}
