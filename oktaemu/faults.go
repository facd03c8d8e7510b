package oktaemu

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxFaults bounds the faults that wait.
const maxFaults = 1000

// Fault is trouble for the requests whose path begins with PathPrefix. Delay comes
// first, then exactly one of: Hang, Cut, a status with Body. A fault with none of
// them but a delay lets the request through late. A fault with HookTimeoutMS or
// HookRefuse is for the org's own calls of hooks instead, one with TLSOff for a
// whole connection; they have no path.
type Fault struct {
	PathPrefix  string  `json:"path_prefix,omitempty"`
	Method      string  `json:"method,omitempty"`        // empty: every method
	Status      int     `json:"status,omitempty"`        // answer this status; 429 also carries Okta's error and rate limit headers
	DelayMS     int     `json:"delay_ms,omitempty"`      // wait first, in milliseconds of real time
	Body        *string `json:"body,omitempty"`          // answer this, with Status or 200; default for a status is Okta's error object
	ContentType string  `json:"content_type,omitempty"`  // of Body; default application/json
	RetryAfterS int     `json:"retry_after_s,omitempty"` // seconds until X-Rate-Limit-Reset, and Retry-After
	Hang        bool    `json:"hang,omitempty"`          // answer nothing until the client or the org goes away
	Cut         bool    `json:"cut,omitempty"`           // announce a body, send half of it, cut the connection
	Times       int     `json:"times,omitempty"`         // how many requests; 0 means one, -1 means until cleared

	TLSOff bool `json:"tls_off,omitempty"` // speak plain HTTP on the next connection of an https org; goes with times only

	HookTimeoutMS int  `json:"hook_timeout_ms,omitempty"` // give up a hook call after so many milliseconds
	HookRefuse    bool `json:"hook_refuse,omitempty"`     // fail a hook call as if its host refused the connection
}

// forHooks reports whether the fault is for calls of hooks.
func (fault Fault) forHooks() bool { return fault.HookTimeoutMS > 0 || fault.HookRefuse }

// faults is the list of faults that wait for requests. Safe for concurrent use.
type faults struct {
	now func() time.Time

	mu     sync.Mutex
	list   []Fault
	closed chan struct{}
	once   sync.Once
}

func newFaults(now func() time.Time) *faults { return &faults{now: now, closed: make(chan struct{})} }

// release ends every hanging request, for good.
func (f *faults) release() { f.once.Do(func() { close(f.closed) }) }

// InjectFault adds a fault, as PUT /_emu/faults does.
// The error says what could never be met in fault, or that too many wait already.
func (o *Org) InjectFault(fault Fault) error { return o.faults.add(fault) }

// ClearFaults removes every fault, as DELETE /_emu/faults does.
func (o *Org) ClearFaults() { o.faults.clear() }

// Faults returns the faults that still wait, so that a test can see that its own was met.
func (o *Org) Faults() []Fault { return o.faults.waiting() }

func (f *faults) add(fault Fault) error {
	if err := fault.check(); err != nil {
		return err
	}
	setDefault(&fault.Times, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.list) >= maxFaults {
		return fmt.Errorf("%d faults wait already: clear them first", maxFaults)
	}
	f.list = append(f.list, fault)
	return nil
}

// check finds faults that could never be met, or that say nothing.
func (fault Fault) check() error {
	idle := Fault{PathPrefix: fault.PathPrefix, Method: fault.Method, Times: fault.Times}
	switch {
	case fault.Times < -1 || fault.DelayMS < 0 || fault.RetryAfterS < 0 || fault.HookTimeoutMS < 0:
		return fmt.Errorf("times, delay_ms, retry_after_s and hook_timeout_ms: must not be negative (but times may be -1)")
	case fault == idle:
		return fmt.Errorf("the fault does nothing: give status, delay_ms, body, hang, cut, tls_off, hook_timeout_ms or hook_refuse")
	case fault.TLSOff && fault != Fault{Times: fault.Times, TLSOff: true}:
		return fmt.Errorf("tls_off: goes with times only")
	case fault.TLSOff:
	case fault.forHooks():
		if fault != (Fault{Times: fault.Times, HookTimeoutMS: fault.HookTimeoutMS, HookRefuse: fault.HookRefuse}) {
			return fmt.Errorf("hook_timeout_ms and hook_refuse: go with times only")
		}
	case !strings.HasPrefix(fault.PathPrefix, "/"):
		return fmt.Errorf("path_prefix: %q does not begin with /", fault.PathPrefix)
	case strings.HasPrefix(fault.PathPrefix, "/_emu"):
		return fmt.Errorf("path_prefix: %q is the emulator's own", fault.PathPrefix)
	case fault.Status != 0 && (fault.Status < 200 || fault.Status > 599):
		return fmt.Errorf("status: %d is not an HTTP status from 200 to 599", fault.Status)
	case fault.Hang && fault.Cut:
		return fmt.Errorf("hang and cut: only one of them")
	}
	return nil
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

func (f *faults) waiting() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Fault{}, f.list...)
}

