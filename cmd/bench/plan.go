package main

import (
	"fmt"
	"time"

	"pschook/cmd/bench/internal/target"
)

// plan says how much is measured. Durations are of one run of one load. wrk makes the
// closed loops of the comparison and counts in whole seconds.
type plan struct {
	rounds       int
	compare      time.Duration // no further round is begun that would not be over by then
	warmUp       time.Duration
	warmUpJIT    time.Duration // of a target that compiles itself while it runs
	closed, open time.Duration
	tries        int // of a run in which other machines took processor time
	growth       time.Duration
	growthRounds int
	starts       int
	idle         time.Duration // how long a target rests before its memory is read
	calls        int           // before its memory is read again
	slices       int           // into which these are cut, the memory read after each
}

// newPlan is the plan of a full run, some 17 minutes, or of a short one.
func newPlan(short bool, rounds int) plan {
	p := plan{
		rounds: 5, compare: 14 * time.Minute, warmUp: 500 * time.Millisecond, warmUpJIT: 2 * time.Second, closed: time.Second, open: 1500 * time.Millisecond, tries: 4,
		growth: 700 * time.Millisecond, growthRounds: 3, starts: 20, idle: time.Second, calls: 1_000_000, slices: 20,
	}
	if short {
		p = plan{
			rounds: 2, compare: 100 * time.Second, warmUp: 150 * time.Millisecond, warmUpJIT: 300 * time.Millisecond, closed: time.Second, open: 300 * time.Millisecond, tries: 1,
			growth: 250 * time.Millisecond, growthRounds: 1, starts: 5, idle: 300 * time.Millisecond, calls: 100_000, slices: 10,
		}
	}
	if rounds > 0 {
		p.rounds = rounds
	}
	return p
}

// warm is how long a target is put under load before it is measured.
func (p plan) warm(key target.Key) time.Duration {
	if key == target.Express {
		return p.warmUpJIT
	}
	return p.warmUp
}

// cell is one load of the comparison.
type cell struct {
	TLS         bool `json:"tls"`
	NewEach     bool `json:"new_each"`
	Connections int  `json:"connections"`
	Rate        int  `json:"rate"` // calls a second of an open loop; 0: a closed one
}

// openConnections are enough for 5,000 calls a second of 10 ms each.
const openConnections = 64

// allCells are the loads of the comparison. What https adds, kept connections and new ones show.
func allCells() []cell {
	return []cell{
		{Connections: 1},
		{Connections: 32},
		{Connections: 256},
		{Connections: 32, NewEach: true},
		{Connections: openConnections, Rate: 1000},
		{Connections: openConnections, Rate: 5000},
		{TLS: true, Connections: 32},
		{TLS: true, Connections: 32, NewEach: true},
	}
}

// String says what the load is.
func (c cell) String() string {
	scheme := "http"
	if c.TLS {
		scheme = "https"
	}
	switch {
	case c.Rate > 0:
		return fmt.Sprintf("%s, %s calls/s", scheme, thousands(float64(c.Rate)))
	case c.NewEach:
		return fmt.Sprintf("%s, a new connection for each call, %d at once", scheme, c.Connections)
	case c.Connections == 1:
		return scheme + ", 1 connection"
	default:
		return fmt.Sprintf("%s, %d connections", scheme, c.Connections)
	}
}

// series is one way in which the cost of a call may grow.
type series struct {
	name   string
	unit   string
	values []int
	most   float64 // exponent that is still well
}

// Exponents that are still well: linear growth with the exactness of the measurement,
// and nearly none.
const (
	linear = 1.05
	flat   = 0.10
)

// Names of the series.
const (
	bySize        = "size of the request"
	bySecrets     = "live secrets"
	byConnections = "connections"
)

func allSeries() []series {
	return []series{
		{name: bySize, unit: "KB", values: []int{1, 4, 16, 64, 200}, most: linear},
		{name: bySecrets, values: []int{1, 5, 10, 25, 50}, most: flat},
		{name: byConnections, values: []int{1, 10, 100, 1000, 5000}, most: linear},
	}
}
