//go:build linux || darwin

package server

import "syscall"

// openFiles returns how many files and connections this process may have open at one time. It
// raises the limit if it is lower than need and may be raised (setrlimit(2)). Go has already raised
// it to the hard limit, which only root may exceed. The error says that the limit cannot be read.
func openFiles(need uint64) (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur >= need {
		return limit.Cur, err
	}
	for _, most := range []uint64{max(limit.Max, need), limit.Max} {
		wanted := syscall.Rlimit{Cur: min(need, most), Max: most}
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &wanted) == nil {
			return wanted.Cur, nil
		}
	}
	return limit.Cur, nil
}
