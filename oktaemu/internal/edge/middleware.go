// Package edge is what every request passes on its way in: its id, faults that were
// injected, rate limits and CORS.
package edge

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"

	"pschook/oktaemu/internal/store"
	"pschook/oktaemu/internal/wire"
)

// Edge is what every request and every answer of an org goes through first. It is
// safe for concurrent use.
type Edge struct {
	Store     *store.Store
	Logger    *slog.Logger
	RateLimit int // requests a minute for each group of endpoints; 0: none is refused

	closed chan struct{}
	once   sync.Once
}

// New returns an edge before the store.
func New(st *store.Store, logger *slog.Logger, rateLimit int) *Edge {
	return &Edge{Store: st, Logger: logger, RateLimit: rateLimit, closed: make(chan struct{})}
}

// Release ends every hanging request, for good.
func (e *Edge) Release() { e.once.Do(func() { close(e.closed) }) }

// Middleware wraps the routes in what every answer has: a request id, rate limit
// headers, faults, CORS.
func (e *Edge) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := "req" + wire.RandomWord(22)
		w.Header().Set("X-Okta-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r = wire.WithRequestID(r, id)
		r.Body = http.MaxBytesReader(w, r.Body, wire.MaxBody)
		defer e.recover(w, r)
		if strings.HasPrefix(r.URL.Path, "/_emu/") {
			next.ServeHTTP(w, r)
			return
		}
		if e.strike(w, r) {
			return
		}
		if !e.admit(w, r) {
			wire.WriteAPIError(w, wire.ErrRate())
			return
		}
		if cors(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// recover turns a panic into Okta's internal error and a log line. A fault that
// cuts the connection is a panic on purpose and goes on.
func (e *Edge) recover(w http.ResponseWriter, r *http.Request) {
	fault := recover()
	if fault == nil {
		return
	}
	if fault == http.ErrAbortHandler { //nolint:errorlint // recover returns the value that was thrown
		panic(fault)
	}
	e.Logger.ErrorContext(r.Context(), "emulator panicked", "path", r.URL.Path, "panic", fmt.Sprint(fault), "stack", string(debug.Stack()))
	wire.WriteAPIError(w, wire.ErrInternal(http.StatusInternalServerError))
}

// cors lets pages of any origin read the documents and tokens that a single-page
// application fetches. (An Okta org lets the origins do so that are redirect URI
// origins or Trusted Origins; here nothing but the token itself is to protect, and
// no cookie is honoured on these paths.) It reports whether r was a preflight,
// which is then answered.
func cors(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || !corsPath(r.URL.Path) {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Expose-Headers", "X-Okta-Request-Id, X-Rate-Limit-Limit, X-Rate-Limit-Remaining, X-Rate-Limit-Reset, WWW-Authenticate")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, X-Okta-User-Agent-Extended")
	h.Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

func corsPath(path string) bool {
	if path == "/.well-known/okta-organization" || path == "/api/v1/authn" {
		return true
	}
	if !strings.HasPrefix(path, "/oauth2/") {
		return false
	}
	for _, end := range []string{"/v1/token", "/v1/userinfo", "/v1/keys", "/v1/revoke", "/v1/introspect",
		"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}
