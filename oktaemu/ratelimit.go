package oktaemu

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// reportedLimit is what headers say when no limit is enforced.
const reportedLimit = 10000

// rateWindow is the span over which Okta counts requests (Okta developer docs,
// reference/rate-limits).
const rateWindow = time.Minute

// rateLimits counts requests by group of endpoints and minute. It is safe for
// concurrent use.
type rateLimits struct {
	limit int // 0: none is enforced
	now   func() time.Time

	mu      sync.Mutex
	windows map[string]rateCount
}

type rateCount struct {
	used  int
	reset time.Time
}

func newRateLimits(limit int, now func() time.Time) *rateLimits {
	return &rateLimits{limit: limit, now: now, windows: make(map[string]rateCount)}
}

// admit counts r, sets the three headers, and reports whether it is within the limit.
func (l *rateLimits) admit(w http.ResponseWriter, r *http.Request) bool {
	now := l.now()
	l.mu.Lock()
	bucket := rateBucket(r.URL.Path)
	count := l.windows[bucket]
	if !now.Before(count.reset) {
		count = rateCount{reset: now.Truncate(time.Second).Add(rateWindow)}
	}
	count.used++
	l.windows[bucket] = count
	l.mu.Unlock()

	limit, remaining := l.limit, l.limit-count.used
	if l.limit == 0 {
		limit, remaining = reportedLimit, max(reportedLimit-count.used, 1)
	}
	h := w.Header()
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(max(remaining, 0)))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(count.reset.Unix(), 10))
	return remaining >= 0
}

// rateBucket groups paths as Okta's limits roughly do: by resource, whatever the
// object. Unknown paths share one bucket, so that the map stays small.
func rateBucket(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(parts) >= 3 && parts[0] == "api" && knownResource(parts[2]):
		return "api/" + parts[2]
	case len(parts) >= 2 && parts[0] == "oauth2":
		return "oauth2"
	case parts[0] == ".well-known":
		return "well-known"
	default:
		return "other"
	}
}

func knownResource(name string) bool {
	switch name {
	case "org", "inlineHooks", "authorizationServers", "apps", "groups", "users", "logs", "authn":
		return true
	}
	return false
}
