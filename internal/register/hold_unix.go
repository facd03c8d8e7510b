//go:build linux || darwin

package register

import (
	"errors"
	"os"
	"syscall"
)

// errHeld says that another process, or another run of this one, has the lock.
var errHeld = syscall.EWOULDBLOCK

// tryLock takes an exclusive lock (flock(2)), which ends with the process.
func tryLock(f *os.File) error {
	for {
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
