package management

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// maxHooks is Okta's limit of inline hooks in an org (Okta developer docs,
// concepts/inline-hooks).
const maxHooks = 100

// hookTypes are the kinds of inline hook that Okta has. Only token hooks are ever called.
func hookTypes() []string {
	return []string{
		store.TokenHookType, "com.okta.import.transform", "com.okta.saml.tokens.transform", "com.okta.user.pre-registration",
		"com.okta.user.credential.password.import", "com.okta.telephony.provider",
	}
}

func (api *API) hookRoutes(mux *http.ServeMux) {
	const read, manage = "okta.inlineHooks.read", "okta.inlineHooks.manage"
	api.handle(mux, "GET /api/v1/inlineHooks", read, (*call).listHooks)
	api.handle(mux, "POST /api/v1/inlineHooks", manage, logged("inline_hook.created", "id", (*call).createHook))
	api.handle(mux, "GET /api/v1/inlineHooks/{id}", read, (*call).readHook)
	api.handle(mux, "PUT /api/v1/inlineHooks/{id}", manage, logged("inline_hook.updated", "id", (*call).replaceHook))
	api.handle(mux, "POST /api/v1/inlineHooks/{id}", manage, logged("inline_hook.updated", "id", (*call).updateHook))
	api.handle(mux, "DELETE /api/v1/inlineHooks/{id}", manage, logged("inline_hook.deleted", "id", (*call).deleteHook))
	api.handle(mux, "POST /api/v1/inlineHooks/{id}/lifecycle/activate", manage, logged("inline_hook.activated", "id", setHookStatus("ACTIVE")))
	api.handle(mux, "POST /api/v1/inlineHooks/{id}/lifecycle/deactivate", manage, logged("inline_hook.deactivated", "id", setHookStatus("INACTIVE")))
	mux.HandleFunc("POST /api/v1/inlineHooks/{id}/execute", api.serveExecuteHook)
}

// hookInput is a hook as a client sends it. Status is taken from lifecycle calls only.
type hookInput struct {
	Name    string             `json:"name"`
	Type    string             `json:"type"`
	Version string             `json:"version"`
	Channel *store.HookChannel `json:"channel"`
}

func (c *call) hookJSON(h store.InlineHook) map[string]any {
	self := c.URL + "/api/v1/inlineHooks/" + h.ID
	links := wire.Links{"self": {Href: self}}
	if h.Active() {
		links["execute"] = wire.Link{Href: self + "/execute", Hints: wire.Allow("POST")}
		links["deactivate"] = wire.Link{Href: self + "/lifecycle/deactivate", Hints: wire.Allow("POST")}
	} else {
		links["activate"] = wire.Link{Href: self + "/lifecycle/activate", Hints: wire.Allow("POST")}
		links["delete"] = wire.Link{Href: self, Hints: wire.Allow("DELETE")}
	}
	return map[string]any{
		"id": h.ID, "name": h.Name, "type": h.Type, "version": h.Version, "status": h.Status,
		"created": h.Created, "lastUpdated": h.LastUpdated, "channel": h.Channel.Redacted(), "_links": links,
	}
}

func (c *call) findHook() (store.InlineHook, *wire.APIError) {
	id := c.r.PathValue("id")
	if h, there := c.Hooks.Get(id); there {
		return h, nil
	}
	return store.InlineHook{}, wire.ErrNotFound("InlineHook", id)
}

func (c *call) listHooks() (answer, *wire.APIError) {
	kind := c.r.URL.Query().Get("type")
	list := []any{}
	for _, h := range c.Hooks.List() {
		if kind == "" || h.Type == kind {
			list = append(list, c.hookJSON(h))
		}
	}
	return ok(list), nil
}

func (c *call) createHook() (answer, *wire.APIError) {
	var in hookInput
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if !slices.Contains(hookTypes(), in.Type) {
		return answer{}, wire.ErrInvalid("type", "type: The field is missing or not a known inline hook type")
	}
	if c.Hooks.Len() >= maxHooks {
		return answer{}, wire.ErrInvalid("inlineHook", fmt.Sprintf("inlineHook: an org has at most %d inline hooks", maxHooks))
	}
	now := wire.Stamp(c.Now())
	h := store.InlineHook{ID: c.newID(wire.IDHook), Type: in.Type, Version: in.Version, Status: "ACTIVE", Created: now}
	return c.storeHook(h, in)
}

func (c *call) readHook() (answer, *wire.APIError) {
	h, fault := c.findHook()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.hookJSON(h)), nil
}

// replaceHook is PUT: everything is given again. A secret that is left out stays.
func (c *call) replaceHook() (answer, *wire.APIError) {
	h, fault := c.findHook()
	if fault != nil {
		return answer{}, fault
	}
	var in hookInput
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	return c.storeHook(h, in)
}

