package hook

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

const (
	// keysTTL is how long keys are used before they are fetched again: a key that the
	// issuer withdraws is refused after that.
	keysTTL = time.Hour
	// keysMaxStale is how long keys are used while they cannot be fetched again. It
	// carries callers through an outage of a day, and keeps somebody who holds a
	// withdrawn key from profiting for ever by cutting us off from the issuer.
	keysMaxStale = 24 * time.Hour
	// unknownKeyWait is the least time between a fetch and the next for the sake of an
	// unknown key, so that made-up tokens cannot turn this service against the issuer.
	unknownKeyWait = time.Minute
	// keyWait is how long a call waits for a fetch: Okta waits 3 s for the whole call.
	keyWait = 500 * time.Millisecond

	// Waits after the first failed fetch and, doubled each time, at most.
	keyRetryFirst = time.Second
	keyRetryMost  = time.Minute
)

// errUnknownKey is for a token whose key the issuer does not publish.
const errUnknownKey = constError("the access token is signed with a key that its issuer does not publish")

// errKeysMissing is why nothing can be judged before the first fetch has ended.
const errKeysMissing = constError("the issuer's keys have not been fetched yet")

// errKeysTooOld is why nothing can be judged when the clock has jumped.
const errKeysTooOld = constError("the issuer's keys are too old")

// keyCache holds the keys of an issuer. One goroutine, in run, fetches them; calls
// only ask it to, and wait for a short while. It is safe for concurrent use.
type keyCache struct {
	fetch  func(context.Context) ([]jose.JSONWebKey, error)
	logger *slog.Logger
	now    func() time.Time
	count  metric.Int64Counter
	wanted chan struct{} // holds an element while a call has asked for a fetch

	mu        sync.Mutex
	keys      []jose.JSONWebKey
	fetchedAt time.Time     // of keys
	triedAt   time.Time     // when the last fetch ended
	err       error         // of the last fetch
	asked     bool          // a fetch is under way or about to be
	ended     chan struct{} // closed and renewed when a fetch ends
}

func newKeyCache(opts OAuthOptions) (*keyCache, error) {
	count, err := opts.Meter.Int64Counter("pschook_oauth_key_fetches_total",
		metric.WithDescription("Fetches of the keys by which callers' access tokens are checked, by result."))
	if err != nil {
		return nil, err
	}
	fetcher, err := newKeyFetcher(opts)
	if err != nil {
		return nil, err
	}
	return &keyCache{
		fetch: fetcher.fetch, logger: opts.Logger, now: opts.Now, count: count, err: errKeysMissing,
		asked: true, // the first is about to be
		ended: make(chan struct{}), wanted: make(chan struct{}, 1),
	}, nil
}

// find returns the issuer's keys with that id. It waits for a fetch, no longer than
// keyWait, only if it does not know the key and a fetch may be made.
func (c *keyCache) find(ctx context.Context, kid string) ([]jose.JSONWebKey, error) {
	keys, ended, err := c.known(kid)
	if ended == nil {
		return keys, err
	}
	timer := time.NewTimer(keyWait)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	case <-ctx.Done():
	}
	keys, _, err = c.known(kid)
	return keys, err
}

// known returns the keys with that id, or an error; and, if a fetch may bring them,
// a channel that is closed when it ends.
func (c *keyCache) known(kid string) (found []jose.JSONWebKey, ended <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	usable := !c.fetchedAt.IsZero() && now.Sub(c.fetchedAt) < keysMaxStale
	if usable {
		for _, key := range c.keys {
			if key.KeyID == kid {
				found = append(found, key)
			}
		}
	}
	if len(found) > 0 {
		return found, nil, nil
	}
	if !c.asked && now.Sub(c.triedAt) >= unknownKeyWait {
		c.asked = true
		c.wanted <- struct{}{} // never blocks: asked was false, so it is empty
	}
	if c.asked {
		ended = c.ended
	}
	if !usable {
		return nil, ended, &UnavailableError{Err: cmp.Or(c.err, error(errKeysTooOld))}
	}
	return nil, ended, errUnknownKey
}

// run fetches until ctx ends: at once, when keys get old, when a call asks.
func (c *keyCache) run(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		keys, err := c.fetch(ctx)
		if ctx.Err() != nil {
			return
		}
		wait := jittered(keysTTL)
		if failures++; err == nil {
			failures = 0
		} else {
			wait = jittered(min(keyRetryFirst<<min(failures-1, 10), keyRetryMost))
		}
		c.settle(ctx, keys, err)
		c.sleep(ctx, wait)
	}
}

// settle counts, publishes and logs the outcome of a fetch.
func (c *keyCache) settle(ctx context.Context, keys []jose.JSONWebKey, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	c.count.Add(ctx, 1, metric.WithAttributes(attribute.String("result", result)))
	fetchedAt := c.store(keys, err)
	switch {
	case err == nil:
		c.logger.DebugContext(ctx, "keys for callers' access tokens fetched", "keys", len(keys))
	case fetchedAt.IsZero():
		c.logger.ErrorContext(ctx, "keys for callers' access tokens not fetched: no token can be accepted", "err", err)
	default:
		c.logger.WarnContext(ctx, "keys for callers' access tokens not fetched: those at hand are used", "err", err, "until", fetchedAt.Add(keysMaxStale))
	}
}

// store keeps the outcome, wakes those who wait, and returns when the keys at hand
// were fetched.
func (c *keyCache) store(keys []jose.JSONWebKey, err error) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if err == nil {
		c.keys, c.fetchedAt = keys, now
	}
	c.triedAt, c.err = now, err
	c.asked = false
	close(c.ended)
	c.ended = make(chan struct{})
	return c.fetchedAt
}

// sleep returns after wait, when a call asks for a fetch, or when ctx ends.
func (c *keyCache) sleep(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-c.wanted:
		return
	case <-timer.C:
	case <-ctx.Done():
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked { // just now: this fetch is the answer
		<-c.wanted
	}
	c.asked = true
}

// jittered cuts d by up to a tenth, so that many replicas do not ask at once.
func jittered(d time.Duration) time.Duration {
	return d - rand.N(d/10) //nolint:gosec // not a secret
}
