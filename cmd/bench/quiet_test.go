package main

import (
	"math"
	"testing"
	"time"

	"pschook/internal/trial"
)

func TestElsewhere(t *testing.T) {
	t.Parallel()
	at := func(busy, all, own int) times {
		return times{trial.Times{Busy: time.Duration(busy) * time.Second, All: time.Duration(all) * time.Second}, time.Duration(own) * time.Second}
	}
	before := at(10, 100, 1)
	tests := []struct {
		name  string
		after times
		want  float64
	}{
		{name: "quiet", after: at(20, 120, 11), want: 0},
		{name: "busy", after: at(20, 120, 6), want: 0.25},
		{name: "rounding", after: at(20, 120, 12), want: 0},
		{name: "no_time", after: before, want: 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.after.elsewhere(before); math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// The run that was disturbed least counts, whatever it measured.
func TestLeastStolen(t *testing.T) {
	t.Parallel()
	run := func(stolen float64) sample { return sample{Stolen: stolen} }
	tests := []struct {
		name       string
		runs       []sample
		stolen     float64
		used, many int
		err        string
	}{
		{name: "quiet", runs: []sample{run(0.02)}, stolen: 0.02, used: 1},
		{name: "second", runs: []sample{run(0.4), run(0)}, stolen: 0, used: 2, many: 2},
		{name: "least", runs: []sample{run(0.4), run(0.1), run(0.2)}, stolen: 0.1, used: 3, many: 3},
		{name: "failed", runs: []sample{run(0.4), {Err: "wrong answer"}}, used: 2, many: 2, err: "wrong answer"},
		{name: "failed_at_once", runs: []sample{{Err: "wrong answer", Stolen: 0.4}}, stolen: 0.4, used: 1, err: "wrong answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			used := 0
			got := leastStolen(3, func() sample {
				used++
				return tt.runs[used-1]
			})
			if got.Stolen != tt.stolen || got.Tries != tt.many || got.Err != tt.err || used != tt.used {
				t.Errorf("got %+v after %d runs, want %+v", got, used, tt)
			}
		})
	}
}
