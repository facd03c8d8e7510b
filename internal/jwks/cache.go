package jwks

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

const (
	// TTL is how long fetched keys are used before they are fetched again. It is shortened at
	// random by up to a tenth, so that replicas do not all ask at once.
	TTL = time.Hour
	// unknownKeyWait is the least time between two fetches for a kid that the set does not hold.
	// OpenID Connect Core §10.1.1 says to fetch again for such a kid; without a limit, made-up
	// tokens could make this service flood the issuer.
	unknownKeyWait = time.Minute
	// fetchTimeout bounds one fetch by a cache of [NewRemote]. Key sets are usually static files.
	fetchTimeout = 4 * time.Second

	// The wait after the first failed fetch, which doubles after each failure, and its greatest
	// value.
	retryFirst = time.Second
	retryMost  = time.Minute
)

// Options say where the keys of a [Cache] come from. All fields but Fetched are required.
type Options struct {
	Fetch    func(context.Context) ([]Key, error) // returns at least one key, or an error
	Timeout  time.Duration                        // bounds Fetch
	MaxStale time.Duration                        // how long keys are used while they cannot be fetched again; at least TTL
	Now      func() time.Time
	// Fetched is called after each fetch. until is how long the current keys are used; it is zero
	// when there are none.
	Fetched func(ctx context.Context, keys int, err error, until time.Time)
}

// Cache keeps the keys of an issuer. It fetches them when somebody asks for a key, before they get
// too old, and, at most once a minute, for a key that is unknown or cannot be used. One fetch runs
// at a time. It goes on when its callers have gone. Cache is safe for concurrent use.
type Cache struct {
	opts Options

	mu        sync.Mutex
	keys      []Key
	fetchedAt time.Time     // when keys were fetched
	triedAt   time.Time     // when the last fetch ended
	next      time.Time     // when keys get too old and must be fetched again
	failures  int           // failed fetches in a row
	err       error         // error of the last fetch
	running   chan struct{} // closed when the running fetch ends; nil: no fetch is running
}

// NewCache returns a cache. It fetches nothing yet.
func NewCache(opts Options) *Cache { return &Cache{opts: opts} }

// NewRemote returns a cache of the keys at a jwks_uri. It uses keys for [TTL] and no longer. client
// decides which redirects are followed; now is the clock.
func NewRemote(url string, client *http.Client, now func() time.Time) *Cache {
	return NewCache(Options{Timeout: fetchTimeout, MaxStale: TTL, Now: now, Fetch: func(ctx context.Context) ([]Key, error) {
		keys, err := Fetch(ctx, url, client)
		if err != nil {
			return nil, fmt.Errorf("fetching signing keys: %w", err)
		}
		return keys, nil
	}})
}

// Keys implements verify.KeySet. It waits for a fetch only if the fetch may bring a key that is not
// in the cache. The error is that of ctx, or that of the last fetch when there are no keys that are
// young enough.
func (c *Cache) Keys(ctx context.Context, kid string) ([]Key, error) {
	found, running, err := c.look(ctx, kid)
	if running == nil {
		return found, err
	}
	select {
	case <-running:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	found, _, err = c.look(ctx, kid)
	return found, err
}

// look returns the keys in the cache. running is not nil if a running fetch may bring more; it is
// closed when that fetch ends.
func (c *Cache) look(ctx context.Context, kid string) (found []Key, running <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.opts.Now()
	fresh := !c.fetchedAt.IsZero() && now.Sub(c.fetchedAt) < c.opts.MaxStale
	if fresh {
		found = withID(c.keys, kid)
	}
	good := len(usable(found)) > 0
	if !now.Before(c.next) || fresh && !good && now.Sub(c.triedAt) >= unknownKeyWait {
		c.begin(ctx)
	}
	switch {
	case good:
		return found, nil, nil
	case !fresh:
		return nil, c.running, c.err
	}
	return found, c.running, nil
}

// begin starts a fetch unless one is running. The caller holds the lock.
func (c *Cache) begin(ctx context.Context) {
	if c.running != nil {
		return
	}
	c.running = make(chan struct{})
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.opts.Timeout)
	go func() {
		defer cancel()
		keys, err := c.opts.Fetch(ctx)
		c.finish(ctx, keys, err)
	}()
}

// finish stores the result of a fetch and wakes its callers.
func (c *Cache) finish(ctx context.Context, keys []Key, err error) {
	c.mu.Lock()
	now, ended := c.opts.Now(), c.running
	c.triedAt, c.err, c.running = now, err, nil
	if err == nil {
		c.keys, c.fetchedAt, c.failures, c.next = keys, now, 0, now.Add(jittered(TTL))
	} else {
		c.next = now.Add(jittered(min(retryFirst<<min(c.failures, 10), retryMost)))
		c.failures++
	}
	var until time.Time
	if !c.fetchedAt.IsZero() {
		until = c.fetchedAt.Add(c.opts.MaxStale)
	}
	c.mu.Unlock()
	if c.opts.Fetched != nil {
		c.opts.Fetched(ctx, len(keys), err, until)
	}
	close(ended)
}

// Run fetches the keys before anybody asks for them, and again before they get too old, until ctx
// ends. A fetch that is running then may end later.
func (c *Cache) Run(ctx context.Context) {
	for ctx.Err() == nil {
		c.mu.Lock()
		wait := c.next.Sub(c.opts.Now())
		if wait <= 0 {
			c.begin(ctx)
		}
		running := c.running
		c.mu.Unlock()
		timer := time.NewTimer(max(wait, 0))
		if running != nil {
			timer.Stop() // stopped: its channel stays silent
		}
		select {
		case <-running: // blocks for ever when no fetch is running
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// jittered returns d, shortened at random by up to a tenth.
func jittered(d time.Duration) time.Duration {
	return d - rand.N(d/10) //nolint:gosec // not a secret
}
