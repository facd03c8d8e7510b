package edge

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reportedLimit is what headers say when no limit is enforced.
const reportedLimit = 10000

// admit sets the three headers, and reports whether a request is within the limit.
func (e *Edge) admit(w http.ResponseWriter, used int, reset time.Time) bool {
	limit, remaining := e.RateLimit, e.RateLimit-used
	if e.RateLimit == 0 {
		limit, remaining = reportedLimit, max(reportedLimit-used, 1)
	}
	h := w.Header()
	h.Set("X-Rate-Limit-Limit", strconv.Itoa(limit))
	h.Set("X-Rate-Limit-Remaining", strconv.Itoa(max(remaining, 0)))
	h.Set("X-Rate-Limit-Reset", strconv.FormatInt(reset.Unix(), 10))
	return remaining >= 0
}

// rateBucket groups paths roughly as Okta's limits do: by resource, whatever the object. Unknown
// paths share one bucket, so that the map stays small.
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
