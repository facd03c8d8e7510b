package orglookup

import (
	"net/http"
	"strconv"
	"time"
)

// maxRetryAfter bounds how long an answer can make us wait. Okta counts its rate limits by the
// minute, so a longer wait comes from a wrong clock.
const maxRetryAfter = 5 * time.Minute

// retryAfter returns how long an answer asks us to wait. It uses X-Rate-Limit-Reset (epoch seconds
// by Okta's clock, compared with the answer's own Date) or Retry-After (RFC 9110 section 10.2.3),
// whichever is later. The result is at most maxRetryAfter, and 0 if the answer has neither.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	var wait time.Duration
	if reset, err := strconv.ParseInt(h.Get("X-Rate-Limit-Reset"), 10, 64); err == nil {
		// Both times are cut to whole seconds, so add one second to be safe.
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
