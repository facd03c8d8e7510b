package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong in the configuration.
type Fault struct {
	Variable string // full name, such as "PSCHOOK_LOG_LEVEL"
	Got      string // what was found; values are quoted, secrets never: `"loud"`, `nothing`, `a secret of 8 characters`
	Wanted   string // what would be right: "debug, info, warn or error"
	Remedy   string // what to do or type: "for example PSCHOOK_LOG_LEVEL=info"; may be empty
}

// String writes the fault in one line.
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

// Error lists all faults, one per line.
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

// Warning is something in the configuration that is allowed, but is probably a mistake or unwise.
type Warning struct {
	Variable string // full name
	Text     string // what is wrong and what to do, in one sentence without a full stop

	// Fault is set if only a running service may go on with the setting, because an upgrade must
	// stop no service. A new service must not start with it: [Strict] turns the warning into this
	// fault.
	Fault *Fault
}

// String writes the warning in one line.
func (w Warning) String() string { return w.Variable + ": " + w.Text }

// Tolerated turns the fault into a warning, for a setting with which a running service may go on.
func (f Fault) Tolerated() Warning {
	return Warning{Variable: f.Variable, Text: strings.TrimPrefix(f.String(), f.Variable+": ") + "; pschook config --check refuses it", Fault: &f}
}

// Strict takes what [Load] returns and turns warnings that have a Fault into faults. Use it for
// everything but a running service. The error is then an [*Error].
func Strict(c *Config, warnings []Warning, err error) (*Config, []Warning, error) {
	var all Error
	if faulty, ok := errors.AsType[*Error](err); ok {
		all.Faults = slices.Clone(faulty.Faults)
	} else if err != nil {
		return nil, warnings, err
	}
	warnings = slices.Clone(warnings)
	warnings = slices.DeleteFunc(warnings, func(w Warning) bool {
		if w.Fault != nil {
			all.Faults = append(all.Faults, *w.Fault)
		}
		return w.Fault != nil
	})
	if len(all.Faults) == 0 {
		return c, warnings, nil
	}
	l := newLoader(nil)
	slices.SortStableFunc(all.Faults, func(a, b Fault) int { return cmp.Compare(l.rank(a.Variable), l.rank(b.Variable)) })
	return nil, warnings, &all
}

// Check judges a configuration by rules that this package does not know. [Load] runs it after its
// own rules, even when those found faults, so that one message lists all. A variable that could not
// be parsed, or whose file could not be read, holds its default, so a check need not report it
// again. Other wrong values are present as given. A check must not change c.
type Check func(c *Config) ([]Fault, []Warning)
