package trial

import (
	"runtime"
	"syscall"
	"time"
)

// prSetTimerslack is PR_SET_TIMERSLACK of prctl(2).
const prSetTimerslack = 29

// pace gives the calling goroutine its own thread and makes the kernel wake it exact to the
// microsecond. Otherwise the kernel may be 50 µs late, and the Go runtime a millisecond. The
// returned function undoes both.
func pace() func() {
	runtime.LockOSThread()
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetTimerslack, 1, 0) // without it the pace is only less exact, which Lag shows
	return func() {
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetTimerslack, 0, 0) // 0: the default again
		runtime.UnlockOSThread()
	}
}

// WallClock is the real time.
type WallClock struct{}

// Now is [time.Now].
func (WallClock) Now() time.Time { return time.Now() }

// SleepUntil sleeps in the kernel, not in the Go runtime's timers, which are coarser.
func (WallClock) SleepUntil(t time.Time) {
	for {
		left := time.Until(t)
		if left <= 0 {
			return
		}
		ts := syscall.NsecToTimespec(int64(left))
		_ = syscall.Nanosleep(&ts, nil) // a signal may wake it early; the loop continues
	}
}
