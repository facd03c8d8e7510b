package server

import (
	"fmt"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryRatio leaves a tenth of a container's memory for what Go's limit does not cover: the
// program's code, thread stacks, the kernel's socket buffers.
const memoryRatio = 0.9

// defaultGCPercent is Go's default. With it, a heap of 4 MiB is collected thirty times a second
// under load, which costs a twentieth of the processor time. The service keeps about 2 MiB alive.
// With gcPercent the heap grows to 14 MiB and the whole process, including the program's code, to
// 40 MiB: well below the 64 MiB of a small container.
const (
	defaultGCPercent = 100
	gcPercent        = 350
)

// RelaxGC lets the heap grow to several times the live memory before it is collected. It sets a
// value of the whole process. It does not change a value that was set before (GOGC). A limit on
// memory still applies ([LimitMemory]). It cannot fail.
func RelaxGC() {
	if before := debug.SetGCPercent(gcPercent); before != defaultGCPercent {
		debug.SetGCPercent(before)
	}
}

// LimitMemory makes the garbage collector keep the process below the memory limit of its container,
// if there is one, so that a burst is collected and not killed. It sets a value of the whole
// process (GOMEMLIMIT); the environment variable of that name overrides it. Call it once, before
// anything else. GOMAXPROCS needs no such call: Go reads the CPU limit of a container itself (Go
// 1.25 release notes, "Container-aware GOMAXPROCS").
//
// It returns the limit that is then in effect, in bytes; [math.MaxInt64] means none. The error says
// that the container's limit, or the variable AUTOMEMLIMIT, cannot be read. The previous limit then
// stays in effect.
func LimitMemory() (int64, error) {
	limit, err := memlimit.Set(memlimit.WithRatio(memoryRatio)) // the library's own log would report at each start that the variable is set
	if err != nil {
		return limit, fmt.Errorf("memory limit of the container: %w", err)
	}
	return limit, nil
}
