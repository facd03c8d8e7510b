package main

import (
	"os"
	"strconv"
	"strings"
)

// stolenShare is the share of processor time above which a row that did not hold says
// nothing of the service: the machine itself stood still, for seconds perhaps.
const stolenShare = 0.01

// processorTime is what all processors of the machine have spent since it started, in
// ticks, and what of it the hypervisor gave to other machines.
type processorTime struct{ all, stolen float64 }

// readProcessorTime reads /proc/stat; where there is none, nothing was stolen.
func readProcessorTime() processorTime {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return processorTime{}
	}
	return parseProcessorTime(string(text))
}

// parseProcessorTime reads the first line of /proc/stat (proc(5)): user, nice, system,
// idle, iowait, irq, softirq, steal; what follows is contained in these.
func parseProcessorTime(text string) processorTime {
	const steal = 7
	var t processorTime
	line, _, _ := strings.Cut(text, "\n")
	for i, field := range strings.Fields(strings.TrimPrefix(line, "cpu ")) {
		if ticks, err := strconv.ParseFloat(field, 64); err == nil && i <= steal {
			t.all += ticks
			if i == steal {
				t.stolen = ticks
			}
		}
	}
	return t
}

// shareSince is the share that was stolen since before.
func (t processorTime) shareSince(before processorTime) float64 {
	return (t.stolen - before.stolen) / max(t.all-before.all, 1)
}
