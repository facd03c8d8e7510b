package management

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// maxSecrets is how many secrets a client has at most.
const maxSecrets = 2

// maxClientKeys is how many public keys a client has at most (Okta developer docs, "Add a JSON Web Key").
const maxClientKeys = 50

// clientCredentialRoutes are the secrets and the public keys of an OAuth client.
func (api *API) clientCredentialRoutes(mux *http.ServeMux, base, read, manage string) {
	api.handle(mux, "GET "+base+"/secrets", read, (*call).listSecrets)
	api.handle(mux, "POST "+base+"/secrets", manage, (*call).addSecret)
	api.handle(mux, "GET "+base+"/secrets/{secret}", read, (*call).readSecret)
	api.handle(mux, "DELETE "+base+"/secrets/{secret}", manage, (*call).deleteSecret)
	api.handle(mux, "GET "+base+"/jwks", read, (*call).listClientKeys)
	api.handle(mux, "POST "+base+"/jwks", manage, (*call).addClientKey)
	api.handle(mux, "GET "+base+"/jwks/{key}", read, (*call).readClientKey)
	api.handle(mux, "DELETE "+base+"/jwks/{key}", manage, (*call).deleteClientKey)
	for step, active := range map[string]bool{"activate": true, "deactivate": false} {
		api.handle(mux, "POST "+base+"/secrets/{secret}/lifecycle/"+step, manage, setSecretActive(active))
		api.handle(mux, "POST "+base+"/jwks/{key}/lifecycle/"+step, manage, setClientKeyActive(active))
	}
}

// statusLinks are what can be done with a secret or a key at self.
func statusLinks(self string, active bool) wire.Links {
	if active {
		return wire.Links{"deactivate": {Href: self + "/lifecycle/deactivate", Hints: wire.Allow("POST")}}
	}
	return wire.Links{
		"activate": {Href: self + "/lifecycle/activate", Hints: wire.Allow("POST")},
		"delete":   {Href: self, Hints: wire.Allow("DELETE")},
	}
}

func status(active bool) string {
	if active {
		return "ACTIVE"
	}
	return "INACTIVE"
}

func (c *call) secretJSON(a store.App, s store.ClientSecret) any {
	digest := sha256.Sum256([]byte(s.Value))
	return map[string]any{
		"id": s.ID, "created": s.Created, "lastUpdated": s.LastUpdated, "status": status(s.Active), "client_secret": s.Value,
		"secret_hash": base64.RawURLEncoding.EncodeToString(digest[:16]),
		"_links":      statusLinks(c.URL+"/api/v1/apps/"+a.ID()+"/credentials/secrets/"+s.ID, s.Active),
	}
}

// listSecrets shows the client's secrets, as the Admin Console does.
func (c *call) listSecrets() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, s := range a.Secrets {
		list = append(list, c.secretJSON(a, s))
	}
	return ok(list), nil
}

func (c *call) findSecret() (store.App, int, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return a, 0, fault
	}
	id := c.r.PathValue("secret")
	i := slices.IndexFunc(a.Secrets, func(s store.ClientSecret) bool { return s.ID == id })
	if i < 0 {
		return a, 0, wire.ErrNotFound("OAuth2ClientSecret", id)
	}
	a.Secrets = slices.Clone(a.Secrets)
	return a, i, nil
}

func (c *call) readSecret() (answer, *wire.APIError) {
	a, i, fault := c.findSecret()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.secretJSON(a, a.Secrets[i])), nil
}

// addSecret adds the secret of the body, or one that it draws.
func (c *call) addSecret() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	var in struct {
		Value  string `json:"client_secret"`
		Status string `json:"status"`
	}
	if c.r.ContentLength != 0 {
		if fault := c.readBody(&in); fault != nil {
			return answer{}, fault
		}
	}
	if len(a.Secrets) >= maxSecrets {
		return answer{}, wire.ErrInvalid("client_secret", fmt.Sprintf("client_secret: A client has at most %d secrets", maxSecrets))
	}
	s := store.NewClientSecret(in.Value, c.Stamp())
	s.Active = in.Status != "INACTIVE"
	a.Secrets = append(slices.Clone(a.Secrets), s)
	a.UseSecrets()
	c.Apps.Put(a.ID(), a)
	return answer{status: http.StatusCreated, body: c.secretJSON(a, s)}, nil
}

func setSecretActive(active bool) handler {
	return func(c *call) (answer, *wire.APIError) {
		a, i, fault := c.findSecret()
		if fault != nil {
			return answer{}, fault
		}
		others := slices.ContainsFunc(a.Secrets, func(s store.ClientSecret) bool { return s.Active && s.ID != a.Secrets[i].ID })
		if !active && !others {
			return answer{}, wire.ErrInvalid("client_secret", "client_secret: The only active secret of a client cannot be deactivated")
		}
		a.Secrets[i].Active, a.Secrets[i].LastUpdated = active, c.Stamp()
		a.UseSecrets()
		c.Apps.Put(a.ID(), a)
		return ok(c.secretJSON(a, a.Secrets[i])), nil
	}
}

