package management

import (
	"fmt"
	"net/http"
	"slices"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// The bounds of event hooks (Okta developer docs, concepts/event-hooks).
const (
	maxEventHooks = 25
	maxEventTypes = 500
)

func (api *API) eventHookRoutes(mux *http.ServeMux) {
	const base, read, manage = "/api/v1/eventHooks", "okta.eventHooks.read", "okta.eventHooks.manage"
	api.handle(mux, "GET "+base, read, (*call).listEventHooks)
	api.handle(mux, "POST "+base, manage, logged("event_hook.created", "id", (*call).createEventHook))
	api.handle(mux, "GET "+base+"/{id}", read, (*call).readEventHook)
	api.handle(mux, "PUT "+base+"/{id}", manage, logged("event_hook.updated", "id", (*call).replaceEventHook))
	api.handle(mux, "DELETE "+base+"/{id}", manage, logged("event_hook.deleted", "id", (*call).deleteEventHook))
	api.handle(mux, "POST "+base+"/{id}/lifecycle/activate", manage, logged("event_hook.activated", "id", setEventHookStatus("ACTIVE")))
	api.handle(mux, "POST "+base+"/{id}/lifecycle/deactivate", manage, logged("event_hook.deactivated", "id", setEventHookStatus("INACTIVE")))
	mux.HandleFunc("POST "+base+"/{id}/lifecycle/verify", api.serveVerifyEventHook)
}

func (c *call) eventHookJSON(h store.EventHook) any {
	self := c.URL + "/api/v1/eventHooks/" + h.ID
	links := wire.Links{"self": {Href: self}}
	if h.Status == "ACTIVE" {
		links["verify"] = wire.Link{Href: self + "/lifecycle/verify", Hints: wire.Allow("POST")}
		links["deactivate"] = wire.Link{Href: self + "/lifecycle/deactivate", Hints: wire.Allow("POST")}
	} else {
		links["activate"] = wire.Link{Href: self + "/lifecycle/activate", Hints: wire.Allow("POST")}
		links["delete"] = wire.Link{Href: self, Hints: wire.Allow("DELETE")}
	}
	verification := "UNVERIFIED"
	if h.Verified {
		verification = "VERIFIED"
	}
	return map[string]any{
		"id": h.ID, "status": h.Status, "verificationStatus": verification, "name": h.Name, "description": h.Description,
		"created": h.Created, "createdBy": store.AdminID(), "lastUpdated": h.LastUpdated, "channel": h.Channel.Redacted(),
		"events": map[string]any{"type": "EVENT_TYPE", "items": h.Items, "filter": nil}, "_links": links,
	}
}

func (c *call) findEventHook() (store.EventHook, *wire.APIError) {
	id := c.r.PathValue("id")
	if h, there := c.EventHooks.Get(id); there {
		return h, nil
	}
	return store.EventHook{}, wire.ErrNotFound("EventHook", id)
}

func (c *call) listEventHooks() (answer, *wire.APIError) {
	list := []any{}
	for _, h := range c.EventHooks.List() {
		list = append(list, c.eventHookJSON(h))
	}
	return ok(list), nil
}

func (c *call) readEventHook() (answer, *wire.APIError) {
	h, fault := c.findEventHook()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.eventHookJSON(h)), nil
}

func (c *call) createEventHook() (answer, *wire.APIError) {
	if c.EventHooks.Len() >= maxEventHooks {
		return answer{}, wire.ErrInvalid("eventHook", fmt.Sprintf("eventHook: an org has at most %d event hooks", maxEventHooks))
	}
	return c.storeEventHook(store.EventHook{ID: c.newID("who"), Status: "ACTIVE", Created: c.Stamp()})
}

func (c *call) replaceEventHook() (answer, *wire.APIError) {
	h, fault := c.findEventHook()
	if fault != nil {
		return answer{}, fault
	}
	return c.storeEventHook(h)
}

