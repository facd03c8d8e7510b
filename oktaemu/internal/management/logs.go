package management

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// listEvents reads the System Log: the entries between since and until that fit
// filter and q, oldest first unless sortOrder is DESCENDING. A query without until and in ascending order is polled: it
// has a next page always, which brings what comes later (System Log API, "Polling requests").
func (c *call) listEvents() (answer, *wire.APIError) {
	query := c.r.URL.Query()
	filter, fault := parseFilter(query.Get("filter"), wholeGrammar())
	if fault != nil {
		return answer{}, fault
	}
	since, fault := c.queryTime("since")
	if fault != nil {
		return answer{}, fault
	}
	until, fault := c.queryTime("until")
	if fault != nil {
		return answer{}, fault
	}
	order := query.Get("sortOrder")
	if order != "" && order != "ASCENDING" && order != "DESCENDING" {
		return answer{}, wire.ErrInvalid("sortOrder", "sortOrder: must be ASCENDING or DESCENDING")
	}
	q := strings.ToLower(query.Get("q"))
	list := slices.DeleteFunc(c.Events(), func(e store.Event) bool {
		at := time.Time(e.Published)
		return at.Before(since) || !until.IsZero() && !at.Before(until) || !e.Mentions(q) || !filter(e)
	})
	if order == "DESCENDING" {
		slices.Reverse(list)
	}
	if list, fault = c.afterPosition(list, order == "DESCENDING"); fault != nil {
		return answer{}, fault
	}
	// What is left of the cursor is what pages are cut by: a position, since an event may be there twice.
	c.r = withoutAfter(c.r)
	reply, fault := listPage(c, list, func(e store.Event) string { return strconv.FormatUint(e.Position, 10) }, func(e store.Event) any { return e }, 100, 1000)
	if fault == nil && reply.next == "" && order != "DESCENDING" && until.IsZero() {
		query.Set("after", strconv.FormatUint(c.LogEnd(), 10))
		reply.next = query.Encode()
	}
	return reply, fault
}

// afterPosition leaves out what the cursor has passed.
func (c *call) afterPosition(list []store.Event, descending bool) ([]store.Event, *wire.APIError) {
	text := c.r.URL.Query().Get("after")
	if text == "" {
		return list, nil
	}
	position, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return nil, errCursor()
	}
	return slices.DeleteFunc(list, func(e store.Event) bool {
		return !descending && e.Position <= position || descending && e.Position >= position
	}), nil
}

// withoutAfter returns r without its cursor.
func withoutAfter(r *http.Request) *http.Request {
	query := r.URL.Query()
	query.Del("after")
	plain := *r.URL
	plain.RawQuery = query.Encode()
	other := r.Clone(r.Context())
	other.URL = &plain
	return other
}

// queryTime reads a time parameter; the zero time when it is absent.
func (c *call) queryTime(name string) (time.Time, *wire.APIError) {
	text := c.r.URL.Query().Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, wire.ErrInvalid(name, name+": must be an ISO 8601 time")
	}
	return t, nil
}

// logged writes an event to the System Log when do has made or changed an object, or taken it away. The path names it,
// or the answer does, if it is new. The names of events are those of Okta developer docs, reference/api/event-types.
func logged(eventType, pathValue string, do handler) handler {
	return func(c *call) (answer, *wire.APIError) {
		a, fault := do(c)
		if fault == nil {
			event := store.Event{EventType: eventType, DisplayMessage: eventType, Outcome: store.LogOutcome{Result: "SUCCESS"}}
			event.Target = []store.LogActor{{ID: cmp.Or(c.r.PathValue(pathValue), idIn(a.body)), Type: pathValue}}
			c.Log(event, wire.OriginOf(c.r, ""), store.AdminID(), "") // the API token's owner
		}
		return a, fault
	}
}

// idIn is the id of an object that is answered.
func idIn(body any) string {
	id, _ := store.Object(asTree(body))["id"].(string)
	return id
}
