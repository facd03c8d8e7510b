package edge

import (
	"cmp"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// strikes reports whether fault is for r.
func strikes(fault store.Fault, r *http.Request) bool {
	return !fault.ForHooks() && !fault.ForEvents() && !fault.TLSOff && strings.HasPrefix(r.URL.Path, fault.PathPrefix) && (fault.Method == "" || fault.Method == r.Method)
}

// answers reports whether fault takes the place of the answer. Otherwise it only delays it.
func answers(fault store.Fault) bool {
	return fault.Hang || fault.Cut || fault.Status != 0 || fault.Body != nil
}

// strike applies fault. It reports whether it has answered r.
func (e *Edge) strike(w http.ResponseWriter, r *http.Request, fault store.Fault) bool {
	if !e.wait(r, time.Duration(fault.DelayMS)*time.Millisecond) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case fault.Hang:
		e.wait(r, math.MaxInt64)
		panic(http.ErrAbortHandler)
	case fault.Cut:
		cutShort(w, fault)
	case answers(fault):
		answerFault(w, fault, e.Store.Now())
	}
	return answers(fault)
}

// wait reports whether d passed before the client or the org went away.
func (e *Edge) wait(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-e.closed:
	}
	return false
}

func answerFault(w http.ResponseWriter, fault store.Fault, now time.Time) {
	h := w.Header()
	if fault.Status == http.StatusTooManyRequests || fault.RetryAfterS > 0 {
		h.Set("X-Rate-Limit-Limit", "600")
		h.Set("X-Rate-Limit-Remaining", "0")
		h.Set("X-Rate-Limit-Reset", strconv.FormatInt(now.Add(time.Duration(fault.RetryAfterS)*time.Second).Unix(), 10))
		if fault.RetryAfterS > 0 {
			h.Set("Retry-After", strconv.Itoa(fault.RetryAfterS))
		}
	}
	status := cmp.Or(fault.Status, http.StatusOK)
	if fault.Body == nil {
		wire.WriteAPIError(w, faultError(status))
		return
	}
	h.Set("Content-Type", cmp.Or(fault.ContentType, "application/json"))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(*fault.Body))
}

func faultError(status int) *wire.APIError {
	switch status {
	case http.StatusUnauthorized:
		return wire.ErrInvalidToken()
	case http.StatusForbidden:
		return wire.ErrForbidden()
	case http.StatusTooManyRequests:
		return wire.ErrRate()
	default:
		return wire.ErrInternal(status)
	}
}

// cutShort promises more bytes than it sends, then cuts the connection.
func cutShort(w http.ResponseWriter, fault store.Fault) {
	body := `{"id":"00o`
	if fault.Body != nil {
		body = *fault.Body
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1000))
	status := cmp.Or(fault.Status, http.StatusOK)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
