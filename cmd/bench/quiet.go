package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// quiet is the share of processor time that other programs may have had while the
// numbers are still worth something.
const quiet = 0.05

// hardlyStolen is the share of processor time that other machines on the same host may
// have had in a run that is not repeated.
const hardlyStolen = 0.02

// times are processor times since the machine, or this process, was started.
type times struct {
	busy, all time.Duration // of all cores together
	stolen    time.Duration // part of busy that the hypervisor gave to other machines
	own       time.Duration // of this process and its ended children
}

func processorTimes() (times, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return times{}, err
	}
	t, err := parseTimes(string(text))
	if err != nil {
		return times{}, err
	}
	t.own, err = ownTime()
	return t, err
}

// parseTimes reads the first line of /proc/stat (proc_stat(5)): user, nice, system,
// idle, iowait, irq, softirq, steal, …, in ticks of 10 ms. guest is part of user.
func parseTimes(stat string) (times, error) {
	line, _, _ := strings.Cut(stat, "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return times{}, fmt.Errorf("/proc/stat: %.80q is not what is expected first", line)
	}
	var t times
	for i, field := range fields[1:9] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return times{}, fmt.Errorf("/proc/stat: %w", err)
		}
		d := time.Duration(ticks) * 10 * time.Millisecond
		t.all += d
		if i != 3 && i != 4 { // idle, iowait
			t.busy += d
		}
		if i == 7 {
			t.stolen = d
		}
	}
	return t, nil
}

// elsewhere is the share of all processor time since before that neither this process
// nor its children used, and that was not idle either.
func (t times) elsewhere(before times) float64 {
	all, others := t.all-before.all, t.busy-before.busy-(t.own-before.own)
	if all <= 0 || others < 0 {
		return 0
	}
	return float64(others) / float64(all)
}

// taken is the share of all processor time since before that the hypervisor gave to
// other machines.
func (t times) taken(before times) float64 {
	if all := t.all - before.all; all > 0 {
		return float64(t.stolen-before.stolen) / float64(all)
	}
	return 0
}