func (c *call) deleteSecret() (answer, *wire.APIError) {
	a, i, fault := c.findSecret()
	if fault != nil {
		return answer{}, fault
	}
	if a.Secrets[i].Active {
		return answer{}, wire.ErrInvalid("client_secret", "client_secret: deactivate a secret before you delete it")
	}
	a.Secrets = slices.Delete(a.Secrets, i, i+1)
	c.Apps.Put(a.ID(), a)
	return noContent(), nil
}

// clientKeys are the public keys in a's document.
func clientKeys(a store.App) []any {
	client := store.Object(store.Object(a.Doc["settings"])["oauthClient"])
	keys, _ := store.Object(client["jwks"])["keys"].([]any)
	return keys
}

func (c *call) clientKeyJSON(a store.App, key any) any {
	shown := maps.Clone(store.Object(key))
	for _, name := range []string{"created", "lastUpdated"} {
		if shown[name] == nil {
			shown[name] = a.Doc["lastUpdated"]
		}
	}
	self := fmt.Sprint(c.URL, "/api/v1/apps/", a.ID(), "/credentials/jwks/", shown["id"])
	shown["_links"] = statusLinks(self, shown["status"] == "ACTIVE")
	return shown
}

func (c *call) listClientKeys() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	list := []any{}
	for _, key := range clientKeys(a) {
		list = append(list, c.clientKeyJSON(a, key))
	}
	return ok(map[string]any{"jwks": map[string]any{"keys": list}}), nil
}

// findClientKey returns an app with keys that may be changed, and where in them the one of the path is.
func (c *call) findClientKey() (store.App, []any, int, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return a, nil, 0, fault
	}
	id := c.r.PathValue("key")
	keys := slices.Clone(clientKeys(a))
	i := slices.IndexFunc(keys, func(key any) bool { return store.Object(key)["id"] == id })
	if i < 0 {
		return a, nil, 0, wire.ErrNotFound("OAuth2ClientJsonWebKey", id)
	}
	keys[i] = maps.Clone(store.Object(keys[i]))
	return a, keys, i, nil
}

func (c *call) readClientKey() (answer, *wire.APIError) {
	a, keys, i, fault := c.findClientKey()
	if fault != nil {
		return answer{}, fault
	}
	return ok(c.clientKeyJSON(a, keys[i])), nil
}

// storeClientKeys gives a the keys, and answers with the key at i; -1: with nothing.
func (c *call) storeClientKeys(a store.App, keys []any, i, code int) (answer, *wire.APIError) {
	a.Doc = store.WithClientKeys(a.Doc, keys)
	if _, fault := c.storeApp(a, false); fault != nil {
		return answer{}, fault
	}
	if i < 0 {
		return noContent(), nil
	}
	a, _ = c.Apps.Get(a.ID())
	return answer{status: code, body: c.clientKeyJSON(a, clientKeys(a)[i])}, nil
}

func (c *call) addClientKey() (answer, *wire.APIError) {
	a, fault := c.findApp()
	if fault != nil {
		return answer{}, fault
	}
	var key map[string]any
	if fault := c.readBody(&key); fault != nil {
		return answer{}, fault
	}
	keys := slices.Clone(clientKeys(a))
	kty, _ := key["kty"].(string)
	switch {
	case kty != "RSA" && kty != "EC":
		return answer{}, wire.ErrInvalid("jwks", "kty: must be RSA or EC")
	case len(keys) >= maxClientKeys:
		return answer{}, wire.ErrInvalid("jwks", fmt.Sprintf("jwks: A client has at most %d keys", maxClientKeys))
	case slices.ContainsFunc(keys, func(other any) bool { return store.Object(other)["kid"] == key["kid"] }):
		return answer{}, wire.ErrInvalid("kid", "kid: A key of the client has this 'kid' already")
	}
	for _, name := range []string{"id", "created", "lastUpdated", "_links"} {
		delete(key, name)
	}
	return c.storeClientKeys(a, append(keys, key), len(keys), http.StatusCreated)
}

func setClientKeyActive(active bool) handler {
	return func(c *call) (answer, *wire.APIError) {
		a, keys, i, fault := c.findClientKey()
		if fault != nil {
			return answer{}, fault
		}
		key := store.Object(keys[i])
		key["status"], key["lastUpdated"] = status(active), c.Stamp()
		return c.storeClientKeys(a, keys, i, http.StatusOK)
	}
}

func (c *call) deleteClientKey() (answer, *wire.APIError) {
	a, keys, i, fault := c.findClientKey()
	if fault != nil {
		return answer{}, fault
	}
	if store.Object(keys[i])["status"] == "ACTIVE" {
		return answer{}, wire.ErrInvalid("jwks", "jwks: deactivate a key before you delete it")
	}
	return c.storeClientKeys(a, slices.Delete(keys, i, i+1), -1, 0)
}
