package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxFaults bounds the faults that wait.
const maxFaults = 1000

// Fault is trouble for the requests whose path begins with PathPrefix. Delay comes
// first, then exactly one of: Hang, Cut, a status with Body. A fault with none of
// them but a delay lets the request through late. A fault with HookTimeoutMS or
// HookRefuse is for the org's own calls of hooks instead, one with TLSOff for a
// whole connection, one with Log or Delivery for an event; they have no path.
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

	EventType string `json:"event_type,omitempty"` // for Log and Delivery: of the event; empty: any
	Log       string `json:"log,omitempty"`        // lose, repeat or delay an entry of the System Log, by delay_ms of the org's time
	Delivery  string `json:"delivery,omitempty"`   // lose, repeat or delay a delivery to an event hook, by delay_ms of real time
}

// What becomes of an event.
const (
	EventLost     = "lose"
	EventRepeated = "repeat" // it comes twice, as the same event
	EventDelayed  = "delay"
)

// ForEvents reports whether the fault is for events.
func (fault Fault) ForEvents() bool { return fault.Log != "" || fault.Delivery != "" }

// checkEvent finds faults of a fault for events.
func (fault Fault) checkEvent() error {
	word := fault.Log + fault.Delivery
	rest := Fault{EventType: fault.EventType, Log: fault.Log, Delivery: fault.Delivery, DelayMS: fault.DelayMS, Times: fault.Times}
	switch {
	case fault.Log != "" && fault.Delivery != "":
		return fmt.Errorf("log and delivery: only one of them")
	case fault != rest:
		return fmt.Errorf("log and delivery: go with event_type, delay_ms and times only")
	case word != EventLost && word != EventRepeated && word != EventDelayed:
		return fmt.Errorf("log and delivery: %q is not one of lose, repeat, delay", word)
	case (word == EventDelayed) != (fault.DelayMS > 0):
		return fmt.Errorf("delay_ms: goes with delay, and delay with it")
	}
	return nil
}

// ForHooks reports whether the fault is for calls of hooks.
func (fault Fault) ForHooks() bool { return fault.HookTimeoutMS > 0 || fault.HookRefuse }

// check finds faults that could never be met, or that say nothing.
func (fault Fault) check() error {
	idle := Fault{PathPrefix: fault.PathPrefix, Method: fault.Method, Times: fault.Times}
	switch {
	case fault.Times < -1 || fault.DelayMS < 0 || fault.RetryAfterS < 0 || fault.HookTimeoutMS < 0:
		return fmt.Errorf("times, delay_ms, retry_after_s and hook_timeout_ms: must not be negative (but times may be -1)")
	case fault == idle:
		return fmt.Errorf("the fault does nothing: give status, delay_ms, body, hang, cut, tls_off, hook_timeout_ms, hook_refuse, log or delivery")
	case fault.TLSOff && fault != Fault{Times: fault.Times, TLSOff: true}:
		return fmt.Errorf("tls_off: goes with times only")
	case fault.TLSOff:
	case fault.ForEvents():
		return fault.checkEvent()
	case fault.EventType != "":
		return fmt.Errorf("event_type: goes with log or delivery")
	case fault.ForHooks():
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

// AddFault lets fault wait for the next request that it fits.
// The error says what could never be met in it, or that too many wait already.
func (s *State) AddFault(fault Fault) error {
	if err := fault.check(); err != nil {
		return err
	}
	if len(s.faults) >= maxFaults {
		return fmt.Errorf("%d faults wait already: clear them first", maxFaults)
	}
	fault.Times = cmp.Or(fault.Times, 1)
	s.faults = append(s.faults, fault)
	return nil
}

// Faults returns the faults that wait.
func (s *State) Faults() []Fault { return append([]Fault{}, s.faults...) }

// ClearFaults removes every fault.
func (s *State) ClearFaults() { s.faults = nil }

// TakeFault returns the first fault that fits, and uses it up.
func (s *State) TakeFault(fits func(Fault) bool) (Fault, bool) {
	i := slices.IndexFunc(s.faults, fits)
	if i < 0 {
		return Fault{}, false
	}
	fault := s.faults[i]
	switch {
	case fault.Times == 1:
		s.faults = slices.Delete(slices.Clone(s.faults), i, i+1)
	case fault.Times > 1:
		s.faults[i].Times--
	}
	return fault, true
}
