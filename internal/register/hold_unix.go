//go:build linux || darwin

package register

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes an exclusive lock (flock(2)), which ends with the process.
func tryLock(f *os.File) lock {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return lockTaken
		case errors.Is(err, syscall.EWOULDBLOCK):
			return lockHeld
		case !errors.Is(err, syscall.EINTR):
			return lockUnknown
		}
	}
}
