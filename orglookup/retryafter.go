package orglookup

import (
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter bounds what an answer may make us wait. Okta counts its rate
// limits by the minute, so more is a mistake of somebody's clock.
const maxRetryAfter = 5 * time.Minute

// retryAfter is how long an answer asks to wait: until X-Rate-Limit-Reset
// (epoch seconds by Okta's clock, so compared with the answer's own Date), or
// Retry-After (RFC 9110 section 10.2.3), whichever is later; at most
// maxRetryAfter, 0 if neither says.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	var wait time.Duration
	if reset, err := strconv.ParseInt(h.Get("X-Rate-Limit-Reset"), 10, 64); err == nil {
		// Both times are cut to whole seconds: one more is on the safe side.
		wait = time.Unix(reset, 0).Sub(now) + time.Second
	}
	after := h.Get("Retry-After")
	if at, err := http.ParseTime(after); err == nil {
		wait = max(wait, at.Sub(now))
	} else if seconds, err := strconv.ParseInt(after, 10, 32); err == nil {
		wait = max(wait, time.Duration(seconds)*time.Second)
	}
	return min(max(wait, 0), maxRetryAfter)
}
