package trial

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Times are processor times since the machine was started.
type Times struct {
	Busy, All time.Duration // of all cores together
	Stolen    time.Duration // part of Busy that the hypervisor gave to other machines
}

// ReadTimes reads /proc/stat, which only Linux has.
func ReadTimes() (Times, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return Times{}, err
	}
	return ParseTimes(string(text))
}

// ParseTimes reads the first line of /proc/stat (proc_stat(5)): user, nice, system,
// idle, iowait, irq, softirq, steal, …, in ticks of 10 ms. guest is part of user.
func ParseTimes(stat string) (Times, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return Times{}, fmt.Errorf("/proc/stat: %.80q is not what is expected first", line)
	}
	var t Times
	for i, field := range fields[1:9] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return Times{}, fmt.Errorf("/proc/stat: %w", err)
		}
		d := time.Duration(ticks) * 10 * time.Millisecond
		t.All += d
		if i != 3 && i != 4 { // idle, iowait
			t.Busy += d
		}
		if i == 7 {
			t.Stolen = d
		}
	}
	return t, nil
}

// StolenSince returns the share of all processor time since before that the hypervisor gave to
// other machines.
func (t Times) StolenSince(before Times) float64 {
	if all := t.All - before.All; all > 0 {
		return float64(t.Stolen-before.Stolen) / float64(all)
	}
	return 0
}

// Memory returns the memory of a process, in bytes: now for the field VmRSS, at most so far for
// VmHWM (proc_pid_status(5)).
func Memory(pid int, field string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return ParseMemory(string(text), field)
}

// ParseMemory finds a field in a /proc/PID/status.
func ParseMemory(status, field string) (int64, error) {
	for line := range strings.Lines(status) {
		var kib int64
		if n, err := fmt.Sscanf(line, field+": %d kB", &kib); n == 1 && err == nil {
			return kib << 10, nil
		}
	}
	return 0, fmt.Errorf("/proc/PID/status: no %s", field)
}

// FreeAddr returns an address on loopback that nobody uses now.
func FreeAddr(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
