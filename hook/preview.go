package hook

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"pschook/commands"
)

// Preview is the answer that the hook would give to a call, and the reasons for it.
type Preview struct {
	Status   int               // HTTP status
	Body     []byte            // empty for 204
	Outcome  string            // as in the metric pschook_hook_requests_total
	Reason   string            // why the outcome is empty or denied
	Decision commands.Decision // zero when the call was refused
	Refused  string            // why the call was refused with a status that is not 2xx; empty when it was accepted
	NoOrgID  error             // why the org id was not known in time; nil when it was known or not needed
}

// Preview answers a call that did not come from Okta. The call is not authenticated, logged,
// counted or remembered, and [Options.Shadow] does not hide the answer. Preview looks up the org id
// as a real call would.
//
// A call that would be refused, with a status that is not 2xx, gives no error: see
// [Preview.Refused]. An error is a fault of the service itself: an answer that cannot be encoded.
// Okta would get status 500.
func (h *Handler) Preview(ctx context.Context, body []byte) (Preview, error) {
	c := &call{ctx: ctx, start: h.opts.Now(), outcome: outcomeError, admitted: true}
	var buf bytes.Buffer
	err := h.preview(c, body, &buf)
	if err == nil {
		p := Preview{Status: http.StatusOK, Body: buf.Bytes(), Outcome: c.outcome, Reason: c.reason, Decision: c.decision, NoOrgID: c.lookupErr}
		if buf.Len() == 0 {
			p.Status = http.StatusNoContent
		}
		return p, nil
	}
	var refused *refusal
	var malformed *MalformedError
	if !errors.As(err, &refused) && !errors.As(err, &malformed) {
		return Preview{}, err
	}
	refused = asRefusal(err)
	c.outcome = refused.outcome
	text, err := refused.body(h.debugContext(c))
	return Preview{Status: refused.status, Body: text, Outcome: refused.outcome, Refused: refused.summary}, err
}

func (h *Handler) preview(c *call, body []byte, buf *bytes.Buffer) error {
	if len(body) > maxBodyBytes {
		return tooLarge(maxBodyBytes)
	}
	req, err := Decode(body)
	if err != nil {
		return err
	}
	if err := h.judge(c, req); err != nil {
		return err
	}
	return h.encode(c, buf)
}
