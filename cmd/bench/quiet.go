package main

import (
	"time"

	"pschook/internal/trial"
)

// quiet is the share of processor time that other programs may have had while the
// numbers are still worth something.
const quiet = 0.05

// hardlyStolen is the share of processor time that other machines on the same host may
// have had in a run that is not repeated.
const hardlyStolen = 0.02

// times are processor times of the machine, and of this process and its ended children.
type times struct {
	trial.Times
	own time.Duration
}

func processorTimes() (times, error) {
	t, err := trial.ReadTimes()
	if err != nil {
		return times{}, err
	}
	own, err := ownTime()
	return times{t, own}, err
}

// elsewhere is the share of all processor time since before that neither this process
// nor its children used, and that was not idle either.
func (t times) elsewhere(before times) float64 {
	all, others := t.All-before.All, t.Busy-before.Busy-(t.own-before.own)
	if all <= 0 || others < 0 {
		return 0
	}
	return float64(others) / float64(all)
}
