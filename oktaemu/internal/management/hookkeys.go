package management

import (
	"fmt"
	"net/http"

	"pschook/oktaemu/internal/keys"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

func (api *API) hookKeyRoutes(mux *http.ServeMux) {
	const read, manage = "okta.inlineHooks.read", "okta.inlineHooks.manage"
	api.handle(mux, "GET /api/v1/hook-keys", read, (*call).listHookKeys)
	api.handle(mux, "POST /api/v1/hook-keys", manage, (*call).createHookKey)
	api.handle(mux, "GET /api/v1/hook-keys/{id}", read, (*call).readHookKey)
	api.handle(mux, "DELETE /api/v1/hook-keys/{id}", manage, (*call).deleteHookKey)
	api.handle(mux, "GET /api/v1/hook-keys/public/{keyId}", read, (*call).readPublicHookKey)
}

// hookKeyJSON shows a hook key. keyId is the kid; hooks name the key by it.
func (c *call) hookKeyJSON(k store.HookKey) map[string]any {
	_, used := c.Hooks.Find(func(h store.InlineHook) bool { return h.Channel.Config.HookKeyID == k.Key.ID })
	return map[string]any{
		"id": k.ID, "keyId": k.Key.ID, "name": k.Name, "created": k.Created, "lastUpdated": k.LastUpdated, "isUsed": used,
		"_embedded": k.Key.Public(),
	}
}

func (c *call) listHookKeys() (answer, *wire.APIError) {
	list := []any{}
	for _, k := range c.HookKeys.List() {
		list = append(list, c.hookKeyJSON(k))
	}
	return ok(list), nil
}

func (c *call) createHookKey() (answer, *wire.APIError) {
	var in struct {
		Name string `json:"name"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if in.Name == "" || len(in.Name) > 255 {
		return answer{}, wire.ErrInvalid("name", "name: The field must have 1 to 255 characters")
	}
	if c.HookKeys.Len() >= maxHooks {
		return answer{}, wire.ErrInvalid("hookKey", fmt.Sprintf("hookKey: the emulator keeps at most %d hook keys", maxHooks))
	}
	now := wire.Stamp(c.Now())
	k := store.HookKey{ID: wire.NewID("HKY"), Name: in.Name, Created: now, LastUpdated: now, Key: keys.New(c.Now())}
	c.HookKeys.Put(k.Key.ID, k)
	return ok(c.hookKeyJSON(k)), nil
}

// findHookKey finds a key by its id or its kid.
func (c *call) findHookKey(id string) (store.HookKey, *wire.APIError) {
	k, there := c.HookKeys.Find(func(k store.HookKey) bool { return k.ID == id || k.Key.ID == id })
	if !there {
		return store.HookKey{}, wire.ErrNotFound("HookKey", id)
	}
	return k, nil
}

func (c *call) readHookKey() (answer, *wire.APIError) {
	k, fault := c.findHookKey(c.r.PathValue("id"))
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.hookKeyJSON(k)), nil
}

func (c *call) readPublicHookKey() (answer, *wire.APIError) {
	k, fault := c.findHookKey(c.r.PathValue("keyId"))
	if fault != nil {
		return answer{}, fault
	}
	return ok(k.Key.Public()), nil
}

func (c *call) deleteHookKey() (answer, *wire.APIError) {
	k, fault := c.findHookKey(c.r.PathValue("id"))
	if fault != nil {
		return answer{}, fault
	}
	if _, used := c.Hooks.Find(func(h store.InlineHook) bool { return h.Channel.Config.HookKeyID == k.Key.ID }); used {
		return answer{}, wire.ErrInvalid("hookKey", "hookKey: a hook uses this key")
	}
	c.HookKeys.Delete(k.Key.ID)
	return noContent(), nil
}
