package store

import (
	"cmp"
	"crypto/subtle"
	"encoding/json"
	"maps"
	"slices"

	"pschook/oktaemu/internal/wire"
)

// ClientSecret is one of the secrets of a client: a second one is there while the first is replaced.
type ClientSecret struct {
	ID, Value   string
	Active      bool
	Created     wire.Stamp
	LastUpdated wire.Stamp
}

// NewClientSecret returns an active secret; without a value it draws one.
func NewClientSecret(value string, now wire.Stamp) ClientSecret {
	return ClientSecret{ID: wire.NewID("ocs"), Value: cmp.Or(value, wire.RandomWord(40)), Active: true, Created: now, LastUpdated: now}
}

// KeepSecret puts the secret of a's document into the place of the first one, and the other ones away if there is none.
func (a *App) KeepSecret(now wire.Stamp) {
	known := slices.ContainsFunc(a.Secrets, func(s ClientSecret) bool { return s.Value == a.Client.Secret })
	switch {
	case a.Client.Secret == "":
		a.Secrets = nil
	case !known && len(a.Secrets) > 0:
		a.Secrets = slices.Clone(a.Secrets)
		a.Secrets[0] = NewClientSecret(a.Client.Secret, now)
	case !known:
		a.Secrets = []ClientSecret{NewClientSecret(a.Client.Secret, now)}
	}
	a.UseSecrets()
}

// UseSecrets lets the client be who knows one of the active secrets; its document has the first of them.
func (a *App) UseSecrets() {
	a.Client.Secret, a.Client.otherSecret = "", ""
	for _, s := range a.Secrets {
		switch {
		case !s.Active:
		case a.Client.Secret == "":
			a.Client.Secret = s.Value
		default:
			a.Client.otherSecret = s.Value
		}
	}
	a.Doc = withOAuth(a.Doc, "credentials", func(oauth map[string]any) {
		if a.Client.Secret != "" {
			oauth["client_secret"] = a.Client.Secret
		}
	})
}

// Secrets returns the client's active secrets.
func (c Client) Secrets() []string {
	return slices.DeleteFunc([]string{c.Secret, c.otherSecret}, func(s string) bool { return s == "" })
}

// KnowsSecret reports whether secret is one of the client's.
func (c Client) KnowsSecret(secret string) bool {
	return slices.ContainsFunc(c.Secrets(), func(own string) bool { return subtle.ConstantTimeCompare([]byte(secret), []byte(own)) == 1 })
}

// WithClientKeys returns doc with these public keys of the client, complete.
func WithClientKeys(doc map[string]any, keys []any) map[string]any {
	doc = withOAuth(doc, "settings", func(client map[string]any) { client["jwks"] = map[string]any{"keys": keys} })
	completeClient(doc, nil)
	return doc
}

// withOAuth returns a copy of doc whose member part.oauthClient change has changed.
func withOAuth(doc map[string]any, part string, change func(map[string]any)) map[string]any {
	doc = maps.Clone(doc)
	outer := maps.Clone(Object(doc[part]))
	inner := maps.Clone(Object(outer["oauthClient"]))
	change(inner)
	outer["oauthClient"], doc[part] = inner, outer
	return doc
}

// activeKeys leaves out of a JWKS the keys that were switched off.
func activeKeys(jwks json.RawMessage) json.RawMessage {
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if len(jwks) == 0 || json.Unmarshal(jwks, &set) != nil {
		return jwks
	}
	set.Keys = slices.DeleteFunc(set.Keys, func(key map[string]any) bool { return key["status"] == "INACTIVE" })
	text, err := json.Marshal(set)
	if err != nil {
		return jwks
	}
	return text
}
