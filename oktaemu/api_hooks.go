package oktaemu

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"pschook/oktaemu/internal/hookanswer"
)

// maxHooks is Okta's limit of inline hooks in an org (Okta developer docs,
// concepts/inline-hooks).
const maxHooks = 100

// hookTypes are the kinds of inline hook that Okta has. Only token hooks are ever called.
func hookTypes() []string {
	return []string{
		TokenHookType, "com.okta.import.transform", "com.okta.saml.tokens.transform", "com.okta.user.pre-registration",
		"com.okta.user.credential.password.import", "com.okta.telephony.provider",
	}
}

func (o *Org) hookRoutes(mux *http.ServeMux) {
	const read, manage = "okta.inlineHooks.read", "okta.inlineHooks.manage"
	mux.HandleFunc("GET /api/v1/inlineHooks", o.managed(read, o.listHooks))
	mux.HandleFunc("POST /api/v1/inlineHooks", o.managed(manage, o.createHook))
	mux.HandleFunc("GET /api/v1/inlineHooks/{id}", o.managed(read, o.readHook))
	mux.HandleFunc("PUT /api/v1/inlineHooks/{id}", o.managed(manage, o.replaceHook))
	mux.HandleFunc("POST /api/v1/inlineHooks/{id}", o.managed(manage, o.updateHook))
	mux.HandleFunc("DELETE /api/v1/inlineHooks/{id}", o.managed(manage, o.deleteHook))
	mux.HandleFunc("POST /api/v1/inlineHooks/{id}/lifecycle/activate", o.managed(manage, o.setHookStatus("ACTIVE")))
	mux.HandleFunc("POST /api/v1/inlineHooks/{id}/lifecycle/deactivate", o.managed(manage, o.setHookStatus("INACTIVE")))
	mux.HandleFunc("POST /api/v1/inlineHooks/{id}/execute", o.serveExecuteHook)
}

// hookInput is a hook as a client sends it. Status is taken from lifecycle calls only.
type hookInput struct {
	Name    string       `json:"name"`
	Type    string       `json:"type"`
	Version string       `json:"version"`
	Channel *hookChannel `json:"channel"`
}

func (o *Org) hookJSON(h inlineHook) map[string]any {
	self := o.url + "/api/v1/inlineHooks/" + h.ID
	links := apiLink{
		"self":    {Href: self, Hints: allow("GET", "PUT", "POST", "DELETE")},
		"execute": {Href: self + "/execute", Hints: allow("POST")},
	}
	if h.active() {
		links["deactivate"] = link{Href: self + "/lifecycle/deactivate", Hints: allow("POST")}
	} else {
		links["activate"] = link{Href: self + "/lifecycle/activate", Hints: allow("POST")}
		links["delete"] = link{Href: self, Hints: allow("DELETE")}
	}
	return map[string]any{
		"id": h.ID, "name": h.Name, "type": h.Type, "version": h.Version, "status": h.Status,
		"created": h.Created, "lastUpdated": h.LastUpdated, "channel": h.Channel.redacted(), "_links": links,
	}
}

func (o *Org) findHook(r *http.Request) (inlineHook, *apiError) {
	id := r.PathValue("id")
	if h, there := o.state.hooks.get(id); there {
		return h, nil
	}
	return inlineHook{}, errNotFound("InlineHook", id)
}

func (o *Org) listHooks(r *http.Request) (apiAnswer, *apiError) {
	kind := r.URL.Query().Get("type")
	list := []any{}
	for _, h := range o.state.hooks.list() {
		if kind == "" || h.Type == kind {
			list = append(list, o.hookJSON(h))
		}
	}
	return ok(list), nil
}

func (o *Org) createHook(r *http.Request) (apiAnswer, *apiError) {
	var in hookInput
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	if !slices.Contains(hookTypes(), in.Type) {
		return apiAnswer{}, errInvalid("type", "type: The field is missing or not a known inline hook type")
	}
	if o.state.hooks.len() >= maxHooks {
		return apiAnswer{}, errInvalid("inlineHook", fmt.Sprintf("inlineHook: an org has at most %d inline hooks", maxHooks))
	}
	now := stamp(o.now())
	h := inlineHook{ID: newID(idHook), Type: in.Type, Version: in.Version, Status: "ACTIVE", Created: now}
	return o.storeHook(h, in)
}

