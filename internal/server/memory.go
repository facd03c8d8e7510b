package server

import (
	"fmt"
	"log/slog"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// memoryRatio leaves a tenth of a container's memory to what Go's limit does not
// cover: the program's text, thread stacks, the kernel's socket buffers.
const memoryRatio = 0.9

// LimitMemory makes the garbage collector keep the process below the memory limit of
// its container, if it has one, so that a burst is collected rather than killed. It
// sets a value of the whole process (GOMEMLIMIT), which the environment variable of
// that name overrides; call it once, first thing. GOMAXPROCS needs no such call: Go
// reads the CPU limit of a container by itself (Go 1.25 release notes, "Container-
// aware GOMAXPROCS").
func LimitMemory(logger *slog.Logger) error {
	if _, err := memlimit.Set(memlimit.WithRatio(memoryRatio), memlimit.WithLogger(logger)); err != nil {
		return fmt.Errorf("memory limit of the container: %w", err)
	}
	return nil
}
