package hookcall

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/google/uuid"

	"pschook/internal/wait"
	"pschook/oktaemu/internal/store"
)

// maxDeliveries bounds the running deliveries to event hooks; further ones are lost.
const maxDeliveries = 1000

// maxVerification bounds what is read of the answer to a verification, in bytes.
const maxVerification = 64 << 10

// eventQueue counts deliveries, so that closing the org can wait for them.
type eventQueue struct {
	ctx    context.Context //nolint:containedctx // ends what runs in the background, when the org is closed
	cancel context.CancelFunc
	slots  chan struct{}
	wait   sync.WaitGroup
}

func (q *eventQueue) init() {
	q.ctx, q.cancel = context.WithCancel(context.Background())
	q.slots = make(chan struct{}, maxDeliveries)
}

func (q *eventQueue) close() {
	q.cancel()
	q.wait.Wait()
}

// deliver sends entries of the System Log to event hooks, in the background. It does not wait if
// there are too many.
func (h *Caller) deliver(list []store.Delivery) {
	for _, d := range list {
		if h.events.ctx.Err() != nil {
			return
		}
		select {
		case h.events.slots <- struct{}{}:
		default:
			h.logger.Warn("an event hook is not told", "hook", d.Hook.ID, "event", d.Event.EventType, "reason", "too many deliveries are under way")
			continue
		}
		h.events.wait.Go(func() {
			defer func() { <-h.events.slots }()
			if wait.For(h.events.ctx, d.Delay) == nil {
				h.tell(d)
			}
		})
	}
}

// tell posts the entry, and once more if that fails (Okta developer docs, concepts/event-hooks:
// delivered at least once, one retry).
func (h *Caller) tell(d store.Delivery) {
	body, err := json.Marshal(map[string]any{
		"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1", "contentType": "application/json",
		"source": h.store.URL() + "/api/v1/eventHooks/" + d.Hook.ID, "eventId": uuid.NewString(), "eventTime": d.Event.Published,
		"data": map[string]any{"events": []store.Event{d.Event}},
	})
	if err == nil {
		_, err = h.askEventHook(h.events.ctx, d.Hook, http.MethodPost, body, "")
	}
	if err != nil && h.events.ctx.Err() == nil {
		_, err = h.askEventHook(h.events.ctx, d.Hook, http.MethodPost, body, "")
	}
	if err == nil {
		return
	}
	h.logger.Warn("an event hook is not told", "hook", d.Hook.ID, "event", d.Event.EventType, "reason", err)
}

// Verify sends hook the one-time challenge, which it must return (Okta developer docs,
// concepts/event-hooks). The error says what the hook did.
func (h *Caller) Verify(ctx context.Context, hook store.EventHook) error {
	challenge := uuid.NewString()
	text, err := h.askEventHook(ctx, hook, http.MethodGet, nil, challenge)
	if err != nil {
		return err
	}
	var answer struct {
		Verification string `json:"verification"`
	}
	if json.Unmarshal(text, &answer) != nil || answer.Verification != challenge {
		return errors.New("the answer does not give the challenge back as \"verification\"")
	}
	return nil
}

// askEventHook sends one request with the hook's credential, and returns the body of
// an answer with a status 2xx.
func (h *Caller) askEventHook(ctx context.Context, hook store.EventHook, method string, body []byte, challenge string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	config := hook.Channel.Config
	request, err := http.NewRequestWithContext(ctx, method, config.URI, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if err := h.authorizeHookCall(ctx, store.HookTarget{InlineHook: store.InlineHook{Channel: hook.Channel}}, request); err != nil {
		return nil, err
	}
	if challenge != "" {
		request.Header.Set("X-Okta-Verification-Challenge", challenge)
	}
	response, err := h.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		return nil, fmt.Errorf("the event hook answered status %d", response.StatusCode)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxVerification))
}