func (o *Org) readHook(r *http.Request) (apiAnswer, *apiError) {
	h, fault := o.findHook(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	return ok(o.hookJSON(h)), nil
}

// replaceHook is PUT: everything is given again. A secret that is left out stays.
func (o *Org) replaceHook(r *http.Request) (apiAnswer, *apiError) {
	h, fault := o.findHook(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	var in hookInput
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	return o.storeHook(h, in)
}

// updateHook is POST: what is left out stays as it is.
func (o *Org) updateHook(r *http.Request) (apiAnswer, *apiError) {
	h, fault := o.findHook(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	old := h.Channel.clone() // decoding writes into what is there
	in := hookInput{Name: h.Name, Type: h.Type, Version: h.Version, Channel: &old}
	if fault := readBody(r, &in); fault != nil {
		return apiAnswer{}, fault
	}
	return o.storeHook(h, in)
}

// storeHook checks in and stores it as h. The type of a hook never changes.
func (o *Org) storeHook(h inlineHook, in hookInput) (apiAnswer, *apiError) {
	if in.Type != "" && in.Type != h.Type {
		return apiAnswer{}, errInvalid("type", "type: The type of an inline hook cannot be changed")
	}
	if in.Name == "" || len(in.Name) > 255 {
		return apiAnswer{}, errInvalid("name", "name: The field must have 1 to 255 characters")
	}
	if in.Version != "1.0.0" {
		return apiAnswer{}, errInvalid("version", "version: The field must be '1.0.0'")
	}
	if o.hookNameTaken(in.Name, h.ID) {
		return apiAnswer{}, errInvalid("name", "name: An object with this field already exists in the current organization")
	}
	if in.Channel == nil {
		return apiAnswer{}, errInvalid("channel", "channel: The field cannot be left blank")
	}
	channel := in.Channel.completed(h.Channel)
	if causes := channel.faults(); len(causes) > 0 {
		return apiAnswer{}, errInvalid("channel", causes...)
	}
	if id := channel.Config.HookKeyID; id != "" {
		if _, there := o.state.hookKeys.get(id); !there {
			return apiAnswer{}, errInvalid("channel.config.hookKeyId", "channel.config.hookKeyId: no such hook key")
		}
	}
	h.Name, h.Version, h.Channel, h.LastUpdated = in.Name, in.Version, channel, stamp(o.now())
	if !o.state.hooks.put(h.ID, h) {
		return apiAnswer{}, errFull()
	}
	return ok(o.hookJSON(h)), nil
}

func (o *Org) hookNameTaken(name, exceptID string) bool {
	_, taken := o.state.hooks.find(func(h inlineHook) bool { return h.Name == name && h.ID != exceptID })
	return taken
}

// completed fills defaults, and the secrets that a client does not repeat because
// reads never show them.
func (c hookChannel) completed(old hookChannel) hookChannel {
	setDefault(&c.Version, "1.0.0")
	setDefault(&c.Config.Method, http.MethodPost)
	if scheme, before := c.Config.AuthScheme, old.Config.AuthScheme; scheme != nil {
		filled := *scheme
		setDefault(&filled.Type, "HEADER")
		if filled.Value == "" && before != nil && before.Key == filled.Key {
			filled.Value = before.Value
		}
		c.Config.AuthScheme = &filled
	}
	if c.Config.ClientSecret == "" && c.Config.ClientID == old.Config.ClientID {
		c.Config.ClientSecret = old.Config.ClientSecret
	}
	return c
}

// faults lists what is wrong with a channel.
func (c hookChannel) faults() []string {
	var causes []string
	add := func(format string, args ...any) { causes = append(causes, fmt.Sprintf(format, args...)) }
	if err := checkHookURL(c.Config.URI); err != nil {
		add("channel.config.uri: %v", err)
	}
	if c.Version != "1.0.0" {
		add("channel.version: The field must be '1.0.0'")
	}
	if c.Config.Method != http.MethodPost {
		add("channel.config.method: only POST is supported")
	}
	for _, h := range c.Config.Headers {
		if !validHeader(h.Key, h.Value) {
			add("channel.config.headers: %q is not a valid header", h.Key)
		}
	}
	switch c.Type {
	case "HTTP":
		if s := c.Config.AuthScheme; s != nil && (s.Type != "HEADER" || !validHeader(s.Key, s.Value) || s.Value == "") {
			add("channel.config.authScheme: type must be HEADER, with a valid key and value")
		}
	case "OAUTH":
		causes = append(causes, c.Config.oauthFaults()...)
	default:
		add("channel.type: The field must be HTTP or OAUTH")
	}
	return causes
}

func (c hookConfig) oauthFaults() []string {
	var causes []string
	if err := checkHookURL(c.TokenURL); err != nil {
		causes = append(causes, "channel.config.tokenUrl: "+err.Error())
	}
	if c.ClientID == "" {
		causes = append(causes, "channel.config.clientId: The field cannot be left blank")
	}
	switch c.AuthType {
	case authPost:
		if c.ClientSecret == "" {
			causes = append(causes, "channel.config.clientSecret: The field cannot be left blank")
		}
	case authPrivateKey:
		if c.HookKeyID == "" {
			causes = append(causes, "channel.config.hookKeyId: The field cannot be left blank")
		}
	default:
		causes = append(causes, "channel.config.authType: The field must be client_secret_post or private_key_jwt")
	}
	return causes
}

// validHeader reports whether a header can be sent (RFC 9110, sections 5.1 and 5.5).
func validHeader(key, value string) bool {
	const tokenChars = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return key != "" && strings.Trim(key, tokenChars) == "" &&
		!strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

func (o *Org) setHookStatus(status string) apiHandler {
	return func(r *http.Request) (apiAnswer, *apiError) {
		h, fault := o.findHook(r)
		if fault != nil {
			return apiAnswer{}, fault
		}
		h.Status, h.LastUpdated = status, stamp(o.now())
		o.state.hooks.put(h.ID, h)
		return ok(o.hookJSON(h)), nil
	}
}

func (o *Org) deleteHook(r *http.Request) (apiAnswer, *apiError) {
	h, fault := o.findHook(r)
	if fault != nil {
		return apiAnswer{}, fault
	}
	if h.active() {
		return apiAnswer{}, errInvalid("inlineHook", "inlineHook: deactivate an inline hook before you delete it")
	}
	o.state.hooks.delete(h.ID)
	return noContent(), nil
}

// serveExecuteHook sends the body to the hook and returns what it answers: the
// preview of the Admin Console. No token is involved, and nothing is applied.
func (o *Org) serveExecuteHook(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	fault := o.authorizeAPI(r, "okta.inlineHooks.manage")
	var h inlineHook
	if fault == nil {
		h, fault = o.findHook(r)
	}
	o.mu.Unlock()
	var payload []byte
	if fault == nil {
		payload, fault = readObject(r)
	}
	if fault != nil {
		writeAPIError(w, fault)
		return
	}
	call := o.preview(r.Context(), h, payload, o.origin(r, "execute"))
	switch {
	case call.Outcome == HookFailed:
		writeAPIError(w, errInvalid("inlineHook", "inlineHook: "+call.Reason))
	case call.Status == http.StatusNoContent:
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(call.Response)) // the service's own answer, arrays included
	}
}

// readObject reads a body that must be a JSON object, and returns it as it came.
func readObject(r *http.Request) ([]byte, *apiError) {
	text, err := io.ReadAll(r.Body)
	var object map[string]any
	if err != nil || json.Unmarshal(text, &object) != nil || object == nil {
		return nil, errMalformed()
	}
	return text, nil
}

// preview calls h with payload, and notes the call.
func (o *Org) preview(ctx context.Context, h inlineHook, payload []byte, origin callOrigin) HookCall {
	call := HookCall{At: o.now(), HookID: h.ID, URL: h.Channel.Config.URI, Request: payload}
	o.exchange(ctx, h, payload, &call)
	switch {
	case call.Outcome == HookFailed:
	case call.Status == http.StatusNoContent:
		call.Outcome = HookEmpty
	case call.Status != http.StatusOK:
		call.Outcome, call.Reason = HookFailed, fmt.Sprintf("the hook answered status %d", call.Status)
	default:
		call.Outcome = HookPreviewed
		if _, err := hookanswer.Parse([]byte(call.Response)); err != nil {
			call.Outcome, call.Reason = HookFailed, err.Error()
		}
	}
	o.recordHookCall(call, minting{origin: origin})
	return call
}
