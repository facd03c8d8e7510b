package orglookup

import "time"

const (
	minBackoff = 500 * time.Millisecond
	// maxBackoff is the longest wait while the id is not known or not confirmed. It gives two calls
	// a minute, far below Okta's lowest limit for these paths (100 a minute).
	maxBackoff = 30 * time.Second
	// ttlSpread is the part of the TTL by which refreshes come early, at random. Replicas that were
	// started together then do not ask together.
	ttlSpread = 0.1
)

// backoff returns the wait after this many failures in a row. It doubles from minBackoff up to
// limit, and is then cut at random by up to a half. jitter is in [0,1).
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