// match takes the first fault for r, and uses it up.
func (f *faults) match(r *http.Request) (Fault, bool) {
	return f.take(func(fault Fault) bool {
		return !fault.forHooks() && !fault.TLSOff && strings.HasPrefix(r.URL.Path, fault.PathPrefix) && (fault.Method == "" || fault.Method == r.Method)
	})
}

// matchHook takes the first fault for a hook call, and uses it up.
func (f *faults) matchHook() (Fault, bool) { return f.take(Fault.forHooks) }

// matchConnection takes the first fault for a connection, and uses it up.
func (f *faults) matchConnection() bool {
	_, met := f.take(func(fault Fault) bool { return fault.TLSOff })
	return met
}

func (f *faults) take(fits func(Fault) bool) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.list, fits)
	if i < 0 {
		return Fault{}, false
	}
	fault := f.list[i]
	switch {
	case fault.Times == 1:
		f.list = slices.Delete(slices.Clone(f.list), i, i+1)
	case fault.Times > 1:
		f.list[i].Times--
	}
	return fault, true
}

// strike applies the first fault that fits r. It reports whether r is answered.
func (f *faults) strike(w http.ResponseWriter, r *http.Request) bool {
	fault, ok := f.match(r)
	if !ok {
		return false
	}
	if !f.wait(r, time.Duration(fault.DelayMS)*time.Millisecond) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case fault.Hang:
		f.wait(r, math.MaxInt64)
		panic(http.ErrAbortHandler)
	case fault.Cut:
		cutShort(w, fault)
	case fault.Status == 0 && fault.Body == nil:
		return false
	default:
		fault.answer(w, f.now())
	}
	return true
}

// wait reports whether d passed before the client or the org went away.
func (f *faults) wait(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-f.closed:
	}
	return false
}

func (fault Fault) answer(w http.ResponseWriter, now time.Time) {
	h := w.Header()
	if fault.Status == http.StatusTooManyRequests || fault.RetryAfterS > 0 {
		h.Set("X-Rate-Limit-Limit", "600")
		h.Set("X-Rate-Limit-Remaining", "0")
		h.Set("X-Rate-Limit-Reset", strconv.FormatInt(now.Add(time.Duration(fault.RetryAfterS)*time.Second).Unix(), 10))
		if fault.RetryAfterS > 0 {
			h.Set("Retry-After", strconv.Itoa(fault.RetryAfterS))
		}
	}
	status := fault.Status
	setDefault(&status, http.StatusOK)
	if fault.Body == nil {
		writeAPIError(w, faultError(status))
		return
	}
	contentType := fault.ContentType
	setDefault(&contentType, "application/json")
	h.Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(*fault.Body))
}

func faultError(status int) *apiError {
	switch status {
	case http.StatusUnauthorized:
		return errInvalidToken()
	case http.StatusForbidden:
		return errForbidden()
	case http.StatusTooManyRequests:
		return errRate()
	default:
		return &apiError{status, "E0000009", "Internal Server Error", nil}
	}
}

// cutShort promises more bytes than it sends, then cuts the connection.
func cutShort(w http.ResponseWriter, fault Fault) {
	body := `{"id":"00o`
	if fault.Body != nil {
		body = *fault.Body
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1000))
	status := fault.Status
	setDefault(&status, http.StatusOK)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func (f *faults) serveList(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, f.waiting())
}

func (f *faults) serveAdd(w http.ResponseWriter, r *http.Request) {
	var fault Fault
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&fault); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "fault: " + err.Error()})
		return
	}
	if err := f.add(fault); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "fault: " + err.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (f *faults) serveClear(w http.ResponseWriter, _ *http.Request) {
	f.clear()
	w.WriteHeader(http.StatusNoContent)
}
