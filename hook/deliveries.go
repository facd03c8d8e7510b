package hook

import (
	"bytes"
	"net/http"
)

// Deliveries returns a handler for the posts of Okta's event hooks: JSON of at most the given
// number of bytes. It passes the whole body to take, which must copy it to keep it. The handler
// authenticates, limits, counts and logs callers exactly as the token hook does. An error of take
// means that the body is no delivery. The caller and the log get its text, so it must quote nothing
// of the body.
func (h *Handler) Deliveries(most int64, take func(body []byte) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := call{ctx: r.Context(), start: h.opts.Now(), outcome: outcomeError, path: r.URL.Path}
		err := h.deliver(&call, w, r, most, take)
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		refused := asRefusal(err)
		call.outcome = refused.outcome
		h.observe.end(&call, err, h.opts.Now())
		_ = h.writeRefusal(w, &call, refused) // a failed write means that the caller is gone
	})
}

func (h *Handler) deliver(call *call, w http.ResponseWriter, r *http.Request, most int64, take func([]byte) error) error {
	if err := checkHead(r, most); err != nil {
		return err
	}
	if err := h.admit(call, r); err != nil {
		return err
	}
	call.admitted = true
	var body bytes.Buffer
	if err := readBody(w, r, &body, most, h.opts.Timeout); err != nil {
		return err
	}
	if err := take(body.Bytes()); err != nil {
		return &refusal{status: http.StatusBadRequest, outcome: outcomeMalformed, summary: err.Error(), reason: "NOT_A_DELIVERY", locationType: "body"}
	}
	return nil
}