// storeEventHook reads the body and stores it as h. A new address has to be verified again.
func (c *call) storeEventHook(h store.EventHook) (answer, *wire.APIError) {
	var in struct {
		Name        string             `json:"name"`
		Description *string            `json:"description"`
		Status      string             `json:"status"`
		Channel     *store.HookChannel `json:"channel"`
		Events      struct {
			Items []string `json:"items"`
		} `json:"events"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	switch {
	case badLength(in.Name, 255):
		return answer{}, wire.ErrInvalid("name", "name: The field must have 1 to 255 characters")
	case in.Channel == nil:
		return answer{}, wire.ErrInvalid("channel", "channel: The field cannot be left blank")
	case len(in.Events.Items) == 0 || len(in.Events.Items) > maxEventTypes:
		return answer{}, wire.ErrInvalid("events.items", fmt.Sprintf("events.items: name 1 to %d event types", maxEventTypes))
	case in.Status != "" && in.Status != "ACTIVE" && in.Status != "INACTIVE":
		return answer{}, wire.ErrInvalid("status", "status: must be ACTIVE or INACTIVE")
	}
	if i := slices.IndexFunc(in.Events.Items, func(item string) bool { return !store.EventHookEligible(item) }); i >= 0 {
		return answer{}, wire.ErrInvalid("events.items", fmt.Sprintf("events.items: '%s' is not sent to event hooks", in.Events.Items[i]))
	}
	channel := in.Channel.Completed(h.Channel)
	if causes := channel.Faults(); len(causes) > 0 {
		return answer{}, wire.ErrInvalid("channel", causes...)
	}
	h.Verified = h.Verified && channel.Config.URI == h.Channel.Config.URI
	if in.Status != "" {
		h.Status = in.Status
	}
	h.Name, h.Description, h.Items, h.Channel, h.LastUpdated = in.Name, in.Description, in.Events.Items, channel, c.Stamp()
	c.EventHooks.Put(h.ID, h)
	return ok(c.eventHookJSON(h)), nil
}

func setEventHookStatus(status string) handler {
	return func(c *call) (answer, *wire.APIError) {
		h, fault := c.findEventHook()
		if fault != nil {
			return answer{}, fault
		}
		h.Status, h.LastUpdated = status, c.Stamp()
		c.EventHooks.Put(h.ID, h)
		return ok(c.eventHookJSON(h)), nil
	}
}

func (c *call) deleteEventHook() (answer, *wire.APIError) {
	h, fault := c.findEventHook()
	if fault != nil {
		return answer{}, fault
	}
	if h.Status == "ACTIVE" {
		return answer{}, wire.ErrInvalid("eventHook", "eventHook: deactivate an event hook before you delete it")
	}
	c.EventHooks.Delete(h.ID)
	return noContent(), nil
}

// serveVerifyEventHook sends the challenge. It waits for the hook, so it is no handler.
func (api *API) serveVerifyEventHook(w http.ResponseWriter, r *http.Request) {
	h, fault := store.Ask(api.store, func(st *store.State) (store.EventHook, *wire.APIError) {
		c := &call{st, api, r}
		if fault := c.authorize("okta.eventHooks.manage"); fault != nil {
			return store.EventHook{}, fault
		}
		return c.findEventHook()
	})
	if fault != nil {
		wire.WriteAPIError(w, fault)
		return
	}
	if err := api.hooks.Verify(r.Context(), h); err != nil {
		wire.WriteAPIError(w, wire.ErrInvalid("eventHook", "eventHook: verification failed: "+err.Error()))
		return
	}
	var shown any
	api.store.Do(func(st *store.State) {
		if now, there := st.EventHooks.Get(h.ID); there && now.Channel.Config.URI == h.Channel.Config.URI {
			h = now
			h.Verified, h.LastUpdated = true, st.Stamp()
			st.EventHooks.Put(h.ID, h)
		}
		shown = (&call{st, api, r}).eventHookJSON(h)
	})
	wire.WriteJSON(w, http.StatusOK, shown)
}
