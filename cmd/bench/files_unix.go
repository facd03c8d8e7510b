//go:build unix

package main

import "syscall"

// raiseFileLimit lets this process and its children have as many open files, and so
// connections, as they are allowed. Go would raise it for this process alone.
func raiseFileLimit() error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}
