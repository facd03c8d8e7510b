package config

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong with the configuration.
type Fault struct {
	Variable string // whole name, such as "PSCHOOK_LOG_LEVEL"
	Got      string // what was found, in words; values quoted, secrets never: `"loud"`, `nothing`, `a secret of 8 characters`
	Wanted   string // what would have been right: "debug, info, warn or error"
	Remedy   string // what to do or type: "for example PSCHOOK_LOG_LEVEL=info"; may be empty
}

// String is the fault in one line.
func (f Fault) String() string {
	s := fmt.Sprintf("%s: got %s, wanted %s", f.Variable, f.Got, f.Wanted)
	if f.Remedy != "" {
		s += " (" + f.Remedy + ")"
	}
	return s
}

// Error holds every fault that [Load] found; there is at least one. Match it with [errors.As].
type Error struct {
	Faults []Fault // in the order of [Variables]
}

// Error names every fault, one a line.
func (e *Error) Error() string {
	var b strings.Builder
	noun := "faults"
	if len(e.Faults) == 1 {
		noun = "fault"
	}
	fmt.Fprintf(&b, "%d %s in the environment:", len(e.Faults), noun)
	for _, f := range e.Faults {
		b.WriteString("\n  " + f.String())
	}
	return b.String()
}

// Warning is something in the configuration that is allowed but probably not meant, or not wise.
type Warning struct {
	Variable string // whole name
	Text     string // what is odd about it and what to do, in one sentence without a full stop
}

// String is the warning in one line.
func (w Warning) String() string { return w.Variable + ": " + w.Text }

// Check judges a configuration by rules that this package does not know. [Load] runs it after its own, also
// when those found faults, so that one message names them all. A variable that could not be parsed, or whose
// file could not be read, then holds its default, so a check need not repeat that; other faulty values are
// there as given. A check must not change c.
type Check func(c *Config) ([]Fault, []Warning)
