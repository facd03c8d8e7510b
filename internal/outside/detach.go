package outside

import (
	"context"
	"time"
)

// Detach gives a context for work that others will use too: a caller that goes
// away does not end it, but its deadline holds, and it ends after limit at the
// latest.
func Detach(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline))
	}
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}
