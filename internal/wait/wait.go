// Package wait waits for some time, but not longer than a context lasts. A plain [time.Sleep] would
// keep a program that is being stopped from ending.
package wait

import (
	"context"
	"time"
)

// For waits for d. If ctx ends earlier, it returns at once with ctx's error.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
