package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseTimes(t *testing.T) {
	t.Parallel()
	const stat = "cpu  100 20 30 1000 50 1 2 3 40 0\ncpu0 50 10 15 500 25 0 1 1 20 0\n"
	got, err := parseTimes(stat)
	if err != nil || got.busy != 1560*time.Millisecond || got.all != 12_060*time.Millisecond || got.stolen != 30*time.Millisecond {
		t.Errorf("got %+v, %v, want 156 ticks of 1206, 3 of them stolen", got, err)
	}
	for text, want := range map[string]string{"": "not what is expected", "cpu0 1 2 3 4 5 6 7 8 9 10\n": "not what is expected", "cpu a 2 3 4 5 6 7 8\n": `parsing "a"`} {
		if _, err := parseTimes(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

func TestElsewhere(t *testing.T) {
	t.Parallel()
	before := times{busy: 10 * time.Second, all: 100 * time.Second, own: time.Second}
	tests := []struct {
		name  string
		after times
		want  float64
	}{
		{name: "quiet", after: times{busy: 20 * time.Second, all: 120 * time.Second, own: 11 * time.Second}, want: 0},
		{name: "busy", after: times{busy: 20 * time.Second, all: 120 * time.Second, own: 6 * time.Second}, want: 0.25},
		{name: "rounding", after: times{busy: 20 * time.Second, all: 120 * time.Second, own: 12 * time.Second}, want: 0},
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

func TestTaken(t *testing.T) {
	t.Parallel()
	before := times{all: 100 * time.Second, stolen: time.Second}
	for after, want := range map[times]float64{
		{all: 104 * time.Second, stolen: 2 * time.Second}: 0.25,
		{all: 104 * time.Second, stolen: time.Second}:     0,
		before: 0,
	} {
		if got := after.taken(before); math.Abs(got-want) > 1e-9 {
			t.Errorf("%+v: got %v, want %v", after, got, want)
		}
	}
}

// The run counts that was disturbed least, whatever it measured.
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
