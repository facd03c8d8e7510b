package outside

import (
	"context"
	"time"
)

// Detach returns a context for work that others will use too. The work goes on when the caller goes
// away, but the caller's deadline still holds. It ends after limit at the latest.
func Detach(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if deadline, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(deadline))
	}
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}
