package oktaemu

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// listEvents reads the System Log: the entries between since and until that fit
// filter and q, oldest first unless sortOrder is DESCENDING.
func (o *Org) listEvents(r *http.Request) (apiAnswer, *apiError) {
	query := r.URL.Query()
	filter, fault := parseFilter(query.Get("filter"))
	if fault != nil {
		return apiAnswer{}, fault
	}
	since, fault := queryTime(r, "since")
	if fault != nil {
		return apiAnswer{}, fault
	}
	until, fault := queryTime(r, "until")
	if fault != nil {
		return apiAnswer{}, fault
	}
	order := query.Get("sortOrder")
	if order != "" && order != "ASCENDING" && order != "DESCENDING" {
		return apiAnswer{}, errInvalid("sortOrder", "sortOrder: must be ASCENDING or DESCENDING")
	}
	q := strings.ToLower(query.Get("q"))
	list := slices.DeleteFunc(o.state.events.list(), func(e logEvent) bool {
		at := time.Time(e.Published)
		return at.Before(since) || !until.IsZero() && !at.Before(until) || !e.mentions(q) || !filter(e)
	})
	if order == "DESCENDING" {
		slices.Reverse(list)
	}
	return listPage(r, list, func(e logEvent) string { return e.UUID }, func(e logEvent) any { return e }, 100, 1000)
}

// mentions reports whether one of the event's words contains q.
func (e logEvent) mentions(q string) bool {
	for _, text := range []string{e.EventType, e.DisplayMessage, e.Outcome.Result, e.Outcome.Reason, e.Actor.AlternateID, e.Actor.DisplayName} {
		if strings.Contains(strings.ToLower(text), q) {
			return true
		}
	}
	return false
}

// queryTime reads a time parameter; the zero time when it is absent.
func queryTime(r *http.Request, name string) (time.Time, *apiError) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errInvalid(name, name+": must be an ISO 8601 time")
	}
	return t, nil
}

// LogEvents returns the System Log's entries of that event type, oldest first; all
// entries for "".
func (o *Org) LogEvents(eventType string) []LogEvent {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []LogEvent
	for _, e := range o.state.events.list() {
		if eventType == "" || e.EventType == eventType {
			list = append(list, LogEvent{At: time.Time(e.Published), EventType: e.EventType, Result: e.Outcome.Result, Reason: e.Outcome.Reason})
		}
	}
	return list
}

// LogEvent is an entry of the System Log in short.
type LogEvent struct {
	At        time.Time
	EventType string // such as "inline_hook.executed"
	Result    string // SUCCESS, FAILURE
	Reason    string
}
