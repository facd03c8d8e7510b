package management

import (
	"fmt"
	"net/http"

	"pschook/oktaemu/internal/keys"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"

	"github.com/google/uuid"
)

func (api *API) hookKeyRoutes(mux *http.ServeMux) {
	const read, manage = "okta.inlineHooks.read", "okta.inlineHooks.manage"
	api.handle(mux, "GET /api/v1/hook-keys", read, (*call).listHookKeys)
	api.handle(mux, "POST /api/v1/hook-keys", manage, (*call).createHookKey)
	api.handle(mux, "GET /api/v1/hook-keys/{id}", read, (*call).readHookKey)
	api.handle(mux, "PUT /api/v1/hook-keys/{id}", manage, (*call).renameHookKey)
	api.handle(mux, "DELETE /api/v1/hook-keys/{id}", manage, (*call).deleteHookKey)
	api.handle(mux, "GET /api/v1/hook-keys/public/{keyId}", read, (*call).readPublicHookKey)
}

// hookJWK is the public key in the form that Okta gives hook keys.
func hookJWK(key keys.SigningKey) map[string]any {
	n, e := key.Numbers()
	return map[string]any{"kty": "RSA", "alg": "RSA", "kid": key.ID, "use": nil, "e": e, "n": n}
}

// hookKeyJSON shows a hook key; the public key itself only where it was just made or
// changed. keyId is the kid; hooks name the key by it.
func (c *call) hookKeyJSON(k store.HookKey, withKey bool) map[string]any {
	_, used := c.Hooks.Find(func(h store.InlineHook) bool { return h.Channel.Config.HookKeyID == k.Key.ID })
	shown := map[string]any{
		"id": k.ID, "keyId": k.Key.ID, "name": k.Name, "created": k.Created, "lastUpdated": k.LastUpdated, "isUsed": used,
	}
	if withKey {
		shown["_embedded"] = hookJWK(k.Key)
	}
	return shown
}

func (c *call) listHookKeys() (answer, *wire.APIError) {
	list := []any{}
	for _, k := range c.HookKeys.List() {
		list = append(list, c.hookKeyJSON(k, false))
	}
	return ok(list), nil
}

func (c *call) createHookKey() (answer, *wire.APIError) {
	if c.HookKeys.Len() >= maxHooks {
		return answer{}, wire.ErrInvalid("hookKey", fmt.Sprintf("hookKey: the emulator keeps at most %d hook keys", maxHooks))
	}
	key := keys.New(c.Now())
	key.ID = uuid.NewString()
	return c.storeHookKey(store.HookKey{ID: c.newID("HKY"), Created: c.Stamp(), Key: key})
}

func (c *call) renameHookKey() (answer, *wire.APIError) {
	k, fault := c.findHookKey(c.r.PathValue("id"))
	if fault != nil {
		return answer{}, fault
	}
	return c.storeHookKey(k)
}

// storeHookKey gives k the name in the body, and stores it.
func (c *call) storeHookKey(k store.HookKey) (answer, *wire.APIError) {
	var in struct {
		Name string `json:"name"`
	}
	if fault := c.readBody(&in); fault != nil {
		return answer{}, fault
	}
	if badLength(in.Name, 255) {
		return answer{}, wire.ErrInvalid("name", "name: The field must have 1 to 255 characters")
	}
	k.Name, k.LastUpdated = in.Name, c.Stamp()
	c.HookKeys.Put(k.Key.ID, k)
	return ok(c.hookKeyJSON(k, wire.GivenID(c.r) == "")), nil // drawing the pair is slow, and a seed does not look at it
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
	return ok(c.hookKeyJSON(k, false)), nil
}

func (c *call) readPublicHookKey() (answer, *wire.APIError) {
	k, fault := c.findHookKey(c.r.PathValue("keyId"))
	if fault != nil {
		return answer{}, fault
	}
	return ok(hookJWK(k.Key)), nil
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
