package orglookup

import "time"

const (
	minBackoff = 500 * time.Millisecond
	// maxBackoff is the longest step while the id is in question: two calls a
	// minute, far below the lowest limit that Okta puts on these paths (100 a minute).
	maxBackoff = 30 * time.Second
	// ttlSpread is the part of the TTL by which refreshes come early at random,
	// so that replicas started together do not ask together.
	ttlSpread = 0.1
)

// backoff is the wait after so many failures in a row: doubled each time from
// minBackoff up to limit, then cut at random by up to a half. jitter is in [0,1).
func backoff(failures int, limit time.Duration, jitter float64) time.Duration {
	step := minBackoff
	for range failures - 1 {
		if step >= limit {
			break
		}
		step *= 2
	}
	step = min(step, max(limit, minBackoff))
	return step - time.Duration(jitter*float64(step)/2)
}
