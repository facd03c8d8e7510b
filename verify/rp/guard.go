package rp

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"pschook/internal/attempts"
	"pschook/internal/wait"
)

// heldBack is how long a wrong password waits for its answer if its address has too many failures.
// The delay slows down guessing. There is no refusal, because other people may use the same
// address.
const heldBack = 5 * time.Second

// guard admits users by name and password (RFC 7617). nil admits everybody.
type guard struct {
	users   atomic.Pointer[users]
	failed  *attempts.Failed
	guesses *guesses
	addr    func(*http.Request) netip.Addr
	log     *slog.Logger
	count   metric.Int64Counter
	held    time.Duration
}

// admission is the result for a name and a password, as the metric names it.
type admission string

const (
	admitted admission = "accepted"
	wrong    admission = "wrong"
	tooMany  admission = "limited" // wrong and one too many, or not checked
)

func newGuard(opts Options, now func() time.Time) (*guard, error) {
	if opts.BasicAuth == nil {
		return nil, nil
	}
	count, err := opts.Meter.Int64Counter("pschook_rp_auth_total",
		metric.WithDescription("Names and passwords given to the tester's pages, by result: accepted, wrong, limited."))
	if err != nil {
		return nil, err
	}
	failed := attempts.NewFailed(now)
	g := &guard{failed: failed, guesses: newGuesses(failed), addr: opts.ClientAddr, log: opts.Logger, count: count, held: heldBack}
	for _, result := range []admission{admitted, wrong, tooMany} {
		count.Add(context.Background(), 0, metric.WithAttributes(attribute.String("result", string(result))))
	}
	err = g.replace(opts.BasicAuth)
	return g, err
}

// replace uses another htpasswd file from now on. After an error the previous one stays in use.
func (g *guard) replace(htpasswd []byte) error {
	users, err := parseUsers(htpasswd)
	if err == nil {
		g.users.Store(users)
	}
	return err
}

func (g *guard) wrap(next http.Handler) http.Handler {
	if g == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		if name == "" || password == "" {
			challenge(w)
			return
		}
		result, retryAfter := g.admit(r, name, password)
		g.count.Add(r.Context(), 1, metric.WithAttributes(attribute.String("result", string(result))))
		switch result {
		case admitted:
			next.ServeHTTP(w, r)
		case wrong:
			challenge(w)
		default:
			w.Header().Set("Retry-After", strconv.Itoa(int((retryAfter+time.Second-1)/time.Second)))
			http.Error(w, "too many wrong passwords: try again later", http.StatusTooManyRequests)
		}
	})
}

func challenge(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="pschook", charset="UTF-8"`)
	http.Error(w, "name and password, please", http.StatusUnauthorized)
}

// admit checks a name and a password. A password that was right before is admitted at once,
// whatever the load is.
func (g *guard) admit(r *http.Request, name, password string) (result admission, retryAfter time.Duration) {
	users := g.users.Load()
	right, known := users.recall(name, password)
	if right {
		return admitted, 0
	}
	addr := g.addr(r)
	leave, ok := g.guesses.enter(addr)
	if !ok {
		return tooMany, heldBack
	}
	defer leave()
	if known {
		_ = wait.For(r.Context(), users.usual()) // the time must not reveal that this user has signed in before
	} else if right, ok = g.guesses.turn(r.Context(), addr, func() bool { return users.compare(name, password) }); !ok {
		g.holdBack(r.Context(), addr)
		return tooMany, guessWait
	}
	if right {
		return admitted, 0
	}
	return g.refuse(r.Context(), addr)
}

// refuse counts and logs a wrong password. It delays the answer if there were too many.
func (g *guard) refuse(ctx context.Context, addr netip.Addr) (admission, time.Duration) {
	v := g.failed.Note(addr)
	if v.Log {
		g.log.WarnContext(ctx, "wrong name or password for the tester", "client_addr", addr.String(), "limited", v.RetryAfter > 0, "not_logged_before", v.Hidden)
	}
	if v.RetryAfter == 0 {
		return wrong, 0
	}
	g.holdBack(ctx, addr)
	return tooMany, v.RetryAfter
}

// holdBack delays an answer to an address with too many failures. Guesses from there then keep
// bcrypt busy for at most half of the time, so a right password from there still gets a turn.
func (g *guard) holdBack(ctx context.Context, addr netip.Addr) {
	_ = wait.For(ctx, max(g.held, 2*time.Duration(g.guesses.opened(addr))*g.users.Load().usual()))
}
