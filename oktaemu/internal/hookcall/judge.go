package hookcall

import (
	"context"
	"encoding/json"
	"fmt"

	"pschook/oktaemu/internal/hookanswer"
	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// Judge posts a sample call to the hook, with a new id and the current time. It applies Okta's
// rules to the answer as Mint does. It mints no token. The error says that the sample is not a
// call.
func (h *Caller) Judge(ctx context.Context, hook store.HookTarget, sample []byte) (store.HookCall, error) {
	var members map[string]json.RawMessage
	var minting struct {
		Data struct{ Identity, Access *hookToken }
	}
	if err := json.Unmarshal(sample, &members); err != nil {
		return store.HookCall{}, fmt.Errorf("sample: %w", err)
	}
	if err := json.Unmarshal(sample, &minting); err != nil {
		return store.HookCall{}, fmt.Errorf("sample: %w", err)
	}
	call := store.HookCall{At: h.store.Now(), HookID: hook.ID, URL: hook.Channel.Config.URI, EventID: wire.RandomWord(22)}
	for name, value := range map[string]any{"eventId": call.EventID, "eventTime": wire.Stamp(call.At)} {
		text, err := json.Marshal(value)
		if err != nil {
			return store.HookCall{}, err
		}
		members[name] = text
	}
	body, err := json.Marshal(members)
	if err != nil {
		return store.HookCall{}, err
	}
	call.Request = body
	h.exchange(ctx, hook, body, &call)
	_, _ = h.takeAnswer(hookanswer.Minting{Identity: minting.Data.Identity.token(), Access: minting.Data.Access.token()}, &call)
	return call, nil
}

// token is the token of a call; nil where none is minted.
func (t *hookToken) token() *hookanswer.Token {
	if t == nil {
		return nil
	}
	return &hookanswer.Token{Claims: t.Claims, Lifetime: t.Token.Lifetime.Expiration}
}
