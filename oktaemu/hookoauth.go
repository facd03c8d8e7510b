package oktaemu

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

// hookKey is a key pair that hooks with private_key_jwt are called with.
type hookKey struct {
	ID          string
	Name        string
	Created     stamp
	LastUpdated stamp
	key         signingKey
}

// assertionLife is how long the assertion for a hook's token endpoint is good.
const assertionLife = time.Minute

// maxTokenAnswer bounds what is read of a hook's token endpoint, in bytes.
const maxTokenAnswer = 64 << 10

// hookToken gets an access token for a hook with channel OAUTH (Okta developer
// docs, "Inline hook with OAuth 2.0"). The time it takes counts as the hook's.
func (o *Org) hookToken(ctx context.Context, c hookConfig) (string, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}}
	if c.Scope != "" {
		form.Set("scope", c.Scope)
	}
	if c.AuthType == authPost {
		form.Set("client_secret", c.ClientSecret)
	} else {
		assertion, err := o.hookAssertion(c)
		if err != nil {
			return "", err
		}
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", assertion)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("hook token: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", hookUserAgent)
	response, err := o.hooks.Do(request)
	if err != nil {
		return "", fmt.Errorf("hook token: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	return readHookToken(response)
}

func readHookToken(response *http.Response) (string, error) {
	if response.StatusCode != http.StatusOK {
		return "", fmt.Errorf("hook token: the token endpoint answered status %d", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxTokenAnswer))
	if err != nil {
		return "", fmt.Errorf("hook token: %w", err)
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.AccessToken == "" {
		return "", errors.New("hook token: the token endpoint's answer holds no access_token")
	}
	return answer.AccessToken, nil
}

// hookAssertion is the client assertion of private_key_jwt, signed by RS256.
func (o *Org) hookAssertion(c hookConfig) (string, error) {
	o.mu.Lock()
	key, there := o.state.hookKeys.get(c.HookKeyID)
	o.mu.Unlock()
	if !there {
		return "", fmt.Errorf("hook token: the hook key %q is gone", c.HookKeyID)
	}
	now := o.now()
	payload, err := json.Marshal(map[string]any{
		"iss": c.ClientID, "sub": c.ClientID, "aud": c.TokenURL, "jti": uuid.NewString(),
		"iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	return key.key.sign(payload)
}

func (o *Org) hookKeyRoutes(mux *http.ServeMux) {
	const read, manage = "okta.inlineHooks.read", "okta.inlineHooks.manage"
	mux.HandleFunc("GET /api/v1/hook-keys", o.managed(read, o.listHookKeys))
	mux.HandleFunc("POST /api/v1/hook-keys", o.managed(manage, o.createHookKey))
	mux.HandleFunc("GET /api/v1/hook-keys/{id}", o.managed(read, o.readHookKey))
	mux.HandleFunc("DELETE /api/v1/hook-keys/{id}", o.managed(manage, o.deleteHookKey))
	mux.HandleFunc("GET /api/v1/hook-keys/public/{keyId}", o.managed(read, o.readPublicHookKey))
}

// hookKeyJSON shows a hook key. keyId is the kid; hooks name the key by it.
func (o *Org) hookKeyJSON(k hookKey) map[string]any {
	_, used := o.state.hooks.find(func(h inlineHook) bool { return h.Channel.Config.HookKeyID == k.key.id })
	return map[string]any{
		"id": k.ID, "keyId": k.key.id, "name": k.Name, "created": k.Created, "lastUpdated": k.LastUpdated, "isUsed": used,
		"_embedded": k.key.publicJWK(),
	}
}

func (key signingKey) publicJWK() jose.JSONWebKey {
	return jose.JSONWebKey{Key: key.private.Public(), KeyID: key.id, Algorithm: string(jose.RS256), Use: "sig"}
}

func (o *Org) listHookKeys(*http.Request) (apiAnswer, *apiError) {
	list := []any{}
	for _, k := range o.state.hookKeys.list() {
		list = append(list, o.hookKeyJSON(k))
	}
	return ok(list), nil
}

func (o *Org) createHookKey(r *http.Request) (apiAnswer, *apiError) {
	var in struct {
		Name string `json:"name"`
	}
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	if in.Name == "" || len(in.Name) > 255 {
		return apiAnswer{}, errInvalid("name", "name: The field must have 1 to 255 characters")
	}
	if o.state.hookKeys.len() >= maxHooks {
		return apiAnswer{}, errInvalid("hookKey", fmt.Sprintf("hookKey: the emulator keeps at most %d hook keys", maxHooks))
	}
	now := stamp(o.now())
	ring := keyring{now: o.opts.Now}
	k := hookKey{ID: newID("HKY"), Name: in.Name, Created: now, LastUpdated: now, key: ring.active()}
	o.state.hookKeys.put(k.key.id, k)
	return ok(o.hookKeyJSON(k)), nil
}

// findHookKey finds a key by its id or its kid.
func (o *Org) findHookKey(id string) (hookKey, *apiError) {
	k, there := o.state.hookKeys.find(func(k hookKey) bool { return k.ID == id || k.key.id == id })
	if !there {
		return hookKey{}, errNotFound("HookKey", id)
	}
	return k, nil
}

func (o *Org) readHookKey(r *http.Request) (apiAnswer, *apiError) {
	k, fault := o.findHookKey(r.PathValue("id"))
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.hookKeyJSON(k)), nil
}

func (o *Org) readPublicHookKey(r *http.Request) (apiAnswer, *apiError) {
	k, fault := o.findHookKey(r.PathValue("keyId"))
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(k.key.publicJWK()), nil
}

func (o *Org) deleteHookKey(r *http.Request) (apiAnswer, *apiError) {
	k, fault := o.findHookKey(r.PathValue("id"))
	if fault != nil {
		return apiAnswer{}, fault
	}
	if _, used := o.state.hooks.find(func(h inlineHook) bool { return h.Channel.Config.HookKeyID == k.key.id }); used {
		return apiAnswer{}, errInvalid("hookKey", "hookKey: a hook uses this key")
	}
	o.state.hookKeys.delete(k.key.id)
	return noContent(), nil
}
