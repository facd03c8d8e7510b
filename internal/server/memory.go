package server

import (
	"fmt"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryRatio leaves a tenth of a container's memory to what Go's limit does not
// cover: the program's text, thread stacks, the kernel's socket buffers.
const memoryRatio = 0.9

// defaultGCPercent is Go's own, at which a heap of 4 MiB is collected thirty times a
// second under load, for a twentieth of the processor time. The service keeps some
// 2 MiB alive, so that gcPercent makes of them a heap of 14 MiB, and 40 MiB of the whole
// process, with the program's own text: well within a container of 64 MiB.
const (
	defaultGCPercent = 100
	gcPercent        = 350
)

// RelaxGC lets the heap grow to several times what is alive before it is collected.
// It sets a value of the whole process, and leaves one that was set before (GOGC) as
// it is; a limit on memory is kept all the same ([LimitMemory]). It cannot fail.
func RelaxGC() {
	if before := debug.SetGCPercent(gcPercent); before != defaultGCPercent {
		debug.SetGCPercent(before)
	}
}

// LimitMemory makes the garbage collector keep the process below the memory limit of
// its container, if it has one, so that a burst is collected rather than killed. It
// sets a value of the whole process (GOMEMLIMIT), which the environment variable of
// that name overrides; call it once, first thing. GOMAXPROCS needs no such call: Go
// reads the CPU limit of a container by itself (Go 1.25 release notes, "Container-
// aware GOMAXPROCS").
//
// It returns the limit that is then in effect, in bytes, [math.MaxInt64] for none.
// The error says that the container's limit, or the variable AUTOMEMLIMIT, cannot be
// read; what was in effect before then still is.
func LimitMemory() (int64, error) {
	limit, err := memlimit.Set(memlimit.WithRatio(memoryRatio)) // its own log would say at each start that the variable is set
	if err != nil {
		return limit, fmt.Errorf("memory limit of the container: %w", err)
	}
	return limit, nil
}
