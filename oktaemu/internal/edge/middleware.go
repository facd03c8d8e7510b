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
	"time"

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
		r = withoutSlash(r)
		known := e.look(r)
		switch {
		case e.strike(w, r, known.fault):
		case !e.admit(w, known.used, known.reset):
			wire.WriteAPIError(w, wire.ErrRate())
		case cors(w, r, known.trusted):
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// withoutSlash drops a slash at the end of the path, which Okta takes: its SDK for Python 2.x writes one before every query.
func withoutSlash(r *http.Request) *http.Request {
	if r.URL.Path == "/" || !strings.HasSuffix(r.URL.Path, "/") {
		return r
	}
	address := *r.URL
	address.Path, address.RawPath = strings.TrimSuffix(address.Path, "/"), strings.TrimSuffix(address.RawPath, "/")
	trimmed := r.WithContext(r.Context())
	trimmed.URL = &address
	return trimmed
}

// known is what the org knows about a request before the routes.
type known struct {
	fault   store.Fault // the zero value: none
	used    int         // requests of its group in this minute, itself included
	reset   time.Time   // of that count
	trusted bool        // a page of a trusted origin calls what such pages may call
}

// look asks the org everything at once. A request that a fault answers is not counted.
func (e *Edge) look(r *http.Request) (k known) {
	e.Store.Do(func(st *store.State) {
		k.fault, _ = st.TakeFault(func(f store.Fault) bool { return strikes(f, r) })
		if answers(k.fault) {
			return
		}
		k.used, k.reset = st.CountRequest(rateBucket(r.URL.Path))
		if origin := r.Header.Get("Origin"); origin != "" && appPath(r.URL.Path) {
			k.trusted = st.Trusts(origin)
		}
	})
	return k
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
