package store

import "time"

// rateWindow is the span over which Okta counts requests (Okta developer docs,
// reference/rate-limits).
const rateWindow = time.Minute

type rateCount struct {
	used  int
	reset time.Time
}

// CountRequest counts a request of a group of endpoints. It returns how many there
// were in this minute, this one included, and when the count starts again.
func (s *State) CountRequest(bucket string) (used int, reset time.Time) {
	now, count := s.Now(), s.rates[bucket]
	if !now.Before(count.reset) {
		count = rateCount{reset: now.Truncate(time.Second).Add(rateWindow)}
	}
	count.used++
	s.rates[bucket] = count
	return count.used, count.reset
}