// updateHook is POST: what is left out stays as it is.
func (c *call) updateHook() (answer, *wire.APIError) {
	h, fault := c.findHook()
	if fault != nil {
		return answer{}, fault
	}
	old := h.Channel.Clone() // decoding writes into what is there
	in := hookInput{Name: h.Name, Type: h.Type, Version: h.Version, Channel: &old}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	return c.storeHook(h, in)
}

// storeHook checks in and stores it as h. The type of a hook never changes.
func (c *call) storeHook(h store.InlineHook, in hookInput) (answer, *wire.APIError) {
	if in.Type != "" && in.Type != h.Type {
		return answer{}, wire.ErrInvalid("type", "type: The type of an inline hook cannot be changed")
	}
	if badLength(in.Name, 255) {
		return answer{}, wire.ErrInvalid("name", "name: The field must have 1 to 255 characters")
	}
	if !regexp.MustCompile(`^1\.0\.[0-9]{1,3}$`).MatchString(in.Version) {
		return answer{}, wire.ErrInvalid("version", "version: The field must be a version 1.0.x, such as '1.0.0'")
	}
	if c.hookNameTaken(in.Name, h.ID) {
		return answer{}, wire.ErrInvalid("name", "name: An object with this field already exists in the current organization")
	}
	if in.Channel == nil {
		return answer{}, wire.ErrInvalid("channel", "channel: The field cannot be left blank")
	}
	channel := in.Channel.Completed(h.Channel)
	if causes := channel.Faults(); len(causes) > 0 {
		return answer{}, wire.ErrInvalid("channel", causes...)
	}
	if id := channel.Config.HookKeyID; id != "" {
		if _, there := c.HookKeys.Get(id); !there {
			return answer{}, wire.ErrInvalid("channel.config.hookKeyId", "channel.config.hookKeyId: no such hook key")
		}
	}
	h.Name, h.Version, h.Channel, h.LastUpdated = in.Name, in.Version, channel, wire.Stamp(c.Now())
	if !c.Hooks.Put(h.ID, h) {
		return answer{}, wire.ErrFull(store.MaxObjects)
	}
	return ok(c.hookJSON(h)), nil
}

func (c *call) hookNameTaken(name, exceptID string) bool {
	_, taken := c.Hooks.Find(func(h store.InlineHook) bool { return h.Name == name && h.ID != exceptID })
	return taken
}

func setHookStatus(status string) handler {
	return func(c *call) (answer, *wire.APIError) {
		h, fault := c.findHook()
		if fault != nil {
			return answer{}, fault
		}
		h.Status, h.LastUpdated = status, wire.Stamp(c.Now())
		c.Hooks.Put(h.ID, h)
		return ok(c.hookJSON(h)), nil
	}
}

func (c *call) deleteHook() (answer, *wire.APIError) {
	h, fault := c.findHook()
	if fault != nil {
		return answer{}, fault
	}
	if h.Active() {
		return answer{}, wire.ErrInvalid("inlineHook", "inlineHook: deactivate an inline hook before you delete it")
	}
	c.Hooks.Delete(h.ID)
	return noContent(), nil
}

// serveExecuteHook sends the body to the hook and returns what it answers: the
// preview of the Admin Console. It waits for the hook, so it is no handler.
func (api *API) serveExecuteHook(w http.ResponseWriter, r *http.Request) {
	var target store.HookTarget
	var payload []byte
	var fault *wire.APIError
	api.store.Do(func(st *store.State) {
		c := &call{st, api, r}
		if fault = c.authorize("okta.inlineHooks.manage"); fault != nil {
			return
		}
		var h store.InlineHook
		if h, fault = c.findHook(); fault != nil {
			return
		}
		if payload, fault = c.readObject(); fault == nil {
			target = st.HookTarget(h)
		}
	})
	if fault != nil {
		wire.WriteAPIError(w, fault)
		return
	}
	reply := api.hooks.Preview(r.Context(), target, payload)
	api.store.Do(func(st *store.State) { st.AddHookCall(reply, store.Minting{Origin: wire.OriginOf(r, "execute")}) })
	switch {
	case reply.Outcome == store.HookFailed:
		wire.WriteAPIError(w, wire.ErrInvalid("inlineHook", "inlineHook: "+reply.Reason))
	case reply.Status == http.StatusNoContent:
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(reply.Response)) // the service's own answer, arrays included
	}
}

// readObject reads a body that must be a JSON object, and returns it as it came.
func (c *call) readObject() ([]byte, *wire.APIError) {
	text, err := io.ReadAll(c.r.Body)
	var object map[string]any
	if err != nil || json.Unmarshal(text, &object) != nil || object == nil {
		return nil, wire.ErrMalformed()
	}
	return text, nil
}
