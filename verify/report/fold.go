package report

import (
	"strings"

	"pschook/verify/words"
)

// Group holds checks that are shown together: a single check, or all that were skipped for the same
// cause.
type Group struct {
	Because string // id of the cause; "" for a single check
	Checks  []Check
}

// Fold groups the checks. Each group stands at the place of its first check. A single skipped check
// stays alone.
func Fold(checks []Check) []Group {
	times := make(map[string]int)
	for _, c := range checks {
		times[c.Because]++
	}
	var groups []Group
	at := make(map[string]int)
	for _, c := range checks {
		if c.Because == "" || times[c.Because] == 1 {
			groups = append(groups, Group{Checks: []Check{c}})
			continue
		}
		i, begun := at[c.Because]
		if !begun {
			i = len(groups)
			at[c.Because] = i
			groups = append(groups, Group{Because: c.Because})
		}
		groups[i].Checks = append(groups[i].Checks, c)
	}
	return groups
}

// IDs lists the checks of the group, with commas between them.
func (g Group) IDs() string {
	ids := make([]string, len(g.Checks))
	for i, c := range g.Checks {
		ids[i] = c.ID
	}
	return strings.Join(ids, ", ")
}

// Reason says in one sentence why the checks of the group were skipped.
func (g Group) Reason() words.Text {
	return words.Say("%d checks were not made, because %s failed", "%d contrôles n'ont pas été faits, car %s a échoué", len(g.Checks), g.Because)
}
