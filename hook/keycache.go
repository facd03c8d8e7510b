package hook

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"pschook/internal/jwks"
)

const (
	// keysMaxStale is how long keys are used while they cannot be fetched again. It lets callers in
	// during an outage of a day. It also limits how long the holder of a withdrawn key can profit
	// from cutting us off from the issuer.
	keysMaxStale = 24 * time.Hour
	// keyWait is how long a call waits for a fetch: Okta waits 3 s for the whole call.
	keyWait = 500 * time.Millisecond
)

// errUnknownKey says that the issuer does not publish the token's key.
const errUnknownKey = constError("the access token is signed with a key that its issuer does not publish")

// errKeysMissing says that a token cannot be judged yet, because the issuer's keys have not been
// fetched.
const errKeysMissing = constError("the issuer's keys have not been fetched yet")

// newKeyCache returns a cache of the issuer's keys that counts and logs its fetches.
func newKeyCache(opts OAuthOptions) (*jwks.Cache, error) {
	count, err := opts.Meter.Int64Counter("pschook_oauth_key_fetches_total",
		metric.WithDescription("Fetches of the keys by which callers' access tokens are checked, by result."))
	if err != nil {
		return nil, err
	}
	fetcher, err := newKeyFetcher(opts)
	if err != nil {
		return nil, err
	}
	fetched := func(ctx context.Context, keys int, err error, until time.Time) {
		result := "ok"
		if err != nil {
			result = "failed"
		}
		count.Add(ctx, 1, metric.WithAttributes(attribute.String("result", result)))
		switch {
		case err == nil:
			opts.Logger.DebugContext(ctx, "keys for callers' access tokens fetched", "keys", keys)
		case until.IsZero():
			opts.Logger.ErrorContext(ctx, "keys for callers' access tokens not fetched: no token can be accepted", "err", err)
		default:
			opts.Logger.WarnContext(ctx, "keys for callers' access tokens not fetched: the former ones stay in use", "err", err, "until", until)
		}
	}
	return jwks.NewCache(jwks.Options{Fetch: fetcher.fetch, Timeout: keysTimeout, MaxStale: keysMaxStale, Now: opts.Now, Fetched: fetched}), nil
}

// findKeys returns the issuer's keys with that id; there is at least one. It waits for a fetch, at
// most keyWait, if it does not know the key and a fetch is allowed. A key that is still not known
// then gives an [*UnavailableError].
func (o *OAuth) findKeys(ctx context.Context, kid string) ([]jwks.Key, error) {
	ctx, cancel := context.WithTimeout(ctx, keyWait)
	defer cancel()
	keys, err := o.keys.Keys(ctx, kid)
	switch {
	case err != nil && errors.Is(err, ctx.Err()):
		return nil, &UnavailableError{Err: errKeysMissing}
	case err != nil:
		return nil, &UnavailableError{Err: err}
	case len(keys) == 0:
		return nil, errUnknownKey
	}
	return keys, nil
}
