// Package edge handles every request before the routes do: request id, injected faults, rate limits
// and CORS.
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

// Edge handles every request and every answer of an org first. It is safe for concurrent use.
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

// Middleware adds to the routes what every answer has: a request id, rate limit headers, faults,
// CORS.
func (e *Edge) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := "req" + wire.RandomWord(22)
		w.Header().Set("X-Okta-Request-Id", id)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r = wire.WithOrg(wire.WithRequestID(r, id), e.Store.Asked(r.Host))
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
		if e.cors(w, r) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// recover turns a panic into Okta's internal error and a log line. A fault that cuts the connection
// panics on purpose, so that panic goes on.
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
