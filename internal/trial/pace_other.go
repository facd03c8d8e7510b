//go:build !linux

package trial

import "time"

// pace does nothing where there is no prctl.
func pace() func() { return func() {} }

// WallClock is the real time.
type WallClock struct{}

// Now is [time.Now].
func (WallClock) Now() time.Time { return time.Now() }

// SleepUntil waits on a timer of the Go runtime.
func (WallClock) SleepUntil(t time.Time) {
	if left := time.Until(t); left > 0 {
		<-time.After(left)
	}
}
